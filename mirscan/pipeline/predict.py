"""Scores of ready hairpins: every record gets a row, in the order of the input."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
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

PRELOAD = ("mirscan.folding.viennarna",)
CHUNK = 64  # records a task: enough that the cost of a task does not matter


@dataclass(frozen=True, slots=True)
class Prediction:
    """The row of one record.

    Attributes:
        name: The record's name.
        hairpin: Its fold; None where it could not be folded.
        score: 0..1; None where it could not be scored.
        note: Why there is no score, or what to know about it; empty mostly.
    """

    name: str
    hairpin: Hairpin | None
    score: float | None
    note: str = ""


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
    start, end = scored_interval(structure)
    note = "" if end - start == len(structure) else f"scored on its positions {start + 1}-{end}"
    return Prediction(name, Hairpin(name, 0, len(sequence), "+", sequence, structure, mfe), None, note)


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
    for some in gather(in_order, len, scorer.together):
        folded = [prediction for predictions in some for prediction in predictions]
        hairpins = [prediction.hairpin for prediction in folded if prediction.hairpin]
        scores = iter(scorer.scores(hairpins).tolist())
        for prediction in folded:
            score = next(scores) if prediction.hairpin else None
            yield Prediction(prediction.name, prediction.hairpin, score, prediction.note)
