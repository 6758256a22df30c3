"""Known microRNAs as the programs and databases of the field write them, each with its own words."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

from mirscan.errors import InputError, MirscanWarning
from mirscan.pipeline.known import ANTISENSE, KNOWN, NEW, Loci, Recall
from mirscan.pipeline.known_features import attributes_of
from mirscan.pipeline.known_files import read_known
from mirscan.records import Hairpin, Hit

CONTIGS = ["chr1", "chr2"]
PLACES = [("chr1", 1000, 1080, "+"), ("chr2", 5000, 5090, "-")]


def hit(start: int, end: int, strand: str = "+", contig: str = "chr1") -> Hit:
    size = end - start
    return Hit.of(Hairpin(contig, start, end, strand, "A" * size, "." * size, -1.0), 0.5)


def read(folder: Path, text: str | bytes, name: str = "known.gff3", contigs: list[str] | None = None) -> Loci:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    found = read_known(str(path), contigs or CONTIGS)
    assert isinstance(found, Loci)
    return found


def lines(*rows: tuple[str, str]) -> str:
    """Rows of (type, attributes) for each of PLACES; `{n}` is its number."""
    return "".join(
        f"{contig}\tx\t{kind}\t{start + 1 + inside[0]}\t{(end if inside[1] is None else start + inside[1])}"
        f"\t.\t{strand}\t.\t{said.format(n=n)}\n"
        for n, (contig, start, end, strand) in enumerate(PLACES)
        for kind, said, *rest in rows
        for inside in [rest[0] if rest else (0, None)]
    )


FIVE, THREE = (4, 26), (52, 74)
WRITTEN = {
    "miRBase": (
        lines(
            ("miRNA_primary_transcript", "ID=MI{n};Alias=MI{n};Name=mir-{n}"),
            ("miRNA", "ID=MIMAT{n};Alias=MIMAT{n};Name=miR-{n}-5p;Derives_from=MI{n}", FIVE),
            ("miRNA", "ID=MIMAT{n}_1;Alias=MIMAT{n}_1;Name=miR-{n}-3p;Derives_from=MI{n}", THREE),
        ),
        "mir-",
    ),
    "MirGeneDB": (
        lines(
            ("pre_miRNA", "ID=Mir-{n}_pre;Alias=MI{n}"),
            ("miRNA", "ID=Mir-{n}_5p;Alias=MIMAT{n}", FIVE),
            ("miRNA", "ID=Mir-{n}_3p*;Alias=MIMAT{n}", THREE),
        ),
        "Mir-",
    ),
    "MirMachine": (lines(("microRNA", "gene_id=Mir-{n}.PRE;E-value=1e-9;sequence_with_30nt=ACGU")), "Mir-"),
    "MirMachine of old": (lines(("ncRNA", "gene_id=Mir-{n}.PRE;sequence_with_30nt=ACGU")), "Mir-"),
    "ShortStack 4": (
        lines(
            ("MIRNA_hairpin", "ID=Cluster_{n};DicerCall=21;MIRNA=Y"),
            ("mature_miRNA", "ID=Cluster_{n}.mature;Parent=Cluster_{n}", FIVE),
            ("miRNA-star", "ID=Cluster_{n}.star;Parent=Cluster_{n}", THREE),
        ),
        "Cluster_",
    ),
    "Ensembl GFF3": (
        lines(
            ("ncRNA_gene", "ID=gene:ENSG{n};Name=MIR{n};biotype=miRNA"),
            ("miRNA", "ID=transcript:ENST{n};Parent=gene:ENSG{n};Name=MIR{n}-201;biotype=miRNA"),
            ("exon", "Parent=transcript:ENST{n};Name=ENSE{n}"),
        ),
        "MIR",
    ),
    "Ensembl GTF": (
        lines(
            ("gene", 'gene_id "ENSG{n}"; gene_name "MIR{n}"; gene_biotype "miRNA";'),
            ("transcript", 'gene_id "ENSG{n}"; transcript_id "T{n}"; gene_biotype "miRNA";'),
            ("exon", 'gene_id "ENSG{n}"; transcript_id "T{n}"; gene_biotype "miRNA"; exon_number "1";'),
        ),
        "MIR",
    ),
    "GENCODE": (
        lines(("gene", "ID=ENSG{n}.1;gene_type=miRNA;gene_name=MIR{n}"), ("exon", "ID=e{n};gene_type=miRNA")),
        "MIR",
    ),
    "NCBI": (
        lines(
            ("gene", "ID=gene-MIR{n};Name=MIR{n};gbkey=Gene;gene_biotype=miRNA"),
            ("primary_transcript", "ID=rna-NR_{n};Parent=gene-MIR{n};Name=NR_{n};product=microRNA {n}"),
            ("exon", "ID=exon-NR_{n};Parent=rna-NR_{n};product=microRNA {n}"),
            ("miRNA", "ID=rna-MIR{n};Parent=rna-NR_{n};gene=MIR{n};product=mir-{n}-5p", FIVE),
            ("miRNA", "ID=rna-MIR{n}-2;Parent=rna-NR_{n};gene=MIR{n};product=mir-{n}-3p", THREE),
        ),
        "MIR",
    ),
    "GFF2": (lines(("miRNA", 'ACC="MI{n}"; ID="mir-{n}";')), "mir-"),
    "GFF2 without attributes": (
        "".join(f"{c}\tx\tmiRNA\t{a + 1}\t{b}\t.\t{s}\t.\n" for c, a, b, s in PLACES),
        "chr",
    ),
    "a note": (lines(("pre_miRNA", "Note=mir-{n}")), "mir-"),
    "a name and nothing else": (lines(("pre_miRNA", "mir-{n}")), "mir-"),
    "blanks": (lines(("pre_miRNA", "ID=MI{n}; Alias=MI{n}; Name=mir-{n};")), "mir-"),
    "other letters": (lines(("PRE-MIRNA", "ID=mir-{n}")), "mir-"),
    "pri- and pre-miRNA": (
        lines(
            ("miRNA_primary_transcript", "ID=pri{n};Name=pri-{n}", (-400, 900)),
            ("pre_miRNA", "ID=pre{n};Parent=pri{n};Name=mir-{n}"),
            ("miRNA", "ID=a{n};Parent=pre{n};Name=miR-{n}-5p", FIVE),
        ),
        "mir-",
    ),
}


@pytest.mark.parametrize("source", WRITTEN)
def test_each_hairpin_is_known_once_and_by_its_name(source: str, tmp_path: Path) -> None:
    text, name = WRITTEN[source]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        known = read(tmp_path, text, "known.gtf" if "GTF" in source else "known.gff")
    assert len(known.names) == len(PLACES)
    recall = Recall(known)
    for contig, start, end, strand in PLACES:
        label = recall.label(hit(start - 3, end + 5, strand, contig))
        assert label.kind == KNOWN
        assert label.names[0].startswith(name)
        assert recall.label(hit(start - 300, start - 210, strand, contig)).kind == NEW, "far from the hairpin"
        opposite = "-" if strand == "+" else "+"
        assert recall.label(hit(start, end, opposite, contig)).kind == ANTISENSE


def test_arms_alone_stand_for_their_hairpin(tmp_path: Path) -> None:
    arms = lines(("miRNA", "Name=miR-{n}-5p", FIVE), ("miRNA", "Name=miR-{n}-3p", THREE))
    known = read(tmp_path, arms)
    assert list(known.names) == ["miR-0", "miR-1"]
    assert Recall(known).label(hit(1000, 1080)).kind == KNOWN


def test_a_long_transcript_is_known_where_its_arms_are(tmp_path: Path) -> None:
    long = ("miRNA_primary_transcript", "ID=MIR{n};Name=MIR{n}", (-700, 1500))
    arms = [
        ("miRNA", "Name=miR{n}-5p;Derives_from=MIR{n}", FIVE),
        ("miRNA", "Name=miR{n}*;Derives_from=MIR{n}", THREE),
    ]
    recall = Recall(read(tmp_path, lines(long, *arms)))
    assert recall.label(hit(1000, 1080)).kind == KNOWN
    assert recall.label(hit(500, 580)).kind == NEW
    with pytest.warns(
        MirscanWarning, match="2 primary transcripts say not where their hairpins are .MIR0, MIR1."
    ):
        assert not read(tmp_path, lines(long)).names


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    "row",
    [
        "{c}\t{a}\t{b}\tmir-{n}\t0\t{s}",
        "{c} {a} {b} mir-{n} 0 {s}",
        "{c}\t{a}\t{b}\tmir-{n}\t1.6e+3\t{s}\t{a}\t{b}\t255,0,0",
        "{c}\t{a}\t{b}\tmir-{n}\t0\t.",
        "{c}\t{a}\t{b}\tmir-{n}",
        "{c}\t{a}\t{b}",
    ],
)
def test_bed_in_every_width(row: str, end: str, tmp_path: Path) -> None:
    head = f"browser position chr1:1-9{end}track name=x{end}#c{end}"
    text = end.join(row.format(c=c, a=a, b=b, s=s, n=n) for n, (c, a, b, s) in enumerate(PLACES))
    known = read(tmp_path, head + text, "known.bed")
    assert len(known.names) == 2
    assert Recall(known).label(hit(5003, 5093, "-", "chr2")).kind == KNOWN
    unknown = "{s}" not in row
    assert Recall(known).label(hit(1000, 1080, "-")).kind == (KNOWN if unknown else ANTISENSE)


def test_bytes_of_another_encoding_and_marks_do_no_harm(tmp_path: Path) -> None:
    text = "\ufeff##gff-version 3\n".encode() + b"# by M\xfcller\n" + WRITTEN["miRBase"][0].encode()
    assert len(read(tmp_path, text.replace(b"Name=mir-1", b"Name=m\xefr-1")).names) == 2


@pytest.mark.parametrize("contigs", [["1", "2"], ["Chr1", "Chr2"], ["CHR1", "CHR2", "3"]])
def test_chr1_is_taken_for_1_and_said(contigs: list[str], tmp_path: Path) -> None:
    with pytest.warns(MirscanWarning, match=f"chr1 is taken for {contigs[0]}"):
        known = read(tmp_path, WRITTEN["miRBase"][0], contigs=contigs)
    assert Recall(known).label(hit(1000, 1080, contig=contigs[0])).kind == KNOWN


def test_what_could_be_two_is_taken_for_neither(tmp_path: Path) -> None:
    with pytest.warns(MirscanWarning, match="none of its contigs"):
        known = read(tmp_path, WRITTEN["miRBase"][0], contigs=["1", "Chr1"])
    assert Recall(known).label(hit(1000, 1080, contig="1")).kind == NEW


def test_a_chromosome_without_a_known_one_is_new_all_over(tmp_path: Path) -> None:
    with pytest.warns(
        MirscanWarning, match="none of its contigs .chr1, chr2. is in the genome, which has chr21"
    ):
        known = read(tmp_path, WRITTEN["miRBase"][0], contigs=["chr21"])
    assert Recall(known).label(hit(1000, 1080, contig="chr21")).kind == NEW


@pytest.mark.parametrize("name", ["known.gff3", "known.bed", "known.gtf", "known.fa"])
def test_a_list_of_nothing_knows_nothing(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("" if name.endswith("fa") else "# nothing found\n")
    with pytest.warns(MirscanWarning, match="no microRNA is known"):
        known = read_known(str(tmp_path / name), CONTIGS)
    assert Recall(known).label(hit(1000, 1080)).kind == NEW


def test_short_sequences_are_named_and_the_rest_is_used(tmp_path: Path) -> None:
    path = tmp_path / "mature.fa"
    path.write_text(">a\nUGAGGUAGUAGGUUGUAUAGUU\n>b x\nUGAGGUAGUAGGUUG\n>c\n\n>p\nMKVLEFFFMKVLEFFFMKVLE\n")
    with pytest.warns(MirscanWarning) as said:
        assert list(read_known(str(path), CONTIGS).names) == ["a"]
    words = " ".join(str(one.message) for one in said)
    assert "2 sequences are shorter than 16 nt (b has 15 nt, c has 0 nt): left out, 1 are used" in words
    assert "1 sequences are no nucleotides (p)" in words
    path.write_text(">b\nUGAGG\n")
    with pytest.raises(InputError, match="b has 5 nt"):
        read_known(str(path), CONTIGS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ID=a;Name=b%3Bc", {"id": "a", "name": "b;c"}),
        (' ID = "a" ; Name="b;c"', {"id": "a", "name": "b;c"}),
        ('gene_id "a"; note "x; y";', {"gene_id": "a", "note": "x; y"}),
        ("let-7a", {"note": "let-7a"}),
        (".", {}),
        ("", {}),
    ],
)
def test_attributes_of_all_dialects(text: str, expected: dict[str, str]) -> None:
    assert attributes_of(text) == expected


def test_a_name_stays_in_one_line_and_column(tmp_path: Path) -> None:
    found = read(tmp_path, "chr1\tx\tpre_miRNA\t1001\t1080\t.\t+\t.\tID=a;Name=mir%09one%0Atwo\n")
    assert found.names == ["mir one two"]
