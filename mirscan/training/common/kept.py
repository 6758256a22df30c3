"""Arrays of a file: read, or named where a crash or a full disk has cut the file short."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.errors import InputError

MADE_ANEW = "Remove it: the next run makes it anew."


def arrays_of(
    path: Path, expected: str = "what an earlier run kept", hint: str | None = MADE_ANEW
) -> dict[str, NDArray[Any]]:
    """The arrays of an `.npz`, by name.

    Raises:
        InputError: Missing, damaged, or none; the message names the file.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            return dict(file)
    except MemoryError:
        raise
    except Exception as error:  # damage to a header raises whatever Python's tokenizer makes of it
        raise InputError(str(path), f"is damaged or missing ({error})", expected, hint) from error
