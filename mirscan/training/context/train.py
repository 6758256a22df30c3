"""What `mirscan train context` does: genomes with clusters of genes and without, the fit, the card."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mirscan.evidence.context import FILE, FORMAT, ContextWeights
from mirscan.genome.access import Genome
from mirscan.genome.repeats import Repeats
from mirscan.pipeline.loci import best_of_each_locus, one_of_each_place
from mirscan.records import REPEATED
from mirscan.runtime.whole_file import whole_file
from mirscan.scoring.scorer import Scorer
from mirscan.training.common.genomes import CLADE
from mirscan.training.common.provenance import sha256
from mirscan.training.context.examples import Scanned, Stage, labelled, scanned
from mirscan.training.context.fit import against, fit
from mirscan.training.scan import data
from mirscan.training.scan.precursors import read_table
from mirscan.training.scan.settings import TRAINING

MODEL = "scan-held-out"
# EBV, HSV-1, the worm's mir-35 and chromosome 1 hold clusters.
GENOMES = (
    *("hsa_chr20_0-7.39M", "hsa_chr1_0-3M", "hsa_compara_1.7Mb", "ptr_compara_1.3Mb"),
    *("cel_mir35_cluster", "cel_chrI_1Mb", "dme_chr4", "ath_1pct", "ath_1Mb"),
    *("sce_R64", "eco_K12", "ebv", "hsv1", "vzv"),
)
HOSTS = ("hsa_chr20_0-7.39M", "hsa_chr1_0-3M")  # tell which precursors of human are repeated
HUMAN = "hsa"


@dataclass(frozen=True, slots=True)
class Material:
    """What the numbers are fitted to.

    Attributes:
        genomes: By their names.
        repeated: Name of a host → precursors of human that it repeats, and all of them.
        prior: Precursors among candidates, at which scores are probabilities.
    """

    genomes: Mapping[str, Scanned]
    repeated: Mapping[str, tuple[int, int]]
    prior: float

    def without(self, names: Collection[str]) -> Material:
        """All but some genomes."""
        kept = {name: genome for name, genome in self.genomes.items() if name not in names}
        return Material(kept, self.repeated, self.prior)

    def sha256(self) -> str:
        """Checksum of the calls."""
        calls = (call for genome in self.genomes.values() for call in genome.calls)
        return sha256(f"{call.hairpin.sequence} {call.log_odds:.3f}".encode() for call in calls)


def gather(shared: Path, stage: Stage) -> Material:
    """Search the genomes, on one core.

    Args:
        shared: The data folder: `scan/` and `genomes/`.
        stage: Shows how far it is.
    """
    scorer = Scorer(MODEL, "cpu")
    advance = stage("scanning genomes", len(GENOMES))
    genomes = {}
    for name in GENOMES:
        genomes[name] = scanned(shared / "genomes" / name, [CLADE[name]], name in TRAINING, scorer)
        advance(1)
    return Material(genomes, {host: repeated_of(shared, host) for host in HOSTS}, scorer.prior)


def repeated_of(shared: Path, host: str) -> tuple[int, int]:
    """How many human precursors of the scan set a genome repeats, and how many there are."""
    rows = read_table(shared / "scan" / "precursors.tsv.gz")
    sequences = [row["sequence"] for row in rows if row["species"] == HUMAN]
    with Genome.open(str(data.genome_file(shared / "genomes" / host))) as genome:
        repeats = Repeats(genome)
        shares = [repeats.share(sequence) for sequence in sequences]
    return sum(share > REPEATED for share in shares), len(shares)


def fitted(material: Material) -> ContextWeights:
    """The numbers that fit best."""
    host = next((name for name in HOSTS if name in material.genomes), HOSTS[0])
    false = [
        hit.repeated
        for genome in material.genomes.values()
        for hit in one_of_each_place(best_of_each_locus(genome.hits()))
        if genome.false(hit)
    ]
    bits = against(material.repeated[host], (sum(share > REPEATED for share in false), len(false)))
    return fit([labelled(genome, bits) for genome in material.genomes.values()], bits, material.prior)


def train(material: Material, provenance: Mapping[str, Any]) -> dict[str, Any]:
    """The card: the numbers and how they were made."""
    genomes: Sequence[Scanned] = [*material.genomes.values()]
    calls = {genome.name: len(genome.calls) for genome in genomes}
    return {
        "format": FORMAT,
        "weights": fitted(material).named(),
        "provenance": {**provenance, "calls": calls},
    }


def write(folder: Path, card: Mapping[str, Any]) -> Path:
    """Write the card into a folder, whole or not at all; its path comes back."""
    with whole_file(folder / FILE) as temporary:
        temporary.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return folder / FILE
