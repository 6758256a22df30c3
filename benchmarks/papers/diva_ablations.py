"""Table 1: DIVA and the models it is compared with, trained alike and measured on the open test part.

    python -m benchmarks.papers.diva_ablations --schedule recipe --runs runs/diva-ablations

trains each of the five afresh on a schedule, as long as a core affords, and measures its three errors. With
--only one of them is trained, so that several may be beside each other; what is in --runs is not trained
again, and an interrupted training goes on. Then that schedule's part of
benchmarks/results/diva_ablations.json is written: the errors and nats of their latents, the errors on the
validation part as they fell, and the order of the five beside that of the paper, who trained up to 1,000
epochs. With --so-far nothing is trained or measured: what the logs in --runs say is written, and the order
on the validation part after the last step that all five have been measured at.

plain   The loss of the paper, with its warm-up of beta cut short to the length of the run.
recipe  What of the recipe of `diva-wide` needs no z_m, and so serves all five: images that are crossed and
        grow longer, beta as low as the authors' warm-up over 250 epochs has it at such an age, and a longer
        fall of the rate. What hangs on a z_m that is there already (--freeze, batches cropped to their width,
        images drawn under other bonds, a fourth latent) can serve DIVA alone, and is left out.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.tools.results import parser_for, write

PAPER = {  # Table 1: image, nucleotide, length
    "vae": (0.136, 0.305, 0.784),
    "beta-vae": (0.055, 0.092, 0.478),
    "beta-iaf-vae": (0.053, 0.082, 0.444),
    "dc-beta-iaf-vae": (0.009, 0.015, 0.067),
    "diva": (0.007, 0.012, 0.057),
}
ERRORS = ("image", "nucleotide", "length")
COMMON = {"batch": 32, "rate": 1e-3, "seed": 1}
SCHEDULES: dict[str, dict[str, float]] = {
    # the steps of four epochs: beta reaches 1 at the end
    "plain": {**COMMON, "epochs": 4, "warmup": 3032, "fall": 0.4, "check-every": 758},
    "recipe": {
        **COMMON,
        "epochs": 1,
        "warmup": 189500,
        "warmed": 0.02,
        "fall": 0.5,
        "cross": 0.5,
        "longer": 0.4,
        "check-every": 379,
    },
}


def mirscan(*arguments: str) -> None:
    """Run a command of mirscan; one that fails ends the script."""
    subprocess.run([sys.executable, "-m", "mirscan", *arguments], check=True)


def trained(name: str, given: argparse.Namespace) -> Path:
    """The folder of a run, once it is done; one that is done already is left as it is."""
    run: Path = given.runs / given.schedule / name
    asked = SCHEDULES[given.schedule].items()
    schedule = [part for key, value in asked for part in (f"--{key}", str(value))]
    place = ["--data", str(given.data), "--out", str(run), "--threads", str(given.threads)]
    mirscan("train", "diva", "--model", name, *schedule, *place)
    return run


def measured(run: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Errors on the open test part, and on the validation part as they fell."""
    result = run / "open_split.json"
    common = ["--data", str(given.data), "--threads", str(given.threads)]
    mirscan("evaluate", "diva", "--model", str(run), *common, "--json", str(result), "--force")
    found = json.loads(result.read_text())
    rows = logged(run)
    nats = sum(float(rows[-1][f"loss_kl_{latent}"]) for latent in "xym")
    errors = {error: found["open"][error] for error in ERRORS}
    return {"open": errors, "nats_of_the_latents_validation": round(nats, 1), "validation": curve(rows)}


def logged(run: Path) -> list[dict[str, str]]:
    """What a run has measured on the validation part."""
    with (run / "log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def curve(rows: list[dict[str, str]]) -> list[dict[str, float]]:
    """The errors on the validation part as they fell."""
    return [
        {"step": int(row["step"])} | {error: round(float(row[error]), 4) for error in ERRORS} for row in rows
    ]


def finished(given: argparse.Namespace) -> dict[str, Any]:
    """What came of the five, each trained to its end."""
    models = {name: measured(trained(name, given), given) for name in PAPER}
    here = {name: tuple(found["open"].values()) for name, found in models.items()}
    return {"schedule": SCHEDULES[given.schedule], "models": models, "order": orders(here)}


def so_far(given: argparse.Namespace) -> dict[str, Any]:
    """What came of the five until now: the last step that all have been measured at, and the order there."""
    curves = {name: curve(logged(given.runs / given.schedule / name)) for name in PAPER}
    step = max(set.intersection(*({row["step"] for row in rows} for rows in curves.values())))
    there = {name: next(row for row in rows if row["step"] == step) for name, rows in curves.items()}
    here = {name: tuple(row[error] for error in ERRORS) for name, row in there.items()}
    return {
        "schedule": SCHEDULES[given.schedule],
        "step_of_order": step,
        "models": {name: {"validation": rows} for name, rows in curves.items()},
        "order_validation": orders(here),
    }


def order(errors: Mapping[str, tuple[float, ...]], error: int) -> list[str]:
    """Names from the largest error to the smallest."""
    return sorted(errors, key=lambda name: -errors[name][error])


def orders(errors: Mapping[str, tuple[float, ...]]) -> dict[str, list[str]]:
    """The order of the five by each of the three errors."""
    return {error: order(errors, i) for i, error in enumerate(ERRORS)}


def main() -> None:
    parser = parser_for(__doc__, "diva_ablations.json", "modmirbase", threads=1)
    parser.add_argument("--runs", type=Path, default=Path("runs/diva-ablations"))
    parser.add_argument("--schedule", choices=SCHEDULES, default="recipe")
    parser.add_argument("--only", choices=PAPER, help="Train this one, and write no result.")
    parser.add_argument("--so-far", action="store_true", help="Write what the logs say, and train nothing.")
    given = parser.parse_args()
    if given.only:
        trained(given.only, given)
        return
    part = so_far(given) if given.so_far else finished(given)
    before = json.loads(given.json.read_text()) if given.json.exists() else {}
    table = {name: dict(zip(ERRORS, values, strict=True)) for name, values in PAPER.items()}
    write(given.json, {**before, given.schedule: part, "paper": {"models": table, "order": orders(PAPER)}})
    print(json.dumps(part.get("order") or part["order_validation"], indent=1))


if __name__ == "__main__":
    main()
