"""Train DIVA or one of its ablations on the open split of modmiRBase.

The rate is constant with a linear rise, and a linear fall to zero over the last fifth, so that a run can be
given more epochs: one that is resumed before its fall is the run that would have been.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel
from tqdm import tqdm

from mirscan.errors import TrainingError
from mirscan.models.diva import DIVA
from mirscan.models.objective import Loss
from mirscan.scoring.checkpoint import filled
from mirscan.scoring.diva_checkpoint import save_network
from mirscan.training.common.precision import mixed
from mirscan.training.diva.batches import Batches
from mirscan.training.diva.frozen import FrozenLoss, freeze_bonds
from mirscan.training.diva.metrics import evaluate
from mirscan.training.diva.modmirbase import Examples, OpenSplit
from mirscan.training.diva.state import DivaTraining

Tensors = tuple[Tensor, ...] | list[Tensor]

EPOCH_LOG, STEP_LOG = "log.csv", "steps.csv"
AVERAGE_EVERY = 8  # steps between two updates of the running average: it costs a pass over all weights


@dataclass(frozen=True, slots=True)
class Options:
    """Every hyper-parameter of a run.

    Attributes:
        model: A key of `mirscan.models.diva.ARCHITECTURES`.
        epochs: Passes over the training part; the last may be a part of one.
        batch: Images a step; the paper's 64. A short run gets further with more, smaller steps.
        rate: Peak learning rate of Adam; the paper trains up to 1000 epochs at 5e-4.
        rise: Steps over which the rate rises.
        fall: Share of all steps over which the rate falls at the end.
        warmup: Steps over which β rises from 0, the authors' 250 epochs cut short. Over 800 steps the latents
            collapsed: z_y and z_m fell to 10 nats each and the image error stood still.
        warmed: Share of β at the first step; above 0 for a run that goes on from weights already warmed up.
        average: Decay a step of the running average of the weights, which is what is kept.
        save_every: Steps between states to resume from.
        check_every: Steps between measurements on the validation part.
        seed: Of the weights, the order of the images and the latents' noise.
        freeze: Whether z_m stays as it is (see `mirscan.training.diva.frozen`).
        cross: Share of the images of a step that are crossed with others (see `crossing.py`).
        longer: Share of the batches in which crossed images grow longer.
    """

    model: str = "diva"
    epochs: float = 20
    batch: int = 32
    rate: float = 1e-3
    rise: int = 200
    fall: float = 0.2
    warmup: int = 8000
    warmed: float = 0.0
    average: float = 0.998
    save_every: int = 100
    check_every: int = 500
    seed: int = 1
    freeze: bool = False
    cross: float = 0.0
    longer: float = 0.0


def train(
    split: OpenSplit,
    options: Options,
    out: Path,
    device: torch.device,
    provenance: Mapping[str, Any],
    hidden: bool | None = True,
    weights: Mapping[str, Tensor] | None = None,
) -> dict[str, float]:
    """Train until the last epoch, from the state in `out` if there is one; the best checkpoint goes to `out`.

    Every `check_every` steps and at the end the averaged weights are measured on the validation part, logged
    to `log.csv`, and kept if their objective is the lowest so far. Where z_m is frozen, or β does not come to
    its height, the image error decides: the objective under the full β says nothing while β is below it.

    Args:
        split: What to train on and to choose by.
        options: The hyper-parameters.
        out: Folder of the run.
        device: Where to train.
        provenance: What the card of the checkpoint says of its making.
        hidden: tqdm's `disable` for the progress bar.
        weights: State of the network to begin with; fresh ones by default. The optimiser starts anew.

    Returns:
        The validation figures of the kept checkpoint.

    Raises:
        TrainingError: The loss is not finite, or the state in `out` belongs to a run with other options.
    """
    run = begin(options, device, weights)
    run.restore(out)
    data = Batches(split.train, device, options.batch, options.seed, options.freeze)
    loss_of = _loss_of(run, data, options)
    epoch_steps = _steps(len(split.train), options.batch)
    total = max(1, round(options.epochs * epoch_steps))
    while run.progress.step < total:
        epoch, done = divmod(run.progress.step, epoch_steps)
        batches = data.rows(epoch, done)
        for rate, beta, terms in _epoch(run, batches, loss_of, options, out, (epoch_steps, total), hidden):
            step = run.progress.step
            if step % options.check_every == 0 or step == total:
                _keep_if_best(run, split.validation, _criterion(options, total), out, provenance)
                run.save(out)
            elif step % options.save_every == 0:
                run.save(out)
            if step % options.save_every == 0:
                _log(out / STEP_LOG, {"step": step, "rate": rate, "beta": beta, **terms})
    return run.progress.figures


def _steps(examples: int, batch: int) -> int:
    """Steps of an epoch; a last batch of one image is left out."""
    return math.ceil((examples - 1) / batch)


def begin(options: Options, device: torch.device, weights: Mapping[str, Tensor] | None) -> DivaTraining:
    """A network with the given or fresh weights and what goes with it."""
    torch.manual_seed(options.seed)
    network = DIVA(options.model).to(device)
    if weights is not None:
        filled(lambda: network, dict(weights), options.model)
    if options.freeze:
        freeze_bonds(network)
    averaged = AveragedModel(network, multi_avg_fn=_average(options.average**AVERAGE_EVERY), use_buffers=True)
    learning = (values for values in network.parameters() if values.requires_grad)
    optimizer = torch.optim.Adam(learning, lr=options.rate, fused=True)
    return DivaTraining(asdict(options), network, averaged, optimizer)


def _average(decay: float) -> Callable[[Tensors, Tensors, Tensor | int], None]:
    """A running average that forgets its start: its decay rises from .1 to `decay` with the updates."""

    def update(averaged: Tensors, current: Tensors, updates: Tensor | int) -> None:
        now = min(decay, (1 + int(updates)) / (10 + int(updates)))
        for mean, value in zip(averaged, current, strict=True):
            if mean.is_floating_point():
                mean.lerp_(value, 1 - now)
            else:
                mean.copy_(value)

    return update


def _loss_of(run: DivaTraining, data: Batches, options: Options) -> Callable[[Tensor], Loss]:
    """The loss of rows of the training part."""
    if options.freeze:
        frozen = FrozenLoss(run.network)
        return lambda rows: frozen(data.cropped(rows, options.cross, options.longer))
    return lambda rows: batch_loss(run.network, *data.plain(rows, options.cross, options.longer))


def _epoch(
    run: DivaTraining,
    batches: Iterator[Tensor],
    loss_of: Callable[[Tensor], Loss],
    options: Options,
    out: Path,
    steps: tuple[int, int],
    hidden: bool | None,
) -> Iterator[tuple[float, float, dict[str, float]]]:
    """The rest of the epoch that the run is in: rate, share of β and terms of the loss after each step.

    `steps` are those of an epoch and those of the whole run, which may end within the epoch.
    """
    epoch, done = divmod(run.progress.step, steps[0])
    left = min(steps[0], steps[1] - run.progress.step + done)
    with tqdm(total=left, initial=done, desc=f"epoch {epoch + 1}", disable=hidden) as bar:
        for rows in islice(batches, left - done):
            rate, beta = schedule(run.progress.step, steps[1], options)
            run.network.train(not options.freeze)
            terms = _step(run, loss_of(rows), rate, beta, out)
            bar.update()
            bar.set_postfix({name: f"{value:.3g}" for name, value in terms.items()})
            yield rate, beta, terms


def schedule(step: int, total: int, options: Options) -> tuple[float, float]:
    """Learning rate, and the share 0..1 of the model's β, of a step (0-based) out of `total`."""
    rise = min(1.0, (step + 1) / options.rise)
    fall = min(1.0, (total - step) / max(1.0, options.fall * total))
    return options.rate * rise * fall, min(1.0, options.warmed + step / options.warmup)


