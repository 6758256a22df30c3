"""How the prefilters of a scan model are made: small networks, distilled from the scores of the model.

The model scores the quick folds of background and of planted precursors. The first prefilter learns to tell,
from what the sieve saw, whether the score will be high enough for a hit; the second learns the same from the
quick folds. Their cuts are chosen on candidates that they have not seen, so that of those with as
high a score at most a few in a thousand are lost; of a fast scan, in a hundred.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit, logit
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from mirscan.alphabet import encode
from mirscan.encoding.columns import DESCRIPTION, Columns, concatenate, encode_folds
from mirscan.folding.quickfold import folds
from mirscan.models.columns import ColumnNetwork
from mirscan.pipeline.sensitivity import CUTS, DEFAULT, FAST, KIND, PREFILTERS
from mirscan.scoring import checkpoint
from mirscan.scoring.checkpoint import Card
from mirscan.training.common.one_cycle import Cycle, RandomBatches, Watch, one_cycle
from mirscan.training.common.resume import RUNS, StateFile
from mirscan.training.scan.data import ScanExamples
from mirscan.training.scan.logits import raw_logits, standardise, tensors
from mirscan.training.scan.material import Stage

SHAPES: dict[str, dict[str, Any]] = {
    PREFILTERS[0]: {"embedding": 8, "width": 16, "dilations": [1], "hidden": 16, "dropout": 0.0},
    PREFILTERS[1]: {"embedding": 16, "width": 32, "dilations": [1, 2], "hidden": 32, "dropout": 0.0},
}
SCORES = (0.01, 0.03, 0.1, 0.3)  # lowest scores of hits for which a cut is chosen
# Share of candidates with such a score that a prefilter may lose. With more lost than two in a hundred,
# the sieve and the first prefilter, which every candidate passes, would be nearly all of the time.
LOST = {FAST: 0.02, DEFAULT: 0.003}
MOST = 20_000  # candidates of a kind that are learnt from, or on which cuts are chosen
PROMISING = 3.0  # log-odds below the lowest score; a candidate above that is drawn as often as all others
STEPS, BATCH, RATE = 2000, 256, 4e-3
AT_ONCE, SCORED_AT_ONCE = 4096, 256

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ScoredCandidates:
    """n candidates.

    Attributes:
        seen: What each prefilter sees of them, by its name.
        odds: float64 (n,), the log-odds of their scores, which it learns to tell.
    """

    seen: dict[str, Columns]
    odds: Floats


def scored(model: nn.Module, examples: ScanExamples, watch: Watch) -> ScoredCandidates:
    """Candidates as the prefilters see them, with the log-odds that the model gives their quick folds."""
    folded = [_folded(examples, slice(at, at + AT_ONCE)) for at in range(0, len(examples), AT_ONCE)]
    odds = [np.zeros(0)]
    with torch.inference_mode():
        for part in folded:
            order = np.argsort((part.symbols > 0).sum(1), kind="stable")
            values = np.zeros(len(order))
            for rows in np.array_split(order, max(1, len(order) // SCORED_AT_ONCE)):
                both = model(*tensors(part.take(rows)))
                values[rows] = (both[:, 1] - both[:, 0]).numpy()
            odds.append(values)
            watch(len(part))
    seen = dict(zip(PREFILTERS, (examples.drafts, concatenate(folded)), strict=True))
    return ScoredCandidates(seen, np.concatenate(odds))


def as_seen(examples: ScanExamples) -> dict[str, Columns]:
    """Candidates as each prefilter sees them, by its name."""
    folded = [_folded(examples, slice(at, at + AT_ONCE)) for at in range(0, len(examples), AT_ONCE)]
    return dict(zip(PREFILTERS, (examples.drafts, concatenate(folded)), strict=True))


def _folded(examples: ScanExamples, rows: slice) -> Columns:
    letters = [sequence.decode() for sequence in examples.sequences[rows].tolist()]
    codes, ends = encode("".join(letters)), np.cumsum([0, *map(len, letters)])
    found = folds(codes, ends[:-1], ends[1:])
    return encode_folds(codes, ends[:-1], found.offsets, found.text, found.energy)


class PromisingAndOthers(RandomBatches):
    """Batches that are half of promising candidates, half of the others.

    Args:
        network: What learns from them.
        seen: What the prefilter sees of n candidates.
        above: float64 (n,), their log-odds above those of the lowest score.
        seed: Of the draws.
    """

    def __init__(self, network: ColumnNetwork, seen: Columns, above: Floats, seed: int) -> None:
        super().__init__(seed)
        self._network, self._seen = network, seen
        self._targets = torch.from_numpy(expit(above)).float()
        both = np.flatnonzero(above >= -PROMISING), np.flatnonzero(above < -PROMISING)
        self._groups = [group for group in both if len(group)]
        standardise(network, [seen.take(group) for group in self._groups])

    def loss(self, step: int) -> Tensor:
        """Mean cross entropy between the network's probabilities and the model's."""
        size = BATCH // len(self._groups)
        rows = np.concatenate([self.random.choice(group, size) for group in self._groups])
        logits = self._network.raw(*tensors(self._seen.take(rows)))
        return binary_cross_entropy_with_logits(logits, self._targets[rows])


def distil(
    name: str, training: Sequence[ScoredCandidates], seed: int, kept: StateFile | None, watch: Watch
) -> ColumnNetwork:
    """A small network whose logit says how sure it is that a score reaches the lowest one of a hit.

    Args:
        name: Of the prefilter.
        training: What to learn from.
        seed: Of its weights and the draws.
        kept: Where the state of its training is kept.
        watch: Called with the steps done since the last call.
    """
    torch.manual_seed(seed)
    network = ColumnNetwork(**SHAPES[name])
    seen = concatenate([part.seen[name] for part in training])
    above = np.concatenate([part.odds for part in training]) - logit(SCORES[0])
    batches = PromisingAndOthers(network, seen, above, seed)
    one_cycle(network, batches, Cycle(STEPS, RATE, weight_decay=0.0), kept, watch)
    return network


def cut_at(
    score: float, lost: float, name: str, network: ColumnNetwork, unseen: Sequence[ScoredCandidates]
) -> float:
    """The highest cut that loses at most such a share of the candidates of each part that score as high."""
    cuts = []
    for part in unseen:
        rows = np.flatnonzero(part.odds >= logit(score))
        if len(rows):
            logits = raw_logits(network, part.seen[name].take(rows))
            cuts.append(float(np.quantile(logits, lost, method="lower")))
    return round(min(cuts, default=-1e9) - 0.005, 2)


def scored_by(
    model: nn.Module, parts: Mapping[str, ScanExamples], seed: int, stage: Stage
) -> list[ScoredCandidates]:
    """Candidates that the model itself scores.

    Args:
        model: Symbols and scalars to two columns, whose difference is the log-odds.
        parts: Candidates by a name.
        seed: Of what is drawn where there are many.
        stage: Called with the name of a stage and its size; what it gives back is called with each advance.
    """
    model = model.float().eval()
    drawn = {name: some_of(part, seed) for name, part in parts.items()}
    return [scored(model, part, stage(f"scoring {name}", len(part))) for name, part in drawn.items()]


def train(
    folder: Path,
    training: Sequence[ScoredCandidates],
    held_out: Sequence[ScoredCandidates],
    seed: int,
    stage: Stage,
    command: str,
) -> None:
    """Make the prefilters of a scan model, in folders of their own within the model's.

    Args:
        folder: Where the model has been saved.
        training: Candidates with the model's scores to learn from: background and precursors.
        held_out: Those on which cuts are chosen; the background first.
        seed: Of weights and draws.
        stage: Called with the name of a stage and its size; what it gives back is called with each advance.
        command: For the cards.
    """
    teacher = checkpoint.read_card(folder)
    of = {f"{teacher.kind}_sha256": teacher.sha256}
    for name, shape in SHAPES.items():
        kept = StateFile(folder / RUNS / f"{name}.safetensors", {"seed": seed, "steps": STEPS, **of})
        network = distil(name, training, seed, kept, stage(f"{name}: training", STEPS))
        background = raw_logits(network, held_out[0].seen[name])
        figures: dict[str, Any] = {}
        for sensitivity, lost in LOST.items():
            cuts = [[score, cut_at(score, lost, name, network, held_out)] for score in SCORES]
            figures[CUTS[sensitivity]] = cuts
            passing = [round(float((background >= cut).mean()), 5) for _, cut in cuts]
            figures[f"background_passing_{CUTS[sensitivity]}"] = passing
        made_of = {"command": command, "seed": seed, **of}
        card = Card(KIND, "duplex", shape, DESCRIPTION, figures, made_of)
        checkpoint.save(folder / name, card, network.state_dict())


def some_of(examples: ScanExamples, seed: int) -> ScanExamples:
    """At most `MOST` of them, drawn at random."""
    rows = np.random.default_rng(seed).permutation(len(examples))[:MOST]
    return examples.take(np.sort(rows))
