"""The recipe of `diva-wide` from fresh weights on: stages, each of which begins with the weights of the last.

Settings and reasons are in `RECIPE`. The shipped `diva` and `diva-wide` came from a chain of some ten runs
that were steered by hand and differ from these stages in small things: several trainings with falls of the
rate of their own where `plain` has one, three runs where `wide` has one, two and a second fall of the rate
where `longer` has one, and other lengths. Their cards name every run. This recipe puts the chain in order. It
has not been run to its end, which takes some six hours of a processor.

What departs from the paper, which trains DIVA alone, with all of its loss, for up to 1,000 epochs:

- batches of 32 instead of 64, twice the rate, and a running average of the weights;
- from `frozen` on, encoder, flow, prior and classifiers of z_m and the statistics of the batch norms stay,
  images are crossed with others of their class (`crossing.py`), and one image in eight is also drawn under
  other bonds, which it must follow (`frozen.py`);
- beta begins anew, low, where the paper has it at .5; the image error chooses among the checkpoints;
- from `wide` on there is a fourth latent (`widening.py`).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from mirscan.errors import TrainingError
from mirscan.runtime.json_file import read_json
from mirscan.runtime.whole_file import whole_file
from mirscan.scoring.checkpoint import CARD, TENSORS, read_card
from mirscan.training.diva.modmirbase import OpenSplit
from mirscan.training.diva.start import Start, fresh, origin_of, start_of
from mirscan.training.diva.state import STATE
from mirscan.training.diva.train import Options, train

STAGES = "stages.json"  # in the folder of the run: what it was asked for
WRITTEN_BY = "`mirscan train diva --recipe`"

AGE = 189_500  # steps over which beta rises: the authors' 250 epochs

RECIPE = {
    # z_m, with its tree and its neighbours, hangs on this stage alone. More epochs lower the errors further,
    # but as the rate falls z_m learns the classes of its training images by heart: after 25 more the tree was
    # right on .920 instead of .934.
    "plain": Options(model="diva", epochs=20, fall=0.4),
    # The last `diva`. Crossed images cannot be learnt by heart; beta is as low as the authors' warm-up has it
    # at this age.
    "frozen": Options(
        model="diva",
        epochs=2,
        rate=5e-4,
        fall=0.55,
        warmup=AGE,
        warmed=0.094,
        freeze=True,
        cross=0.5,
        longer=0.15,
    ),
    # z_x and z_y hold a nucleotide in each of their 128 numbers, and none beyond column 64: a fourth latent
    # holds the rest. At a beta that begins anew at .02 the errors fall faster than at .118.
    "wide": Options(
        model="diva-wide", epochs=10, fall=0.5, warmup=AGE, warmed=0.02, freeze=True, cross=0.5, longer=0.4
    ),
    # Most wrong nucleotides are now beyond column 60, so most images grow longer. The errors fall with the
    # epochs and were still falling at the end.
    "longer": Options(
        model="diva-wide", epochs=38, fall=0.45, warmup=AGE, warmed=0.03, freeze=True, cross=0.7, longer=0.7
    ),
}
EPOCHS = sum(options.epochs for options in RECIPE.values())


def recipe(epochs: float = EPOCHS, **changed: Any) -> dict[str, Options]:
    """The stages of a run.

    Args:
        epochs: Passes over the data in all stages together. All that is counted in steps shrinks or grows
            alike, so that rate and beta take the same course.
        **changed: Other attributes of `Options`, for all stages.
    """
    share = epochs / EPOCHS
    return {
        name: replace(
            options,
            epochs=options.epochs * share,
            rise=max(1, round(options.rise * share)),
            warmup=max(1, round(options.warmup * share)),
            **changed,
        )
        for name, options in RECIPE.items()
    }


def train_in_stages(
    split: OpenSplit,
    stages: Mapping[str, Options],
    out: Path,
    device: torch.device,
    provenance: Mapping[str, Any],
    report: Callable[[str, Mapping[str, float]], None],
    hidden: bool | None = True,
) -> dict[str, float]:
    """Train stage after stage, from the last state in `out` if there is one; `out` gets the last checkpoint.

    Args:
        split: What to train on and to choose by.
        stages: From `recipe`; each has a folder of its name in `out`, with its checkpoint, logs and state.
        out: Folder of the run.
        device: Where to train.
        provenance: What the cards of the checkpoints say of their making.
        report: Gets the name of each stage that is done, and its validation figures.
        hidden: tqdm's `disable` for the progress bars.

    Returns:
        The validation figures of the last stage.

    Raises:
        TrainingError: `out` holds a run of other stages, or a loss is not finite.
    """
    _claim(out, stages)
    before: Path | None = None
    figures: dict[str, float] = {}
    for name, options in stages.items():
        folder = out / name
        start = _start(before, folder, options, split)
        made = {**provenance, "stage": name, **start.provenance}
        figures = train(split, options, folder, device, made, hidden, start.weights)
        report(name, figures)
        before = folder
    assert before is not None
    for file in (TENSORS, CARD):
        with whole_file(out / file) as temporary:
            shutil.copyfile(before / file, temporary)
    return figures


def _claim(out: Path, stages: Mapping[str, Options]) -> None:
    """Write down what a folder is for.

    Raises:
        TrainingError: It is for something else.
    """
    asked = {name: asdict(options) for name, options in stages.items()}
    path = out / STAGES
    if path.exists():
        if read_json(path, "the stages of a training", WRITTEN_BY) != json.loads(json.dumps(asked)):
            raise TrainingError(
                str(path),
                "a run of other stages",
                "the settings it began with",
                "Give those, or another --out.",
            )
    elif (out / CARD).exists() or (out / STATE).exists():
        raise TrainingError(str(out), "another training", "an empty folder", "Give another --out.")
    else:
        with whole_file(path) as temporary:
            temporary.write_text(json.dumps(asked, indent=2) + "\n", encoding="utf-8")


def _start(before: Path | None, folder: Path, options: Options, split: OpenSplit) -> Start:
    """The weights that a stage begins with; none where its state has them already."""
    if before is None:
        return fresh()
    if (folder / STATE).exists():
        return Start(provenance=origin_of(read_card(before)))
    return start_of(str(before), options.model, split.train)
