"""Scores of ready hairpins: every record gets a row, in the order of the input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate, islice
from typing import TYPE_CHECKING

from mirscan.alphabet import to_rna
from mirscan.encoding.sequence import scored_interval
from mirscan.folding.viennarna import LONGEST, fold
from mirscan.genome.fasta import foreign_letter
from mirscan.records import Hairpin
from mirscan.runtime.gather import gather
from mirscan.runtime.workers import ordered_map

if TYPE_CHECKING:  # it loads PyTorch, which workers do without
    from mirscan.scoring.scorer import Scorer

# A hairpin holds two arms of a duplex. Real precursors have more, with few exceptions; a mature
# sequence alone, or a loop of a few pairs, has less.
FEWEST_PAIRS, SHORTEST = 12, 40  # nested pairs, nt
NO_HAIRPIN = "not a hairpin"
PRELOAD = ("mirscan.folding.viennarna",)
CHUNK = 64  # records a task: enough that the cost of a task does not matter


@dataclass(frozen=True, slots=True, repr=False)
class Prediction:
    """The row of one record.

    Attributes:
        name: The record's name.
        hairpin: Its fold; None where it could not be folded.
        score: 0..1; 0 where it is no hairpin; None where it could not be scored.
        note: Why there is no score, or what to know about it; empty mostly.
        is_hairpin: Whether its fold has a stem that can hold two arms; what has none is no precursor.
    """

    name: str
    hairpin: Hairpin | None
    score: float | None
    note: str = ""
    is_hairpin: bool = True

    def __repr__(self) -> str:
        score = "no score" if self.score is None else f"score {self.score:.6f}"
        return f"<Prediction {self.name} {score}{f' ({self.note})' if self.note else ''}>"


def fold_record(record: tuple[str, bytes]) -> Prediction:
    """Fold one record, or say why it cannot be folded."""
    name, bases = record
    if not bases:
        return Prediction(name, None, None, "no sequence")
    if foreign := foreign_letter(bases):
        return Prediction(name, None, None, f"{foreign[1]} (position {foreign[0] + 1})")
    if len(bases) > LONGEST:
        return Prediction(
            name, None, None, f"{len(bases):,} nt, too long for a hairpin (at most {LONGEST:,})"
        )
    sequence = to_rna(bases)
    if not sequence.strip("N"):
        return Prediction(name, None, None, "no base other than N")
    structure, mfe = fold(sequence)
    hairpin = Hairpin(name, 0, len(sequence), "+", sequence, structure, mfe)
    if lacks := _lack(structure):
        return Prediction(name, hairpin, 0.0, f"{NO_HAIRPIN}: {lacks}", is_hairpin=False)
    start, end = scored_interval(structure)
    note = "" if end - start == len(structure) else f"scored on its positions {start + 1}-{end}"
    return Prediction(name, hairpin, None, note)


def _lack(structure: str) -> str:
    """What a fold lacks to be a hairpin with two arms; empty where it lacks nothing."""
    if len(structure) < SHORTEST:
        return f"{len(structure)} nt, and two arms with a loop need {SHORTEST}"
    signs = ({"(": 1, ")": -1}.get(sign, 0) for sign in structure)
    nested = max(accumulate(signs))
    if nested < FEWEST_PAIRS:
        return f"its longest stem has {nested} pairs, and two arms need {FEWEST_PAIRS}"
    return ""


def fold_records(records: Sequence[tuple[str, bytes]]) -> list[Prediction]:
    """Fold some records, in order."""
    return [fold_record(record) for record in records]


def place_of(source: str, records: Sequence[tuple[str, bytes]]) -> str:
    """Which records of which file these are, for errors."""
    return f"{source}, " + " to ".join(dict.fromkeys(repr(records[at][0]) for at in (0, -1)))


def predict(
    records: Iterable[tuple[str, bytes]], scorer: Scorer, workers: int = 1, source: str = "sequences"
) -> Iterator[Prediction]:
    """Fold and score records of (name, bases as written); one prediction a record, in order.

    Args:
        records: Names and bases.
        scorer: The network that scores.
        workers: Processes that fold.
        source: Where the records come from, for errors.
    """
    remaining = iter(records)
    chunks = iter(lambda: list(islice(remaining, CHUNK)), [])
    in_order = ordered_map(fold_records, chunks, workers, PRELOAD, partial(place_of, source))
    for batch in gather(in_order, len, scorer.together):
        folded = [prediction for predictions in batch for prediction in predictions]
        hairpins = [each.hairpin for each in folded if each.hairpin and each.is_hairpin]
        scores = iter(scorer.scores(hairpins).tolist())
        for prediction in folded:
            scored = prediction.hairpin and prediction.is_hairpin
            yield replace(prediction, score=next(scores)) if scored else prediction
