"""How a model for `scan` is made of anybody's genomes, from nothing or from one that is there.

1. Lay the genomes out as the training reads them, sieve and fold them (`own_genomes.py`).
2. Train new networks; or train the convolutions of a model for some steps more, at a tenth of the rate.
3. Calibrate on precursors and background that no network has seen, and measure there. Where the training
   began with a model, measure that one as well, to see whether it was worth it.
4. Distil the prefilters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit
from torch import nn

from mirscan.encoding.columns import DESCRIPTION
from mirscan.models import build
from mirscan.models.column_ensemble import ColumnEnsemble
from mirscan.pipeline.sensitivity import PREFILTERS
from mirscan.records import Hairpin
from mirscan.scoring import checkpoint
from mirscan.scoring.checkpoint import Card
from mirscan.scoring.scorer import Scorer
from mirscan.training.common.provenance import provenance
from mirscan.training.common.resume import RUNS
from mirscan.training.scan import prefilters
from mirscan.training.scan.calibration import lowest_of_hits, platt
from mirscan.training.scan.data import ScanExamples
from mirscan.training.scan.folds import folded, structures
from mirscan.training.scan.material import Stage
from mirscan.training.scan.metrics import Ground, best_per_precursor
from mirscan.training.scan.own_genomes import OwnMaterial, gather, laid_out, training_set_of
from mirscan.training.scan.prefilters import ScoredCandidates
from mirscan.training.scan.settings import FALSE_PER_MB, LOWEST, STEPS_OF_MORE, ScanSettings
from mirscan.training.scan.train import ARCHITECTURE, KIND, train_network

MEASURED_AT = (1.0, 10.0, 100.0)  # false hits per Mb
SCORED_AT_ONCE = 8192  # hairpins
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for.

    Attributes:
        genomes: FASTA files, each with its known precursors.
        plant: Whether they are precursors of plants.
        start: The model to go on from, by name or folder; None for new networks.
        settings: What decides the weights.
    """

    genomes: Sequence[tuple[Path, Path]]
    plant: bool
    start: str | None
    settings: ScanSettings


def train(asked: Asked, out: Path, cache: Path, stage: Stage, command: str) -> Card:
    """Make a model of own genomes; its checkpoint is written into `out`.

    Args:
        asked: What is asked for.
        out: The checkpoint's folder.
        cache: Where sieved genomes and folds are kept: another run finds them.
        stage: Called with the name of a stage and its size; what it gives back is called with each advance.
        command: For the card.

    Returns:
        The card as written.

    Raises:
        InputError: A genome or its known precursors cannot be used, or are too few.
    """
    settings = asked.settings
    folders = laid_out(asked.genomes, cache)
    work = folders[0].parent
    material = gather(folders, settings, asked.plant, work, stage)
    training = training_set_of(material, asked.plant, work, stage)
    card, network = _first(asked)
    columns = network if isinstance(network, ColumnEnsemble) else network.convolutions
    assert isinstance(columns, ColumnEnsemble)
    if asked.start:
        settings = replace(settings, steps=min(settings.steps, STEPS_OF_MORE))
    runs = out / RUNS / (f"from-{card.sha256[:8]}" if asked.start else "")
    for number, member in enumerate(columns.networks()):
        watch = stage(f"network {number + 1} of {len(columns.members)}", settings.steps)
        start = member if asked.start else None
        columns.members[number] = train_network(training, settings, number, runs, watch, start)
    genomes = [genome.name for genome, _ in asked.genomes]
    data = {
        "genomes": genomes,
        "known": [known.name for _, known in asked.genomes],
        "precursors": material.loci,
        "groups_of_relatives": material.groups,
        "background_candidates": sum(len(each.examples) for each in material.backgrounds),
    }
    trained_on = " and ".join(genomes) + (f", from {Path(asked.start).name}" if asked.start else "")
    made = provenance(command, trained_on, training.sha256(), settings=asdict(settings), data=data)
    card = replace(card, provenance=made)
    return _finished(asked, out, card, network, material, work, stage, command)


def _first(asked: Asked) -> tuple[Card, nn.Module]:
    """What the training begins with: a model that is there, or one of new networks, still without weights."""
    if asked.start is None:
        config = {"members": [asked.settings.shape] * asked.settings.members}
        return Card(KIND, ARCHITECTURE, config, DESCRIPTION), ColumnEnsemble(**config)
    folder = checkpoint.locate(asked.start)
    card, state = checkpoint.load(folder, KIND)
    return card, checkpoint.filled(lambda: build(card.architecture, card.config), state, str(folder))


