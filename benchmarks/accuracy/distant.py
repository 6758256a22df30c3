"""Distant members of known families: would another comparison find what the present one misses?

    pip install 'mirscan[benchmarks]'; apt-get install infernal
    python -m benchmarks.accuracy.distant [--clade nematodes]

Genes of a species are planted in background, with an index without its clade, as in `mirscan evaluate
families`; of each the two hairpins stay that please the network most. Beside them stand the hairpins of real
background. To the log-odds of the network come, in natural units, `slope` · bits above what a share of the
background reaches, by five comparisons:

present    what ships: letters, the seed, both arms (`mirscan/families`), with its fitted weights.
weighted   position by position, the log ratio of how often the nearest arm of another clade has this letter
           there, counted in the genes of the other clades: so the seed weighs most, the 3′ end less, and
           transitions cost less than other changes.
seeds      nucleotides 2 to 8 of the arms that a network predicts, by how many species of other clades have
           such an arm: bits of surprise that a hairpin of background has as common a seed.
hmm        profile HMMs of whole precursors, a family each (HMMER by pyhmmer, without its filters).
covariance covariance models of whole precursors (Infernal), of the families whose HMM fits best.

Slope and share of the last four are those that find most of the very genes that are counted: no honest
choice finds more. The present comparison stays, and counts where it weighs more. HMMs and covariance models
are asked about the hairpins that please the network as much as the best `ASKED` a Mb of background. The
network of the arms learned from precursors of these clades, too, but not from a fifth of the families: how
many of these genes have a common seed is stated apart.

With `--only` and `--clade` a part is measured anew, and the file keeps the others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.tools import profiles, seeds
from benchmarks.tools.exchanges import exchanges, weighted
from benchmarks.tools.results import made_with, parser_for, write
from mirscan.families import store
from mirscan.families.bits import Weights, inputs
from mirscan.families.index import FamilyIndex, Precursors
from mirscan.families.naming import best_match
from mirscan.records import Hairpin
from mirscan.scoring.arms import ArmFinder
from mirscan.scoring.scorer import Scorer
from mirscan.training.arms.sources import TEST_FOLD
from mirscan.training.common.genomes import CLADE
from mirscan.training.context.examples import scanned
from mirscan.training.families import examples, sources
from mirscan.training.families.train import CLADES, MODEL, Gene, genes_of
from mirscan.training.scan import data
from mirscan.training.scan import precursors as known
from mirscan.training.scan.settings import TRAINING

FAR_ONES = {  # clade: the species whose genes are searched, and the background in which they are planted
    **{name: CLADES[name] for name in ("nematodes", "tunicates")},
    "lancelets": ("bfl", "dme_chr4"),
}
BACKGROUND = ("hsa_compara_1.7Mb", "ptr_compara_1.3Mb", "dme_chr4", "cel_chrI_1Mb")
BEST = 2  # hairpins of a gene that are compared
RATES = (0.1, 1.0, 10.0)  # false hits a Mb
SLOPES, SHARES = (0.2, 0.4, 0.7, 1.0), (0.5, 0.8, 0.9, 0.95, 0.99)
COMMON = 10  # species that have a seed in common
ASKED = 30  # hairpins of background a Mb that HMMs and covariance models are asked about

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Places:
    """Hairpins with what the network says.

    Attributes:
        hairpins: n of them.
        log_odds: Natural log-odds, (n,).
        owner: Number of each one's gene; of background 0, 1, ….
    """

    hairpins: Sequence[Hairpin]
    log_odds: Floats
    owner: NDArray[np.int64]


def genes(sequences: Sequence[str], host: str, index: FamilyIndex, scorer: Scorer) -> Places:
    """The hairpins of planted genes that please the network most."""
    hairpins, numbers = examples.planted(sequences, host, index)
    owner, found = np.array(numbers), examples.log_odds(scorer.scores(hairpins))
    rows = [
        row
        for gene in np.unique(owner)
        for row in np.flatnonzero(owner == gene)[np.argsort(-found[owner == gene], kind="stable")][:BEST]
    ]
    return Places([hairpins[row] for row in rows], found[rows], owner[rows])


def background(shared: Path, scorer: Scorer) -> tuple[Places, float]:
    """The calls of real background away from known loci, and how many Mb that is."""
    hairpins, log_odds, megabases = [], [], 0.0
    for name in BACKGROUND:
        genome = scanned(shared / "genomes" / name, [CLADE[name]], name in TRAINING, scorer)
        for call in genome.calls:
            if not examples.near_known(call.hairpin, genome.loci):
                hairpins.append(call.hairpin)
                log_odds.append(call.log_odds)
        megabases += genome.megabases
    return Places(hairpins, np.array(log_odds), np.arange(len(hairpins))), megabases


def present(places: Places, index: FamilyIndex, weights: Weights) -> Floats:
    """Bits of what ships, (n,)."""
    found = [best_match(each.sequence, each.structure, index, weights) for each in places.hairpins]
    return np.array([weights.bits(inputs(one, index))[0] if one is not None else 0.0 for one in found])


@dataclass(frozen=True)
class Material:
    """What is compared for a clade.

    Attributes:
        clade: Its name.
        shared: The data folder.
        precursors: Of all clades.
        index: Of all other clades.
        genes: Of the species, in the order of `owner`.
        both: Their hairpins, and those of background.
        size: How much background, Mb.
    """

    clade: str
    shared: Path
    precursors: Precursors
    index: FamilyIndex
    genes: Sequence[Gene]
    both: tuple[Places, Places]
    size: float

    @property
    def known(self) -> NDArray[np.bool_]:
        """Which genes are of a family that the index has."""
        return np.isin([gene.family for gene in self.genes], self.index.names)


Found = tuple[
    dict[str, list[Floats]], dict[str, Any]
]  # bits of genes and background by comparison, and facts


def by_exchanges(it: Material) -> Found:
    """Bits of the best arm, weighed place by place."""
    bits = exchanges(it.precursors, it.clade)
    return {"weighted": [weighted(part.hairpins, it.index, bits) for part in it.both]}, {}


def by_seeds(it: Material) -> Found:
    """Bits of the more common seed of the two predicted arms, and how many have a common one."""
    finder, seen = ArmFinder(device="cpu"), seeds.known_seeds(it.precursors.without([it.clade]))
    genes, ground = (
        seeds.species_of(part.hairpins, seeds.arm_starts(part.hairpins, finder), seen) for part in it.both
    )
    most = np.zeros(len(it.genes), np.int64)
    np.maximum.at(most, it.both[0].owner, genes)
    unseen = it.known & _unseen_by_the_arms(it)
    common = {
        "genes_of_known_families": float((most[it.known] >= COMMON).mean()),
        "of_these_unseen_by_the_network_of_the_arms": float((most[unseen] >= COMMON).mean()),
        "genes_unseen": int(unseen.sum()),
        "background": float((ground >= COMMON).mean()),
    }
    bits = [seeds.surprise(each, ground) for each in (genes, ground)]
    return {"seeds": bits}, {"share_with_a_common_seed": common}


def _unseen_by_the_arms(it: Material) -> NDArray[np.bool_]:
    """Which genes are of a family that the network of the arms has not learnt from."""
    listed = known.read_precursors(it.shared / "scan")
    merged = dict(zip((one.sequence for one in listed), known.merged_families(listed), strict=True))
    return np.array([known.fold_of(merged[gene.sequence]) == TEST_FOLD for gene in it.genes])


def by_profiles(it: Material) -> Found:
    """Bits of the best HMM and covariance model, and processor seconds a hairpin."""
    here, there = it.both
    families = profiles.alignments(profiles.known_genes(it.shared / "scan"), it.clade)
    least = np.sort(there.log_odds)[::-1][: int(ASKED * it.size)][-1]
    rows = [np.flatnonzero(part.log_odds >= least) for part in (here, there)]
    asked = [
        part.hairpins[row].sequence
        for part, kept in zip((here, there), rows, strict=True)
        for row in kept.tolist()
    ]
    started = profiles.processor_seconds()
    by_hmm = profiles.hmm_scores(families, asked)
    between = profiles.processor_seconds()
    by_cm = profiles.cm_scores(families, asked, by_hmm)
    spent = {"hmm": between - started, "covariance": profiles.processor_seconds() - between}
    found = {}
    for name, bits in (("hmm", by_hmm.max(1)), ("covariance", by_cm)):
        every = [np.full(len(part.hairpins), profiles.LOWEST) for part in (here, there)]
        every[0][rows[0]], every[1][rows[1]] = np.split(bits, [len(rows[0])])
        found[name] = every
    per_hairpin = {name: round(seconds / len(asked), 3) for name, seconds in spent.items()}
    facts = {"families_with_a_profile": len(families), "processor_seconds_per_hairpin": per_hairpin}
    return found, facts


def recall(
    here: Places,
    there: Places,
    added: tuple[Floats, Floats],
    groups: Mapping[str, NDArray[np.bool_]],
    size: float,
) -> dict[str, dict[str, float]]:
    """Recall of each group of genes by rate, with so much added to the log-odds of genes and background."""
    false = np.sort(there.log_odds + added[1])[::-1]
    best = np.full(len(groups["all"]), -np.inf)
    np.maximum.at(best, here.owner, here.log_odds + added[0])
    return {
        name: {f"{rate:g}": float((best[group] > false[int(rate * size)]).mean()) for rate in RATES}
        for name, group in groups.items()
    }


COMPARISONS = {"weighted": by_exchanges, "seeds": by_seeds, "profiles": by_profiles}


def gathered(clade: str, shared: Path, ground: tuple[Places, float], scorer: Scorer) -> Material:
    """The hairpins of a clade's genes beside those of background."""
    precursors, (species, host) = sources.read_precursors(shared / "scan"), FAR_ONES[clade]
    index = FamilyIndex.of_precursors(precursors.without([clade]), store.load().scattered)
    listed, stretch = genes_of(shared / "scan", species), data.known_stretches(shared / "genomes" / host)
    here = genes([gene.sequence for gene in listed], stretch, index, scorer)
    return Material(clade, shared, precursors, index, listed, (here, ground[0]), ground[1])


