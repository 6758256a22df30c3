"""What the flanks add to what the network says: recall, the strand, and what they cost where they are silent.

    python -m benchmarks.accuracy.flanks

writes benchmarks/results/flanks.json. Genes of families that neither the network nor the weights have seen,
in their real flanks: those of folds 0 and 1, each judged by weights that were fitted without its fold.
Background: chr20, which neither has seen; pieces of worm and fly say what the bits are elsewhere. `ships`
are the numbers of `weights/flanks`, fitted to all folds. `clade_open` is how a scan weighs flanks where the
genome may be of any of the animals' clades, of which nematodes have no such motifs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.tools.results import made_with, parser_for, write
from mirscan.cli.stages import stages
from mirscan.evidence.flanks import SILENT, mixed
from mirscan.evidence.score import BIT
from mirscan.flanks.cuts import FEATURES
from mirscan.flanks.weights import FlankWeights, shipped_weights
from mirscan.pipeline.false_hits import ANIMALS
from mirscan.scoring.scorer import Scorer
from mirscan.training.flanks.examples import Background, Gene, Seen, log_odds_of
from mirscan.training.flanks.fit import bits_of, fit
from mirscan.training.flanks.train import BACKGROUND, MODEL, Material, gather
from mirscan.training.scan.metrics import MISSED, Ground, recall_at

FOLDS = (0, 1)  # of families that the network has not seen
HOST = "hsa_chr20_0-7.39M"
ELSEWHERE = ("dme_chr4", "cel_chrI_1Mb")
RATES = (1.0, 3.0, 10.0, 30.0, 100.0)  # false hits a Mb
OPEN = 1 - len(SILENT.intersection(ANIMALS)) / len(ANIMALS)  # share of the animals' clades with the motifs
LISTED = 0.01  # lowest score by the network, of the better strand, at which a place counts as found

Floats = NDArray[np.float64]


def scored(
    genes: Sequence[Gene], weights: FlankWeights | None, right: bool = True, share: float = 1.0
) -> Floats:
    """Log-odds of genes on their strand or on the other, with or without flanks; `MISSED` for none.

    Args:
        genes: The genes.
        weights: Of the flanks; None without them.
        right: Whether on their strand.
        share: How probable it is that the clade has the motifs; see `evidence/flanks.py`.
    """
    seen = [gene.right if right else gene.wrong for gene in genes]
    return np.array([MISSED if each is None else _of(each, weights, share) for each in seen])


def _of(seen: Seen, weights: FlankWeights | None, share: float) -> float:
    return seen.log_odds + (BIT * mixed(weights.bits(seen.cuts), share) if weights and seen.cuts else 0.0)


def ground(part: Background, weights: FlankWeights | None, share: float = 1.0) -> Ground:
    """What a scan would list of a genome's background."""
    log_odds = log_odds_of(part.hairpins)
    if weights:
        log_odds += BIT * np.array([mixed(bits, share) for bits in bits_of(weights, part.hairpins).tolist()])
    listed = log_odds[part.listed(log_odds)]
    return Ground(listed, np.ones(len(listed)), part.megabases)


def strand_right(
    genes: Sequence[Gene], weights: Sequence[FlankWeights | None], share: float = 1.0
) -> dict[str, float]:
    """Of the places found, the share at which the right strand has the better score."""
    pairs = list(zip(genes, weights, strict=True))
    right = np.array([scored([gene], each, share=share)[0] for gene, each in pairs])
    wrong = np.array([scored([gene], each, right=False, share=share)[0] for gene, each in pairs])
    alone = np.maximum(scored(genes, None), scored(genes, None, right=False))
    found = alone >= np.log(LISTED / (1 - LISTED))
    return {"places": int(found.sum()), "right": float((right > wrong)[found].mean())}


def main() -> None:
    """Fit without each fold, measure, write."""
    given = parser_for(__doc__, "flanks.json").parse_args()
    with stages(quiet=False) as stage:
        material = gather(given.data, stage, (*BACKGROUND, HOST, *ELSEWHERE))
    parts = {part.name: part for part in material.background}
    lent = [parts[name] for name in BACKGROUND]
    fitted = {fold: _without(material, fold, lent) for fold in FOLDS}
    tested = [gene for gene in material.genes if gene.fold in FOLDS]
    groups = {
        "mirgenedb_human": [gene for gene in tested if gene.curated],
        "all_but_nematodes": [gene for gene in tested if not gene.nematode],
        "nematodes_of_open_clade": [gene for gene in tested if gene.nematode],
    }
    write(
        given.json,
        {
            **made_with(Scorer(MODEL, "cpu")),
            "ships": _numbers(shipped_weights()),
            "fitted_without_fold": {str(fold): _numbers(weights) for fold, weights in fitted.items()},
            "clade_open": {"share_with_motifs": round(OPEN, 3)},
            "host": {"genome": HOST, "megabases": parts[HOST].megabases},
            "genes": {name: _measured(genes, fitted, parts[HOST]) for name, genes in groups.items()},
            "background_bits": {
                name: _spread(bits_of(fitted[FOLDS[0]], parts[name].hairpins)) for name in (HOST, *ELSEWHERE)
            },
        },
    )


def _without(material: Material, fold: int, lent: Sequence[Background]) -> FlankWeights:
    return fit([gene for gene in material.fitted if gene.fold != fold], lent, material.prevalence)


def _numbers(weights: FlankWeights) -> dict[str, float]:
    return {"offset": weights.offset, **dict(zip(FEATURES, weights.weights, strict=True))}


def _measured(genes: Sequence[Gene], fitted: dict[int, FlankWeights], host: Background) -> dict[str, Any]:
    """Recall and strand of some genes, by the network alone, with flanks, and where the clade is open."""
    alone = recall_at(scored(genes, None), [ground(host, None)], RATES)
    both, open_ = (_recall(genes, fitted, host, share) for share in (1.0, OPEN))
    weights = [fitted[gene.fold] for gene in genes]
    bits = [
        bits_of(each, [gene.right for gene in genes if gene.fold == fold and gene.right])
        for fold, each in fitted.items()
    ]
    return {
        "genes": len(genes),
        "recall": {
            rate: {
                "network": found["recall"],
                "interval_95": found["interval_95"],
                "with_flanks": both[rate],
                "clade_open": open_[rate],
            }
            for rate, found in alone.items()
        },
        "strand": {
            "network": strand_right(genes, [None] * len(genes)),
            "with_flanks": strand_right(genes, weights),
            "clade_open": strand_right(genes, weights, OPEN),
        },
        "bits": _spread(np.concatenate(bits)),
    }


def _recall(
    genes: Sequence[Gene], fitted: dict[int, FlankWeights], host: Background, share: float
) -> dict[str, float]:
    """Recall at each rate, each fold by the weights that were fitted without it."""
    total = dict.fromkeys((f"{rate:g}" for rate in RATES), 0.0)
    for fold, weights in fitted.items():
        some = [gene for gene in genes if gene.fold == fold]
        found = recall_at(scored(some, weights, share=share), [ground(host, weights, share)], RATES)
        for rate in total:
            total[rate] += len(some) / len(genes) * float(np.sum(found[rate]["recall"]))
    return total


def _spread(bits: Floats) -> dict[str, float]:
    """Mean and deciles of bits."""
    low, middle, high = np.quantile(bits, (0.1, 0.5, 0.9)).round(2).tolist()
    return {"mean": round(float(bits.mean()), 2), "tenth": low, "median": middle, "ninetieth": high}


if __name__ == "__main__":
    main()
