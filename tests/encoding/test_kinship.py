from __future__ import annotations

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest

from mirscan.encoding.kinship import NAMES, NEAREST, ONE_IN, WORDS, Library
from mirscan.encoding.sequence import pad, symbols

FAMILY = "UGAGGUAGUAGGUUGUAUAGUU"
DIGITS = str.maketrans("ACGU", "0123")
OTHER = "GCAUUGGUGGUUCAGUGGUAGAAUUCUCGCC"


def packed(*sequences: str) -> tuple[np.ndarray, np.ndarray]:
    return pad([symbols(sequence, "." * len(sequence)) for sequence in sequences])


def library(positives: list[str], negatives: list[str]) -> Library:
    labels = np.array([1] * len(positives) + [0] * len(negatives))
    return Library.of(*packed(*positives, *negatives), labels)


def words(sequence: str, size: int) -> set[str]:
    """The third of a hairpin's words that counts, told another way."""
    found = {sequence[i : i + size] for i in range(len(sequence) - size + 1)}
    numbers = {word: int(word.translate(DIGITS), 4) for word in found if set(word) <= set("ACGU")}
    return {word for word, number in numbers.items() if number * 2654435761 % 2**32 < 2**32 / ONE_IN}


@pytest.mark.parametrize("size", WORDS)
def test_a_third_of_all_words_counts(size: int) -> None:
    random = np.random.default_rng(0)
    sequence = "".join(random.choice(list("ACGU"), 350))
    held = Library.of(*packed(sequence), np.array([1])).sizes[WORDS.index(size), 0]
    assert held == len(words(sequence, size))
    assert 350 / ONE_IN * 0.75 < held < 350 / ONE_IN * 1.25


def likeness(one: str, other: str, size: int) -> float:
    a, b = words(one, size), words(other, size)
    return len(a & b) / sqrt(len(a) * len(b)) if a and b else 0.0


def measured(known: Library, sequence: str) -> dict[str, float]:
    return dict(zip(NAMES, known.kinship(*packed(sequence))[0].tolist(), strict=True))


@pytest.mark.parametrize("size", WORDS)
def test_likeness_is_the_cosine_of_the_sets_of_words(size: int) -> None:
    positives = [FAMILY + "AACC", "GG" + FAMILY[:15] + "CACACA", "CCCCCCCCCCCCNACGU", "ACGU"]
    negatives = [OTHER, OTHER[:14] + FAMILY[-10:]]
    query = "CC" + FAMILY + OTHER[:12]
    found = measured(library(positives, negatives), query)
    near, far = (
        sorted((likeness(query, known, size) for known in side), reverse=True)
        for side in (positives, negatives)
    )
    assert near[1] > 0
    assert found[f"nearest precursor by words of {size}"] == pytest.approx(near[0])
    assert found[f"nearest precursors by words of {size}"] == pytest.approx(sum(near[:3]) / NEAREST)
    assert found[f"nearest other by words of {size}"] == pytest.approx(far[0])
    assert found[f"nearest others by words of {size}"] == pytest.approx(sum(far) / NEAREST)
    assert found[f"nearest by words of {size}"] == pytest.approx(near[0] - far[0], abs=1e-6)


def test_a_hairpin_of_the_library_looks_as_if_it_had_been_left_out() -> None:
    relatives = [FAMILY + "AACC", "GG" + FAMILY, "AUAU" + FAMILY[3:]]
    for index, own in enumerate(relatives):
        others = relatives[:index] + relatives[index + 1 :]
        assert measured(library(relatives, [OTHER]), own) == measured(library(others, [OTHER]), own)


def test_a_precursor_that_stands_among_the_negatives_says_nothing_of_itself() -> None:
    known = library([FAMILY], [OTHER])
    assert measured(known, FAMILY) == measured(library([OTHER[::-1]], [OTHER]), FAMILY)


def test_kinship_does_not_depend_on_the_batch() -> None:
    random = np.random.default_rng(0)
    rows = ["".join(random.choice(list("ACGUN"), n, p=[0.24] * 4 + [0.04])) for n in (0, 3, 7, 40, 120, 400)]
    known = library([row for row in rows if len(row) > 20], [OTHER])
    queries = [row[: max(len(row) - 20, 0)] for row in rows]
    together = known.kinship(*packed(*queries))
    alone = np.concatenate([known.kinship(*packed(query)) for query in queries])
    assert np.array_equal(together, alone)
    assert together[3:, 0].min() > 0.5  # each finds the longer hairpin that it is a part of
    assert not together[0].any()


def test_no_library_no_kin() -> None:
    assert not Library.empty().kinship(*packed(FAMILY)).any()


@pytest.mark.parametrize(
    ("part", "value"), [("holders", 9), ("holders", -1), ("starts", 10**6), ("starts", -1), ("labels", 2)]
)
def test_a_damaged_library_is_refused(part: str, value: int) -> None:
    known = library([FAMILY], [OTHER])
    known.check()
    getattr(known, part)[-1 if value > 0 else 0] = value
    with pytest.raises(ValueError, match="damaged"):
        known.check()


def test_a_library_of_another_shape_is_refused() -> None:
    known = library([FAMILY], [OTHER])
    with pytest.raises(ValueError, match="damaged"):
        replace(known, starts=known.starts[:-1]).check()
    with pytest.raises(ValueError, match="damaged"):
        replace(known, sizes=known.sizes[:, :1]).check()
