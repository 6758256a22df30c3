"""Concepts: named, human-readable features of a hairpin, measured on its image.

They are the features f of the DIVA paper (Petković & Menkovski, section 2.1), which takes them from
Van den Brandt (2021). The definitions reproduce the authors' published values.

Deviations where those values say nothing: nothing paired on fewer than five columns takes the last coloured
column for the loop's end; a pair in column 0 makes a loop of no columns, whose highest point and length are
empty; a share of no columns is empty; and an empty image has no loop and no length.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mirscan.encoding import measures
from mirscan.encoding.measures import Values
from mirscan.encoding.outline import Outline, checked_images, outline

BLOCK = 512  # images measured at once: the intermediate arrays stay in the cache

Kind = Literal["boolean", "count", "fraction", "strand"]


@dataclass(frozen=True, slots=True)
class Concept:
    """A feature of a hairpin that has a name.

    Attributes:
        name: Column name, as the authors publish it.
        label: The name in plain words, as it stands in a rule.
        unit: Unit of the value; empty for answers and shares.
        meaning: One line for people.
        kind: `boolean`, `count`, `fraction` (0..1) or `strand` (`upper`, `lower` or empty).
        measure: The values of n images from their outline.
        thresholds: Where the authors cut a continuous concept in two; empty for the others.
    """

    name: str
    label: str
    unit: str
    meaning: str
    kind: Kind
    measure: Callable[[Outline], Values]
    thresholds: tuple[float, ...] = ()


def compute(images: ArrayLike) -> dict[str, Values]:
    """The value of every concept for n images.

    Args:
        images: Whole numbers 0..5 (n, 25, 100): background, gap, G, C, U, A.

    Returns:
        For each concept's name an array (n,): bool for `boolean`; float64 for `fraction` and for the counts
        that may be empty (NaN); int64 for the other counts; strings for `strand`, empty where there is none.

    Raises:
        InputError: Another shape, type or colour.
    """
    checked = checked_images(images)
    blocks = [_measure(checked[at : at + BLOCK]) for at in range(0, max(len(checked), 1), BLOCK)]
    return {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}


def _measure(images: NDArray[np.uint8]) -> dict[str, Values]:
    shape = outline(images)
    return {concept.name: concept.measure(shape) for concept in CONCEPTS}


CONCEPTS: tuple[Concept, ...] = (
    Concept(
        "presence_terminal_loop",
        "terminal loop",
        "",
        "The hairpin closes in a loop: neither strand has a gap in the first column.",
        "boolean",
        measures.has_loop,
    ),
    Concept(
        "start_loop_upperhalf_col",
        "last loop column",
        "columns",
        "The loop's last column, before the first base pair.",
        "count",
        measures.start_loop,
        (3, 7, 15, 30, 45),
    ),
    Concept(
        "highest_point_loop_upperhalf_row",
        "row of the loop's highest point",
        "rows",
        "The topmost row that the loop reaches (0 is the image's top).",
        "count",
        measures.highest_row,
    ),
    Concept(
        "highest_point_loop_upperhalf_col",
        "column of the loop's highest point",
        "columns",
        "The rightmost column in which the loop is at its highest.",
        "count",
        measures.highest_column,
        (3, 7, 9, 15, 30, 45),
    ),
    Concept(
        "loop_length",
        "loop height",
        "rows",
        "From the top of the loop to its bottom, at its highest column.",
        "count",
        measures.loop_length,
    ),
    Concept(
        "loop_width",
        "loop width",
        "columns",
        "Columns of the terminal loop.",
        "count",
        measures.loop_width,
        (2, 8, 20, 45),
    ),
    Concept(
        "gap_start",
        "gaps at the start",
        "columns",
        "Where there is no terminal loop: gaps in a row from the first column.",
        "count",
        measures.gap_start,
        (2, 8, 20, 40),
    ),
    Concept(
        "palindrome_score",
        "symmetry",
        "",
        "Share of columns whose two bars are equally high.",
        "fraction",
        measures.palindrome,
        (0.25, 0.5, 0.6, 0.7, 0.8, 0.9),
    ),
    Concept(
        "asymmetric",
        "asymmetric",
        "",
        "More than 60 % of the columns have two bars of different height.",
        "boolean",
        measures.asymmetric,
    ),
    Concept(
        "large_asymmetric_bulge",
        "largest asymmetric bulge",
        "columns",
        "Width of the widest place where one strand stands tall over a gap.",
        "count",
        measures.bulge_width,
        (2, 4, 8, 10, 20, 40, 60),
    ),
    Concept(
        "largest_asym_bulge_strand_location",
        "largest asymmetric bulge",
        "",
        "The strand on which the largest asymmetric bulge stands.",
        "strand",
        measures.bulge_strand,
    ),
    Concept(
        "largest_asym_bulge_sequence_location",
        "place of the largest asymmetric bulge",
        "columns",
        "The middle column of the largest asymmetric bulge.",
        "count",
        measures.bulge_location,
        (5, 20, 40, 60, 80),
    ),
    Concept(
        "stem_begin",
        "open end of the stem",
        "columns",
        "The stem's open end: the last coloured column.",
        "count",
        measures.total_length,
        (15, 35, 45, 55, 60, 75),
    ),
    Concept(
        "stem_end",
        "loop end of the stem",
        "columns",
        "Where the stem meets the loop; 0 without a loop.",
        "count",
        measures.stem_end,
        (3, 5, 8, 12, 20, 30, 40),
    ),
    Concept(
        "stem_length",
        "stem length",
        "columns",
        "Columns from the terminal loop to the open end.",
        "count",
        measures.stem_length,
        (10, 20, 30, 35, 40, 45, 50, 55, 60, 70, 80, 90),
    ),
    Concept(
        "total_length",
        "total length",
        "columns",
        "Columns from the tip of the loop to the open end.",
        "count",
        measures.total_length,
        (20, 30, 40, 50, 60, 70, 80, 90),
    ),
    Concept(
        "base_pairs_in_stem",
        "base pairs in stem",
        "",
        "Share of the stem's columns that are a C–G or A–U pair.",
        "fraction",
        measures.base_pairs,
        (0.1, 0.3, 0.5, 0.7, 0.9),
    ),
    Concept(
        "base_pairs_wobbles_in_stem",
        "base pairs and wobbles in stem",
        "",
        "Share of the stem's columns that are a C–G, A–U or G–U pair.",
        "fraction",
        measures.base_pairs_wobbles,
        (0.1, 0.3, 0.5, 0.7, 0.9),
    ),
    Concept(
        "AU_pair_begin_maturemiRNA",
        "A–U pairs at the start of the mature microRNA",
        "",
        "Two A–U pairs side by side, 18 to 25 columns from the open end.",
        "boolean",
        measures.au_pair,
    ),
    Concept(
        "UGU",
        "UGU motif at the loop",
        "",
        "UGU or GUG on the 5′ strand between the loop's highest point and the start of the stem.",
        "boolean",
        measures.ugu,
    ),
)
