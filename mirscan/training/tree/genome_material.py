"""What the tree of the genome is fitted on and measured with: precursors by family, background by genome.

Precursors stand in their real flanks, so that the candidate that a scan finds has the lower stem that Drosha
holds; databases give most of them without, and those serve only to ask the teacher more (`teacher.py`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.records import Hairpin
from mirscan.training.common.provenance import sha256
from mirscan.training.common.relatives import words
from mirscan.training.scan import precursors as known
from mirscan.training.scan.data import megabases
from mirscan.training.scan.material import words_of_loci
from mirscan.training.scan.precursors import Precursor
from mirscan.training.scan.settings import BLIND_TO, EBV_WORD
from mirscan.training.tree import candidates
from mirscan.training.tree.candidates import Candidates
from mirscan.tree.spaces import described

FITTED = (
    "hsa_chr1_0-3M", "hsa_chr3_42-44M", "hsa_chr4_103-105M", "hsa_compara_1.7Mb", "hsa_chr22_470kb",
    "ptr_compara_1.3Mb", "cel_chrI_1Mb", "dme_chr4",
)  # fmt: skip
UNSEEN = ("hsa_chr20_0-7.39M", "cel_chrIII_1-2M", "cel_start", "sce_R64")
HUMAN = ("hsa", "ptr")  # what counts as human background: the chimpanzee's is the same
HOSTS = ("hsa_chr3_42-44M", "hsa_chr1_0-3M", "hsa_compara_1.7Mb", "hsa_chr4_103-105M")
TEST_FOLD = 0  # of the families: counts what comes to each leaf, and measures
MOST = 12  # precursors of a family that count as one each; more of it share this weight
FLANKED = ("primary", "flanked")  # sources with real flanks

Stage = Callable[[str, int], Callable[[int], object]]


@dataclass(frozen=True, slots=True)
class Part:
    """n candidates as the tree meets them.

    Attributes:
        name: Of the genome, or `precursors`.
        candidates: The candidates.
        images: uint8 (n, 25, 100).
        values: Concept name → values (n,).
        megabases: Sequence that they come from, Mb; 0 for planted ones.
    """

    name: str
    candidates: Candidates
    images: NDArray[np.uint8]
    values: dict[str, NDArray[Any]]
    megabases: float = 0.0

    def __len__(self) -> int:
        return len(self.candidates)

    @property
    def hairpins(self) -> Sequence[Hairpin]:
        """The folded candidates."""
        return self.candidates.hairpins

    @property
    def human(self) -> bool:
        """Whether it is human background."""
        return self.name.startswith(HUMAN)


@dataclass(frozen=True, slots=True)
class Material:
    """All of it.

    Attributes:
        precursors: Planted precursors that a scan would find.
        family: str (n,), the family of each.
        fold: int64 (n,), the fold of its family, 0..4.
        flanked: bool (n,), whether it stands in its real flanks.
        fitted: Background of genomes that the tree is fitted on.
        unseen: Background of genomes that measure it.
        planted: Precursors of the test families with real flanks that were planted.
    """

    precursors: Part
    family: NDArray[np.str_]
    fold: NDArray[np.int64]
    flanked: NDArray[np.bool_]
    fitted: Sequence[Part]
    unseen: Sequence[Part]
    planted: int

    def sha256(self) -> str:
        """Checksum of what the tree is fitted on and counted with."""
        parts = (self.precursors, *self.fitted)
        return sha256(hairpin.sequence.encode() for part in parts for hairpin in part.hairpins)

    @property
    def learnt(self) -> NDArray[np.bool_]:
        """bool (n,): precursors that the tree is fitted on."""
        learnt: NDArray[np.bool_] = self.flanked & (self.fold != TEST_FOLD)
        return learnt

    @property
    def test(self) -> NDArray[np.bool_]:
        """bool (n,): precursors of unseen families, in their real flanks."""
        test: NDArray[np.bool_] = self.flanked & (self.fold == TEST_FOLD)
        return test

    def weights(self) -> NDArray[np.float64]:
        """float64 (n,): 1 each, or less for members of large families among those learnt."""
        size = Counter(self.family[self.learnt].tolist())
        return np.array([min(1.0, MOST / max(size[name], 1)) for name in self.family.tolist()])


def primary(folder: Path) -> list[Precursor]:
    """The human genes of MirGeneDB with 30 nt of their flanks.

    Raises:
        InputError: The table is missing or damaged.
    """
    return [
        Precursor(
            row["name"], "primary", known.family_of(row["family"]), row["sequence"],
            int(row["start"]), int(row["end"]),
        )
        for row in known.read_table(folder / "human_primary.tsv.gz")
    ]  # fmt: skip


def chosen(folder: Path, seed: int = 1) -> tuple[list[Precursor], list[str]]:
    """The animals' precursors to plant, with the family of each: all with real flanks, others by family.

    No family shares a word with a precursor of the virus that measures the networks.
    """
    rows = primary(folder / "scan") + known.read_precursors(folder / "scan")
    exclude = words_of_loci(folder / "genomes" / BLIND_TO)
    touched = {row.family for row in rows if words(row.sequence, EBV_WORD) & exclude}
    rows = [row for row in rows if row.family not in touched and not row.plant]
    families = known.merged_families(rows)
    flanked = np.array([row.source in FLANKED for row in rows])
    curated = np.flatnonzero(np.array([row.source == "mirgenedb" for row in rows]))
    names = [families[row] for row in curated.tolist()]
    some = curated[known.balanced(names, MOST, np.random.default_rng(seed))]
    taken = np.sort(np.concatenate([np.flatnonzero(flanked), some])).tolist()
    return [rows[row] for row in taken], [families[row] for row in taken]


def gather(folder: Path, model: str, cache: Path, stage: Stage) -> Material:
    """Scan the genomes, plant the precursors, measure the concepts; what the cache has is not made anew.

    Args:
        folder: The data folder: `scan/` and `genomes/`.
        model: The scan's network.
        cache: Where candidates are kept.
        stage: Shows how far it is.
    """
    scorer, search = candidates.searched(model)
    rows, families = chosen(folder)
    hosts = [folder / "genomes" / name for name in HOSTS]
    watch = stage("planting precursors", len(rows))
    found = candidates.planted(rows, hosts, scorer, search, cache, watch)

    def genome(name: str) -> Part:
        stage(f"scanning {name}", 0)
        place = folder / "genomes" / name
        return part(name, candidates.background(place, scorer, search, cache), megabases(place))

    owner = np.array(families)[found.origin]
    flanked = np.array([row.source in FLANKED for row in rows])
    fold = np.array([known.fold_of(name) for name in families])
    return Material(
        part("precursors", found),
        owner,
        fold[found.origin],
        flanked[found.origin],
        [genome(name) for name in FITTED],
        [genome(name) for name in UNSEEN],
        int((flanked & (fold == TEST_FOLD)).sum()),
    )


def part(name: str, found: Candidates, megabases_: float = 0.0) -> Part:
    """Candidates with all that is measured of them."""
    return Part(name, found, *described(found.hairpins), megabases_)
