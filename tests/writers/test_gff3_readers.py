"""What readers of GFF3 make of ours: bedtools, tabix, gffread, gffutils, and mirtop as nf-core runs it."""

from __future__ import annotations

import io
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import pysam
import pytest
from helpers.external import tool

from mirscan.errors import MirscanWarning
from mirscan.records import Arms, Hairpin, Hit, Run
from mirscan.writers.sequences import FastaWriter
from mirscan.writers.text import Gff3Writer

BASES = "ACGTTGCA" * 13
ODD = ("HG002#1#chr1", "a/b", "a(b)", "a[b]{c}", "a'b\"c", "a`b~c", "a<b>", "a#", "a@b|c*d^e", "chrΩ")
ESCAPED = {"#a": "%23a", ">a": "%3Ea", "a=b;c,d&e": "a%3Db%3Bc%2Cd%26e", "a%20b": "a%2520b"}


def run(lengths: dict[str, int]) -> Run:
    return Run(version="0", model="m", model_sha256="s", options={}, lengths=lengths)


def hit(contig: str, start: int = 10, strand: str = "+") -> Hit:
    end = start + 80
    sequence = BASES[start:end].replace("T", "U")
    hairpin = Hairpin(contig, start, end, strand, sequence, "." * 80, -9.0)
    return Hit.of(hairpin, 0.5, arms=Arms((start + 4, start + 26), (start + 50, start + 72)))


def gff3(hits: list[Hit], dialect: str = "so") -> str:
    stream = io.StringIO()
    writer = Gff3Writer(stream, run(dict.fromkeys((one.hairpin.contig for one in hits), len(BASES))), dialect)
    for one in hits:
        writer.write(one)
    writer.close()
    return stream.getvalue()


@pytest.mark.parametrize("name", ODD)
def test_a_name_that_readers_take_is_written_as_it_is(name: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        text = gff3([hit(name)])
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    assert {row.split("\t")[0] for row in rows} == {name}
    assert f"##sequence-region {name} 1 {len(BASES)}\n" in text


@pytest.mark.parametrize("name", ESCAPED)
def test_a_name_that_must_be_escaped_is_warned_of(name: str) -> None:
    with pytest.warns(MirscanWarning, match="do not find it by its name"):
        text = gff3([hit(name)])
    rows = [line for line in text.splitlines() if not line.startswith("#")]
    assert {row.split("\t")[0] for row in rows} == {ESCAPED[name]}
    assert unquote(ESCAPED[name]) == name


def _bedtools(folder: Path, name: str) -> str:
    (folder / "all.bed").write_text(f"{name}\t0\t100\n")
    command = [tool("bedtools"), "intersect", "-a", f"{folder}/hits.gff3", "-b", f"{folder}/all.bed"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _tabix(folder: Path, name: str) -> str:
    pysam.tabix_index(f"{folder}/hits.gff3", preset="gff", keep_original=True)
    command = [tool("tabix"), f"{folder}/hits.gff3.gz", name]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def _gffread(folder: Path, name: str) -> str:
    command = [tool("gffread"), "-w", f"{folder}/out.fa", "-g", f"{folder}/genome.fa", f"{folder}/hits.gff3"]
    subprocess.run(command, capture_output=True, check=True)
    return (folder / "out.fa").read_text() and "pre_miRNA"


def _gffutils(folder: Path, name: str) -> str:
    gffutils = pytest.importorskip("gffutils")
    database = gffutils.create_db(f"{folder}/hits.gff3", ":memory:")
    return "".join(feature.featuretype for feature in database.region(seqid=name))


@pytest.mark.parametrize("reader", [_bedtools, _tabix, _gffread, _gffutils])
def test_readers_find_a_name_of_a_pangenome(reader: Callable[[Path, str], str], tmp_path: Path) -> None:
    name = "HG002#1#chr1"
    (tmp_path / "genome.fa").write_text(f">{name}\n{BASES}\n")
    (tmp_path / "hits.gff3").write_text(gff3([hit(name)]))
    assert "pre_miRNA" in reader(tmp_path, name)


def test_the_dialect_of_mirbase_names_every_feature() -> None:
    lines = gff3([hit("one"), hit("one", 15, "-")], "mirbase").splitlines()
    assert any("miRBase" in line for line in lines if line.startswith("#"))
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    said = [dict(pair.split("=", 1) for pair in row[8].split(";")) for row in rows]
    assert all(one["ID"] == one["Alias"] == one["Name"] for one in said)
    hairpins = {
        one["ID"] for one, row in zip(said, rows, strict=True) if row[2] == "miRNA_primary_transcript"
    }
    arms = [one["Derives_from"] for one, row in zip(said, rows, strict=True) if row[2] == "miRNA"]
    assert len(arms) == 4
    assert set(arms) == hairpins


@pytest.fixture(scope="session")
def mirtop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """mirtop of the package index, in an environment that goes again."""
    folder = tmp_path_factory.mktemp("mirtop")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    needs = ["mirtop", "six", "pysam", "pandas", "biopython", "pybedtools"]  # it names not all it imports
    installed = subprocess.run(
        [folder / "bin" / "pip", "install", "-q", *needs], capture_output=True, text=True
    )
    if installed.returncode:
        pytest.skip(f"mirtop cannot be had: {installed.stderr.strip().splitlines()[-1]}")
    return folder / "bin" / "mirtop"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_mirtop_counts_reads_on_our_hits(mirtop: Path, tmp_path: Path) -> None:
    tool("bedtools")
    hits = [hit("one"), hit("two", 15)]
    (tmp_path / "hits.gff3").write_text(gff3(hits, "mirbase"))
    with (tmp_path / "hits.fa").open("w") as stream:
        for one in hits:
            FastaWriter(stream).write(one)
    references = [{"SN": one.name, "LN": len(one.hairpin)} for one in hits]
    header = pysam.AlignmentHeader.from_dict({"HD": {"VN": "1.6"}, "SQ": references})
    with pysam.AlignmentFile(f"{tmp_path}/reads.bam", "wb", header=header) as bam:
        for number, one in enumerate(hits):
            for at, arm in enumerate((4, 50)):
                read = pysam.AlignedSegment(header)
                read.query_name, read.reference_id, read.reference_start = f"seq_{number}{at}_x7", number, arm
                read.query_sequence = one.hairpin.sequence[arm : arm + 22].replace("U", "T")
                read.cigarstring, read.mapping_quality = "22M", 255
                read.set_tags([("NM", 0), ("MD", "22")])
                bam.write(read)
    common = ["--hairpin", "hits.fa", "--gtf", "hits.gff3", "-o", "out"]
    subprocess.run([mirtop, "gff", *common, "reads.bam"], cwd=tmp_path, check=True, capture_output=True)
    found = [line for line in (tmp_path / "out" / "mirtop.gff").read_text().splitlines() if line[0] != "#"]
    names = {part.strip().split()[1] for line in found for part in line.split(";") if "Name" in part}
    assert names == {f"{one.name}-{side}" for one in hits for side in ("5p", "3p")}
    assert all("ref_miRNA" in line and "Expression 7" in line for line in found)
