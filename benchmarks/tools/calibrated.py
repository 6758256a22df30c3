"""Is a score a probability? Calls of a spiked-in scan by score, and how many of them are planted precursors.

The scores are moved to the prevalence that the spiked genome has, which is what `--prevalence` does; a call
is a precursor if it shares half of the shorter with a planted one on its strand. Calls on the opposite strand
of a planted precursor are left out.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import expit, logit

from benchmarks.tools.pages import label
from benchmarks.tools.spiked import BACKGROUND, LOWEST, PLANTED, Spiked
from mirscan.scoring.calibration import expected_error, reliability, shift, shifted

BINS = 10
TICKS = (0.1, 0.25, 0.5, 0.75, 0.9, 0.97, 0.99)


def calibration(found: Spiked, fitted_at: float) -> dict[str, Any]:
    """The reliability of a scan's calls.

    Args:
        found: The scan.
        fitted_at: The prevalence that the scorer was calibrated at, 0..1.
    """
    calls = [
        (call.score, kind == PLANTED)
        for call, kind in zip(found.calls, found.kinds[1], strict=True)
        if kind in (PLANTED, BACKGROUND) and call.score >= LOWEST
    ]
    prevalence = found.precursors / found.candidates
    by = shift(prevalence, fitted_at)
    scores = np.array([shifted(score, by) for score, _ in calls])
    labels = np.array([label for _, label in calls])
    lowest = shifted(LOWEST, by)
    edges = expit(np.linspace(logit(lowest) - 1e-6, 12, BINS + 1))
    edges[-1] = 1.0
    rows = reliability(scores, labels, np.ones(len(scores)), edges)
    for row in rows:
        row["calls"] = round(row["weight"] * len(scores))
    return {
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
    for axis, (name, facts) in zip(axes[0], hosts.items(), strict=True):
        rows = [row for row in facts["reliability"] if 0 < row["precursors"] < 1]
        x, y = (np.array([row[key] for row in rows]) for key in ("score", "precursors"))
        spread = np.sqrt(y * (1 - y) / [row["calls"] for row in rows])
        axis.plot([0.1, 0.998], [0.1, 0.998], color="0.6", lw=1)
        axis.errorbar(
            x, y, np.minimum(spread, np.minimum(y, 1 - y) * 0.98), fmt="o-", capsize=2, color="#1b6ca8"
        )
        axis.set(
            title=f"{label(name)}\nexpected calibration error {facts['expected_calibration_error']:.3f}",
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
