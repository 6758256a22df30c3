"""Prefilters of a model whose score has changed: the same networks, cuts chosen anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.encoding.columns import concatenate
from mirscan.models.columns import ColumnNetwork
from mirscan.pipeline.sensitivity import CUTS, KIND
from mirscan.scoring import checkpoint
from mirscan.scoring.checkpoint import Card
from mirscan.training.scan.data import ScanExamples
from mirscan.training.scan.prefilters import LOST, MOST, SCORES, SHAPES, ScoredCandidates, as_seen, cut_at

Floats = NDArray[np.float64]
LIKELY = -7.0  # log-odds: what scores less decides no cut


def rebind(
    old: Path, new: Path, model: Card, examples: Sequence[ScanExamples], odds: Sequence[Floats]
) -> None:
    """Write the prefilters of a model for the score of another one that was made from it.

    They were distilled from the networks of columns. Their cuts are chosen on candidates that nothing has
    learnt from, so that of those with so high a score no more are lost than is allowed.

    Args:
        old: The model that they come with.
        new: Where that other model has been saved.
        model: Its card.
        examples: Precursors first, then background.
        odds: The log-odds of their scores.
    """
    unseen = [_likely(part, values) for part, values in zip(examples, odds, strict=True)]
    groups = [unseen[0], _joined(unseen[1:])]
    for name in SHAPES:
        card, state = checkpoint.load(old / name, KIND)
        network = ColumnNetwork(**card.config)
        network.load_state_dict(state)
        figures: dict[str, Any] = {
            CUTS[sensitivity]: [
                [score, cut_at(score, lost, name, network.eval(), groups)] for score in SCORES
            ]
            for sensitivity, lost in LOST.items()
        }
        of = f"{model.kind}_sha256"
        made_of = {"distilled_from": card.provenance[of], **card.provenance, of: model.sha256}
        again = Card(**{**asdict(card), "metrics": figures, "provenance": made_of})
        checkpoint.save(new / name, again, state)


def _likely(examples: ScanExamples, odds: Floats) -> ScoredCandidates:
    """Those that could decide a cut, as the prefilters see them."""
    rows = np.flatnonzero(odds >= LIKELY)[:MOST]
    return ScoredCandidates(as_seen(examples.take(rows)), odds[rows])


def _joined(parts: Sequence[ScoredCandidates]) -> ScoredCandidates:
    seen = {name: concatenate([part.seen[name] for part in parts]) for name in SHAPES}
    return ScoredCandidates(seen, np.concatenate([part.odds for part in parts]))
