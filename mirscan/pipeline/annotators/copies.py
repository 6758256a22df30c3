"""Copies: hits of the same run that are the same sequence, or nearly."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from mirscan.alphabet import encode
from mirscan.genome.words import NO_WORD, words
from mirscan.pipeline.annotators.annotator import Annotator, Column
from mirscan.records import Hit

WORD = 12  # nt; 100 of a hairpin share one by chance with another in one case of 1,700
FEW = 16  # members of a group that are asked before all are
NEAR = 0.5  # share of the words of the smaller set that two copies have in common


def _text(key: str) -> Any:
    def text(hit: Hit) -> str:
        note = hit.notes.get(Copies.name)
        return "" if note is None else str(note[key])

    return text


class Copies(Annotator):
    """How many hits of the run are copies of each other.

    Near copies have half of their words of 12 nt in common, directly or by way of others: the members of a
    young family, repeats of a virus, a transposon.
    """

    name = "copies"
    description = (
        "how many hits of the run are copies of this one, itself included: near, and letter by letter"
    )
    columns = (
        Column(
            "copies",
            "Hits of the run that are nearly this sequence, itself included",
            _text("near"),
            "integer",
        ),
        Column("copies_exact", "Of these, hits of the very same sequence", _text("exact"), "integer"),
    )
    schema = {  # noqa: RUF012
        "type": ["object", "null"],
        "properties": {"near": {"type": "integer"}, "exact": {"type": "integer"}},
        "required": ["near", "exact"],
    }
    explained = False  # it speaks of a whole run

    def annotate(self, hits: Iterable[Hit]) -> Iterator[Hit]:
        """See `Annotator`; all hits are there before the first one leaves."""
        every = list(hits)
        exact = Counter(hit.hairpin.sequence for hit in every)
        groups = grouped([hit.hairpin.sequence for hit in every])
        sizes = Counter(groups)
        for hit, group in zip(every, groups, strict=True):
            yield hit.noted(copies={"near": sizes[group], "exact": exact[hit.hairpin.sequence]})


def grouped(sequences: Sequence[str]) -> list[int]:
    """A number for each sequence, the same for near copies: the lowest index of its group."""
    groups = _Groups([set(words(encode(sequence), WORD).tolist()) - {NO_WORD} for sequence in sequences])
    for number in range(len(sequences)):
        groups.add(number)
    return [groups.root(number) for number in range(len(sequences))]


class _Groups:
    """Near copies, directly or by way of others.

    The sequences that hold a word stand by groups, so that of a group that a sequence belongs to already no
    member is asked again: thousands of copies of a transposon are grouped in seconds.

    Args:
        words_of: The words of each sequence.
    """

    def __init__(self, words_of: Sequence[set[int]]) -> None:
        self._words_of = words_of
        self._parent = list(range(len(words_of)))
        self._holders: dict[int, dict[int, list[int]]] = defaultdict(dict)  # word → group → sequences

    def root(self, number: int) -> int:
        """The lowest index of the group of a sequence."""
        parent = self._parent
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    def add(self, number: int) -> None:
        """Join a sequence to the groups of those before it that it is a near copy of."""
        mine = self._words_of[number]
        for group in sorted({group for word in mine for group in self._holders[word]}):
            if self.root(group) != self.root(number) and self._holds_a_copy(group, number):
                low, high = sorted((self.root(group), self.root(number)))
                self._parent[high] = low
        here = self.root(number)
        for word in mine:
            self._holders[word] = self._by_group(word)
            self._holders[word].setdefault(here, []).append(number)

    def _by_group(self, word: int) -> dict[int, list[int]]:
        """The holders of a word, where groups have become one joined."""
        held = self._holders[word]
        if all(self._parent[group] == group for group in held):
            return held
        joined: dict[int, list[int]] = {}
        for group, some in held.items():
            joined.setdefault(self.root(group), []).extend(some)
        return joined

    def _holds_a_copy(self, group: int, number: int) -> bool:
        """Whether any member of a group, as it stood, is a near copy of a sequence."""
        mine = self._words_of[number]
        some = next(self._holders[word][group] for word in mine if group in self._holders[word])
        if any(self._near(len(mine & self._words_of[other]), other, number) for other in some[:FEW]):
            return True
        shared = Counter(other for word in mine for other in self._holders[word].get(group, ()))
        return any(self._near(count, other, number) for other, count in shared.items())

    def _near(self, shared: int, other: int, number: int) -> bool:
        smaller = min(len(self._words_of[number]), len(self._words_of[other]))
        return 0 < shared >= NEAR * smaller
