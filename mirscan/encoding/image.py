"""The hairpin as an image of 25 × 100 pixels and as a bond vector (Cordero et al. 2019), and back.

Column 0 is the terminal loop, the stem runs to the right; the 5′ strand is drawn upwards from row 12, the 3′
strand downwards from row 13. A column is one position of the folded hairpin: a pair, two opposite unpaired
nucleotides, or a nucleotide opposite a gap. A column's two bars are short where the strands bind and grow
along a run of unpaired columns.

**Longer than the image.** A hairpin of more than 100 columns loses its open end: columns 0 to 99 are drawn.

**Branched folds** are drawn as the official images draw them. The strands part at the terminal loop that
comes nearest to the middle of the sequence (`dot_bracket.central_loop`, `by_end`). From the open end inwards
the k-th paired nucleotide of one strand meets the k-th of the other, whoever its true partner is; two that
cannot pair stand 5 pixels high. The strand with more paired nucleotides loses its surplus at the loop, and
the loop is then drawn on the other strand alone. The image of a branched fold therefore shows neither all of
its sequence nor its true pairs.

`draw` says of each hairpin whether either happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mirscan.encoding.drawing import (
    BACKGROUND,
    COLOUR_OF_CODE,
    COLUMNS,
    GAP,
    LOWER,
    PAIRED_HEIGHTS,
    ROWS,
    UNBOUND_HEIGHT,
    UPPER,
    draw_all,
)
from mirscan.encoding.joined import join

COLOURS = ".-GCUA"

Images = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Images of n hairpins and what could not be shown of them.

    Attributes:
        images: uint8 (n, 25, 100): 0 background, 1 gap, 2 G, 3 C, 4 U, 5 A.
        bonds: uint8 (n, 100): the bond vector m, 1 where the column is a pair.
        columns: int32 (n,): columns that the hairpin has; above 100 its open end is cut.
        branched: bool (n,): the fold has more than one terminal loop, so its pairs are not all shown.
    """

    images: Images
    bonds: NDArray[np.uint8]
    columns: NDArray[np.int32]
    branched: NDArray[np.bool_]

    @property
    def cut(self) -> NDArray[np.bool_]:
        """bool (n,): the hairpin is longer than the image."""
        return self.columns > COLUMNS


def draw(sequences: Sequence[str], structures: Sequence[str]) -> Drawn:
    """Draw n folded hairpins.

    Args:
        sequences: Letters, 5′ to 3′; T counts as U, a letter outside ACGU is drawn as a gap.
        structures: A dot-bracket of the same length for each.

    Raises:
        InputError: A structure is no dot-bracket, or not as long as its sequence.
    """
    hairpins = join(sequences, structures)
    n = len(sequences)
    drawn = Drawn(
        images=np.zeros((n, ROWS, COLUMNS), np.uint8),
        bonds=np.zeros((n, COLUMNS), np.uint8),
        columns=np.zeros(n, np.int32),
        branched=np.zeros(n, np.bool_),
    )
    bases = COLOUR_OF_CODE[hairpins.codes]
    brackets, offsets = hairpins.brackets, hairpins.offsets
    draw_all(bases, brackets, offsets, drawn.images, drawn.bonds, drawn.columns, drawn.branched)
    return drawn


def images(sequences: Sequence[str], structures: Sequence[str]) -> Images:
    """Images alone, uint8 (n, 25, 100); see `draw` for arguments, errors, and what an image cannot show."""
    return draw(sequences, structures).images


def bond_vectors(images: Images) -> NDArray[np.uint8]:
    """The bond vector m read off images: (n, 25, 100) → uint8 (n, 100), 1 where the column is a pair.

    A pair is C–G, A–U or G–U with both bars at the height of that pair: 2, 3 or 4 pixels.
    """
    opposite = PAIRED_HEIGHTS[images[:, UPPER], images[:, LOWER]]
    return (_both_at(images, opposite) & (opposite < UNBOUND_HEIGHT)).astype(np.uint8)


def _both_at(images: Images, heights: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Whether both bars of a column are that high: (n, 25, 100) and (n, 100) → (n, 100)."""
    coloured = images != BACKGROUND
    upper: NDArray[np.bool_] = coloured[:, :LOWER].sum(1) == heights
    lower: NDArray[np.bool_] = coloured[:, LOWER:].sum(1) == heights
    return upper & lower


@dataclass(frozen=True, slots=True)
class Strands:
    """What an image says of its hairpin, from the loop outwards.

    Attributes:
        upper: The 5′ strand read from the loop to the 5′ end, `-` for a gap; a letter a column.
        lower: The 3′ strand read from the loop to the 3′ end, as long as `upper`.
        bonds: bool, a column: the two nucleotides are paired.
        loop: Columns of the terminal loop.
    """

    upper: str
    lower: str
    bonds: NDArray[np.bool_]
    loop: int

    def hairpin(self) -> tuple[str, str]:
        """Sequence, 5′ to 3′, and dot-bracket.

        They are those the image was drawn from, provided that the fold has one terminal loop, at most 100
        columns and no letter outside ACGU; otherwise they are what the image shows.
        """
        drawn_twice = self.upper[: self.loop] == self.lower[: self.loop][::-1]
        upper_from = self.loop if drawn_twice else 0
        five = [(base, "(" if bond else ".") for base, bond in zip(self.upper, self.bonds, strict=True)]
        three = [(base, ")" if bond else ".") for base, bond in zip(self.lower, self.bonds, strict=True)]
        shown = [pair for pair in five[upper_from:][::-1] + three if pair[0] != COLOURS[GAP]]
        return "".join(base for base, _ in shown), "".join(bracket for _, bracket in shown)


def read_strands(image: Images) -> Strands:
    """Read an image (25, 100) back; the inverse of `draw` where an image shows all of its hairpin."""
    count = int((image[[UPPER, LOWER]] != BACKGROUND).any(0).sum())
    upper, lower = image[UPPER, :count], image[LOWER, :count]
    opposite = PAIRED_HEIGHTS[upper, lower]
    joined = _both_at(image[None, :, :count], opposite[None])[0]
    # an unpaired A opposite U is 5 pixels high as well, but then `opposite` says 3
    stem = np.flatnonzero(joined & (upper != GAP) & (lower != GAP))
    return Strands(
        upper="".join(COLOURS[colour] for colour in upper),
        lower="".join(COLOURS[colour] for colour in lower),
        bonds=joined & (opposite < UNBOUND_HEIGHT),
        loop=int(stem[0]) if len(stem) else count,
    )
