"""The measurement of each concept of the hairpin itself; `stem_concepts.py` says what they mean.

Each function takes a `Stem` and returns a number, rounded to what a reader can use: shares, energies a
base and entropies to a hundredth, stability to a tenth.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby

import numpy as np

from mirscan.encoding.drawing import C, G, U
from mirscan.encoding.shuffled_energy import stability
from mirscan.encoding.stem import Bools, Stem

ARM = 22  # columns of the duplex of two mature arms
LOWER_STEM = 11  # columns between the open end and Drosha's cut
NEAR_LOOP = 4  # nt on both sides of the terminal loop
TRIMER, HEXAMER = 3, 6
TAIL = (20, 4)  # nt before the 3′ end between which Drosha's CNNC is looked for

MOTIF = re.compile("UGU|GUG")
CNNC = re.compile("C..C")


def longest_run(mask: Bools) -> int:
    """Length of the longest run of True."""
    return max((len(list(run)) for yes, run in groupby(mask.tolist()) if yes), default=0)


def _arms(mask: Bools) -> Bools:
    """The columns from Drosha's cut to Dicer's, where the open end is that of a precursor's lower stem."""
    part: Bools = mask[::-1][LOWER_STEM : LOWER_STEM + ARM]
    return part


def _best(stem: Stem) -> int:
    """Where the 22 columns with the most pairs begin, the first of equals."""
    if len(stem.pairs) <= ARM:
        return 0
    return int(np.convolve(stem.pairs, np.ones(ARM, np.int64), "valid").argmax())


def _best_part(stem: Stem, mask: Bools) -> Bools:
    start = _best(stem)
    part: Bools = mask[start : start + ARM]
    return part


def over_shuffles(stem: Stem) -> float:
    """Stability over shuffles, SD."""
    return round(stability(stem.hairpin.sequence, stem.hairpin.mfe), 1)


def energy_a_base(stem: Stem) -> float:
    """kcal/mol a base."""
    return round(stem.hairpin.mfe / max(len(stem.hairpin), 1), 2)


def length(stem: Stem) -> float:
    """Bases from the outermost pair to its partner."""
    return len(stem.hairpin)


def loop_bases(stem: Stem) -> float:
    """Bases of the terminal loop."""
    return stem.loop[1] - stem.loop[0]


def branches(stem: Stem) -> float:
    """Terminal loops beyond the first."""
    return max(stem.loops - 1, 0)


def pairs(stem: Stem) -> float:
    """Pairs of the stem."""
    return int(stem.pairs.sum())


def longest_helix(stem: Stem) -> float:
    """Pairs in a row."""
    return longest_run(stem.pairs)


def longest_open(stem: Stem) -> float:
    """Columns in a row without a pair."""
    return longest_run(~stem.pairs)


def bulged(stem: Stem) -> float:
    """Bases without an opposite."""
    return int((stem.bulged_5p | stem.bulged_3p).sum())


def lower_stem_pairs(stem: Stem) -> float:
    """Pairs in the 11 columns at the open end."""
    return int(stem.pairs[::-1][:LOWER_STEM].sum())


def arm_pairs(stem: Stem) -> float:
    """Pairs in columns 12 to 33 from the open end."""
    return int(_arms(stem.pairs).sum())


def arm_open(stem: Stem) -> float:
    """Columns in a row without a pair there."""
    return longest_run(~_arms(stem.pairs))


def arm_bulged(stem: Stem) -> float:
    """Bases without an opposite there."""
    return int(_arms(stem.bulged_5p | stem.bulged_3p).sum())


def arm_asymmetry(stem: Stem) -> float:
    """Bases there that one strand has more of than the other."""
    return abs(int(_arms(stem.bulged_5p).sum()) - int(_arms(stem.bulged_3p).sum()))


def best_pairs(stem: Stem) -> float:
    """Pairs in the best 22 columns."""
    return int(_best_part(stem, stem.pairs).sum())


def best_bulged(stem: Stem) -> float:
    """Bases without an opposite there."""
    return int(_best_part(stem, stem.bulged_5p | stem.bulged_3p).sum())


def best_from_loop(stem: Stem) -> float:
    """Columns between the loop and the best 22."""
    return _best(stem)


def pairs_below_best(stem: Stem) -> float:
    """Pairs between the best 22 columns and the open end."""
    return int(stem.pairs[_best(stem) + ARM :].sum())


def pairs_beyond_arm(stem: Stem) -> float:
    """Pairs farther than 22 columns from the loop."""
    return int(stem.pairs[ARM:].sum())


def _share_of_pairs(stem: Stem, one: int, other: int) -> float:
    here = ((stem.upper == one) & (stem.lower == other)) | ((stem.upper == other) & (stem.lower == one))
    return round(float((here & stem.pairs).sum() / max(stem.pairs.sum(), 1)), 2)


def wobble_share(stem: Stem) -> float:
    """Share of the pairs that are G–U."""
    return _share_of_pairs(stem, G, U)


def strong_share(stem: Stem) -> float:
    """Share of the pairs that are C–G."""
    return _share_of_pairs(stem, C, G)


def _words(sequence: str, size: int) -> list[str]:
    return [sequence[at : at + size] for at in range(len(sequence) - size + 1)]


def trimer_entropy(stem: Stem) -> float:
    """Entropy of the words of three, bits."""
    counts = np.array(list(Counter(_words(stem.hairpin.sequence, TRIMER)).values()), dtype=np.float64)
    shares = counts / max(counts.sum(), 1)
    return round(float(-(shares * np.log2(shares)).sum()), 2)


def hexamer_share(stem: Stem) -> float:
    """Distinct words of six over all of them."""
    words = _words(stem.hairpin.sequence, HEXAMER)
    return round(len(set(words)) / max(len(words), 1), 2)


def longest_letter_run(stem: Stem) -> float:
    """Equal bases in a row."""
    return max((len(list(run)) for _, run in groupby(stem.hairpin.sequence)), default=0)


def motif_at_loop(stem: Stem) -> bool:
    """UGU or GUG in the loop and four bases around it."""
    start, end = stem.loop
    return MOTIF.search(stem.hairpin.sequence[max(start - NEAR_LOOP, 0) : end + NEAR_LOOP]) is not None


def loop_weak_share(stem: Stem) -> float:
    """Share of A and U in the loop."""
    letters = stem.hairpin.sequence[slice(*stem.loop)]
    return round((letters.count("A") + letters.count("U")) / max(len(letters), 1), 2)


def cnnc_at_end(stem: Stem) -> bool:
    """CNNC between 20 and 4 bases before the 3′ end."""
    first, last = TAIL
    return CNNC.search(stem.hairpin.sequence[-first:-last]) is not None
