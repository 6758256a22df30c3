"""Genes of human whose families the networks never saw, and their scores in background."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mirscan.evidence.score import BIT, probability
from mirscan.families import store
from mirscan.families.naming import kinship
from mirscan.scoring.scorer import Scorer
from mirscan.training.families import examples
from mirscan.training.families.train import CLADES, Gene, genes_of
from mirscan.training.scan import data
from mirscan.training.scan import precursors as known
from mirscan.training.scan.settings import TEST_FOLD

KIN = "primates"  # the clade that the index of families lacks
HOSTS = ("hsa_chr20_0-7.39M", "hsa_compara_1.7Mb")  # in which genes are planted, by turns
PLACES = 6  # of each gene

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Genes:
    """Scores of genes by the hairpin and families.

    Attributes:
        families: Of each gene.
        scores: float64 (genes, places), 0..1; 0 where nothing was scored.
    """

    families: Sequence[str]
    scores: Floats

    @classmethod
    def of(cls, shared: Path, scorer: Scorer) -> Genes:
        """Plant them, and score what is found at their places."""
        genes = unseen(shared / "scan", genes_of(shared / "scan", CLADES[KIN][0]))
        hosts = [data.known_stretches(shared / "genomes" / host) for host in HOSTS]
        sequences = [gene.sequence for gene in genes]
        columns = [_planted(sequences, hosts[place % len(hosts)], scorer, place) for place in range(PLACES)]
        return cls([gene.family for gene in genes], np.stack(columns, axis=1))

    def again(self, random: np.random.Generator) -> Floats:
        """The scores of genes of families that were drawn with replacement."""
        rows = defaultdict(list)
        for row, family in enumerate(self.families):
            rows[family].append(row)
        names = list(rows)
        drawn = random.integers(len(names), size=len(names))
        return self.scores[[row for name in drawn.tolist() for row in rows[names[name]]]]


def unseen(folder: Path, genes: Sequence[Gene]) -> list[Gene]:
    """Those whose relatives are all of the fold that measures the networks."""
    precursors = known.read_precursors(folder)
    relatives: dict[str, set[str]] = defaultdict(set)
    for precursor, family in zip(precursors, known.merged_families(precursors), strict=True):
        relatives[precursor.family].add(family)
    return [gene for gene in genes if _all_held_out(relatives.get(known.family_of(gene.family), set()))]


def _all_held_out(families: set[str]) -> bool:
    return bool(families) and all(known.fold_of(family) == TEST_FOLD for family in families)


def _planted(sequences: Sequence[str], host: str, scorer: Scorer, seed: int) -> Floats:
    """The best score of each gene at one place, float64 (genes,)."""
    families = store.load()
    index, best = families.index([KIN]), np.zeros(len(sequences))
    hairpins, owner = examples.planted(sequences, host, index, seed)
    for hairpin, gene, log_odds in zip(hairpins, owner, scorer.log_odds(hairpins).tolist(), strict=True):
        kin = kinship(hairpin.sequence, hairpin.structure, index, families.weights)
        best[gene] = max(best[gene], probability(log_odds + BIT * (kin.bits if kin else 0.0)))
    return best
