"""Alignments of any make become places, and what cannot be used is refused in a line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pysam
import pytest

from mirscan.errors import InputError, MirscanWarning
from mirscan.reads.alignments import read_alignments
from mirscan.reads.contigs import match_contigs
from mirscan.reads.name_counts import NameCounts

LENGTHS = {"chr1": 5_000, "chr2": 3_000}
Row = tuple[str, str, int, int, dict[str, int]]  # name, contig, start, flag, tags


def written(
    path: Path, rows: Sequence[Row], contigs: dict[str, int], order: str = "coordinate", bases: int = 22
) -> str:
    header = {
        "HD": {"VN": "1.6", "SO": order},
        "SQ": [{"SN": name, "LN": length} for name, length in contigs.items()],
    }
    with pysam.AlignmentFile(str(path), "wb", header=header) as file:
        for name, contig, start, flag, tags in rows:
            read = pysam.AlignedSegment(file.header)
            read.query_name, read.flag, read.query_sequence = name, flag, "A" * bases
            read.reference_id, read.reference_start = list(contigs).index(contig), start
            read.cigarstring = f"{bases}M"
            for tag, value in tags.items():
                read.set_tag(tag, value)
            file.write(read)
    return str(path)


def weights(path: str, lengths: dict[str, int] = LENGTHS) -> dict[tuple[str, int, bool], float]:
    with read_alignments(path, "s", lengths, "") as places:
        found = {}
        for contig in lengths:
            pile = places.contig(contig)
            for row in range(len(pile)):
                found[contig, int(pile.start[row]), bool(pile.minus[row])] = float(pile.weight[row])
        return found


def test_reads_count_by_name_and_share_and_only_where_they_should(tmp_path: Path) -> None:
    rows: list[Row] = [
        ("a_x10", "chr1", 100, 0, {}),
        ("b", "chr1", 100, 0, {}),
        ("c", "chr1", 100, 16, {"NH": 4}),
        ("e", "chr1", 200, 256, {"NH": 2}),
        ("f", "chr1", 300, 512, {}),  # failed quality checks
        ("d_x6", "chr1", 400, 0, {}),  # bowtie with -a: three places, and nobody says of how many
        ("d_x6", "chr1", 500, 256, {}),
        ("g", "chr2", 50, 0, {}),
        ("d_x6", "chr2", 500, 16, {}),
    ]
    found = weights(written(tmp_path / "a.bam", rows, LENGTHS))
    expected = {
        ("chr1", 100, False): 11,
        ("chr1", 100, True): 0.25,
        ("chr1", 200, False): 0.5,
        ("chr1", 400, False): 2,
        ("chr1", 500, False): 2,
        ("chr2", 500, True): 2,
        ("chr2", 50, False): 1,
    }
    assert found == expected


def test_names_are_counted_whatever_their_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mirscan.reads.name_counts.LOT", 7)
    names = [f"r{number}" for number in range(500) for _ in range(number % 3 + 1)]
    counts = NameCounts(names, str(tmp_path))
    assert counts.of(names).tolist() == [names.count(name) for name in names]
    assert counts.of(["never seen"]).tolist() == [1]
    assert counts.of([]).tolist() == []
    assert NameCounts([], str(tmp_path)).of(["a"]).tolist() == [1]


def test_reads_without_names_count_where_they_lie(tmp_path: Path) -> None:
    rows: list[Row] = [("*", "chr1", place, 0, {}) for place in (5, 50, 500)]
    assert set(weights(written(tmp_path / "a.bam", rows, LENGTHS)).values()) == {1}


def test_an_unsorted_file_is_sorted_aside(tmp_path: Path) -> None:
    rows: list[Row] = [("a", "chr2", 9, 0, {}), ("b", "chr1", 70, 0, {}), ("c", "chr1", 5, 0, {})]
    path = written(tmp_path / "a.bam", rows, LENGTHS, "unsorted")
    assert set(weights(path)) == {("chr1", 5, False), ("chr1", 70, False), ("chr2", 9, False)}
    assert [each.name for each in tmp_path.iterdir()] == ["a.bam"]


def test_many_reads_on_a_base_are_one_lot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mirscan.reads.alignments.TOGETHER", 2)
    rows: list[Row] = [(f"r{n}", "chr1", 10 + n // 5, 16 * (n % 2), {}) for n in range(40)]
    assert sum(weights(written(tmp_path / "a.bam", rows, LENGTHS)).values()) == 40


def test_contigs_match_in_other_dress_and_by_length() -> None:
    with pytest.warns(
        MirscanWarning, match=r"\(1, 2\) are called otherwise .* \(chr1, chr2\): 1 is taken for chr1"
    ):
        assert match_contigs("x", {"1": 5_000, "2": 3_000}, LENGTHS) == {"1": "chr1", "2": "chr2"}
    with pytest.warns(MirscanWarning, match="NC_1 is taken for chr1"):
        by_length = match_contigs("x", {"NC_1": 5_000, "NC_2": 3_000, "M": 9}, LENGTHS)
    assert by_length == {"NC_1": "chr1", "NC_2": "chr2"}
    assert match_contigs("x", {"chr1": 5_000, "new": 8}, LENGTHS) == {"chr1": "chr1"}


@pytest.mark.parametrize(
    ("contigs", "word"), [({"chr1": 4_999}, "another assembly"), ({"x": 1, "y": 2}, "none of the genome's")]
)
def test_another_genome_is_refused(contigs: dict[str, int], word: str) -> None:
    with pytest.raises(InputError, match=word):
        match_contigs("x.bam", contigs, LENGTHS)


def test_what_cannot_be_used_is_refused_in_a_line(tmp_path: Path) -> None:
    paired = written(tmp_path / "paired.bam", [("a", "chr1", 5, 1 | 64, {})], LENGTHS)
    long = written(tmp_path / "long.bam", [("a", "chr1", 5, 0, {})], LENGTHS, bases=150)
    whole = Path(
        written(tmp_path / "whole.bam", [(f"r{n}", "chr1", n // 9, 0, {}) for n in range(9_000)], LENGTHS)
    )
    cut = tmp_path / "cut.bam"
    cut.write_bytes(whole.read_bytes()[:-2_000])
    mixed: list[Row] = [("a", "chr1", 70, 0, {}), ("b", "chr1", 5, 0, {})]
    again: list[Row] = [("a", "chr1", 5, 0, {}), ("b", "chr2", 5, 0, {}), ("c", "chr1", 9, 0, {})]
    text = tmp_path / "text.bam"
    text.write_text("no alignments\n")
    for path, word in (
        (paired, "paired"),
        (long, "150 nt"),
        (str(cut), "cut short"),
        (str(text), "cannot be read"),
        (written(tmp_path / "mixed.bam", mixed, LENGTHS), "says that it is sorted and is not"),
        (written(tmp_path / "again.bam", again, LENGTHS), "says that it is sorted and is not"),
    ):
        with pytest.raises(InputError, match=word) as caught:
            read_alignments(path, "s", LENGTHS, "")
        assert caught.value.where == path
    with pytest.raises(InputError, match="no such file"):
        read_alignments(str(tmp_path / "nowhere.bam"), "s", LENGTHS, "")


def test_a_library_without_reads_is_no_mistake(tmp_path: Path) -> None:
    assert weights(written(tmp_path / "empty.bam", [], LENGTHS)) == {}


def test_nothing_is_left_beside_the_genome_of_a_cram(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    genome, cram = here / "genome.fa", there / "reads.cram"
    genome.write_text(f">chr1\n{'A' * 500}\n")
    header = {"HD": {"VN": "1.6", "SO": "coordinate"}, "SQ": [{"SN": "chr1", "LN": 500}]}
    with pysam.AlignmentFile(str(cram), "wc", header=header, reference_filename=str(genome)) as file:
        read = pysam.AlignedSegment(file.header)
        read.query_name, read.query_sequence, read.cigarstring = "a_x7", "A" * 22, "22M"
        read.reference_id, read.reference_start, read.flag = 0, 100, 0
        file.write(read)
    Path(f"{genome}.fai").unlink()
    with read_alignments(str(cram), "s", {"chr1": 500}, str(genome)) as places:
        assert places.reads == 7
    assert [path.name for path in here.iterdir()] == ["genome.fa"]
