"""Known families by species: genes of species that the index does not know, in genomes that it does not know.

For each clade the genes of one species are planted in background and searched with an index without the whole
clade, by weights that were fitted without the clade and without the background in which false hits are
counted. Every hairpin of a gene counts, with a match or without; the gene has the score of its best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.evidence.score import HAIRPIN
from mirscan.families import store
from mirscan.families.bits import INPUTS, Weights, inputs
from mirscan.families.index import FamilyIndex
from mirscan.families.naming import best_match
from mirscan.genome.access import Genome
from mirscan.pipeline.scan import Scan
from mirscan.pipeline.scan_options import ScanOptions
from mirscan.pipeline.sensitivity import search_for
from mirscan.records import Hairpin
from mirscan.scoring.scorer import Scorer
from mirscan.training.families import examples, sources
from mirscan.training.families.examples import Seen
from mirscan.training.families.fit import fit
from mirscan.training.families.train import (
    CLADES,
    MODEL,
    Gene,
    Stage,
    gather,
    genes_of,
    prevalence_of,
    scattered_families,
)
from mirscan.training.scan import data
from mirscan.training.scan.material import read_truth, words_of_loci
from mirscan.training.scan.metrics import MISSED, Ground, recall_at
from mirscan.training.scan.settings import BLIND, ScanSettings

VERTEBRATES = ("primates", "rodents", "birds", "fish")
ARTHROPODS = ("flies", "mosquitoes", "beetles")
# No network and no weight was fitted on the first; the network knows the second, the weights are fitted anew.
HUMAN = ("hsa_chr20_0-7.39M", "hsa_compara_1.7Mb", "ptr_compara_1.3Mb")
WORM_AND_FLY = ("dme_chr4", "cel_start", "cel_chrIII_1-2M", "cel_chrI_1Mb")
RATES = (0.1, 1.0, 10.0)  # false hits per Mb
LOWEST = 0.03  # score of the background hairpins that are looked at

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scores:
    """Genes or places, scored.

    Attributes:
        totals: (n,), natural log-odds of all evidence; `MISSED` for a gene of which nothing was scored.
        families: Name of the family that each is taken for; None for none.
    """

    totals: Floats
    families: Sequence[str | None]


def evaluate(shared: Path, stage: Stage, clades: Sequence[str] = tuple(CLADES)) -> dict[str, Any]:
    """Measure the search by species.

    Args:
        shared: Holds `scan/` and `genomes/`.
        stage: Shows how far it is.
        clades: Which of `train.CLADES`.

    Returns:
        Plain values for a JSON file.
    """
    scorer, precursors = Scorer(MODEL, "cpu"), sources.read_precursors(shared / "scan")
    scattered = scattered_families(shared, precursors, stage)
    seen = gather(shared, precursors, scattered, store.load().weights, scorer, stage)
    advance = stage("background", len(HUMAN) + len(WORM_AND_FLY))
    called = {}
    for name in (*HUMAN, *WORM_AND_FLY):
        called[name] = _called(shared / "genomes" / name, scorer)
        advance(1)
    unseen = _unseen(shared)
    advance = stage("clades", len(clades))
    rows = {}
    for clade in clades:
        weights = _weights_without(clade, seen, scorer)
        index = FamilyIndex.of_precursors(precursors.without([clade]), scattered[""])
        ground = _ground(shared, clade, index, weights, called, scorer)
        rows[clade] = _clade(shared, clade, index, weights, ground, unseen, scorer)
        advance(1)
    return {"model": scorer.name, "clades": rows, "means": _means(rows)}


def background_of(clade: str) -> tuple[str, ...]:
    """The genomes in which the false hits of a clade are counted."""
    return HUMAN if clade in VERTEBRATES else WORM_AND_FLY


def _weights_without(clade: str, seen: tuple[dict[str, Seen], dict[str, Seen]], scorer: Scorer) -> Weights:
    genes, background = seen
    kept = [part for name, part in genes.items() if name != clade]
    ground = [part for name, part in background.items() if name not in background_of(clade)]
    return fit(kept, ground, prevalence_of(scorer))


def _called(folder: Path, scorer: Scorer) -> list[Hairpin]:
    """What the network alone calls in a genome, from a low score on, away from its known loci."""
    loci = data.known_loci(folder)
    search = search_for("default", scorer, LOWEST)
    options = ScanOptions(search=search, min_score=LOWEST, evidence=(HAIRPIN,))
    with Genome.open(str(data.genome_file(folder))) as genome:
        hairpins = [hit.hairpin for hit in Scan(genome, scorer, options).hits()]
    return [hairpin for hairpin in hairpins if not examples.near_known(hairpin, loci)]


def _ground(
    shared: Path,
    clade: str,
    index: FamilyIndex,
    weights: Weights,
    called: Mapping[str, Sequence[Hairpin]],
    scorer: Scorer,
) -> Ground:
    """The false hits of a clade's background: what the network calls, and what families let through."""
    totals, megabases = [], 0.0
    for name in background_of(clade):
        folder = shared / "genomes" / name
        hairpins = [*called[name], *examples.places(folder, index)]
        found = _scored(hairpins, index, weights, scorer)
        totals.append(found.totals[examples.best_of_each_place(hairpins, found.totals)])
        megabases += data.megabases(folder)
    false = np.concatenate(totals)
    return Ground(false, np.ones(len(false)), megabases)