def _step(run: DivaTraining, loss: Loss, rate: float, beta: float, out: Path) -> dict[str, float]:
    """One step of Adam; the terms of the loss."""
    total = loss.total(beta * run.network.architecture.beta)
    if not bool(torch.isfinite(total)):
        raise TrainingError(
            str(out),
            f"the loss of step {run.progress.step + 1} is {float(total.detach())}",
            "a finite loss",
            "The last good state and checkpoint are kept there; start anew with a lower --rate.",
        )
    for group in run.optimizer.param_groups:
        group["lr"] = rate
    run.optimizer.zero_grad()
    torch.autograd.backward(total)
    run.optimizer.step()
    run.progress.step += 1
    if run.progress.step % AVERAGE_EVERY == 0:
        run.averaged.update_parameters(run.network)
    return loss.values()


def batch_loss(network: DIVA, x: Tensor, y: Tensor, m: Tensor) -> Loss:
    """The loss of one batch; convolutions in mixed precision, flows and loss in float32."""
    with mixed(x.device.type):
        draws, generated = network(x)
    return network.loss(x, y, m, draws, generated)


def _criterion(options: Options, total: int) -> str:
    """The figure by which a checkpoint is kept in a run of `total` steps."""
    whole = schedule(total, total, options)[1] == 1
    return "objective" if whole and not options.freeze else "image"


def _keep_if_best(
    run: DivaTraining, validation: Examples, criterion: str, out: Path, provenance: Mapping[str, Any]
) -> None:
    """Measure the averaged weights, log the figures, and write the checkpoint if they are the best so far."""
    network = run.averaged_network
    figures = evaluate(network, validation).values()
    _log(out / EPOCH_LOG, {"step": run.progress.step, **figures})
    progress = run.progress
    if figures[criterion] < progress.best_of(criterion):
        progress.best, progress.criterion, progress.figures = figures[criterion], criterion, figures
        made = {"settings": run.options, "changes": progress.changes, "steps": progress.step}
        model = run.options["model"]
        save_network(out, network, model, {"validation": figures}, {**provenance, **made})


def _log(path: Path, row: Mapping[str, float]) -> None:
    """Append a row to a CSV file, with a header if it is new."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, fieldnames=list(row))
        if new:
            writer.writeheader()
        writer.writerow(row)
