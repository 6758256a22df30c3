"""FASTA in any dress gives the same bases; what is no FASTA gives an error that names its line."""

from __future__ import annotations

import gzip
import io
import os
import random
import threading
from pathlib import Path

import pysam
import pytest

from mirscan.errors import InputError, UsageError
from mirscan.genome.access import Genome, read_bed
from mirscan.genome.regions import Region, parse_region

BASES = "".join(random.Random(1).choices("ACGT", k=1003))
OTHER = "GATTACA" * 30
RNA = BASES.replace("T", "U")


def wrapped(sequence: str, width: int = 60, end: str = "\n") -> str:
    return "".join(sequence[first : first + width] + end for first in range(0, len(sequence), width))


PLAIN = f">one some words\n{wrapped(BASES)}>two\n{wrapped(OTHER)}"
DRESSES = {
    "plain": PLAIN.encode(),
    "crlf": PLAIN.replace("\n", "\r\n").encode(),
    "lower case": f">one\n{wrapped(BASES.lower())}>two\n{OTHER.lower()}\n".encode(),
    "rna letters": f">one\n{wrapped(RNA)}>two\n{OTHER}\n".encode(),
    "no final newline": PLAIN.rstrip("\n").encode(),
    "uneven lines": f">one\n{BASES[:7]}\n{BASES[7:500]}\n{BASES[500:]}\n>two\n{OTHER}\n".encode(),
    "blank lines": f"\n>one\n{BASES[:7]}\n\n{BASES[7:]}\n\n>two\n{OTHER}\n\n".encode(),
    "blanks in lines": f">one\n{BASES[:7]} {BASES[7:]}\n>two\n{OTHER} \n".encode(),
    "byte-order mark": b"\xef\xbb\xbf" + PLAIN.encode(),
    "one long line": f">one\n{BASES}\n>two\n{OTHER}\n".encode(),
    "gzip": gzip.compress(PLAIN.encode()),
}


@pytest.mark.parametrize("dress", DRESSES)
def test_every_dress_gives_the_same_bases(dress: str, tmp_path: Path) -> None:
    path = tmp_path / ("genome.fa.gz" if dress == "gzip" else "genome.fa")
    path.write_bytes(DRESSES[dress])
    with Genome.open(str(path)) as genome:
        assert [(contig.name, contig.length) for contig in genome.contigs] == [("one", 1003), ("two", 210)]
        assert genome.fetch("one", 0, 1003) == RNA
        assert genome.fetch("one", 55, 130) == RNA[55:130]
        assert genome.fetch("two", 200, 210) == OTHER.replace("T", "U")[200:]


def test_bgzf_is_read_in_place(tmp_path: Path) -> None:
    path = tmp_path / "genome.fa.gz"
    with pysam.BGZFile(str(path), "wb") as stream:
        stream.write(PLAIN.encode())
    with Genome.open(str(path)) as genome:
        assert genome.fetch("one", 55, 130) == RNA[55:130]
    assert list(tmp_path.iterdir()) == [path], "nothing is written beside a genome"


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    for content in (PLAIN.encode(), gzip.compress(PLAIN.encode())):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(io.BytesIO(content))))
        with Genome.open("-") as genome:
            assert genome.fetch("one", 55, 130) == RNA[55:130]


def test_ambiguity_letters_become_n(tmp_path: Path) -> None:
    path = tmp_path / "genome.fa"
    path.write_text(">one\nACGTRYSWKMBDHVNXacgu-.\n")
    with Genome.open(str(path)) as genome:
        assert genome.fetch("one", 0, 22) == "ACGU" + "N" * 12 + "ACGU" + "NN"
        assert genome.contigs[0].known == 8


@pytest.mark.parametrize("packed", [False, True])
def test_an_index_of_another_file_is_not_believed(tmp_path: Path, packed: bool) -> None:
    path = tmp_path / ("genome.fa.gz" if packed else "genome.fa")
    path.write_bytes(PLAIN.encode())
    if packed:
        pysam.tabix_compress(str(path), str(tmp_path / "packed"), force=True)
        (tmp_path / "packed").replace(path)
        (tmp_path / "genome.fa.gz.gzi").write_bytes((1).to_bytes(8, "little") + bytes(16))
    wrong = "one\t1003\t5\t60\t61\ntwo\t210\t900\t60\t61\n"  # names and lengths are right, offsets are not
    (tmp_path / f"{path.name}.fai").write_text(wrong)
    with Genome.open(str(path)) as genome:
        assert genome.fetch("one", 55, 130) == RNA[55:130]
    assert (tmp_path / f"{path.name}.fai").read_text() == wrong, "someone's file was overwritten"


