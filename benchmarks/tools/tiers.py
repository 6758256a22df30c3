"""What the tiers meant in genomes never seen: false hits per megabase, and the share of hits that is true.

`accuracy/false_hits.py` counts in each genome what curves expect that were fitted without it; here its
counts are put together by clade. How many genes reach a tier is known from genes of a species whose clade
the index of families lacks (`families.json`), and by the hairpin alone from families that the networks never
saw (`held_out.json`). With the genes that the species has a megabase this gives the share of true hits. It
speaks of the tier and those above it together, and errs to the low side: of two rates of false hits, that of
the tier and that counted, the higher one is taken. Its interval is that of the false hits counted.
That no more than a tenth or half of a run's hits may be expected false says nothing here: in a genome without
microRNAs all of them are.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from math import log
from typing import Any

from benchmarks.tools.results import read
from mirscan.pipeline.tiers import MOST_FALSE
from mirscan.training.scan.false_hits import poisson

# clade → of families.json the clade whose genes are looked for, and the Mb of its species' genome
GENES = {"vertebrate": ("primates", 3100.0), "nematode": ("nematodes", 100.0), "insect": ("flies", 144.0)}
ALL = "all"  # clades together
DIGITS = 3


def meant(rows: Mapping[str, Mapping[str, Any]], kinds: str) -> dict[str, dict[str, Any]]:
    """Clade, and all of them together → tier → what it meant.

    Args:
        rows: Genome → its clade, and what was expected and counted at each cut; see `false_hits.checked`.
        kinds: The kinds of evidence, by commas.
    """
    found: dict[str, dict[str, Any]] = {}
    for clade in (*dict.fromkeys(row["clade"] for row in rows.values()), ALL):
        cuts = [cut for row in rows.values() if clade in (row["clade"], ALL) for cut in row["cuts"]]
        at = {tier: [cut for cut in cuts if cut["false_per_mb"] == most] for tier, most in MOST_FALSE.items()}
        # none of a tier where not even the lowest score has so many false hits
        found[clade] = {tier: _tier(clade, tier, some, kinds) for tier, some in at.items() if some}
    return found


def _tier(clade: str, tier: str, cuts: list[Mapping[str, Any]], kinds: str) -> dict[str, Any]:
    most = MOST_FALSE[tier]
    expected, scored = (sum(cut[name] for cut in cuts) for name in ("expected", "counted"))
    counted = sum(cut.get("counted_of_the_tier", cut["counted"]) for cut in cuts)
    rate, *interval = (most * number / expected for number in (counted, *poisson(counted)))
    told = {
        "most_false_per_mb": most,
        "expected": round(expected, 2),
        "counted": counted,
        "counted_by_score_alone": scored,
        "false_per_mb": _short(rate),
        "interval_95": [_short(end) for end in interval],
    }
    if clade not in GENES:
        return told
    genes, recall = genes_per_mb(clade), _recall(clade, most, kinds)
    true = genes * recall
    return {
        **told,
        "genes_per_mb": _short(genes),
        "recall": _short(recall),
        "share_true": _short(true / (true + max(most, rate))),
        "share_true_95": [_short(true / (true + end)) for end in reversed(interval)],
    }


def genes_per_mb(clade: str) -> float:
    """Genes a megabase of the species."""
    name, megabases = GENES[clade]
    return float(read("families.json")["by_species"]["clades"][name]["genes"][ALL]) / megabases


def _recall(clade: str, most: float, kinds: str) -> float:
    """The share of genes at so many false hits per megabase, between two that were measured by logarithms."""
    if "families" in kinds:
        points = read("families.json")["by_species"]["clades"][GENES[clade][0]]["recall"][ALL]
    else:
        points = read("held_out.json")["models"][0]["planted"]["animal"]["recall_at_false_hits_per_mb"]
    measured = sorted((float(rate), float(row["recall"])) for rate, row in points.items())
    (low, below), (high, above) = next(
        pair for pair in pairwise(measured) if pair[0][0] <= most <= pair[1][0]
    )
    share = log(most / low) / log(high / low)
    return (1 - share) * below + share * above


def _short(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
