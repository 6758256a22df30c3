"""Families and genomes never seen: recall at so many false hits a megabase, and the tree of the rules.

    python -m benchmarks.accuracy.held_out [--only held_out --figure held_out.svg] [--only genome_tree]

writes a file of each name in benchmarks/results.

held_out     `mirscan evaluate scan` for the model behind `scan` and the plain network, and a figure of recall
             against false hits. Options that are not known here go to that command.
genome_tree  `mirscan evaluate tree --genome` with what ships: the tree on concepts beside a tree on z_m,
             planes, CART, boosting and the networks of a scan; the background a Mb that each leaf states and
             that is counted in chr20; how the first 400 candidates of chr20 spread over leaves.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.tools.results import parser_of_parts, write_parts
from mirscan.cli import main as mirscan

MODELS = ("scan-held-out", "cross_species-paper")
GROUP = "animal"


def evaluated(what: str, *options: str) -> Any:
    """Run `mirscan evaluate`; its figures."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "figures.json"
        status = mirscan(["evaluate", what, "--json", str(result), *options])
        if status:
            raise SystemExit(status)
        return json.loads(result.read_text())


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


def held_out(given: argparse.Namespace) -> Any:
    """Recall of both models."""
    named = [word for model in given.model or MODELS for word in ("--model", model)]
    figures = evaluated("scan", "--genomes", str(given.data), *named, *given.further)
    if given.figure:
        draw(figures, given.figure)
    return figures


def genome_tree(given: argparse.Namespace) -> Any:
    """How well the rules tell precursors from candidates of a genome."""
    shipped = ["--tree", "genome-tree", "--diva", "diva"]
    shared = ["--data", str(given.data.parent), "--threads", str(given.threads)]
    return evaluated("tree", "--genome", *shared, *shipped)


PARTS = {"held_out": held_out, "genome_tree": genome_tree}


def main() -> None:
    parser = parser_of_parts(__doc__, PARTS, "genomes", threads=1)
    parser.add_argument("--figure", type=Path)
    parser.add_argument("--model", action="append", help="of held_out")
    given, further = parser.parse_known_args()
    write_parts(argparse.Namespace(**vars(given), further=further), PARTS)


if __name__ == "__main__":
    main()
