"""The table of families, and which clade a genome belongs to."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from mirscan.errors import UsageError
from mirscan.evidence.score import Sum, Term
from mirscan.families.conservation import conserved, guessed_clade, species_of_families
from mirscan.families.index import Precursors
from mirscan.families.letters import alignment
from mirscan.families.report import COLUMNS, FamilyTable
from mirscan.families.species import members
from mirscan.families.store import load
from mirscan.records import Hairpin, Hit


@pytest.fixture(scope="module")
def shipped() -> Precursors:
    """The precursors of the shipped index."""
    return load().precursors


def hit(family: str | None, start: int, log_odds: float = 1.0) -> Hit:
    """A hit of a family."""
    numbers = {"family": family, "nearest": f"Hsa-{family}", "mismatches_5p": 1, "mismatches_3p": None}
    terms = (Term("families", 9.0, "", numbers),) if family else (Term("families", 0.0),)
    hairpin = Hairpin("chr1", start, start + 60, "+", "A" * 60, "." * 60, -20.0)
    evidence = Sum.of(1e-3, log_odds, terms)
    return Hit.of(hairpin, evidence.score, evidence=evidence)


def table_of(hits: Sequence[Hit], precursors: Precursors, clade: str | None = None) -> FamilyTable:
    """A table of some hits."""
    table = FamilyTable(precursors, clade)
    for each in hits:
        table.add(each)
    return table


def test_a_row_a_family_with_its_loci_the_best_first_in_score(shipped: Precursors) -> None:
    hits = [hit("Mir-21", 100), hit(None, 300), hit("Mir-21", 500, 3.0), hit("Let-7", 900)]
    header, let_7, mir_21 = table_of(hits, shipped).rows()
    assert header == [*COLUMNS]
    assert let_7[:3] == ["Let-7", "found", "1"]
    assert mir_21[:4] == ["Mir-21", "found", "2", "chr1:101-160:+,chr1:501-560:+"]
    assert mir_21[4] == f"{hits[2].score:.6f}"
    assert mir_21[5:] == ["Hsa-Mir-21", "1", "", ""]


def test_what_a_clade_keeps_and_the_genome_lacks_is_missing(shipped: Precursors) -> None:
    rows = table_of([hit("Let-7", 10)], shipped, "vertebrates").rows()[1:]
    kept = conserved(species_of_families(shipped), "vertebrates")
    assert (rows[0][0], rows[0][-1]) == ("Let-7", "vertebrates")
    assert [row[0] for row in rows[1:]] == [family for family in kept if family != "Let-7"]
    assert {row[1] for row in rows[1:]} == {"missing"}
    assert {len(row) for row in rows} == {len(COLUMNS)}


def test_a_genome_of_one_gene_has_no_clade(shipped: Precursors) -> None:
    table = table_of([hit("Let-7", 10)], shipped)
    assert table.clade is None
    assert len(table.rows()) == 2
    assert FamilyTable(shipped).rows() == [[*COLUMNS]]


def test_the_guess_of_the_scan_is_the_clade_and_many_families_narrow_it(shipped: Precursors) -> None:
    few = FamilyTable(shipped, guess="vertebrates")
    assert few.clade == "vertebrates"
    families = species_of_families(shipped)
    of_human = [name for name, holders in families.items() if "hsa" in holders]
    narrow = guessed_clade(families, of_human, "vertebrates")
    assert narrow is not None
    assert members(narrow) < members("vertebrates")
    assert guessed_clade(families, of_human, "nematodes") == "nematodes", "never a branch beside it"
    assert FamilyTable(shipped, "birds", guess="vertebrates").clade == "birds", "who names a clade knows"


def test_an_unknown_clade_is_said_before_anything_is_searched(shipped: Precursors) -> None:
    with pytest.raises(UsageError, match="vertebrates"):
        FamilyTable(shipped, "vertebrate")


@pytest.mark.parametrize("species", ["hsa", "dre", "gga", "dme", "aae", "mdo", "cel", "spu"])
def test_the_clade_of_a_species_is_guessed_from_its_families(species: str, shipped: Precursors) -> None:
    families = species_of_families(shipped)
    guessed = guessed_clade(families, [name for name, holders in families.items() if species in holders])
    assert guessed is not None
    assert species in members(guessed)


def test_old_families_are_kept_by_all_animals_with_two_sides(shipped: Precursors) -> None:
    kept = conserved(species_of_families(shipped), "Bilateria")
    assert {"Let-7", "Mir-1", "Mir-124", "Mir-9"} <= set(kept)
    assert "Mir-430" not in kept
    assert not any(family.startswith("MIR") for family in kept)


def test_arms_are_shown_letter_by_letter() -> None:
    numbers = {
        "nearest": "Hsa-Mir-21",
        "known_5p": "UAGCUUAUCA",
        "start_5p": 1,
        "known_3p": "CAACACC",
        "start_3p": None,
    }
    assert alignment("GUAGCAUAUCAG", numbers) == [
        "5′ arm  UAGCUUAUCA  Hsa-Mir-21",
        "        |||| |||||",
        "        UAGCAUAUCA  here",
    ]
    assert alignment("GUAG", numbers) == []
