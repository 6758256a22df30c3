"""Which precursors the index knows: those of MirGeneDB, and families of miRBase that many plants share."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from mirscan.families.index import Precursors
from mirscan.families.packing import ARM, NOTHING, pack
from mirscan.training.scan.precursors import read_table

MIRGENEDB, MIRBASE = "mirgenedb", "mirbase22"
PLANT_FAMILY = re.compile(r"MIR\d+")
FEWEST_GENERA = 4  # that hold a family of plants
NOVEL = "Novel-"  # of one species: the same number in another one is another family
FIRST = ("hsa", "mmu", "gga", "dre", "dme", "cel", "ath", "osa")  # species whose names people know
# Plants of one genus, by their codes in miRBase; any other code is a genus by itself.
GENERA = (
    "ath aly", "bra bna bol", "gma gso", "gra ghr ghb gar", "sly stu", "htu han hex hpe hpa hci har",
    "ptc peu", "csi ctr crt ccl", "pta pde pin", "tae ttu", "sof ssp", "aau amg", "bgy bcy", "mtr mts",
    "pab pla", "ccl csi",
)  # fmt: skip
_GENUS = {code: genus.split()[0] for genus in reversed(GENERA) for code in genus.split()}

Row = tuple[str, str, str, int, int, bool]  # name, species, family, 5′ arm, 3′ arm, plant


def read_precursors(folder: Path) -> Precursors:
    """What may decide weights: animals of MirGeneDB and plants of miRBase, well-known species first.

    The table has each sequence once, under one species; the human genes are also listed by themselves.

    Args:
        folder: The scan set.

    Raises:
        InputError: A file is missing or damaged.
    """
    table = read_table(folder / "precursors.tsv.gz")
    animals = [_animal(row) for row in table if row["source"] == MIRGENEDB]
    listed = {row[0] for row in animals}
    human = [_human(row) for row in read_table(folder / "human_primary.tsv.gz")]
    return _table([*animals, *(row for row in human if row[0] not in listed), *_plants(table)])


def read_more(folder: Path) -> Precursors:
    """The further families of MirGeneDB of which only the arms are known: for the index alone.

    Raises:
        InputError: The file is missing or damaged.
    """
    arms: dict[tuple[str, str], dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in read_table(folder / "more_family_arms.tsv.gz"):
        arms[row["family"], row["species"]][row["arm"]].append(row["sequence"])
    rows: list[Row] = []
    for (family, species), sides in arms.items():
        for number in range(max(map(len, sides.values()))):
            five, three = (_of(sides[side], number) for side in ("5p", "3p"))
            name = f"{species.capitalize()}-{family}"
            rows.append((name, species, named(family, species), five, three, False))
    return _table(rows)


def together(parts: Iterable[Precursors]) -> Precursors:
    """Tables one behind the other, well-known species first."""
    return _table([row for part in parts for row in _rows(part)])


def named(family: str, species: str) -> str:
    """The name of a family; one that is new in a species bears that species' code."""
    return f"{species.capitalize()}-{family}" if family.startswith(NOVEL) else family


def _rows(part: Precursors) -> list[Row]:
    columns = (part.names, part.species, part.families, part.five.tolist(), part.three.tolist())
    return list(zip(*columns, part.plant.tolist(), strict=True))


def _table(rows: Sequence[Row]) -> Precursors:
    """The rows, well-known species first, then by name: of equally near precursors the first is named."""
    ranks = {species: rank for rank, species in enumerate(FIRST)}
    ordered = sorted(rows, key=lambda row: (ranks.get(row[1], len(FIRST)), row[0]))
    names, species, families, five, three, plant = zip(*ordered, strict=True)
    five_arms, three_arms = (np.array(column, dtype=np.uint64) for column in (five, three))
    plants = np.array(plant, dtype=np.bool_)
    return Precursors(list(names), list(species), list(families), five_arms, three_arms, plants)


def _animal(row: Mapping[str, str]) -> Row:
    """A row of MirGeneDB: where an arm is not listed, it is the first or the last 22 nt."""
    sequence = row["sequence"]
    three = _start(row["arm3p"], len(sequence) - ARM)
    arms = (_start(row["arm5p"], 0), min(three, len(sequence) - ARM))
    five_arm, three_arm = (pack(sequence[max(at, 0) : at + ARM]) for at in arms)
    name = row["name"].removesuffix("_pre")
    return name, row["species"], named(row["family"], row["species"]), five_arm, three_arm, False


def _human(row: Mapping[str, str]) -> Row:
    """A human gene with flanks, of which the precursor alone is taken."""
    precursor = row["sequence"][int(row["start"]) : int(row["end"])]
    name = row["name"].removesuffix("_pri")
    return name, "hsa", row["family"], pack(precursor[:ARM]), pack(precursor[-ARM:]), False


def _plants(table: Iterable[Mapping[str, str]]) -> list[Row]:
    """The plant precursors of families that enough genera share, each pair of arms once."""
    known: dict[tuple[str, int, int], Row] = {}
    genera: dict[str, set[str]] = defaultdict(set)
    for row in table:
        found = PLANT_FAMILY.match(row["family"])
        if row["source"] != MIRBASE or not found:
            continue
        family, species = found[0], row["species"]
        genera[family].add(_GENUS.get(species, species))
        sides = (row["arm5p"], row["arm3p"])
        five, three = (
            pack(row["sequence"][_start(side, -ARM) :][:ARM]) if side else NOTHING for side in sides
        )
        if five or three:
            known.setdefault((family, five, three), (row["name"], species, family, five, three, True))
    return [row for row in known.values() if len(genera[row[2]]) >= FEWEST_GENERA]


def _start(place: str, otherwise: int) -> int:
    return int(place.split("-")[0]) if place else otherwise


def _of(arms: Sequence[str], number: int) -> int:
    """One of the arms, packed: the last where there are fewer."""
    return pack(arms[min(number, len(arms) - 1)]) if arms else NOTHING