def _finished(
    asked: Asked,
    out: Path,
    card: Card,
    network: nn.Module,
    material: OwnMaterial,
    work: Path,
    stage: Stage,
    command: str,
) -> Card:
    """Calibrate, measure, save, and distil the prefilters."""
    calibration = network.calibration
    assert isinstance(calibration, torch.Tensor)
    uncalibrated = out / RUNS / "uncalibrated"
    checkpoint.save(uncalibrated, replace(card, metrics={}), network.state_dict())
    held_out, megabases = material.background(held_out=True), material.megabases_held_out
    precursors, background = _odds(str(uncalibrated), material.calibration, held_out, stage)
    prevalence = asked.settings.prevalence
    scale, shift = platt(precursors, background, np.ones(len(background)), prevalence)
    old = calibration.tolist()
    calibration.copy_(torch.tensor([scale * old[0], scale * old[1] + shift]))
    lowest = lowest_of_hits(
        held_out, material.place_held_out(), expit(scale * background + shift), megabases, FALSE_PER_MB
    )
    figures: dict[str, Any] = {"precursors": len(precursors), "megabases": round(megabases, 3)}
    figures["recall"] = recall(precursors, background, megabases)
    if asked.start:
        figures["recall_before"] = recall(
            *_odds(asked.start, material.calibration, held_out, stage), megabases
        )
    metrics = {
        "min_score": round(lowest, 3),
        "prefilters": {"lowest_score": LOWEST},
        "calibration": {"prevalence": prevalence, "scale": scale * old[0], "shift": scale * old[1] + shift},
        "held out": figures,
    }
    card = checkpoint.save(out, replace(card, metrics=metrics), network.state_dict())
    _prefilters(out, material, work, asked.settings.seed, stage, command)
    return card


def _odds(
    model: str, precursors: ScanExamples, background: ScanExamples, stage: Stage
) -> tuple[Floats, Floats]:
    """The log-odds that a model gives the best candidate of each precursor, and the background."""
    scorer = Scorer(model, "cpu")
    odds = log_odds(scorer, precursors, stage("scoring precursors", len(precursors)))
    best = best_per_precursor(precursors.origin, odds, np.unique(precursors.origin))
    return best, log_odds(scorer, background, stage("scoring background", len(background)))


def _prefilters(out: Path, material: OwnMaterial, work: Path, seed: int, stage: Stage, command: str) -> None:
    scorer = Scorer(str(out), "cpu")

    def scored(name: str, examples: ScanExamples) -> ScoredCandidates:
        some = prefilters.some_of(examples, seed)
        odds = log_odds(scorer, some, stage(f"scoring {name}", len(some)))
        seen = dict(zip(PREFILTERS, (some.drafts, folded(some, work)), strict=True))
        return ScoredCandidates(seen, odds)

    seen = [
        scored("background", material.background(held_out=False)),
        scored("precursors", material.precursors),
    ]
    unseen = [
        scored("held out background", material.background(held_out=True)),
        scored("held out precursors", material.calibration),
    ]
    prefilters.train(out, seen, unseen, seed, stage, command)


def log_odds(scorer: Scorer, examples: ScanExamples, watch: Callable[[int], object]) -> Floats:
    """The log-odds of candidates, folded as a scan folds them, (n,)."""
    found = [np.zeros(0)]
    letters = examples.letters()
    for first in range(0, len(letters), SCORED_AT_ONCE):
        some = letters[first : first + SCORED_AT_ONCE]
        folds = zip(some, structures(some), strict=True)
        found.append(scorer.log_odds([Hairpin("", 0, len(s), "+", s, *fold) for s, fold in folds]))
        watch(len(some))
    return np.concatenate(found)


def recall(precursors: Floats, background: Floats, megabases: float) -> dict[str, float]:
    """Share of the precursors found at so many false hits per Mb, by that number."""
    ground = Ground(background, np.ones(len(background)), megabases)
    return {
        f"{rate:g}": round(float((precursors > ground.threshold(rate)).mean()), 4) for rate in MEASURED_AT
    }
