"""What a network reads of folded hairpins: symbols, columns, or these and the image, all as tensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from mirscan.encoding import columns, sequence
from mirscan.encoding.image import images
from mirscan.records import Hairpin

Arrays = tuple[NDArray[Any], ...]


class Inputs(Protocol):
    """How hairpins become the arguments of a network."""

    def encode(self, hairpins: Sequence[Hairpin]) -> list[Any]:
        """Each hairpin on its own; the length of what comes back says how long it is."""

    def arrays(self, encoded: Sequence[Any]) -> Arrays:
        """Some of them as a batch."""


class SymbolInputs:
    """Rows of symbols, for the networks of deepMiRGene.

    Args:
        longest: Positions that the network sees; of longer hairpins those around the loop.
    """

    def __init__(self, longest: int = sequence.LONGEST) -> None:
        self.longest = longest

    def encode(self, hairpins: Sequence[Hairpin]) -> list[NDArray[np.uint8]]:
        """See `sequence.symbols`."""
        return [self._symbols(hairpin) for hairpin in hairpins]

    def arrays(self, encoded: Sequence[NDArray[np.uint8]]) -> Arrays:
        """Symbols and lengths; see `sequence.pad`."""
        return sequence.pad(encoded)

    def _symbols(self, hairpin: Hairpin) -> NDArray[np.uint8]:
        start, end = sequence.scored_interval(hairpin.structure, self.longest)
        return sequence.symbols(hairpin.sequence, hairpin.structure)[start:end]


class ColumnInputs:
    """Columns and scalars, for the networks of columns."""

    def encode(self, hairpins: Sequence[Hairpin]) -> list[columns.HairpinColumns]:
        """See `columns.encode_hairpins`."""
        return columns.encode_hairpins(hairpins)

    def arrays(self, encoded: Sequence[columns.HairpinColumns]) -> Arrays:
        """Symbols of the columns and scalars; see `columns.pad`."""
        return columns.pad(encoded)


@dataclass(frozen=True, slots=True)
class Reading:
    """One hairpin as three networks read it; as long as it has columns.

    Attributes:
        columns: Its columns.
        symbols: uint8 (positions,).
        image: uint8 (25, 100).
    """

    columns: columns.HairpinColumns
    symbols: NDArray[np.uint8]
    image: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.columns)


class StackInputs:
    """Columns, scalars, symbols and images, for `HairpinStack`.

    Args:
        longest: Positions that the LSTM sees.
    """

    def __init__(self, longest: int) -> None:
        self._columns, self.symbols = ColumnInputs(), SymbolInputs(longest)

    def encode(self, hairpins: Sequence[Hairpin]) -> list[Reading]:
        """A `Reading` each."""
        drawn = images([h.sequence for h in hairpins], [h.structure for h in hairpins])
        parts = (self._columns.encode(hairpins), self.symbols.encode(hairpins), drawn)
        return [Reading(*each) for each in zip(*parts, strict=True)]

    def arrays(self, encoded: Sequence[Reading]) -> Arrays:
        """See `HairpinStack.forward`."""
        return (
            *self._columns.arrays([each.columns for each in encoded]),
            *self.symbols.arrays([each.symbols for each in encoded]),
            np.stack([each.image for each in encoded]),
        )


def tensors(arrays: Arrays, device: torch.device) -> tuple[torch.Tensor, ...]:
    """Arrays on a device."""
    return tuple(torch.from_numpy(array).to(device) for array in arrays)
