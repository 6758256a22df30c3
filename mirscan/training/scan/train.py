"""How the model behind `scan` is trained, top to bottom; every hyper-parameter stands in `settings.py`.

1. Sieve the genomes; plant precursors in them and sieve those. Fold all candidates (`material.py`).
2. Train networks that differ by their seeds and by what they may see (`Scope`): some see neither the families
   nor the genomes that tests are made of, the others all but what calibrates. What a batch holds is chosen by
   the last logits of the network (`draw.py`), and changed a little (`augment.py`).
3. Calibrate on folded precursors and background that no network has seen, at the prevalence of precursors
   among candidates (`calibration.py`).
4. Distil the prefilters, small networks that rule out most candidates at little cost (`prefilters.py`).
5. Train what reads beside these networks, the LSTM with attention and the classifier of z_m, and weigh all
   three against each other (`stacking.py`).

Two models come of it: the scan's, of the networks that saw most, and beside it the one that tests may be held
against, of the blind ones. An interrupted training goes on from `OUT/runs` and the cache, to the same bytes.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from mirscan.encoding.columns import DESCRIPTION, Columns
from mirscan.models.column_ensemble import KINDS, ColumnEnsemble
from mirscan.models.columns import ColumnNetwork
from mirscan.scoring import checkpoint
from mirscan.scoring.checkpoint import Card
from mirscan.training.common.one_cycle import Cycle, Watch, one_cycle, unwatched
from mirscan.training.common.provenance import provenance
from mirscan.training.common.resume import RUNS, StateFile
from mirscan.training.scan import prefilters
from mirscan.training.scan.calibration import calibrated
from mirscan.training.scan.draw import BACKGROUND, PRECURSOR, TrainingSet
from mirscan.training.scan.guided import GuidedBatches
from mirscan.training.scan.logits import changed_logits, standardise
from mirscan.training.scan.material import (
    Material,
    Stage,
    gather,
    read_truth,
    training_set_of,
    words_of_loci,
)
from mirscan.training.scan.settings import (
    BLIND,
    BLIND_TO,
    CALIBRATION_FOLD,
    CLIP,
    EBV_WORD,
    RATE,
    RATE_OF_MORE,
    STRETCH,
    WEIGHT_DECAY,
    WHOLE,
    ScanSettings,
)
from mirscan.training.scan.stacking import stack

KIND, ARCHITECTURE = "scan", "duplex-ensemble"
BLIND_SUFFIX = "-held-out"  # of the name of the model that has not seen what tests are made of


def train(folder: Path, out: Path, settings: ScanSettings, cache: Path, stage: Stage, command: str) -> Card:
    """Rebuild the weights from the data.

    Args:
        folder: The data folder: `scan/` and `genomes/`.
        out: The checkpoint's folder; that of the blind networks alone gets the same name with `BLIND_SUFFIX`.
        settings: What decides the weights.
        cache: Where sieved genomes, planted precursors and folds are kept: another run finds them.
        stage: Called with the name of a stage and its size; what it gives back is called with each advance.
        command: For the card.

    Returns:
        The card of the scan's model as written.
    """
    truth = read_truth(folder / "scan", settings, words_of_loci(folder / "genomes" / BLIND_TO))
    places = both_places(out)
    for nth, (scope, place) in enumerate(zip((BLIND, WHOLE), places, strict=True)):
        material = gather(folder, truth, settings, cache, stage, scope)
        training = training_set_of(material, truth, settings, cache, stage)
        networks = []
        for number in range(nth * settings.members, (nth + 1) * settings.members):
            watch = stage(f"network {number + 1} of {2 * settings.members}", settings.steps)
            networks.append(train_network(training, settings, number, out / RUNS, watch))
        config = {"members": [settings.shape] * len(networks)}
        ensemble = ColumnEnsemble(**config)
        ensemble.members = nn.ModuleList(networks)
        figures = calibrated(ensemble, material, truth, settings.prevalence, cache, stage)
        made_of = _provenance(command, settings, material, training)
        card = Card(KIND, ARCHITECTURE, config, DESCRIPTION, figures, made_of)
        card = checkpoint.save(place, card, ensemble.state_dict())
        seen = {"background": material.background(held_out=False)[0], "precursors": material.precursors}
        unseen = {"background": material.background(held_out=True)[0], "precursors": material.calibration}
        learnt, held_out = (
            prefilters.scored_by(ensemble, parts, settings.seed, stage) for parts in (seen, unseen)
        )
        prefilters.train(place, learnt, held_out, settings.seed, stage, command)
    return stack(folder, places, places, settings, cache, stage, command)[-1]


def both_places(out: Path) -> tuple[Path, Path]:
    """The folder of the blind model, and the one beside which it lies."""
    return out.with_name(out.name + BLIND_SUFFIX), out


def train_network(
    training: TrainingSet[Columns],
    settings: ScanSettings,
    number: int,
    runs: Path | None,
    watch: Watch = unwatched,
    start: ColumnNetwork | None = None,
) -> ColumnNetwork:
    """One network, not calibrated.

    Args:
        training: What it learns from.
        settings: The first seed, steps and shape.
        number: Of the network; its seed is so many above the first.
        runs: The folder of the states that a training goes on from; None keeps none.
        watch: Called with the steps done since the last call.
        start: A network that has been trained, which goes on at a lower rate; None for a new one.

    Raises:
        TrainingError: The loss is no longer finite, or the state is that of another training.
    """
    seed = settings.seed + number
    network = start or _new_network(training, settings, seed)
    torch.manual_seed(seed)
    how = Cycle(settings.steps, RATE if start is None else RATE_OF_MORE, WEIGHT_DECAY, CLIP)
    kept = None
    if runs:
        identity = {"seed": seed, "steps": settings.steps, "shape": settings.shape}
        path = runs / f"network{number + 1}.safetensors"
        kept = StateFile(path, {**identity, "data_sha256": training.sha256()})
    one_cycle(network, GuidedColumns(network, training, settings.steps, seed), how, kept, watch)
    return network


def _new_network(training: TrainingSet[Columns], settings: ScanSettings, seed: int) -> ColumnNetwork:
    torch.manual_seed(seed)
    network = ColumnNetwork(**settings.shape, outputs=len(KINDS))
    classes = [np.flatnonzero(training.role == role) for role in (PRECURSOR, BACKGROUND)]
    standardise(network, [training.examples.take(rows) for rows in classes])
    return network


class GuidedColumns(GuidedBatches):
    """Batches for a network of columns."""

    network: ColumnNetwork

    def logits(self, examples: Columns) -> Tensor:
        """See `changed_logits`."""
        return changed_logits(self.network, examples, self.random)


def _provenance(
    command: str, settings: ScanSettings, material: Material, training: TrainingSet[Columns]
) -> dict[str, Any]:
    """What the card says of where the weights come from."""
    data = {
        "precursors": "scan/precursors.tsv.gz and scan/flanked_precursors.tsv.gz without every family of "
        f"which one member shares {EBV_WORD} nt with a precursor of EBV; the first networks see the "
        f"families of folds {BLIND.folds}, the others those of {WHOLE.folds}; fold {CALIBRATION_FOLD} "
        "calibrates",
        "genomes": [each.name for each in material.backgrounds],
        "genomes_of_the_first_networks": list(BLIND.genomes),
        "stretches": f"every fifth of {STRETCH} nt is held out for calibration",
        "precursor_candidates": len(material.precursors),
        "background_candidates": sum(int((~each.held_out).sum()) for each in material.backgrounds),
        "other_rna_candidates": len(material.other),
    }
    trained_on = "scan/ and background of genomes/"
    return provenance(command, trained_on, training.sha256(), settings=asdict(settings), data=data)
