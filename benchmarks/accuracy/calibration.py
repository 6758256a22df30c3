"""Is a score a probability? Calls of a spiked-in scan by score, and how many of them are planted precursors.

    python -m benchmarks.accuracy.calibration --figure benchmarks/results/calibration.svg

The scores are moved to the prevalence that the spiked genome has, which is what `--prevalence` does; a call
is a precursor if it shares half of the shorter with a planted one on its strand. Calls on the opposite strand
of a planted precursor are left out.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit, logit

from benchmarks.tools import spiked
from benchmarks.tools.results import parser_for, write
from benchmarks.tools.spiked import BACKGROUND, HOSTS, LOWEST, PLANTED
from mirscan.scoring.calibration import expected_error, reliability, shift, shifted
from mirscan.scoring.scorer import Scorer
from mirscan.version import __version__

BINS = 10
TICKS = (0.1, 0.25, 0.5, 0.75, 0.9, 0.97, 0.99)


def study(name: str, given: argparse.Namespace, scorer: Scorer, scratch: Path) -> dict[str, Any]:
    """The reliability of one host's calls."""
    found = spiked.scan(HOSTS[name], given.data, scratch, given.model, 0.0, given.seed, given.threads)
    kept = [
        (call.score, kind == PLANTED)
        for call, kind in zip(found.calls, found.kinds[1], strict=True)
        if kind in (PLANTED, BACKGROUND)
    ]
    at = float(scorer.card.metrics["calibration"]["prevalence"])
    prevalence = found.precursors / found.candidates
    by = shift(prevalence, at)
    scores = np.array([shifted(score, by) for score, _ in kept])
    labels = np.array([label for _, label in kept])
    lowest = shifted(LOWEST, by)
    edges = expit(np.linspace(logit(lowest) - 1e-6, 12, BINS + 1))
    edges[-1] = 1.0
    rows = reliability(scores, labels, np.ones(len(scores)), edges)
    for row in rows:
        row["calls"] = round(row["weight"] * len(scores))
    return {
        "megabases": found.megabases,
        "planted": len(found.planted),
        "candidates": found.candidates,
        "prevalence": prevalence,
        "calls": len(scores),
        "from_a_score_of": lowest,
        "expected_calibration_error": expected_error(rows),
        "mean_score": float(scores.mean()),
        "precursors": float(labels.mean()),
        "reliability": rows,
    }


def draw(hosts: dict[str, Any], destination: Path) -> None:
    """Reliability diagrams: mean score of a bin against its share of precursors, on log-odds."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, len(hosts), figsize=(4.5 * len(hosts), 4), sharey=True, squeeze=False)
    for axis, (name, one) in zip(axes[0], hosts.items(), strict=True):
        rows = [row for row in one["reliability"] if 0 < row["precursors"] < 1]
        x, y = (np.array([row[key] for row in rows]) for key in ("score", "precursors"))
        spread = np.sqrt(y * (1 - y) / [row["calls"] for row in rows])
        axis.plot([0.1, 0.998], [0.1, 0.998], color="0.6", lw=1)
        axis.errorbar(
            x, y, np.minimum(spread, np.minimum(y, 1 - y) * 0.98), fmt="o-", capsize=2, color="#1b6ca8"
        )
        axis.set(
            title=f"{name}\nexpected calibration error {one['expected calibration error']:.3f}",
            xlabel="score at the prevalence planted",
            xscale="logit",
            yscale="logit",
            xlim=(0.1, 0.998),
            ylim=(0.1, 0.998),
        )
        for side in (axis.xaxis, axis.yaxis):
            side.set_ticks(TICKS, [f"{tick:g}" for tick in TICKS])
            side.set_ticks([], minor=True)
    axes[0][0].set_ylabel("share of planted precursors")
    figure.tight_layout()
    figure.savefig(destination, metadata={"Date": None} if destination.suffix == ".svg" else None)


def main() -> None:
    """Measure and write."""
    parser = parser_for(__doc__, "calibration.json", threads=1)
    parser.add_argument("--figure", type=Path)
    parser.add_argument("--model", default="scan-held-out")
    parser.add_argument("--host", action="append", choices=list(HOSTS))
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    scorer = Scorer(given.model, "cpu")
    with tempfile.TemporaryDirectory() as scratch:
        hosts = {name: study(name, given, scorer, Path(scratch)) for name in given.host or HOSTS}
    facts = {"mirscan": __version__, "model": scorer.name, "model_sha256": scorer.card.sha256}
    write(given.json, {**facts, "seed": given.seed, "hosts": hosts})
    if given.figure:
        draw(hosts, given.figure)


if __name__ == "__main__":
    main()
