"""Recall at so many false hits a megabase: the model behind `scan` and the plain network, in unseen genomes.

The same as `mirscan evaluate scan` for both models, and a figure of recall against false hits.

    python -m benchmarks.accuracy.held_out --figure held_out.svg
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.tools.results import parser_for
from mirscan.cli import main as mirscan

MODELS = ("scan-held-out", "cross_species-paper")
GROUP = "animal"


def evaluate(genomes: Path, destination: Path, models: list[str], further: list[str]) -> dict[str, Any]:
    """Run the command; its figures."""
    named = [word for model in models for word in ("--model", model)]
    status = mirscan(
        ["evaluate", "scan", "--genomes", str(genomes), "--json", str(destination), *named, *further]
    )
    if status:
        raise SystemExit(status)
    return json.loads(destination.read_text())


def curve(points: dict[str, Any]) -> tuple[list[float], list[float], list[list[float]]]:
    """Rates, recalls, and how far the intervals reach below and above."""
    rates, values = [float(rate) for rate in points], list(points.values())
    recalls = [value["recall"] for value in values]
    below = [value["recall"] - value["interval_95"][0] for value in values]
    above = [value["interval_95"][1] - value["recall"] for value in values]
    return rates, recalls, [below, above]


def draw(figures: dict[str, Any], destination: Path) -> None:
    """Two panels: planted precursors of unseen families, and the known ones of EBV."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    panels = {
        f"{GROUP} families never seen,\nplanted in human background never seen": ("planted", GROUP),
        "known precursors of EBV": ("genomes", "ebv"),
    }
    figure, axes = plt.subplots(1, len(panels), figsize=(9, 4), sharey=True)
    for axis, (title, (part, name)) in zip(axes, panels.items(), strict=True):
        for model in figures["models"]:
            rates, recalls, errors = curve(model[part][name]["recall_at_false_hits_per_mb"])
            axis.errorbar(rates, recalls, errors, marker="o", capsize=2, label=model["model"])
        axis.set(title=title, xscale="log", xlabel="false hits a Mb", ylim=(0, 1))
    axes[0].set_ylabel("recall")
    axes[0].legend()
    figure.tight_layout()
    figure.savefig(destination, metadata={"Date": None})


def main() -> None:
    parser = parser_for(__doc__, "held_out.json", "genomes")
    parser.add_argument("--figure", type=Path)
    parser.add_argument("--model", action="append")
    given, further = parser.parse_known_args()
    figures = evaluate(given.data, given.json, given.model or list(MODELS), further)
    if given.figure:
        draw(figures, given.figure)


if __name__ == "__main__":
    main()
