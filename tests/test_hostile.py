"""Hostile input: never a traceback, never a hang, never a good exit with something missing."""

from __future__ import annotations

import gzip
import io
import sys
import tracemalloc
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from helpers.hostile import BASES, GOOD, NO_GENOMES, ODD_GENOMES, bgzf
from helpers.refusal import QUICK, refused

from mirscan.cli import main
from mirscan.errors import InputError
from mirscan.genome.access import Genome
from mirscan.scoring.scorer import Scorer


@pytest.fixture(autouse=True, scope="module")
def quick() -> Iterator[None]:
    """Networks that are loaded once for all scans of this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys.modules[Scorer.__module__], "Scorer", cache(Scorer))
        yield


@pytest.fixture
def file(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file of the bytes that a test asks for."""
    path = tmp_path / "genome.fa"
    path.write_bytes(request.param)
    return path


@pytest.mark.parametrize("file", NO_GENOMES.values(), ids=NO_GENOMES, indirect=True)
def test_what_is_no_genome_is_refused_in_a_line(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code = main(["scan", str(file), "-o", f"{file.parent}/hits.bed", *QUICK])
    refused(code, capfd.readouterr().err, str(file))
    assert [path.name for path in file.parent.iterdir()] == ["genome.fa"]


@pytest.mark.parametrize("file", ODD_GENOMES.values(), ids=ODD_GENOMES, indirect=True)
def test_what_is_strange_and_right_is_read(file: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with Genome.open(str(file)) as genome:
        for contig, bases in (("one", BASES), ("two", BASES[::-1])):
            assert genome.fetch(contig, 0, genome.length(contig)) == bases.replace("T", "U")
            assert genome.fetch(contig, 17, 99) == bases[17:99].replace("T", "U")
    assert capfd.readouterr().err == "", "htslib talks"


@pytest.mark.parametrize("packed", [False, True])
def test_a_long_line_takes_little_memory(packed: bool, tmp_path: Path) -> None:
    content = b">long\n" + b"ACGTTGCAAC" * 3_000_000 + b"\n"
    path = tmp_path / "genome.fa"
    path.write_bytes(gzip.compress(content, 1) if packed else content)
    del content
    tracemalloc.start()
    with Genome.open(str(path)) as genome:
        assert genome.length("long") == 30_000_000
    taken = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert taken < 12_000_000


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(
    "index",
    [
        b"",
        b"\0",
        b"one\n",
        b"one\t5\n",
        b"one\tx\ty\tz\tw\n",
        b"one\t99999999999999999999\t5\t60\t61\n",
        b"one\t-1\t5\t60\t61\n",
        b"one\t472\t0\t1\t1\ntwo\t472\t0\t1\t1\n",
        b"one\t472\t11\t0\t0\ntwo\t472\t490\t0\t0\n",
        bytes(range(256)) * 20,
    ],
)
def test_a_wrong_index_beside_a_genome_is_of_no_account(
    index: bytes, packed: bool, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / ("genome.fa.gz" if packed else "genome.fa")
    path.write_bytes(bgzf(GOOD, 100) if packed else GOOD)
    for suffix in (".fai", ".gzi"):
        Path(f"{path}{suffix}").write_bytes(index)
    with Genome.open(str(path)) as genome:
        assert genome.fetch("two", 0, len(BASES)) == BASES[::-1].replace("T", "U")
    assert Path(f"{path}.fai").read_bytes() == index
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    "region",
    [
        *("one:0-5", "one:-5", "one:5-4", "one:999-1000", "one:1-99999999999999999999999", "one:99999999999"),
        *(":", "", ":1-5", "one:", "one:1-", "one:-", "none", "none:1-5", "one:1-5-9", "one:1:2", "one:a-b"),
        *("one:,-,", "one:1e3-2e3", "one:0x1-0x5", "one:１-５０００", "\0", "one\n", "..", "one two"),
    ],
)
def test_a_wrong_region_is_refused_in_a_line(
    region: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    genome = tmp_path / "genome.fa"
    genome.write_bytes(GOOD)
    refused(main(["scan", str(genome), *QUICK, "--region", region]), capfd.readouterr().err, "region")


@pytest.mark.parametrize(
    "bed",
    [
        b"one\n",
        b"one\t1\n",
        b"one\t5\t5\n",
        b"one\t9\t5\n",
        b"one\t-1\t5\n",
        b"one\ta\tb\n",
        b"one\t1\t99999999999999999999\n",
        b"one\t1.0\t5.0\n",
        b"none\t1\t5\n",
        b"one\t\xc2\xb2\t\xc2\xb3\n",
        b"\0\0\0",
        b"\xff\xfe",
        bytes(range(256)),
        GOOD,
        "one\t1\t5\n".encode("utf-16"),
    ],
)
def test_a_wrong_bed_is_refused_in_a_line(
    bed: bytes, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    genome, regions = tmp_path / "genome.fa", tmp_path / "regions.bed"
    genome.write_bytes(GOOD)
    regions.write_bytes(bed)
    refused(main(["scan", str(genome), *QUICK, "--bed", str(regions)]), capfd.readouterr().err)


EMPTY = ("nothing", "a blank", "line ends", "a mark and nothing", "gzip of nothing", "BGZF of nothing")


@pytest.mark.parametrize("name", [name for name in NO_GENOMES if "noise" not in name and "cut" not in name])
def test_predict_gives_a_row_a_record_or_a_line(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    hairpins = tmp_path / "hairpins.fa"
    hairpins.write_bytes(NO_GENOMES[name])
    output = tmp_path / "scores.tsv"
    code = main(["predict", str(hairpins), "-o", str(output), "--model", "scan", "--threads", "1", "--quiet"])
    message = capfd.readouterr().err
    if code:
        refused(code, message, str(hairpins))
        assert not output.exists()
    else:
        assert "Traceback" not in message
        assert (len(output.read_text().splitlines()) == 1) == (name in EMPTY)


def test_a_chromosome_is_no_hairpin(tmp_path: Path) -> None:
    (tmp_path / "chromosome.fa").write_text(f">chromosome\n{BASES * 300}\n>hairpin\n{BASES[-72:]}\n")
    command = ["predict", f"{tmp_path}/chromosome.fa", "-o", f"{tmp_path}/out.tsv", "--model", "scan"]
    assert main([*command, "--threads", "1", "--quiet"]) == 0
    rows = [line.split("\t") for line in (tmp_path / "out.tsv").read_text().splitlines()]
    assert rows[1][4] == ""
    assert "too long for a hairpin (at most 5,000)" in rows[1][-1]
    assert float(rows[2][4]) > 0


def test_a_chromosome_is_not_explained(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "chromosome.fa").write_text(f">chromosome\n{BASES * 300}\n")
    for more in ([], ["chromosome:1-100,000"]):
        code = main(["explain", f"{tmp_path}/chromosome.fa", *more, "--what-if", "no"])
        refused(code, capfd.readouterr().err)


def test_a_folder_a_loop_and_a_device_are_no_genomes(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    for name in ("", "loop", "gone", "none"):
        refused(main(["scan", str(tmp_path / name), *QUICK]), capfd.readouterr().err)
    refused(main(["scan", "/dev/null", *QUICK]), capfd.readouterr().err, "is empty")
    with pytest.raises(InputError, match="binary"):
        Genome.open("/dev/zero")


@pytest.mark.parametrize(
    "extra",
    [
        ["-o", "{tmp}/genome.fa", "--force"],
        ["-o", "{tmp}/in/../genome.fa", "--force"],
        ["-o", "{tmp}/link.fa", "--force"],
        ["-o", "{tmp}/hits.bed", "--summary", "{tmp}/genome.fa", "--force"],
        ["-o", "{tmp}/regions.bed", "--bed", "{tmp}/regions.bed", "--force"],
        ["-o", "{tmp}/hits.bed", "--journal", "{tmp}/hits.bed", "--force"],
    ],
)
def test_an_input_is_never_an_output(
    extra: list[str], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "genome.fa").write_bytes(GOOD)
    (tmp_path / "link.fa").symlink_to("genome.fa")
    (tmp_path / "regions.bed").write_text("one\t0\t100\n")
    given = [word.format(tmp=tmp_path) for word in extra]
    assert main(["scan", f"{tmp_path}/genome.fa", *QUICK, *given]) == 2
    assert capfd.readouterr().err.count("\n") == 1
    assert (tmp_path / "genome.fa").read_bytes() == GOOD
    assert (tmp_path / "regions.bed").read_text() == "one\t0\t100\n"


@pytest.mark.parametrize(
    "name", [name for name in NO_GENOMES if name.startswith(("BGZF", "gzip", "FASTQ", "UTF"))]
)
def test_standard_input_is_looked_at_as_closely(
    name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(NO_GENOMES[name])))
    monkeypatch.setattr("sys.stdin", stdin)
    refused(main(["scan", "-", *QUICK]), capfd.readouterr().err)


def test_a_closed_standard_input(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", None)
    refused(main(["scan", "-", *QUICK]), capfd.readouterr().err, "standard input: is closed")
