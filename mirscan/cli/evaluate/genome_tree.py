"""`mirscan evaluate tree --genome`: the tree of scans on families and genomes that it has not seen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mirscan.tree.rules import Tree

SCANNED_BY = "scan"  # the network whose candidates the tree is for
BLIND = "scan-held-out"  # the networks that have not seen what measures here


def in_genome(
    tree: Tree, data: Path, diva: str | None, cache: Path | None, device: str, quiet: bool
) -> dict[str, Any]:
    """The figures; with a DIVA those of trees and planes in its z_m as well."""
    from mirscan.cli.stages import stages
    from mirscan.runtime.user_folders import cache_folder
    from mirscan.scoring.diva_checkpoint import load_network
    from mirscan.scoring.scorer import Scorer, pick_device
    from mirscan.training.tree.genome_evaluation import evaluate_genome_tree
    from mirscan.training.tree.genome_material import gather

    with stages(quiet) as stage:
        material = gather(data, SCANNED_BY, cache or cache_folder(), stage)
        stage("measuring", 0)
        network = load_network(diva, pick_device(device))[1] if diva else None
        return evaluate_genome_tree(tree, material, Scorer(BLIND, device), network)


def table(result: dict[str, Any]) -> str:
    """The figures for people: one line a classifier, then what the leaves hold."""
    lines = [f"{'unseen families, unseen genome':<36}AUROC    bits  leaves"]
    for name, row in result["rows"].items():
        bits = f"{row['mutual_information_bits']:8.3f}" if "mutual_information_bits" in row else f"{'':8}"
        words = name.replace("_", " ").replace("z m", "z_m")
        lines.append(f"{words:<36}{row['auroc']:5.3f}{bits}{row.get('leaves', ''):>8}")
    first, kept = result["first_of_the_scan"], result["kept_by_require_rule"]
    shares = ", ".join(f"{name} {share:.2f}" for name, share in kept.items())
    return "\n".join(
        [
            *lines,
            "",
            f"first {first['candidates']} candidates: {first['leaves']} leaves, "
            f"{first['largest_share']:.2f} in the largest",
            f"leaves whose background is within a factor of 2: {result['leaves_within_factor_2']:.2f}",
            f"kept by --require-rule: {shares}",
        ]
    )
