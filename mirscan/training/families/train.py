"""How `weights/families` is made.

1. Read the precursors, and the families of plants that several genera share (`sources.py`).
2. Count which families match background more often than chance (`examples.scattered`).
3. For each of eleven clades search the genes of one of its species, planted in background, with an index
   without the clade; search background with the whole index. Fold and score both by the network that tests
   are held against.
4. Fit what a match weighs (`fit.py`), twice: the first weights choose each hairpin's best match for the
   second.
5. Add the further families, of which only arms are known; nothing is fitted on them. Which of these are
   scattered is counted in background as for the others.

The background is that of the networks' training, so that the genomes that are held out measure the weights;
each background genome is weighed with the scattered families of the other ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mirscan.families import store
from mirscan.families.bits import INPUTS, Weights
from mirscan.families.index import FamilyIndex, Precursors
from mirscan.families.species import members
from mirscan.scoring.checkpoint import Card
from mirscan.scoring.scorer import Scorer
from mirscan.training.families import examples, sources
from mirscan.training.families.examples import Seen
from mirscan.training.families.fit import BEGINNING, fit
from mirscan.training.scan import data
from mirscan.training.scan.precursors import read_table

BACKGROUND = (
    "hsa_chr1_0-3M", "hsa_chr3_42-44M", "hsa_chr4_103-105M", "cel_chrI_1Mb", "cel_start", "cel_chrIII_1-2M",
    "dme_chr4",
)  # fmt: skip
# clade: the species whose genes are searched, and the background in which they are planted
CLADES = {
    "primates": ("hsa", "hsa_chr4_103-105M"),
    "rodents": ("mmu", "hsa_chr4_103-105M"),
    "birds": ("gga", "hsa_chr4_103-105M"),
    "fish": ("dre", "hsa_chr4_103-105M"),
    "flies": ("dme", "dme_chr4"),
    "mosquitoes": ("aae", "dme_chr4"),
    "beetles": ("tca", "dme_chr4"),
    "nematodes": ("cel", "cel_start"),
    "urchins": ("spu", "dme_chr4"),
    "tunicates": ("cin", "dme_chr4"),
    "molluscs": ("cgi", "dme_chr4"),
}
MODEL = "scan-held-out"
ROUNDS = 2
HUMAN = "hsa"

Stage = Callable[[str, int], Callable[[int], Any]]


@dataclass(frozen=True, slots=True)
class Gene:
    """A gene of a species, for a search with an index that lacks it.

    Attributes:
        name: As MirGeneDB names it.
        family: As the index names it.
        sequence: RNA letters of the precursor.
    """

    name: str
    family: str
    sequence: str


def genes_of(folder: Path, species: str) -> list[Gene]:
    """The genes of a species in MirGeneDB's rows of the scan set.

    Raises:
        InputError: The table is missing or damaged.
    """
    genes = [
        Gene(row["name"].removesuffix("_pre"), sources.named(row["family"], species), row["sequence"])
        for row in read_table(folder / "precursors.tsv.gz")
        if row["source"] == sources.MIRGENEDB and row["species"] == species
    ]
    if species == HUMAN:  # the table has each sequence once, under one species
        known = {gene.name for gene in genes}
        for row in read_table(folder / "human_primary.tsv.gz"):
            name = row["name"].removesuffix("_pri")
            precursor = row["sequence"][int(row["start"]) : int(row["end"])]
            genes += [] if name in known else [Gene(name, row["family"], precursor)]
    return genes


def train(shared: Path, out: Path, provenance: dict[str, Any], stage: Stage) -> Card:
    """Make the index and its weights.

    Args:
        shared: Holds `scan/` and `genomes/`.
        out: Folder of the result.
        provenance: Goes into the card.
        stage: Shows how far it is.

    Raises:
        InputError: Something is missing or damaged.
    """
    precursors, scorer = sources.read_precursors(shared / "scan"), Scorer(MODEL, "cpu")
    scattered = scattered_families(shared, precursors, stage)
    weights = BEGINNING
    for number in range(ROUNDS):
        genes, background = gather(
            shared, precursors, scattered, weights, scorer, stage, f"round {number + 1}"
        )
        weights = fit([*genes.values()], [*background.values()], prevalence_of(scorer))
    whole = sources.together([precursors, sources.read_more(shared / "scan")])
    everywhere = scattered_in(shared, whole, BACKGROUND)
    return store.save(out, whole, everywhere, _card(whole, everywhere, weights, scorer, provenance))


def prevalence_of(scorer: Scorer) -> float:
    """Precursors among candidates at which a network's log-odds are calibrated."""
    return float(scorer.card.metrics["calibration"]["prevalence"])


def scattered_families(shared: Path, precursors: Precursors, stage: Stage) -> dict[str, dict[str, float]]:
    """The scattered families by the background of all genomes but one; of all under an empty name."""
    advance = stage("scattered families", len(BACKGROUND) + 1)
    scattered = {}
    for left_out in (*BACKGROUND, ""):
        scattered[left_out] = scattered_in(
            shared, precursors, [name for name in BACKGROUND if name != left_out]
        )
        advance(1)
    return scattered


def scattered_in(shared: Path, precursors: Precursors, genomes: Sequence[str]) -> dict[str, float]:
    """The scattered families by the background of some genomes; see `examples.scattered`."""
    return examples.scattered([shared / "genomes" / name for name in genomes], precursors)


def gather(
    shared: Path,
    precursors: Precursors,
    scattered: Mapping[str, Mapping[str, float]],
    weights: Weights,
    scorer: Scorer,
    stage: Stage,
    name: str = "",
) -> tuple[dict[str, Seen], dict[str, Seen]]:
    """Search the genes of all clades and all background: by clade and by genome."""
    advance = stage(f"matches {name}".strip(), len(BACKGROUND) + len(CLADES))
    background, genes = {}, {}
    for genome in BACKGROUND:
        index = FamilyIndex.of_precursors(precursors, scattered[genome])
        background[genome] = examples.background(shared / "genomes" / genome, index, weights, scorer)
        advance(1)
    for clade, (species, host) in CLADES.items():
        index = FamilyIndex.of_precursors(precursors.without([clade]), scattered[""])
        sequences = [gene.sequence for gene in genes_of(shared / "scan", species)]
        stretch = data.known_stretches(shared / "genomes" / host)
        genes[clade] = examples.genes(sequences, stretch, index, weights, scorer)
        advance(1)
    return genes, background


def _card(
    whole: Precursors,
    scattered: dict[str, float],
    weights: Weights,
    scorer: Scorer,
    provenance: dict[str, Any],
) -> Card:
    held = {
        clade: f"genes of {species} with an index without {', '.join(sorted(members(clade)))}"
        for clade, (species, _) in CLADES.items()
    }
    return Card(
        kind=store.KIND,
        architecture=store.ARCHITECTURE,
        config={"bits": dict(zip(INPUTS, weights.weights, strict=True))},
        encoding={"arm": "22 nt from its 5′ end, 2 bits each", "families": len(set(whole.families))},
        metrics={"precursors": len(whole), "scattered_families": len(scattered)},
        provenance={
            **provenance,
            "fitted_on": held,
            "background": list(BACKGROUND),
            "offset": f"log-odds of {scorer.name} {scorer.card.sha256[:16]}",
            "never_fitted_on": "the families of more_family_arms.tsv.gz, which are in the index alone",
        },
    )
