"""`mirscan scan --families`: the table of a genome with one known gene."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mirscan.cli import main

LET_7 = "UGAGGUAGUAGGUUGUAUAGUUUUAGGGUCACACCCACCACUGGGAGAUAACUAUACAAUCUACUGUCUUUC"


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    """A contig of random letters with let-7 in the middle."""
    letters = np.array(list("ACGT"))[np.random.default_rng(3).integers(0, 4, 3000)]
    sequence = "".join(letters[:1500]) + LET_7.replace("U", "T") + "".join(letters[1500:])
    path = tmp_path / "genome.fa"
    path.write_text(f">chr1\n{sequence}\n")
    return path


def scan(genome: Path, *more: str) -> int:
    """Run the command without tree and arms."""
    command = ["scan", str(genome), "--tree", "none", "--arms", "none", "--threads", "1", "--quiet"]
    return main([*command, "-o", str(genome.with_suffix(".tsv")), *more])


def test_the_known_gene_has_a_row_and_what_its_clade_keeps_is_missing(genome: Path) -> None:
    table = genome.with_name("families.tsv")
    asked = ("--evidence", "hairpin,families", "--families", str(table), "--clade", "vertebrates")
    assert scan(genome, *asked) == 0
    rows = [line.split("\t") for line in table.read_text().splitlines()]
    found = [row for row in rows if row[1] == "found"]
    assert [row[0] for row in found] == ["Let-7"]
    assert {row[1] for row in rows[2:]} == {"missing"}
    header, *hits = (line.split("\t") for line in genome.with_suffix(".tsv").read_text().splitlines()[-2:])
    assert dict(zip(header, hits[0], strict=True))["family"] == "Let-7"


@pytest.mark.parametrize(
    ("evidence", "clade", "said"),
    [("hairpin", "vertebrates", "families"), ("hairpin,families", "vertebrata!", "vertebrata")],
)
def test_what_cannot_be_written_is_said_before_the_scan(
    evidence: str, clade: str, said: str, genome: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = genome.with_name("families.tsv")
    asked = ("--evidence", evidence, "--families", str(table), "--clade", clade)
    assert scan(genome, *asked) == 2
    assert said in capsys.readouterr().err
    assert not table.exists()