def test_the_checksum_is_of_names_and_bases_in_any_dress(tmp_path: Path) -> None:
    def checksum(content: bytes) -> str:
        path = tmp_path / "genome.fa"
        path.write_bytes(content)
        with Genome.open(str(path)) as genome:
            return genome.sha256

    assert len({checksum(content) for content in DRESSES.values()}) == 1
    others = (PLAIN.replace("A", "C", 1), PLAIN.replace(">two", ">tow"), PLAIN.replace("\n>two\n", "\n"))
    assert len({checksum(other.encode()) for other in (PLAIN, *others)}) == 4


def test_a_file_that_changes_is_not_read_on(tmp_path: Path) -> None:
    path = tmp_path / "genome.fa"
    path.write_bytes(PLAIN.encode())
    with Genome.open(str(path)) as genome:
        path.write_bytes(PLAIN.replace("A", "C").encode())
        with pytest.raises(InputError, match="was changed while it was read"):
            genome.fetch("one", 55, 130)


def test_a_named_pipe_is_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(b">a\nGATTACA\n" + PLAIN.encode(),))
    writer.start()
    with Genome.open(str(pipe)) as genome:
        assert [contig.name for contig in genome.contigs] == ["a", "one", "two"]
        assert genome.fetch("one", 55, 130) == RNA[55:130]
    writer.join()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"\n\n", "no record"),
        (b"ACGT\n", "line 1 stands before any"),
        (b"@read\nACGT\n+\nIIII\n", "FASTQ"),
        (b"\x00\x01\x02", "binary"),
        (b"\xff\xfe>\x00a\x00", "UTF-16"),
        (b">a\nACGT\n>b\nAC\n>a\nGG\n", "lines 1 and 5"),
        (b">a\nACGT\nMKLE\n", "line 3, record 'a': 'L' is an amino acid"),
        (b">a\nACG7\n", "'7' is no nucleotide"),
        (b">\nACGT\n", "line 1: a record without a name"),
        (b"> a\nACGT\n", "line 1: a record without a name"),
        (b">a\n>b\n", "not a single base"),
        (gzip.compress(PLAIN.encode())[:-20], "cannot be read past its first"),
    ],
)
def test_what_is_no_genome_is_refused(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "genome.fa"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        Genome.open(str(path))
    assert str(path) in str(caught.value)
    assert caught.value.expected


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        Genome.open(str(tmp_path / "none.fa"))
    with pytest.raises(InputError, match="cannot be read"):
        Genome.open(str(tmp_path))


def test_regions_are_clipped_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "genome.fa"
    path.write_bytes(PLAIN.encode())
    with Genome.open(str(path)) as genome:
        assert genome.clip(parse_region("one")) == (0, 1003)
        assert genome.clip(parse_region("one:11-1,003")) == (10, 1003)
        with pytest.raises(InputError, match="outside the contig, which has 1,003 bases"):
            genome.clip(parse_region("one:1-1004"))
        with pytest.raises(UsageError, match="no contig of this name; expected one of one, two"):
            genome.clip(Region("three"))


def test_bed_regions(tmp_path: Path) -> None:
    path = tmp_path / "regions.bed"
    path.write_text("track name=x\n#comment\none\t0\t10\tname\none\t20\t30\n\n")
    assert list(read_bed(str(path))) == [Region("one", 0, 10), Region("one", 20, 30)]
    path.write_text("one\t10\t10\n")
    with pytest.raises(InputError, match="line 1"):
        list(read_bed(str(path)))


def test_pieces_do_not_depend_on_the_blocks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "genome.fa"
    path.write_bytes(b"\n" + DRESSES["crlf"] + b">three\n\n\n>four\nAC GT")
    for block in (1, 2, 3, 7, 64, 1000):
        monkeypatch.setattr("mirscan.genome.fasta.BLOCK", block)
        with Genome.open(str(path)) as genome:
            lengths = [(contig.name, contig.length) for contig in genome.contigs]
            assert lengths == [("one", 1003), ("two", 210), ("three", 0), ("four", 4)]
            assert genome.fetch("one", 0, 1003) == RNA
        path.write_bytes(path.read_bytes().replace(b"AC GT", b"AC GT!"))
        with pytest.raises(InputError, match="line 29, record 'four': '!' is no nucleotide"):
            Genome.open(str(path))
        path.write_bytes(path.read_bytes().replace(b"AC GT!", b"AC GT"))
