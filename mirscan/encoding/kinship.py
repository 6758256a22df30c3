"""How much a hairpin has in common with known ones: the words (runs of a few nucleotides) that both hold.

Precursors of one family share long stretches, the mature microRNA above all, and so do the tRNAs and other
RNAs among the negatives. The likeness of two hairpins is the cosine of their sets of words,
|A ∩ B| / √(|A| · |B|).

Of all words a fixed third counts, chosen by a hash: enough for a likeness, too few to put the known hairpins
together again (the fractional MinHash of sourmash, Brown & Irber 2016).

A known hairpin that holds exactly the same words is passed over. It may be the hairpin itself: one that was
trained on is then measured as if it had been left out. And in the benchmarks of deepMiRGene a
hairpin that occurs twice always carries both labels, once a precursor and once a negative: a defect that a
scorer must not learn.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mirscan.encoding.sequence import STRUCTURES
from mirscan.genome.words import NO_WORD, words
from mirscan.runtime.compiled import compiled

WORDS = (6, 8)  # nucleotides of a word
ONE_IN = 3  # words, of which one counts
NEAREST = 3  # known hairpins of a class whose mean likeness counts
_MEASURES = (
    "nearest precursor", "nearest precursors", "nearest other", "nearest others", "nearest", "nearest few",
)  # fmt: skip
NAMES = tuple(f"{name} by words of {size}" for size in WORDS for name in _MEASURES)

SAME = 1 - 1e-6  # likeness of hairpins that hold the same words
_ROOT = len(STRUCTURES)  # symbols of one nucleotide

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Holders = NDArray[np.int32]
Floats = NDArray[np.float32]

_compiled = compiled(error_model="numpy")


@_compiled
def _counts(word: int) -> bool:
    """Whether a word is of the third that counts: by the upper bits of a product (Knuth 1973, 6.4)."""
    return (word * 2654435761 % 2**32) * ONE_IN < 2**32


@_compiled
def _held(symbols: Bytes, size: int) -> Ints:
    """The distinct words that count (n,), sorted."""
    found = words(symbols // np.uint8(_ROOT), size)
    counted = np.empty(found.size, np.int64)
    count = 0
    for word in found:
        if word != NO_WORD and _counts(word):
            counted[count] = word
            count += 1
    return np.unique(counted[:count])


@_compiled
def _count(symbols: Bytes, lengths: Ints, size: int, counts: Ints, sizes: Ints) -> None:
    """Add to `counts` (4^size,) how many of the hairpins hold each word; fill how many each holds."""
    for row in range(len(symbols)):
        held = _held(symbols[row, symbols.shape[1] - lengths[row] :], size)
        sizes[row] = held.size
        for word in held:
            counts[word] += 1


@_compiled
def _enter(symbols: Bytes, lengths: Ints, size: int, ends: Ints, holders: Holders) -> None:
    """Enter each hairpin under each of its words; `ends` (4^size,) begins as the starts and becomes ends."""
    for row in range(len(symbols)):
        for word in _held(symbols[row, symbols.shape[1] - lengths[row] :], size):
            holders[ends[word]] = row
            ends[word] += 1


@_compiled
def _shared(held: Ints, starts: Ints, holders: Holders, shared: Ints) -> None:
    """Fill how many of the words each known hairpin holds, (n,)."""
    shared[:] = 0
    for word in held:
        for place in range(starts[word], starts[word + 1]):
            shared[holders[place]] += 1


@_compiled
def _nearest(count: int, shared: Ints, sizes: Ints, labels: Bytes) -> NDArray[np.float64]:
    """The largest likenesses to hairpins of class 0 and 1, (2, NEAREST), falling."""
    best = np.zeros((2, NEAREST))
    for known in range(shared.size):
        if shared[known] == 0:
            continue
        likeness = shared[known] / np.sqrt(count * sizes[known])
        of_class = best[labels[known]]
        if likeness < SAME and likeness > of_class[-1]:
            place = NEAREST - 1
            while place > 0 and of_class[place - 1] < likeness:
                of_class[place] = of_class[place - 1]
                place -= 1
            of_class[place] = likeness
    return best


@_compiled
def _measure(
    symbols: Bytes,
    lengths: Ints,
    size: int,
    starts: Ints,
    holders: Holders,
    sizes: Ints,
    labels: Bytes,
    out: Floats,
) -> None:
    """Fill the measures by words of one size, (B, 6)."""
    shared = np.zeros(labels.size, np.int64)
    for row in range(len(symbols)):
        held = _held(symbols[row, symbols.shape[1] - lengths[row] :], size)
        _shared(held, starts, holders, shared)
        best = _nearest(held.size, shared, sizes, labels)
        means = best.sum(1) / NEAREST
        out[row, 0], out[row, 1], out[row, 2], out[row, 3] = best[1, 0], means[1], best[0, 0], means[0]
        out[row, 4], out[row, 5] = best[1, 0] - best[0, 0], means[1] - means[0]


@dataclass(frozen=True, slots=True)
class Library:
    """n known hairpins, as an index from words to those that hold them.

    Attributes:
        labels: uint8 (n,), 1 = precursor.
        sizes: int64 (2, n), how many words of each size in `WORDS` each holds.
        starts: int64 (Σ (4^size + 1),), for each size the place in `holders` where those of each word begin,
            and the end of the last.
        holders: int32, the numbers of the hairpins that hold a word, word by word.
    """

    labels: Bytes
    sizes: Ints
    starts: Ints
    holders: Holders

    @staticmethod
    def of(symbols: Bytes, lengths: Ints, labels: Ints) -> Library:
        """The library of labelled hairpins: symbols (n, L), right-aligned, lengths (n,), labels (n,)."""
        sizes = np.zeros((len(WORDS), len(labels)), np.int64)
        starts, holders, done = [], [], 0
        for size, held in zip(WORDS, sizes, strict=True):
            counts = np.zeros(4**size, np.int64)
            _count(symbols, lengths, size, counts, held)
            first = np.concatenate(([0], np.cumsum(counts)))
            entered = np.zeros(int(first[-1]), np.int32)
            _enter(symbols, lengths, size, first[:-1].copy(), entered)
            starts.append(first + done)
            holders.append(entered)
            done += len(entered)
        return Library(labels.astype(np.uint8), sizes, np.concatenate(starts), np.concatenate(holders))

    @staticmethod
    def empty() -> Library:
        """The library of no hairpin."""
        return Library.of(np.zeros((0, 0), np.uint8), np.zeros(0, np.int64), np.zeros(0, np.int64))

    def check(self) -> None:
        """See that compiled code, which checks no index, can walk it.

        Raises:
            ValueError: It is no index of n hairpins.
        """
        n = len(self.labels)
        sound = (
            self.labels.shape == (n,)
            and self.sizes.shape == (len(WORDS), n)
            and self.starts.shape == (sum(4**size + 1 for size in WORDS),)
            and self.starts[0] >= 0
            and (np.diff(self.starts) >= 0).all()
            and self.starts[-1] <= len(self.holders)
            and (self.holders >= 0).all()
            and (self.holders < n).all()
            and self.labels.max(initial=0) <= 1
        )
        if not sound:
            raise ValueError("the library of known hairpins is damaged")

    def kinship(self, symbols: Bytes, lengths: Ints) -> Floats:
        """What each hairpin has in common with the library.

        Args:
            symbols: uint8 (B, L), right-aligned.
            lengths: int64 (B,).

        Returns:
            float32 (B, 12), in the order of `NAMES`: by words of each size the likeness, 0..1, of the nearest
            precursor, the mean of the three nearest precursors, the same of the negatives, and the
            differences of both.
        """
        out = np.zeros((len(symbols), len(NAMES)), np.float32)
        first = 0
        for index, size in enumerate(WORDS):
            starts = self.starts[first : first + 4**size + 1]
            columns = out[:, index * len(_MEASURES) : (index + 1) * len(_MEASURES)]
            _measure(symbols, lengths, size, starts, self.holders, self.sizes[index], self.labels, columns)
            first += 4**size + 1
        return out
