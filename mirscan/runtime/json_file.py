"""The JSON of a model's folder, read with errors that say what to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mirscan.errors import ModelError


def read_json(path: Path, what: str, written_by: str) -> Any:
    """The content of a JSON file.

    Args:
        path: The file.
        what: What it is, for errors.
        written_by: The command that writes its folder.

    Raises:
        ModelError: It is not there, or not JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        expected = f"a folder written by {written_by}"
        raise ModelError(str(path.parent), f"no {path.name} there", expected) from None
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(str(path), f"unreadable ({error})", f"the JSON of {what}") from error
