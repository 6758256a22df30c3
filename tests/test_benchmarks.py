"""What the benchmarks share: their options, files that are whole, and the table of runs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.tools.profiles import aligned, alignments
from benchmarks.tools.results import RESULTS, ROOT, parser_for, write
from benchmarks.tools.runs import Runs, flat, nested
from benchmarks.tools.seeds import known_seeds, species_of, surprise
from mirscan.families.index import Precursors
from mirscan.families.packing import NOTHING, pack
from mirscan.records import Hairpin
from mirscan.training.families.train import Gene

SCRIPTS = [path.read_text() for path in (ROOT / "benchmarks").rglob("*.py")]
KEYS = st.text("abc_/ ", min_size=1, max_size=5)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9)
ITEMS = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=8
)  # ten times as many take seconds
FOUND = st.dictionaries(KEYS, ITEMS, min_size=1, max_size=4)


@given(FOUND)
def test_rows_give_back_the_json_they_came_from(found: dict) -> None:
    assert nested(list(flat(found))) == found


def test_runs_are_added_and_replaced(tmp_path: Path) -> None:
    runs = Runs(tmp_path / "runs.csv")
    assert runs.read("b") is None
    runs.add("b", {"se": [0.1, 0.2], "n": 3})
    runs.add("a", {"se": []})
    runs.add("b", {"se": [0.3]})
    again = Runs(runs.path)
    assert "a" in again
    assert (again.read("a"), again.read("b")) == ({"se": []}, {"se": [0.3]})
    assert runs.path.read_text().splitlines()[0] == "run,measure,value"


def test_a_script_has_a_place_for_its_result() -> None:
    given = parser_for("What it does.", "it.json", "genomes", threads=2).parse_args([])
    assert (given.json, given.data.name, given.threads) == (RESULTS / "it.json", "genomes", 2)


def test_json_is_whole_or_not_there(tmp_path: Path) -> None:
    write(tmp_path / "it.json", {"share": 0.5})
    with pytest.raises(TypeError):
        write(tmp_path / "it.json", {"share": object()})
    assert json.loads((tmp_path / "it.json").read_text()) == {"share": 0.5}
    assert [path.name for path in tmp_path.iterdir()] == ["it.json"]


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda path: path.stem)
def test_every_result_is_json_and_a_script_or_the_page_names_it(path: Path) -> None:
    assert json.loads(path.read_text())
    page = (RESULTS / "README.md").read_text()
    assert any(f"{path.name}" in text for text in [*SCRIPTS, page])


@pytest.mark.parametrize("path", sorted(RESULTS.glob("*.json")), ids=lambda path: path.stem)
def test_groups_of_a_result_have_names_that_code_could_bear(path: Path) -> None:
    def keys(found: object) -> list[str]:
        inner = found.values() if isinstance(found, dict) else found if isinstance(found, list) else []
        return [*(found if isinstance(found, dict) else ()), *(key for each in inner for key in keys(each))]

    assert not [key for key in keys(json.loads(path.read_text())) if " " in key]


def test_precursors_are_aligned_at_both_ends() -> None:
    assert aligned(["AACUU", "AAUU", "AACCCUU"]) == ["AAC--UU", "AA---UU", "AACCCUU"]


def test_profiles_are_of_families_that_enough_species_outside_the_clade_hold() -> None:
    letters = "ACGU" * 15

    def gene(family: str, row: int) -> Gene:
        return Gene(f"{family}-{row}", family, letters[row:] + letters[:row])

    wide = [(species, gene("Mir-1", row)) for row, species in enumerate(("hsa", "mmu", "dme", "cel"))]
    narrow = [(species, gene("Mir-2", row)) for row, species in enumerate(("dme", "tca", "cel"))]
    found = alignments([*wide, *narrow], "nematodes")
    assert {family: len(rows) for family, rows in found.items()} == {"Mir-1": 3}


def test_a_seed_counts_at_the_start_of_an_arm_of_its_side() -> None:
    arm, sequence = "UGAGGUAGUAGGUUGUAUAGUU", "CCUGAGGUAGUAGGUUGUAUAGUUCC"
    arms = np.array([pack(arm)] * 3, np.uint64)
    none = np.full(3, NOTHING, np.uint64)
    names, plants = ["a", "b", "c"], np.array([False, False, True])
    seeds = known_seeds(Precursors(names, ["hsa", "mmu", "ath"], ["Let-7"] * 3, arms, none, plants))
    hairpins = [Hairpin("chr1", 0, len(sequence), "+", sequence, "." * len(sequence), 0.0)] * 4
    found = species_of(hairpins, [(2, 0), (3, 0), (0, 2), None], seeds)
    assert found.tolist() == [2, 0, 0, 0], "at its place, beside it, on the other side, without arms"
    assert surprise(found, np.array([0, 0, 0, 2])).tolist() == [2, 0, 0, 0]