def measure(it: Material, comparisons: Sequence[str]) -> dict[str, Any]:
    """Some comparisons of a clade, beside the network and what ships."""
    groups = {"all": np.ones(len(it.genes), np.bool_), "family_in_index": it.known}
    nothing = tuple(np.zeros(len(part.hairpins)) for part in it.both)
    shipping = tuple(np.log(2) * present(part, it.index, store.load().weights) for part in it.both)
    row: dict[str, Any] = {
        "species": FAR_ONES[it.clade][0],
        "genes": len(it.genes),
        "of_known_families": int(it.known.sum()),
        "network": recall(*it.both, nothing, groups, it.size),
        "present": recall(*it.both, shipping, groups, it.size),
    }
    for comparison in comparisons:
        found, facts = COMPARISONS[comparison](it)
        rows = {name: _best_of(*it.both, each, shipping, groups, it.size) for name, each in found.items()}
        row |= {**facts, **rows}
    return row


def _best_of(
    here: Places, there: Places, found: Any, shipping: Any, groups: Any, size: float
) -> dict[str, Any]:
    """The recall of the slope and share that find most at one false hit a Mb."""
    trials = []
    for slope, share in product(SLOPES, SHARES):
        least = np.quantile(found[1], share)
        added = [
            np.maximum(ships, np.log(2) * slope * np.maximum(0, bits - least))
            for ships, bits in zip(shipping, found, strict=True)
        ]
        row = recall(here, there, (added[0], added[1]), groups, size)
        trials.append({"slope": slope, "share": share, **row})
    return max(trials, key=lambda row: row["all"]["1"])


def main() -> None:
    """Measure and write."""
    parser = parser_for(__doc__, "distant.json")
    parser.add_argument("--clade", action="append", choices=[*FAR_ONES], help="default: all")
    parser.add_argument("--only", action="append", choices=[*COMPARISONS], help="default: all")
    given = parser.parse_args()
    asked = given.only or list(COMPARISONS)
    if "profiles" in asked:
        profiles.needed()
    scorer = Scorer(MODEL, "cpu")
    ground = background(given.data, scorer)
    facts = {"background": list(BACKGROUND), "megabases": ground[1]}
    made = {**made_with(scorer), "families_sha256": store.load().sha256, **facts}
    content = json.loads(given.json.read_text()) if given.json.exists() else {}
    rows = content["clades"] if {**content, **made} == content else {}
    for clade in given.clade or FAR_ONES:
        row = measure(gathered(clade, given.data, ground, scorer), asked)
        rows[clade] = {**rows.get(clade, {}), **row}
        write(given.json, {**made, "clades": rows})


if __name__ == "__main__":
    main()
