"""Known microRNAs: files, labels, recall."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from mirscan.errors import InputError
from mirscan.pipeline.known import ANTISENSE, KNOWN, NEW, Recall, Sequences
from mirscan.pipeline.known_files import read_known
from mirscan.records import Hairpin, Hit, Label

CONTIGS = ["chr1", "chr;2"]
PRECURSOR = "UGUCGGGUAGCUUAUCAGACUGAUGUUGACUGUUGAAUCUCAUGGCAACACCAGUCGAUGGGCUGUCUGACA"
MATURE = PRECURSOR[7:29]
GFF = """##gff-version 3
chr1	.	miRNA_primary_transcript	101	180	.	+	.	ID=MI1;Alias=MI1;Name=hsa-mir-1
chr1	.	miRNA	110	131	.	+	.	ID=MIMAT1;Name=hsa-miR-1-5p;Derives_from=MI1
chr%3B2	.	miRNA_primary_transcript	501	580	.	-	.	ID=MI2
"""


def hit(start: int, end: int, strand: str = "+", contig: str = "chr1", sequence: str = "") -> Hit:
    letters = sequence or "A" * (end - start)
    return Hit.of(Hairpin(contig, start, end, strand, letters, "." * len(letters), -1.0), 0.5)


def written(folder: Path, name: str, text: str) -> str:
    path = folder / name
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return str(path)


@pytest.mark.parametrize("name", ["known.gff3", "known.gff", "known.gff3.gz"])
def test_gff3_of_hairpins(name: str, tmp_path: Path) -> None:
    recall = Recall(read_known(written(tmp_path, name, GFF), CONTIGS))
    assert recall.label(hit(90, 170)) == Label(KNOWN, ("hsa-mir-1",))
    assert recall.label(hit(90, 170, "-")) == Label(ANTISENSE, ("hsa-mir-1",))
    assert recall.label(hit(520, 570, "-", "chr;2")) == Label(KNOWN, ("MI2",))
    assert recall.label(hit(520, 570)) == Label(NEW), "another contig"
    assert recall.label(hit(141, 221)) == Label(NEW), "39 of 80 bases"
    assert recall.label(hit(140, 220)).kind == KNOWN, "half"
    assert recall.facts(lambda contig, start, end: contig == "chr1") == {
        "listed": 2,
        "searched": 1,
        "found": 1,
        "recall": 1.0,
        "hits_known": 3,
        "hits_antisense": 1,
        "hits_new": 2,
    }


def test_gff3_of_matures_alone(tmp_path: Path) -> None:
    text = "\n".join(line for line in GFF.splitlines() if "primary" not in line)
    recall = Recall(read_known(written(tmp_path, "known.gff3", text), CONTIGS))
    assert recall.label(hit(90, 170)) == Label(KNOWN, ("hsa-miR-1-5p",))
    assert recall.label(hit(122, 202)).kind == NEW, "less than half of the mature one"


def test_bed(tmp_path: Path) -> None:
    text = "track name=x\n#c\nchr1\t100\t180\ta\t0\t-\nchr1\t100\t180\tb\t0\t+\n\nchrUn\t1\t9\tc\t0\t+\n"
    recall = Recall(read_known(written(tmp_path, "known.bed", text), CONTIGS))
    assert recall.label(hit(100, 180)) == Label(KNOWN, ("b",)), "its own strand comes first"
    assert recall.label(hit(100, 180, "-")) == Label(KNOWN, ("a",))
    assert recall.facts(lambda *_: False)["recall"] is None


@pytest.mark.parametrize("known", [PRECURSOR, MATURE, MATURE.replace("U", "T").lower()])
def test_fasta_of_hairpins_or_matures(known: str, tmp_path: Path) -> None:
    recall = Recall(read_known(written(tmp_path, "known.fa.gz", f">mir-21 x\n{known}\n"), CONTIGS))
    other = PRECURSOR.translate(str.maketrans("ACGU", "UGCA"))[::-1]
    assert recall.label(hit(0, 72, sequence=PRECURSOR)) == Label(KNOWN, ("mir-21",))
    assert recall.label(hit(0, 90, sequence="CA" * 5 + PRECURSOR[3:60])) == Label(KNOWN, ("mir-21",))
    assert recall.label(hit(0, 72, sequence=other)) == Label(ANTISENSE, ("mir-21",))
    assert recall.label(hit(0, 72, sequence="ACGU" * 18)).kind == NEW


def test_half_of_a_hairpin_is_needed_and_all_of_a_mature() -> None:
    long, short = Sequences([("p", PRECURSOR)]), Sequences([("m", MATURE)])
    half = len(PRECURSOR) // 2
    for known, piece, expected in (
        (long, PRECURSOR[10 : 10 + half], [0]),
        (long, PRECURSOR[:20] + "A" * 30 + PRECURSOR[50:], []),
        (short, MATURE, [0]),
        (short, MATURE[:-1], []),
    ):
        padded = "C" * (72 - len(piece)) + piece
        assert known.lookup(hit(0, 72, sequence=padded).hairpin)[0] == expected


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("known.txt", "x", "names no format"),
        ("known.gff3", "chr1\t.\tgene\t1\t9\t.\t+\t.\tID=g\n", "holds gene"),
        ("known.gff3", "chr1\t.\tmiRNA\t1\t9\n", "line 1.*nine columns"),
        ("known.gff3", "chr1\t.\tmiRNA\t9\t1\t.\t+\t.\tID=g\n", "a start and an end"),
        ("known.gff3", "chr1\t.\tmiRNA\t0\t9\t.\t+\t.\tID=g\n", "a start and an end"),
        ("known.bed", "chr1\t1\n", "three columns"),
        ("known.bed", "chr1\t1\t9\tn\t0\tx\n", "the strand"),
        ("known.fa", ">a\nACGU\n", "a has 4 nt"),
    ],
)
def test_what_cannot_be_used_says_why(name: str, text: str, message: str, tmp_path: Path) -> None:
    message = message.replace("(", r"\(").replace(")", r"\)")
    with pytest.raises(InputError, match=message):
        read_known(written(tmp_path, name, text), CONTIGS)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_known(str(tmp_path / "none.bed"), CONTIGS)
