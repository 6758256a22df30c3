"""From networks of columns to the stack that scores: train the other two readers, weigh all three.

The LSTM and the classifier of z_m learn once, from what the blind networks may see, and serve both models.
Their background is what the first prefilter of the blind model ranks highest: they are asked about no other.
The weights of the readers and the calibration come from precursors and background that none of them has seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit
from torch import Tensor

from mirscan.encoding.columns import DESCRIPTION as COLUMNS
from mirscan.encoding.sequence import DESCRIPTION as SYMBOLS
from mirscan.encoding.symbol_rows import SymbolRows
from mirscan.models import HAIRPIN_STACK, build
from mirscan.models.column_ensemble import KINDS, ColumnEnsemble
from mirscan.models.hairpin_stack import READERS, HairpinStack
from mirscan.models.latent_head import LatentHead
from mirscan.models.lstm import LstmNetwork
from mirscan.pipeline.sensitivity import KIND as PREFILTER
from mirscan.pipeline.sensitivity import PREFILTERS
from mirscan.scoring import checkpoint
from mirscan.scoring.checkpoint import Card
from mirscan.scoring.diva_checkpoint import latent_checksum, load_network
from mirscan.scoring.prefilter import Prefilter, prefilter_of
from mirscan.training.common.one_cycle import Cycle
from mirscan.training.common.resume import RUNS, StateFile
from mirscan.training.scan import data
from mirscan.training.scan.calibration import lowest_of_hits
from mirscan.training.scan.data import ScanExamples
from mirscan.training.scan.draw import TrainingSet
from mirscan.training.scan.logits import kind_logits
from mirscan.training.scan.material import Stage, kinds_of, read_truth, words_of_loci
from mirscan.training.scan.reader_material import ReaderMaterial, Unseen
from mirscan.training.scan.readers import (
    HEAD,
    HEAD_CYCLE,
    LSTM,
    LSTM_CYCLE,
    head_logits,
    lstm_logits,
    train_head,
    train_lstm,
)
from mirscan.training.scan.readings import Latents, Readings, read
from mirscan.training.scan.rebinding import rebind
from mirscan.training.scan.settings import (
    BLIND,
    BLIND_TO,
    CALIBRATION_FOLD,
    FALSE_PER_MB,
    HUMAN,
    LOWEST,
    PROMISING,
    WHOLE,
    ScanSettings,
)
from mirscan.training.scan.stack_fit import LEAST, best_of_each, fit_stack

KIND, DIVA = "scan", "diva"
SCOPES = (BLIND, WHOLE)

Floats = NDArray[np.float64]


def stack(
    data_folder: Path,
    models: Sequence[Path],
    out: Sequence[Path],
    settings: ScanSettings,
    cache: Path,
    stage: Stage,
    command: str,
) -> list[Card]:
    """Make the stacks of a scan's two models.

    Args:
        data_folder: `scan/` and `genomes/`.
        models: Folders of the blind networks and of the others, with their prefilters.
        out: Where the stacks of both go; perhaps the same folders.
        settings: Seed, prevalence and the like.
        cache: Folder of kept work.
        stage: Called with the name of a stage and its size.
        command: For the cards.

    Returns:
        The cards as written.
    """
    network = load_network(DIVA, torch.device("cpu"))[1]
    with torch.inference_mode():
        path = network.latent("m").mean_path()
    latent = {"model": DIVA, "sha256": latent_checksum(network, "m")}
    truth = read_truth(data_folder / "scan", settings, words_of_loci(data_folder / "genomes" / BLIND_TO))

    def reading(sequences: NDArray[np.bytes_], name: str) -> Readings:
        return read(sequences, path, str(latent["sha256"]), cache, stage(f"reading {name}", len(sequences)))

    first = prefilter(models[0])
    material = ReaderMaterial(data_folder, truth, settings, first, reading, cache, stage)
    training, latents = material.training()
    lstm, head = train_others(training, latents, settings.seed, out[-1] / RUNS, stage)
    planted, precursors = material.calibration()
    cards = []
    for scope, folder, place in zip(SCOPES, models, out, strict=True):
        made = assembled(folder, lstm, head)
        unseen = material.unseen(scope.genomes)
        said = [said_by(made, each) for each in (precursors, *(part.readings for part in unseen))]
        figures = calibrated(made, said[0], planted, kinds_of(planted, truth), unseen, said[1:], settings)
        card = checkpoint.save(place, _card(folder, latent, figures, training, command), _stored(made))
        odds = [scores_of(made, each) for each in said]
        rebind(folder, place, card, [planted, *(each.examples for each in unseen)], odds)
        cards.append(card)
    return cards


def calibrated(
    made: HairpinStack,
    precursors: Floats,
    planted: ScanExamples,
    kinds: NDArray[np.int64],
    unseen: Sequence[Unseen],
    background: Sequence[Floats],
    settings: ScanSettings,
) -> dict[str, Any]:
    """Weigh the readers and calibrate, by what they say; the figures of the card.

    Args:
        made: Changed in place.
        precursors: What its readers say of planted precursors, (n, 3, 2).
        planted: Those.
        kinds: (n,), what each is.
        unseen: Background.
        background: What the readers say of it, by genome.
        settings: The prevalence.
    """
    best = best_of_each(precursors, kinds, planted.origin)
    everything = np.concatenate(list(background))
    stands_for = np.concatenate([each.weights for each in unseen])
    fit_stack(made, precursors[best], kinds[best], everything, stands_for, settings.prevalence)
    scale, shift = (float(value) for value in made.calibration)
    weights = {
        kind: dict(zip(READERS, (round(value, 4) for value in row), strict=True))
        for kind, row in zip(KINDS, made.weights.tolist(), strict=True)
    }
    return {
        "min_score": round(_lowest(made, unseen, background), 3),
        "prefilters": {"lowest_score": LOWEST},
        "calibration": {"prevalence": settings.prevalence, "scale": scale, "shift": shift},
        "readers": weights,
    }


def prefilter(model: Path) -> Prefilter:
    """The first prefilter of a model."""
    card, state = checkpoint.load(model / PREFILTERS[0], PREFILTER)
    return prefilter_of({name: tensor.numpy() for name, tensor in state.items()}, card.config["dilations"])


def train_others(
    symbols: TrainingSet[SymbolRows], latents: TrainingSet[Latents], seed: int, runs: Path, stage: Stage
) -> tuple[LstmNetwork, LatentHead]:
    """The LSTM and the classifier of z_m; states are kept in `runs`."""

    def kept(name: str, cycle: Cycle, some: TrainingSet[Any]) -> StateFile:
        identity = {"seed": seed, "cycle": asdict(cycle), "data_sha256": some.sha256()}
        return StateFile(runs / f"{name}.safetensors", identity)

    lstm_state, head_state = kept("lstm", LSTM_CYCLE, symbols), kept("head", HEAD_CYCLE, latents)
    lstm = train_lstm(symbols, seed, lstm_state, stage("lstm: training", LSTM_CYCLE.steps))
    return lstm, train_head(latents, seed, head_state, stage("z_m: training", HEAD_CYCLE.steps))


def assembled(folder: Path, lstm: LstmNetwork, head: LatentHead) -> HairpinStack:
    """A stack of the networks of columns of a model and the other readers; nothing weighed yet."""
    card, state = checkpoint.load(folder, KIND)
    network = checkpoint.filled(lambda: build(card.architecture, card.config), state, str(folder))
    ensemble = network.convolutions if isinstance(network, HairpinStack) else network
    assert isinstance(ensemble, ColumnEnsemble)
    made = HairpinStack(card.config["members"], LSTM, HEAD)
    made.convolutions = ensemble
    made.lstm, made.head = lstm.half().float(), head.half().float()  # as they are stored
    return made.eval()


def said_by(made: HairpinStack, readings: Readings) -> Floats:
    """What each reader says, (n, 3, 2)."""
    columns = kind_logits(made.convolutions, readings.columns)
    others = lstm_logits(made.lstm, readings.symbols), head_logits(made.head, readings.latents)
    return np.stack([columns, *others], axis=1)


def scores_of(made: HairpinStack, said: Floats) -> Floats:
    """The log-odds of the scores, (n,)."""
    scale, shift = (float(value) for value in made.calibration)
    return scale * made.joined(torch.from_numpy(said)).numpy() + shift


def _lowest(made: HairpinStack, unseen: Sequence[Unseen], said: Sequence[Floats]) -> float:
    """The score above which so many places per Mb of human background lie; see `lowest_of_hits`."""
    human = [at for at, each in enumerate(unseen) if each.name.startswith(HUMAN)]
    place = np.repeat(human, [len(unseen[at].examples) for at in human])
    scores = expit(np.concatenate([scores_of(made, said[at]) for at in human]))
    examples = data.joined(unseen[at].examples for at in human)
    return lowest_of_hits(examples, place, scores, sum(unseen[at].megabases for at in human), FALSE_PER_MB)


def _stored(made: HairpinStack) -> dict[str, Tensor]:
    """The tensors as they are written: those of the LSTM and of the classifier of z_m in half precision."""
    halved = ("lstm.", "head.")
    return {
        name: tensor.half() if name.startswith(halved) else tensor
        for name, tensor in made.state_dict().items()
    }


def _card(
    folder: Path,
    latent: dict[str, Any],
    figures: dict[str, Any],
    training: TrainingSet[SymbolRows],
    command: str,
) -> Card:
    """The card of a stack: that of its networks of columns, and what is new."""
    before = checkpoint.read_card(folder)
    config = {"members": before.config["members"], "lstm": LSTM, "head": HEAD}
    encoding = {**COLUMNS, "sequence": SYMBOLS, "latent": latent}
    counts = np.bincount(training.role, minlength=3).tolist()
    added = {
        "command": command,
        "data_sha256": training.sha256(),
        "data": "precursors of the families and background of the genomes of the first networks; of a "
        f"genome the {PROMISING:.0%} of its candidates that the first prefilter ranks highest",
        "candidates": dict(zip(("precursors", "other_rna", "background"), counts, strict=True)),
        "lstm": asdict(LSTM_CYCLE),
        "z_m": asdict(HEAD_CYCLE),
        "weights": "fitted with the calibration, on fold "
        f"{CALIBRATION_FOLD} and the stretches that are held out; at least {LEAST} each",
    }
    return Card(KIND, HAIRPIN_STACK, config, encoding, figures, {**before.provenance, "readers": added})
