"""What `mirscan train flanks` does: genes and background with their flanks, the fit, the card."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mirscan.flanks.cuts import FEATURES
from mirscan.flanks.weights import FILE, FORMAT
from mirscan.pipeline.sensitivity import DEFAULT, search_for
from mirscan.runtime.whole_file import whole_file
from mirscan.scoring.scorer import Scorer
from mirscan.training.common.provenance import sha256
from mirscan.training.flanks.examples import Background, Gene, Stage, background_of, genes_of
from mirscan.training.flanks.fit import fit
from mirscan.training.tree.genome_material import HOSTS

MODEL = "scan-held-out"  # has seen neither the families of folds 0 and 1 nor the background
BACKGROUND = ("hsa_compara_1.7Mb", "ptr_compara_1.3Mb")
SEARCHED = 0.01  # lowest score of the search: its prefilters answer for what scores as much


@dataclass(frozen=True, slots=True)
class Material:
    """What the weights are fitted to.

    Attributes:
        genes: Planted, nematodes' included.
        background: Of genomes.
        prevalence: At which the network's log-odds are calibrated.
    """

    genes: Sequence[Gene]
    background: Sequence[Background]
    prevalence: float

    @property
    def fitted(self) -> list[Gene]:
        """The genes whose flanks may say something."""
        return [gene for gene in self.genes if not gene.nematode]

    def sha256(self) -> str:
        """Checksum of the hairpins."""
        genes = [seen for gene in self.fitted for seen in (gene.right, gene.wrong) if seen]
        everything = [*genes, *(seen for part in self.background for seen in part.hairpins)]
        return sha256(seen.hairpin.sequence.encode() for seen in everything)


def gather(data: Path, stage: Stage, genomes: Sequence[str] = BACKGROUND, model: str = MODEL) -> Material:
    """Plant the genes and scan the genomes; some minutes of a core.

    Args:
        data: The data folder: `scan/` and `genomes/`.
        stage: Shows how far it is.
        genomes: Whose background.
        model: The network.
    """
    scorer = Scorer(model, "cpu")
    search = search_for(DEFAULT, scorer, SEARCHED)
    genes = genes_of(data, HOSTS, scorer, search, stage)
    found = [background_of(data / "genomes" / name, scorer, search, stage) for name in genomes]
    return Material(genes, found, scorer.prior)


def train(material: Material, provenance: Mapping[str, Any]) -> dict[str, Any]:
    """The card of the weights: the numbers and how they were made."""
    weights = fit(material.fitted, material.background, material.prevalence)
    return {
        "format": FORMAT,
        "offset": weights.offset,
        "weights": dict(zip(FEATURES, weights.weights, strict=True)),
        "provenance": {
            **provenance,
            "genes": len(material.fitted),
            "genes_found": sum(gene.right is not None for gene in material.fitted),
            "background": {part.name: len(part.hairpins) for part in material.background},
        },
    }


def write(folder: Path, card: Mapping[str, Any]) -> Path:
    """Write the card into a folder, whole or not at all; its path comes back."""
    with whole_file(folder / FILE) as temporary:
        temporary.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return folder / FILE
