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
    words_of = [set(words(encode(sequence), WORD).tolist()) - {NO_WORD} for sequence in sequences]
    holders: dict[int, list[int]] = defaultdict(list)
    parent = list(range(len(sequences)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    for number, mine in enumerate(words_of):
        shared = Counter(other for word in mine for other in holders[word])
        for other, count in shared.items():
            if count >= NEAR * min(len(mine), len(words_of[other])):
                low, high = sorted((root(number), root(other)))
                parent[high] = low
        for word in mine:
            holders[word].append(number)
    return [root(number) for number in range(len(sequences))]
