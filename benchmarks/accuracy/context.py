"""What repeats and neighbours bring, each by itself, in genomes that their numbers were not fitted on.

    python -m benchmarks.accuracy.context

The genomes of `mirscan train context` are searched by the networks that tests are held against. Each is
measured by numbers fitted without it: false hits a Mb from each score on, and known loci of miRBase found at
the lowest scores at which the human genomes that the networks did not see have so many false hits a Mb.
Beside the fitted numbers stand those that were set by hand before, on EBV, HSV-1, VZV and human.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.tools.results import made_with, parser_for, write
from mirscan.evidence.context import ContextWeights, shipped_context
from mirscan.evidence.kind import Kind, Setup
from mirscan.evidence.neighbours import NeighbourEvidence
from mirscan.evidence.repeats import RepeatEvidence
from mirscan.families import store
from mirscan.pipeline.loci import best_of_each_locus, one_of_each_place
from mirscan.records import Hit
from mirscan.scoring.scorer import Scorer
from mirscan.training.context.examples import Scanned, best_at
from mirscan.training.context.train import MODEL, Material, fitted, gather

HUMAN = ("hsa_chr20_0-7.39M", "hsa_compara_1.7Mb", "ptr_compara_1.3Mb")
RATES = (0.1, 0.5, 1.0, 10.0)  # false hits a Mb of these
SCORES = (0.1, 0.2, 0.35, 0.5, 0.7, 0.9)
BY_HAND = ContextWeights(
    *(-4.0, 0.45, 300.0, 3000.0, 2.5e-8, 3.75e-7, 1.33, -0.9, 0.55, 1.0, 0.6),
)
KINDS: Mapping[str, Sequence[type[Kind]]] = {
    "neither": (),
    "repeats": (RepeatEvidence,),
    "neighbours": (NeighbourEvidence,),
    "both": (RepeatEvidence, NeighbourEvidence),
}

Floats = NDArray[np.float64]


def listed(genome: Scanned, kinds: Sequence[type[Kind]], weights: ContextWeights) -> list[Hit]:
    """The hits that a scan would list, one a place."""
    hits = genome.hits(*(kind(Setup(choice=weights)) for kind in kinds))
    return [*one_of_each_place(best_of_each_locus(hits))]


def measured(genome: Scanned, kinds: Sequence[type[Kind]], weights: ContextWeights) -> dict[str, Floats]:
    """Scores of the false hits of a genome, and of its known loci, 0 where none is called."""
    hits = listed(genome, kinds, weights)
    best = [
        best_at(hits, contig, start, end, strand)
        for contig, loci in genome.loci.items()
        for start, end, strand in loci
    ]
    return {
        "false": np.array([hit.score for hit in hits if genome.false(hit)]),
        "genes": np.array([hit.score if hit else 0.0 for hit in best]),
    }


def cuts_of(scores: Mapping[str, Mapping[str, Floats]], megabases: float) -> dict[float, float]:
    """Rate → lowest score at which the human genomes have no more false hits a Mb."""
    false = np.sort(np.concatenate([scores[name]["false"] for name in HUMAN]))[::-1]
    return {rate: float(false[int(rate * megabases)]) for rate in RATES if rate * megabases < len(false)}


def row_of(genome: Scanned, scores: Mapping[str, Floats], cuts: Mapping[float, float]) -> dict[str, Any]:
    """The figures of a genome."""
    false, genes = scores["false"], scores["genes"]
    return {
        "false_per_mb": {f"{cut:g}": float((false >= cut).sum() / genome.unseen) for cut in SCORES},
        "found": {f"{rate:g}": int((genes > cut).sum()) for rate, cut in cuts.items()},
    }


def measure(material: Material) -> dict[str, Any]:
    """All figures, by numbers fitted without each genome and by those set by hand."""
    without = {name: fitted(material.without([name])) for name in material.genomes}
    found: dict[str, Any] = {
        "fitted_without": {name: weights.named() for name, weights in without.items()},
        "genomes": {
            name: {
                "megabases": genome.unseen,
                "known_loci": sum(map(len, genome.loci.values())),
            }
            for name, genome in material.genomes.items()
        },
    }
    trials = {**{name: (kinds, without) for name, kinds in KINDS.items()}}
    trials["both_set_by_hand"] = (KINDS["both"], dict.fromkeys(material.genomes, BY_HAND))
    megabases = sum(material.genomes[name].unseen for name in HUMAN)
    for trial, (kinds, weights) in trials.items():
        scores = {name: measured(genome, kinds, weights[name]) for name, genome in material.genomes.items()}
        cuts = cuts_of(scores, megabases)
        rows = {name: row_of(genome, scores[name], cuts) for name, genome in material.genomes.items()}
        found[trial] = {"scores_at_false_per_mb_of_human": {f"{rate:g}": cut for rate, cut in cuts.items()}}
        found[trial]["genomes"] = rows
    return found


def main() -> None:
    """Search, fit, measure and write."""
    given = parser_for(__doc__, "context.json").parse_args()
    material = gather(given.data, lambda name, _: print(name, flush=True) or (lambda _: None))
    made = {**made_with(Scorer(MODEL, "cpu")), "families_sha256": store.load().sha256}
    write(given.json, {**made, "shipped": shipped_context().named(), **measure(material)})


if __name__ == "__main__":
    main()
