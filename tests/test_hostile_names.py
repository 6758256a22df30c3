"""Names of contigs that mean no good: every format gives every name back."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import unquote

import pysam
import pytest
from helpers.hostile import BASES, PRINTABLE
from helpers.refusal import QUICK

from mirscan.cli import main
from mirscan.errors import InputError
from mirscan.genome.access import Genome


@pytest.mark.parametrize("letter", PRINTABLE)
def test_a_name_may_hold_any_printable_letter(letter: str, tmp_path: Path) -> None:
    path = tmp_path / "genome.fa"
    for name in (letter, f"a{letter}b", f"{letter}1-5", f"{letter * 3}:{letter}"):
        path.write_text(f">{name} words\n{BASES}\n>other\nACGT\n")
        with Genome.open(str(path)) as genome:
            assert [contig.name for contig in genome.contigs] == [name, "other"]
            assert genome.fetch(name, 3, 50) == BASES[3:50].replace("T", "U")


@pytest.mark.parametrize("code", [*range(33), 127])
def test_a_name_ends_at_a_blank_and_holds_nothing_else_that_cannot_be_seen(code: int, tmp_path: Path) -> None:
    path = tmp_path / "genome.fa"
    path.write_bytes(b">a" + bytes([code]) + b"N\n" + BASES.encode() + b"\n")
    if code in b"\t\n\v\f ":
        with Genome.open(str(path)) as genome:
            assert genome.lengths == {"a": len(BASES) + (code == ord("\n"))}
    else:
        with pytest.raises(InputError, match="line 1: .*(a carriage return|control characters)|is binary"):
            Genome.open(str(path))


HOSTILE_NAMES = (
    "".join(PRINTABLE[:47]),
    "".join(PRINTABLE[47:]),
    "<script>alert(1)</script>",
    "\"onload='alert(1)'",
    "$(touch${IFS}owned)",
    "`touch${IFS}owned`",
    ";rm|-rf&",
    "../../etc/passwd",
    "-o",
    "%n%s%00",
    "=cmd|'/C+calc'!A0",
    "ünï—🧬",
    "a" * 5_000,
)


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of a genome whose contigs have hostile names, each with the same hits."""
    folder = tmp_path_factory.mktemp("named")
    genome = folder / "genome.fa"
    genome.write_text("".join(f">{name}\n{BASES}\n" for name in HOSTILE_NAMES))
    outputs = [
        f"-o{folder}/hits.{suffix}" for suffix in ("gff3", "bed", "tsv", "json", "fa", "bed.gz", "gff3.gz")
    ]
    assert main(["scan", str(genome), *outputs, *QUICK]) == 0
    return folder


def test_every_format_gives_every_name_back(named: Path) -> None:
    hits = json.loads((named / "hits.json").read_text())["hits"]
    names = list(dict.fromkeys(hit["contig"] for hit in hits))
    assert names == list(HOSTILE_NAMES)
    each = len(hits)
    rows = [line.split("\t") for line in (named / "hits.tsv").read_text().splitlines()]
    assert [row[1] for row in rows[1:]] == [hit["contig"] for hit in hits]
    bed = [line.split("\t") for line in (named / "hits.bed").read_text().splitlines()]
    assert [row[0] for row in bed] == [hit["contig"] for hit in hits]
    assert all(len(row) == 6 for row in bed)
    gff = [line.split("\t") for line in (named / "hits.gff3").read_text().splitlines() if line[0] != "#"]
    assert [unquote(row[0]) for row in gff] == [hit["contig"] for hit in hits]
    assert (named / "hits.fa").read_text().count(">") >= each


def test_tables_are_indexed_under_every_name(named: Path) -> None:
    with pysam.TabixFile(str(named / "hits.bed.gz")) as table:
        assert set(table.contigs) == set(HOSTILE_NAMES)
