"""Nothing asked is nothing found, and an empty input has an empty result: neither stands for everything."""

from __future__ import annotations

import gzip
import io
import json
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import mirscan
from mirscan.cli import main
from mirscan.demo import example_genome
from mirscan.explanation.results import of_result
from mirscan.genome.access import read_bed
from mirscan.genome.regions import Region
from mirscan.pipeline.plan import Plan
from mirscan.scoring.scorer import Scorer

QUICK = ("--threads", "1", "--tree", "none", "--arms", "none", "--decoys", "off")


@pytest.fixture(autouse=True, scope="module")
def quick() -> Iterator[None]:
    """Networks that are loaded once for all scans of this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules[Scorer.__module__], "Scorer", cache(Scorer))
        yield


@pytest.fixture(scope="module")
def genome(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """900 bases around one precursor, under names that look like headers of a BED file."""
    dna, planted = example_genome()
    bases = dna["demo3"][planted[-1].start - 400 : planted[-1].start + 500]
    path = tmp_path_factory.mktemp("genome") / "genome.fa"
    path.write_text("".join(f">{name}\n{bases}\n" for name in ("track3", "browser2", "track")))
    return path


def rows(table: Path) -> list[str]:
    return table.read_text().splitlines()[1:]


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"#chrom\tstart\tend\n", b'track name="regions"\n', b"browser position track3:1-9\n\r\n"],
    ids=["empty", "blank", "comment", "track", "browser"],
)
def test_a_bed_of_nothing_holds_nothing(content: bytes, tmp_path: Path) -> None:
    plain, packed = tmp_path / "asked.bed", tmp_path / "asked.bed.gz"
    plain.write_bytes(content)
    packed.write_bytes(gzip.compress(content))
    assert read_bed(str(plain)) == read_bed(str(packed)) == []


@pytest.mark.parametrize("content", [b"", b'track name="regions"\n'], ids=["empty", "track"])
def test_a_bed_of_nothing_finds_nothing_and_says_so(
    content: bytes, genome: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bed, hits = tmp_path / "asked.bed", tmp_path / "hits.tsv"
    bed.write_bytes(content)
    assert main(["scan", str(genome), "--bed", str(bed), "-o", str(hits), *QUICK]) == 0
    assert rows(hits) == []
    assert f"warning: {bed} asks for nothing: it holds no interval" in capsys.readouterr().err


def test_nothing_asked_comes_through_shards_false_discovery_rates_and_python(
    genome: Path, tmp_path: Path
) -> None:
    bed, shard = tmp_path / "asked.bed", tmp_path / "a.shard"
    bed.write_text("")
    asked = ["--bed", str(bed), "--tree", "none", "--arms", "none", "--threads", "1", "--fdr", "0.1"]
    assert main(["scan", str(genome), *asked, "--shard", "1/1", "-o", str(shard)]) == 0
    assert main(["merge", str(shard), "-o", f"{tmp_path}/merged.tsv"]) == 0
    assert main(["scan", str(genome), *asked, "-o", f"{tmp_path}/hits.tsv"]) == 0
    assert rows(tmp_path / "merged.tsv") == rows(tmp_path / "hits.tsv") == []
    without = {"tree": None, "arms": None, "decoys": 0.0}
    assert list(mirscan.scan(genome, region=[], **without)) == []
    assert [hit.hairpin.contig for hit in mirscan.scan(genome, region="track3", **without)] == ["track3"]
    assert Plan({"a": 5_000}, 100, {}).bases == 0
    assert Plan({"a": 5_000}, 100, None).bases == 5_000


@pytest.mark.parametrize("contig", ["track3", "browser2", "track"])
@pytest.mark.parametrize("line", ["{}\t0\t900\n", "{} 0 900\n", "{}\t0\t900\r\n", "track name=x\n{}\t0\t900"])
def test_a_line_is_a_header_only_if_it_is_one(contig: str, line: str, tmp_path: Path) -> None:
    bed = tmp_path / "asked.bed"
    bed.write_bytes(line.format(contig).encode())
    assert read_bed(str(bed)) == [Region(contig, 0, 900)]


def test_titles_and_foreign_bytes_in_a_bed(tmp_path: Path) -> None:
    bed = tmp_path / "asked.bed"
    bed.write_bytes(b"\xef\xbb\xbfchrom\tstart\tend\n# by M\xfcller\nchr\xce\xa9\t0\t9\tM\xfcller\x0b\n")
    assert read_bed(str(bed)) == [Region("chrΩ", 0, 9)]


def test_an_interval_of_another_genome_is_named_with_its_line(
    genome: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bed = tmp_path / "asked.bed"
    bed.write_text("track3\t0\t900\nchrUn\t0\t9\n")
    assert main(["scan", str(genome), "--bed", str(bed), *QUICK]) == 1
    assert f"{bed}, line 2, region chrUn:1-9: {genome} has no contig" in capsys.readouterr().err


def test_bed_of_ours_is_read_back(genome: Path, tmp_path: Path) -> None:
    hits, inside = tmp_path / "hits.bed.gz", tmp_path / "inside.bed"
    assert main(["scan", str(genome), "-o", str(hits), "--quiet", *QUICK]) == 0
    assert main(["scan", str(genome), "--bed", str(hits), "-o", str(inside), "--quiet", *QUICK]) == 0
    assert inside.read_text() == gzip.decompress(hits.read_bytes()).decode() != ""


@pytest.mark.parametrize("option", ["--bed", "--known", "--shard", "--summary", "--region", "--journal"])
def test_an_empty_name_is_a_mistake(option: str, genome: Path, tmp_path: Path) -> None:
    assert main(["scan", str(genome), option, "", "-o", f"{tmp_path}/hits.tsv", *QUICK]) in (1, 2)
    assert not (tmp_path / "hits.tsv").exists()


def test_standard_input_is_read_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", "-", "--bed", "-"]) == 2
    assert "cannot be read twice" in capsys.readouterr().err


def test_a_genome_of_n_has_no_hits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    genome = tmp_path / "gaps.fa"
    genome.write_text("".join(f">gap{number}\n{'N' * 3_000}\n" for number in range(7)))
    outputs = [f"-o{tmp_path}/hits.{suffix}" for suffix in ("tsv", "json", "gff3", "bed.gz", "fa")]
    reports = ["--summary", f"{tmp_path}/summary.json", "--multiqc", f"{tmp_path}/gaps_mqc.json"]
    assert main(["scan", str(genome), *outputs, *reports, "--threads", "1", "--fdr", "0.1"]) == 0
    assert rows(tmp_path / "hits.tsv") == []
    assert json.loads((tmp_path / "hits.json").read_text())["hits"] == []
    assert json.loads((tmp_path / "summary.json").read_text())["funnel"]["bases"] == 21_000
    message = capsys.readouterr().err
    assert f"warning: {genome} holds no A, C, G or T: there is nothing to find" in message
    assert "warning: nor do 2 more" in message


@pytest.mark.parametrize("content", [b"", b"\n\n", gzip.compress(b"")], ids=["empty", "blank", "gz"])
@pytest.mark.parametrize("command", [["predict", "--model", "cross_species"], ["concepts"]])
def test_an_empty_fasta_has_an_empty_table(
    command: list[str],
    content: bytes,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = tmp_path / "hits.fa"
    path.write_bytes(content)
    name, *options = command
    assert main([name, str(path), "--threads", "1", "--quiet", *options]) == 0
    table = capsys.readouterr().out
    assert table.startswith("name")
    assert table.count("\n") == 1
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(content))))
    assert main([name, "-", "--threads", "1", "--quiet", *options]) == 0
    assert capsys.readouterr().out == table


def test_results_without_hits_are_explained_as_none(
    genome: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = [f"-o{tmp_path}/hits.{suffix}" for suffix in ("json", "tsv", "tsv.gz", "fa")]
    assert main(["scan", str(genome), "--min-score", "1", *outputs, "--quiet", *QUICK]) == 0
    for suffix in ("json", "tsv", "tsv.gz", "fa"):
        assert main(["explain", f"{tmp_path}/hits.{suffix}", "--json", "--quiet"]) == 0
        assert json.loads(capsys.readouterr().out)["explanations"] == []
    assert main(["explain", f"{tmp_path}/hits.json", "-o", f"{tmp_path}/page.html", "--quiet"]) == 0
    assert of_result(f"{tmp_path}/hits.json", []).subjects == []
