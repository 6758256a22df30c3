"""How the looks of a scan model are made: small networks, taught by the scores of the model.

The model scores the quick folds of background and of planted precursors. The first look learns to tell, from
what the sieve saw, whether the score will be high enough for a hit; the second learns the same from the quick
folds. Their cuts are chosen on candidates that they have not seen, so that of those with a score as high at
most a few in a thousand are lost; of a fast scan, in a hundred.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit, logit
from torch.nn.functional import binary_cross_entropy_with_logits

from mirscan.alphabet import encode
from mirscan.encoding.columns import DESCRIPTION, Columns, concatenate, encode_folds
from mirscan.folding.quickfold import folds
from mirscan.models.columns import ColumnNetwork
from mirscan.pipeline.sensitivity import CUTS, DEFAULT, FAST, KIND, PREFILTERS
from mirscan.scoring import checkpoint
from mirscan.scoring.checkpoint import Card
from mirscan.training.scan.data import Examples
from mirscan.training.scan.fit import raw_logits, standardise, tensors

SHAPES: dict[str, dict[str, Any]] = {
    PREFILTERS[0]: {"embedding": 8, "width": 16, "dilations": [1], "hidden": 16, "dropout": 0.0},
    PREFILTERS[1]: {"embedding": 16, "width": 32, "dilations": [1, 2], "hidden": 32, "dropout": 0.0},
}
SCORES = (0.01, 0.03, 0.1, 0.3)  # lowest scores of hits for which a cut is chosen
# Share of candidates with such a score that a look may lose. With more lost than two in a hundred, the sieve
# and the first look, which every candidate passes, would be nearly all of the time.
LOST = {FAST: 0.02, DEFAULT: 0.003}
MOST = 20_000  # candidates of a kind that teach, or on which cuts are chosen
PROMISING = 3.0  # log-odds below the lowest score, from which on a candidate is drawn as often as all others
STEPS, BATCH, RATE = 2000, 256, 4e-3
AT_ONCE, SCORED_AT_ONCE = 4096, 256

Floats = NDArray[np.float64]
Watch = Callable[[int], object]
Stage = Callable[[str, int], Watch]


@dataclass(frozen=True, slots=True)
class Lesson:
    """n candidates.

    Attributes:
        seen: What each look sees of them, by its name.
        odds: float64 (n,), the log-odds of their scores.
    """

    seen: dict[str, Columns]
    odds: Floats


def lesson(model: torch.nn.Module, examples: Examples, watch: Watch) -> Lesson:
    """Candidates as the looks see them, with the log-odds that the model gives their quick folds."""
    folded = [_folded(examples, slice(at, at + AT_ONCE)) for at in range(0, len(examples), AT_ONCE)]
    odds = [np.zeros(0)]
    with torch.inference_mode():
        for part in folded:
            order = np.argsort((part.symbols > 0).sum(1), kind="stable")
            scored = np.zeros(len(order))
            for rows in np.array_split(order, max(1, len(order) // SCORED_AT_ONCE)):
                both = model(*tensors(part.take(rows)))
                scored[rows] = (both[:, 1] - both[:, 0]).numpy()
            odds.append(scored)
            watch(len(part))
    return Lesson(
        dict(zip(PREFILTERS, (examples.drafts, concatenate(folded)), strict=True)), np.concatenate(odds)
    )


def _folded(examples: Examples, rows: slice) -> Columns:
    letters = [sequence.decode() for sequence in examples.sequences[rows].tolist()]
    codes, ends = encode("".join(letters)), np.cumsum([0, *map(len, letters)])
    found = folds(codes, ends[:-1], ends[1:])
    return encode_folds(codes, ends[:-1], found.offsets, found.text, found.energy)


def distil(name: str, lessons: Sequence[Lesson], seed: int, watch: Watch) -> ColumnNetwork:
    """A small network whose logit says how sure it is that a score reaches the lowest one of a hit.

    Args:
        name: Of the look.
        lessons: What to learn from.
        seed: Of its weights and the draws.
        watch: Called with 1 after each step.
    """
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    network = ColumnNetwork(**SHAPES[name])
    seen = concatenate([lesson.seen[name] for lesson in lessons])
    above = np.concatenate([lesson.odds for lesson in lessons]) - logit(SCORES[0])
    targets = torch.from_numpy(expit(above)).float()
    both = np.flatnonzero(above >= -PROMISING), np.flatnonzero(above < -PROMISING)
    groups = [group for group in both if len(group)]
    standardise(network, [seen.take(group) for group in groups])
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=0.0)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=STEPS, pct_start=0.1)
    network.train()
    for _ in range(STEPS):
        rows = np.concatenate([random.choice(group, BATCH // len(groups)) for group in groups])
        loss = binary_cross_entropy_with_logits(network.raw(*tensors(seen.take(rows))), targets[rows])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        cycle.step()
        watch(1)
    return network.eval()


def cut_at(score: float, lost: float, name: str, network: ColumnNetwork, unseen: Sequence[Lesson]) -> float:
    """The highest cut that loses at most such a share of the candidates of each lesson that score as high."""
    cuts = []
    for each in unseen:
        rows = np.flatnonzero(each.odds >= logit(score))
        if len(rows):
            logits = raw_logits(network, each.seen[name].take(rows))
            cuts.append(float(np.quantile(logits, lost, method="lower")))
    return round(min(cuts, default=-1e9) - 0.005, 2)


def train(
    folder: Path,
    model: torch.nn.Module,
    seen: Mapping[str, Examples],
    unseen: Mapping[str, Examples],
    seed: int,
    stage: Stage,
    command: str,
) -> None:
    """Make the looks of a scan model, in folders of their own within the model's.

    Args:
        folder: Where the model has been saved.
        model: The model itself: symbols and scalars to two columns, whose difference is the log-odds.
        seen: Candidates that teach, by a name: background and precursors.
        unseen: Candidates on which cuts are chosen; the background first.
        seed: Of weights and draws.
        stage: Called with the name of a stage and its size; what it gives back is called with each advance.
        command: For the cards.
    """
    model = model.float().eval()
    taught, kept = (
        [
            lesson(model, some, stage(f"scoring {name}", len(some)))
            for name, part in parts.items()
            for some in [_some_of(part, seed)]
        ]
        for parts in (seen, unseen)
    )
    of = checkpoint.read_card(folder)
    for name, shape in SHAPES.items():
        network = distil(name, taught, seed, stage(f"{name}: training", STEPS))
        background = raw_logits(network, kept[0].seen[name])
        made_of = {"command": command, "seed": seed, f"{of.kind}_sha256": of.sha256}
        figures: dict[str, Any] = {}
        for sensitivity, lost in LOST.items():
            cuts = [[score, cut_at(score, lost, name, network, kept)] for score in SCORES]
            figures[CUTS[sensitivity]] = cuts
            passing = [round(float((background >= cut).mean()), 5) for _, cut in cuts]
            figures[f"background_passing_{CUTS[sensitivity]}"] = passing
        card = Card(KIND, "duplex", shape, DESCRIPTION, figures, made_of)
        checkpoint.save(folder / name, card, network.state_dict())


def _some_of(examples: Examples, seed: int) -> Examples:
    """At most `MOST` of them, drawn at random."""
    rows = np.random.default_rng(seed).permutation(len(examples))[:MOST]
    return examples.take(np.sort(rows))
