"""Concepts of the hairpin itself: measured on sequence, fold and energy, where `concepts.py` reads an image.

They say what Drosha, Dicer and thermodynamics look at, and what tells a gene from the hairpins that a genome
is full of. "From the open end" counts columns from where the hairpin opens: in a candidate of the scan that
is the foot of its stem, so that some 11 columns of lower stem come first, then the arms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.encoding import stem_measures as measures
from mirscan.encoding.concepts import CONCEPTS, Concept, Kind
from mirscan.encoding.stem import Stem, stem_of
from mirscan.records import Hairpin


@dataclass(frozen=True, slots=True)
class StemConcept:
    """A feature of a hairpin that has a name.

    Attributes:
        name: Column name.
        label: The name in plain words, as it stands in a rule.
        unit: Unit of the value; empty for answers and shares.
        meaning: One line for people.
        kind: `boolean`, `count` or `fraction` (0..1); an energy counts as a count.
        measure: The value of a hairpin from its stem.
    """

    name: str
    label: str
    unit: str
    meaning: str
    kind: Kind
    measure: Callable[[Stem], float]


def _concept(
    name: str, label: str, unit: str, meaning: str, measure: Callable[[Stem], float], kind: Kind = "count"
) -> StemConcept:
    return StemConcept(name, label, unit, meaning, kind, measure)


STEM_CONCEPTS: tuple[StemConcept, ...] = (
    _concept("stability", "stability over shuffles", "SD",
             "By how many standard deviations it folds better than shuffles of itself.",
             measures.over_shuffles),
    _concept("energy_a_base", "energy a base", "kcal/mol", "Minimum free energy over length.",
             measures.energy_a_base),
    _concept("length", "length", "nt", "Bases of the hairpin.", measures.length),
    _concept("loop_bases", "bases in loop", "nt", "Bases of the terminal loop.", measures.loop_bases),
    _concept("branches", "branches", "", "Terminal loops beyond the first.", measures.branches),
    _concept("pairs", "pairs", "", "Base pairs of the stem.", measures.pairs),
    _concept("longest_helix", "longest helix", "pairs", "Most pairs in a row.", measures.longest_helix),
    _concept("longest_open", "longest run unpaired", "columns", "Most columns in a row without a pair.",
             measures.longest_open),
    _concept("bulged", "bulged bases", "nt", "Bases of the stem that have no base opposite.",
             measures.bulged),
    _concept("lower_stem_pairs", "pairs in lower stem", "",
             "Pairs in the 11 columns at the open end, where Drosha holds the stem.",
             measures.lower_stem_pairs),
    _concept("arm_pairs", "pairs in arms", "",
             "Pairs in columns 12 to 33 from the open end, where the mature arms lie.", measures.arm_pairs),
    _concept("arm_open", "longest run unpaired in arms", "columns",
             "Most columns in a row without a pair in columns 12 to 33 from the open end.",
             measures.arm_open),
    _concept("arm_bulged", "bulged bases in arms", "nt",
             "Bases without an opposite in columns 12 to 33 from the open end.", measures.arm_bulged),
    _concept("arm_asymmetry", "asymmetry of arms", "nt",
             "Bulged bases that one strand has more of than the other in columns 12 to 33 from the open end.",
             measures.arm_asymmetry),
    _concept("best_pairs", "pairs in best 22", "", "Pairs in the 22 columns that have most of them.",
             measures.best_pairs),
    _concept("best_bulged", "bulged bases in best 22", "nt",
             "Bases without an opposite in the 22 columns that have most pairs.", measures.best_bulged),
    _concept("best_from_loop", "loop to best 22", "columns",
             "Columns between the terminal loop and the 22 columns that have most pairs.",
             measures.best_from_loop),
    _concept("pairs_below_best", "pairs below best 22", "",
             "Pairs between the 22 columns that have most of them and the open end.",
             measures.pairs_below_best),
    _concept("pairs_beyond_arm", "pairs below first 22", "",
             "Pairs farther from the terminal loop than an arm is long.", measures.pairs_beyond_arm),
    _concept("wobble_share", "wobble share", "", "Share of the pairs that are G–U.",
             measures.wobble_share, "fraction"),
    _concept("strong_share", "CG share of pairs", "", "Share of the pairs that are C–G.",
             measures.strong_share, "fraction"),
    _concept("trimer_entropy", "entropy of trimers", "bits",
             "How varied its words of three are: low in microsatellites.", measures.trimer_entropy),
    _concept("hexamer_share", "distinct hexamers", "",
             "Share of its words of six that are distinct: low in tandem repeats.", measures.hexamer_share,
             "fraction"),
    _concept("longest_letter_run", "longest run of a base", "nt", "Most equal bases in a row.",
             measures.longest_letter_run),
    _concept("motif_at_loop", "UGU or GUG at loop", "",
             "UGU or GUG in the terminal loop or within four bases of it.", measures.motif_at_loop,
             "boolean"),
    _concept("loop_weak_share", "A and U in loop", "", "Share of A and U in the terminal loop.",
             measures.loop_weak_share, "fraction"),
    _concept("cnnc_at_end", "CNNC at 3′ end", "",
             "CNNC between 20 and 4 bases before the 3′ end, where SRSF3 helps Drosha.",
             measures.cnnc_at_end, "boolean"),
)  # fmt: skip


EVERY_CONCEPT: tuple[Concept | StemConcept, ...] = CONCEPTS + STEM_CONCEPTS


def compute_stems(hairpins: Iterable[Hairpin]) -> dict[str, NDArray[Any]]:
    """The value of every concept for n hairpins: for each name float64 (n,), or bool (n,) for `boolean`.

    Raises:
        InputError: A structure is no dot-bracket.
    """
    stems = [stem_of(hairpin) for hairpin in hairpins]
    return {
        concept.name: np.array(
            [concept.measure(stem) for stem in stems],
            dtype=np.bool_ if concept.kind == "boolean" else np.float64,
        )
        for concept in STEM_CONCEPTS
    }


def matrix(values: Mapping[str, NDArray[Any]], names: Sequence[str]) -> NDArray[np.float64]:
    """Concepts as points (n, c), in the order of `names`: answers 0 or 1, and -1 where a value is empty."""
    columns = [np.asarray(values[name], dtype=np.float64) for name in names]
    return np.nan_to_num(np.stack(columns, axis=1), nan=-1.0)