def _scored(hairpins: Sequence[Hairpin], index: FamilyIndex, weights: Weights, scorer: Scorer) -> Scores:
    """The log-odds of some hairpins by network and families together."""
    totals = examples.log_odds(scorer.scores(hairpins))
    families: list[str | None] = [None] * len(hairpins)
    for row, hairpin in enumerate(hairpins):
        found = best_match(hairpin.sequence, hairpin.structure, index, weights)
        bits = float(weights.bits(inputs(found, index))[0]) if found is not None else 0.0
        if found is not None and bits > 0:
            totals[row] += bits * np.log(2)
            families[row] = index.names[index.family[found.arm[0]]]
    return Scores(totals, families)


def _genes(genes: Sequence[Gene], host: str, index: FamilyIndex, weights: Weights, scorer: Scorer) -> Scores:
    """The best hairpin of each gene."""
    hairpins, owner = examples.planted([gene.sequence for gene in genes], host, index)
    found = _scored(hairpins, index, weights, scorer)
    best = np.full(len(genes), MISSED)
    result: list[str | None] = [None] * len(genes)
    for gene, total, family in zip(owner, found.totals.tolist(), found.families, strict=True):
        if total > best[gene]:
            best[gene], result[gene] = total, family
    return Scores(best, result)


def _clade(
    shared: Path,
    clade: str,
    index: FamilyIndex,
    weights: Weights,
    ground: Ground,
    unseen: Mapping[str, bool],
    scorer: Scorer,
) -> dict[str, Any]:
    """All figures of one clade."""
    species, host = CLADES[clade]
    genes = genes_of(shared / "scan", species)
    scores = _genes(genes, data.known_stretches(shared / "genomes" / host), index, weights, scorer)
    indexed = np.isin([gene.family for gene in genes], index.names)
    blind = np.array([unseen.get(gene.sequence, True) for gene in genes])
    groups = {
        "all": np.ones(len(genes), np.bool_),
        "family_in_index": indexed,
        "family_not_in_index": ~indexed,
        "family_unseen_by_network": blind,
    }
    found = [
        (gene.family, family)
        for gene, family, total in zip(genes, scores.families, scores.totals.tolist(), strict=True)
        if family is not None and total > ground.threshold(1.0)
    ]
    return {
        "species": species,
        "background": list(background_of(clade)),
        "megabases": ground.megabases,
        "weights": dict(zip(INPUTS, weights.weights, strict=True)),
        "genes": {name: int(group.sum()) for name, group in groups.items()},
        "recall": {
            name: recall_at(scores.totals[group], [ground], RATES)
            for name, group in groups.items()
            if group.any()
        },
        "named": len(found),
        "named_right": sum(right == taken for right, taken in found),
    }


def _unseen(shared: Path) -> dict[str, bool]:
    """Sequence of a precursor → whether the network has seen no member of its family."""
    truth = read_truth(shared / "scan", ScanSettings(), words_of_loci(shared / "genomes" / "ebv"))
    folds = truth.fold.tolist()
    return {row.sequence: fold not in BLIND.folds for row, fold in zip(truth.precursors, folds, strict=True)}


def _means(rows: Mapping[str, Any]) -> dict[str, Any]:
    """Mean recall of all genes over clades, by rate."""
    groups = {"vertebrates": VERTEBRATES, "arthropods": ARTHROPODS, "all": tuple(CLADES)}
    rates = [f"{rate:g}" for rate in RATES]
    means: dict[str, Any] = {
        name: {
            rate: float(np.mean([rows[clade]["recall"]["all"][rate]["recall"] for clade in group]))
            for rate in rates
        }
        for name, group in groups.items()
        if set(group) <= set(rows)
    }
    named, right = (sum(row[key] for row in rows.values()) for key in ("named", "named_right"))
    return {**means, "named": named, "named_right": right / max(named, 1)}
