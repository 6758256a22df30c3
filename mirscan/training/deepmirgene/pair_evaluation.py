"""How well any scorer of hairpins tells precursors from others, on any two FASTA files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import to_rna
from mirscan.errors import InputError
from mirscan.genome.fasta import read_records
from mirscan.pipeline.predict import Prediction, predict
from mirscan.scoring.scorer import Scorer
from mirscan.training.common.relatives import related_to
from mirscan.training.deepmirgene.benchmarks import Records
from mirscan.training.deepmirgene.metrics import best_threshold, measure, report

Shown = Callable[[Iterable[Prediction], int], Iterable[Prediction]]


def without_relatives(records: Records, seen: Sequence[Path]) -> tuple[Records, int]:
    """Leave out the relatives of what a model has seen; how many they were comes with the rest.

    Raises:
        InputError: Nothing of one class is left.
    """
    sequences = [to_rna(bases) for path in seen for _, bases in read_records(str(path))]
    related = related_to(records.sequences, sequences) if sequences else np.zeros(len(records), bool)
    rest = records.where(~related)
    for label, name in ((1, "precursors"), (0, "others")):
        if not (rest.labels == label).any():
            raise InputError(
                ", ".join(path.name for path in seen),
                f"all {int((records.labels == label).sum()):,} {name} are relatives of what stands there",
                "sequences that the model has not seen",
            )
    return rest, int(related.sum())


def evaluate_pair(
    records: Records, scorer: Scorer, workers: int, min_score: float | None, shown: Shown
) -> dict[str, Any]:
    """Fold and score labelled sequences as `mirscan predict` does, and measure the scores.

    Args:
        records: n sequences of both classes.
        scorer: The model.
        workers: Processes that fold.
        min_score: Lowest score at which a sequence is called; None for what the model's card says.
        shown: Wraps the predictions (given them and their number), to show how far they are.

    Returns:
        Plain values: the measures with intervals at that threshold, and the F-score at the best one.
    """
    named = [
        (name, sequence.encode()) for name, sequence in zip(records.names, records.sequences, strict=True)
    ]
    predictions = list(shown(predict(named, scorer, workers), len(named)))
    scores = np.array([each.score or 0.0 for each in predictions])
    threshold = scorer.min_score if min_score is None else min_score
    return {
        "model": scorer.name,
        "trained_on": scorer.card.provenance.get("trained_on"),
        "threshold": threshold,
        "test": report(records.labels, scores, threshold=threshold),
        "best": _at_best(records.labels, scores),
        "no_hairpin": sum(not each.is_hairpin or each.hairpin is None for each in predictions),
    }


def _at_best(labels: NDArray[np.int64], scores: NDArray[np.float64]) -> dict[str, float]:
    """The threshold of the highest F-score on these very sequences, and that F-score."""
    threshold = best_threshold(labels, scores)
    return {"threshold": threshold, "f": measure(labels, scores, threshold).f}
