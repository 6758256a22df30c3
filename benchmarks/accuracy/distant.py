"""Distant members of known families: would another comparison find what the present one misses?

    pip install 'mirscan[benchmarks]'; apt-get install infernal
    python -m benchmarks.accuracy.distant [--clade nematodes]

Genes of a species are planted in background, with an index without its clade, as in `mirscan evaluate
families`; of each the two hairpins stay that please the network most. Beside them stand the hairpins of real
background. To the log-odds of the network come, in natural units, `slope` · bits above what a share of the
background reaches, by four comparisons:

present    what ships: letters, the seed, both arms (`mirscan/families`), with its fitted weights.
weighted   position by position, the log ratio of how often the nearest arm of another clade has this letter
           there, counted in the genes of the other clades: so the seed weighs most, the 3′ end less, and
           transitions cost less than other changes.
hmm        profile HMMs of whole precursors, a family each (HMMER by pyhmmer, without its filters).
covariance covariance models of whole precursors (Infernal), of the families whose HMM fits best.

Slope and share of the last three are those that find most of the very genes that are counted: no honest
choice finds more. The present comparison stays, and counts where it weighs more. HMMs and covariance models
are asked about the hairpins that please the network as much as the best `ASKED` a Mb of background.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.tools import profiles
from benchmarks.tools.results import made_with, parser_for, write
from mirscan.alphabet import UNKNOWN, encode
from mirscan.families import store
from mirscan.families.bits import Weights, inputs
from mirscan.families.index import SIMPLE, FamilyIndex, Precursors
from mirscan.families.naming import best_match
from mirscan.families.packing import ARM, NOTHING, unpack
from mirscan.records import Hairpin
from mirscan.scoring.scorer import Scorer
from mirscan.training.common.genomes import CLADE
from mirscan.training.context.examples import scanned
from mirscan.training.families import examples, sources
from mirscan.training.families.train import CLADES, MODEL, Gene, genes_of
from mirscan.training.scan import data
from mirscan.training.scan.settings import TRAINING

FAR_ONES = {  # clade: the species whose genes are searched, and the background in which they are planted
    **{name: CLADES[name] for name in ("nematodes", "tunicates")},
    "lancelets": ("bfl", "dme_chr4"),
}
BACKGROUND = ("hsa_compara_1.7Mb", "ptr_compara_1.3Mb", "dme_chr4", "cel_chrI_1Mb")
BEST = 2  # hairpins of a gene that are compared
RATES = (0.1, 1.0, 10.0)  # false hits a Mb
SLOPES, SHARES = (0.2, 0.4, 0.7, 1.0), (0.5, 0.8, 0.9, 0.95, 0.99)
ASKED = 100  # hairpins of background a Mb that HMMs and covariance models are asked about
UNLIKE = 11  # with so many mismatches the nearest arm teaches nothing
SEEN = 0.5  # of each letter at each place, before any is counted

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


def exchanges(precursors: Precursors, clade: str) -> Floats:
    """Bits of each letter (last) where the nearest arm of another clade has another (second): (22, 4, 4)."""
    counts = np.full((ARM, 4, 4), SEEN)
    for other, (species, _) in CLADES.items():
        if other == clade:
            continue
        index = FamilyIndex.of_precursors(precursors.without([other]))
        arms = _letters(index)
        group = {name: 2 * row for row, name in enumerate(index.names)}
        for row, code in enumerate(precursors.species):
            family = group.get(precursors.families[row])
            for side, column in enumerate(precursors.arms):
                if code != species or family is None or column[row] == NOTHING:
                    continue
                near = arms[index.of[family + side] : index.of[family + side + 1]]
                here = encode(unpack(int(column[row])))
                apart = (near != here).sum(1)
                if len(near) and apart.min() < UNLIKE:
                    counts[np.arange(ARM), near[apart.argmin()], here] += 1
    share: Floats = counts / counts.sum(2, keepdims=True)
    return np.log2(share / 0.25)


def weighted(places: Places, index: FamilyIndex, bits: Floats) -> Floats:
    """Bits of the best arm of each hairpin, weighed place by place, (n,)."""
    arms = _letters(index)[index.distinct > SIMPLE]
    table = bits[np.arange(ARM), arms].reshape(len(arms), -1).T.astype(np.float32)
    best = np.zeros(len(places.hairpins))
    for row, hairpin in enumerate(places.hairpins):
        codes = encode(hairpin.sequence)
        windows = np.lib.stride_tricks.sliding_window_view(codes, ARM)
        windows = windows[(windows < UNKNOWN).all(1)]
        if len(windows):
            best[row] = (np.eye(4, dtype=np.float32)[windows].reshape(len(windows), -1) @ table).max()
    return best


def by_profiles(
    here: Places, there: Places, families: Mapping[str, profiles.Alignment], size: float
) -> tuple[dict[str, list[Floats]], dict[str, float]]:
    """Bits of the best HMM and covariance model of genes and background, and processor seconds a hairpin."""
    least = np.sort(there.log_odds)[::-1][: int(ASKED * size)][-1]
    rows = [np.flatnonzero(part.log_odds >= least) for part in (here, there)]
    asked = [
        part.hairpins[row].sequence for part, kept in zip((here, there), rows, strict=True) for row in kept
    ]
    started = _processor_seconds()
    by_hmm = profiles.hmm_scores(families, asked)
    between = _processor_seconds()
    by_cm = profiles.cm_scores(families, asked, by_hmm)
    spent = {"hmm": between - started, "covariance": _processor_seconds() - between}
    found = {}
    for name, bits in (("hmm", by_hmm.max(1)), ("covariance", by_cm)):
        every = [np.full(len(part.hairpins), profiles.LOWEST) for part in (here, there)]
        every[0][rows[0]], every[1][rows[1]] = np.split(bits, [len(rows[0])])
        found[name] = every
    return found, {name: round(seconds / len(asked), 3) for name, seconds in spent.items()}


def _processor_seconds() -> float:
    """Of this process and of those that it has started."""
    return sum(os.times()[:4])


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


def measure(
    clade: str,
    shared: Path,
    known_genes: Sequence[tuple[str, Gene]],
    ground: tuple[Places, float],
    scorer: Scorer,
) -> dict[str, Any]:
    """All comparisons of a clade."""
    precursors, shipped = sources.read_precursors(shared / "scan"), store.load()
    index = FamilyIndex.of_precursors(precursors.without([clade]), shipped.scattered)
    species, host = FAR_ONES[clade]
    listed = genes_of(shared / "scan", species)
    stretch = data.known_stretches(shared / "genomes" / host)
    here, (there, size) = genes([gene.sequence for gene in listed], stretch, index, scorer), ground
    known = np.isin([gene.family for gene in listed], index.names)
    groups = {"all": np.ones(len(listed), np.bool_), "family_in_index": known}
    bits, both = exchanges(precursors, clade), (here, there)
    nothing = tuple(np.zeros(len(part.hairpins)) for part in both)
    shipping = tuple(np.log(2) * present(part, index, shipped.weights) for part in both)
    row: dict[str, Any] = {"species": species, "genes": len(listed), "of_known_families": int(known.sum())}
    row["network"] = recall(here, there, nothing, groups, size)
    row["present"] = recall(here, there, shipping, groups, size)
    families = profiles.alignments(known_genes, clade)
    found, seconds = by_profiles(here, there, families, size)
    row |= {"families_with_a_profile": len(families), "processor_seconds_per_hairpin": seconds}
    found["weighted"] = [weighted(part, index, bits) for part in both]
    return row | {name: _best_of(here, there, each, shipping, groups, size) for name, each in found.items()}


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


def _letters(index: FamilyIndex) -> NDArray[np.uint8]:
    return np.stack([encode(unpack(int(arm))) for arm in index.arm])


def main() -> None:
    """Measure and write."""
    parser = parser_for(__doc__, "distant.json")
    parser.add_argument("--clade", action="append", choices=[*FAR_ONES], help="default: all")
    given = parser.parse_args()
    profiles.needed()
    scorer = Scorer(MODEL, "cpu")
    ground, known = background(given.data, scorer), profiles.known_genes(given.data / "scan")
    rows = {clade: measure(clade, given.data, known, ground, scorer) for clade in given.clade or FAR_ONES}
    made = {**made_with(scorer), "families_sha256": store.load().sha256}
    write(given.json, {**made, "background": list(BACKGROUND), "megabases": ground[1], "clades": rows})


if __name__ == "__main__":
    main()
