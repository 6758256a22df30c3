"""Reads in a scan: bits that add up, arms by reads, counts, shards, and what is refused."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

import mirscan
from mirscan.alphabet import on_strand
from mirscan.cli import main
from mirscan.errors import InputError, MirscanWarning, UsageError
from mirscan.evidence.kind import Setup
from mirscan.evidence.reads import ReadsEvidence
from mirscan.genome.access import Genome
from mirscan.reads.criteria import CRITERIA
from mirscan.records import Hairpin

MIR_21 = "UGUCGGGUAGCUUAUCAGACUGAUGUUGACUGUUGAAUCUCAUGGCAACACCAGUCGAUGGGCUGUCUGACA"
FIVE, THREE = "UAGCUUAUCAGACUGAUGUUGA", "CAACACCAGUCGAUGGGCUGU"
MIR_17_3P = "ACUGCAGUGAAGGCACUUGUAG"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("reads") / "demo.fa"
    assert main(["demo", str(path)]) == 0
    return path


@pytest.fixture(scope="module")
def library(demo: Path) -> Path:
    path = demo.with_name("blood.fa")
    path.write_text(f">a_x90\n{FIVE}\n>b_x12\n{THREE}\n>c_x4\n{FIVE[1:]}\n")
    return path


def test_a_place_for_shuffled_sequence_is_drawn_without_a_walk_along_the_contigs() -> None:
    """Assemblies of a million contigs exist, and a chunk has hundreds of shuffled hairpins."""

    class Lengths(dict[str, int]):
        walks = 0

        def __iter__(self) -> Iterator[str]:
            self.walks += 1
            return super().__iter__()

    lengths = Lengths({"a": 100, "b": 5, "c": 70})
    genome = SimpleNamespace(lengths=lengths)
    evidence = ReadsEvidence(Setup(genome=cast(Any, genome)))
    before = lengths.walks
    letters = ("ACGU", "GGCC", "UUAA", "GUGU", "CACA", "AGAG")
    drawn = [evidence._drawn(Hairpin("x", 0, 40, "+", text * 10, "." * 40, -1.0)) for text in letters]
    assert lengths.walks == before
    assert all(0 <= each.start < lengths[each.contig] and len(each) == 40 for each in drawn)
    assert len({each.contig for each in drawn}) > 1


def test_the_cases_here_are_those_of_the_demo(demo: Path) -> None:
    assert FIVE in MIR_21
    assert THREE in MIR_21


def test_reads_are_a_term_of_the_sum_and_place_the_arms(demo: Path, library: Path) -> None:
    without = {hit.name: hit for hit in mirscan.scan(demo, decoys=0, tree=None)}
    hits = {hit.name: hit for hit in mirscan.scan(demo, decoys=0, tree=None, reads=library)}
    name = next(name for name, hit in hits.items() if FIVE in hit.hairpin.sequence)
    evidence = hits[name].evidence
    assert evidence is not None
    term = evidence.term("reads")
    assert term is not None
    assert term.bits > 5
    assert "90 " in term.sentence or "94 " in term.sentence
    assert evidence.bits == pytest.approx(
        evidence.prior + sum(each.bits for each in evidence.terms), abs=0.011
    )
    before = [each.evidence.total for each in without.values() if FIVE in each.hairpin.sequence]  # type: ignore[union-attr]
    assert evidence.total > max(before)
    (tier,) = (each.tier for each in without.values() if FIVE in each.hairpin.sequence)
    assert hits[name].tier["false_per_mb"] <= tier["false_per_mb"], "reads that speak for it never cost trust"
    assert {hit.tier["name"] for hit in hits.values()} <= {"high", "likely"}, "each has a tier"
    note = hits[name].notes["reads"]
    assert (hits[name].notes["arms_from"], note["samples"]) == ("reads", {"blood": [94.0, 12.0]})
    assert {point["name"]: point["holds"] for point in note["criteria"]}["overhang"] is True
    arms = hits[name].arms
    assert arms is not None
    assert sorted(end - start for start, end in (arms.five_prime, arms.three_prime)) == [21, 22]
    silent = [hit.evidence.term("reads").bits for other, hit in hits.items() if other != name]  # type: ignore[union-attr]
    assert all(-2 < bits < 0 for bits in silent)


def test_shards_with_reads_merge_to_the_same_bytes(demo: Path, library: Path, tmp_path: Path) -> None:
    plain = ["--reads", str(library), "--quiet", "--decoys", "off", "--threads", "1"]
    whole, counts = tmp_path / "whole.json", tmp_path / "counts.tsv"
    summary = tmp_path / "summary.json"
    outputs = ["-o", str(whole), "--counts", str(counts), "--summary", str(summary)]
    assert main(["scan", str(demo), *plain, *outputs]) == 0
    hits = json.loads(whole.read_text())["hits"]
    with_reads = sum(hit["reads"]["reads"] > 0 for hit in hits)
    assert 0 < json.loads(summary.read_text())["funnel"]["with_reads"] == with_reads < len(hits)
    shards = [str(tmp_path / f"{number}.shard") for number in (1, 2)]
    for number, shard in enumerate(shards, 1):
        assert main(["scan", str(demo), *plain, "--shard", f"{number}/2", "-o", shard]) == 0
    merged, again = tmp_path / "merged.json", tmp_path / "again.tsv"
    assert main(["merge", *shards, "-o", str(merged), "--counts", str(again), "--quiet"]) == 0
    assert merged.read_bytes() == whole.read_bytes()
    assert again.read_bytes() == counts.read_bytes()
    rows = list(csv.DictReader(counts.read_text().splitlines(), delimiter="\t"))
    own = {row["arm"]: row for row in rows if row["sequence"] in (FIVE, THREE)}
    assert (own["5p"]["blood"], own["3p"]["blood"]) == ("94", "12")
    assert own["5p"]["sequence"] == FIVE
    assert json.loads(whole.read_text())["options"]["reads_libraries"] == "blood:106"


@pytest.mark.parametrize("criteria", sorted(CRITERIA))
def test_criteria_keep_what_meets_all_points(demo: Path, library: Path, criteria: str) -> None:
    kept = [hit.name for hit in mirscan.scan(demo, decoys=0, tree=None, reads=[library], criteria=criteria)]
    every = list(mirscan.scan(demo, decoys=0, tree=None, reads=[library]))
    assert set(kept) <= {hit.name for hit in every}
    assert len(kept) < len(every)


def test_criteria_need_reads_and_libraries_a_format(demo: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no reads to judge by"):
        list(mirscan.scan(demo, criteria="mirgenedb"))
    with pytest.raises(UsageError, match="there are no reads"):
        mirscan.scan(demo, evidence=["hairpin", "reads"])
    odd = tmp_path / "reads.txt"
    odd.write_text(">a\nACGU\n")
    with pytest.raises(UsageError, match="no format"):
        list(mirscan.scan(demo, reads=odd))
    assert main(["scan", str(demo), "--reads", str(tmp_path / "nowhere.bam"), "--quiet"]) == 1


def test_many_reads_that_dicer_does_not_cut_are_no_gain(demo: Path, tmp_path: Path) -> None:
    pieces = tmp_path / "pieces.fa"
    pieces.write_text(f">a_x3000\n{MIR_21[:30]}\n>b_x400\n{MIR_21[:29]}\n")
    hits = mirscan.scan(demo, decoys=0, tree=None, reads=pieces)
    (term,) = (hit.evidence.term("reads") for hit in hits if FIVE in hit.hairpin.sequence)  # type: ignore[union-attr]
    assert term is not None
    assert term.numbers["reads"] == 3400
    assert term.numbers["rarity"] == 0
    assert term.bits < 1


def test_a_library_of_another_genome_is_told(demo: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.fa"
    other.write_text(f">a_x9\n{'ACGUUGCAAC' * 2}\n")
    with pytest.warns(MirscanWarning, match="not one read of 18 to 30 nt lies on the genome"):
        list(mirscan.scan(demo, decoys=0, tree=None, reads=other))


def test_the_real_cluster_is_found_whole(shared_data: Path) -> None:
    folder = shared_data / "genomes" / "cel_mir35_cluster"
    reads = shared_data / "reads" / "cel_mir35_collapsed.fa.gz"
    hits = list(mirscan.scan(folder / "genome.fa.gz", decoys=0, tree=None, reads=reads))
    loci = [line.split("\t") for line in (folder / "known_loci.bed").read_text().splitlines()]
    found = [
        any(
            (hit.hairpin.contig, hit.hairpin.strand) == (row[0], row[5])
            and min(int(row[2]), hit.hairpin.end) - max(int(row[1]), hit.hairpin.start) > 40
            for hit in hits
        )
        for row in loci
    ]
    assert (len(hits), sum(found), len(found)) == (8, 8, 8)
    mature = {hit.hairpin.sequence for hit in hits}
    assert sum("UCACCGGGUGGAAACUAGCAGU" in sequence for sequence in mature) == 1


def test_explain_shows_the_pile_up_of_a_result(
    demo: Path, library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hits = tmp_path / "hits.json"
    plain = ["--decoys", "off", "--threads", "1", "--quiet"]
    assert main(["scan", str(demo), "--reads", str(library), "-o", str(hits), *plain]) == 0
    capsys.readouterr()
    record = next(hit for hit in json.loads(hits.read_text())["hits"] if FIVE in hit["sequence"])
    asked = ["explain", str(hits), "--id", record["name"], "--what-if", "no", "--threads", "1"]
    assert main([*asked, "--svg", str(tmp_path / "svg")]) == 0
    assert any(path.name.endswith("-reads.svg") for path in (tmp_path / "svg").iterdir())
    assert main(asked) == 0
    told = capsys.readouterr().out
    assert main([*asked, "--json"]) == 0
    (said,) = json.loads(capsys.readouterr().out)["explanations"]
    shown = [said["sequence"][arm["start"] : arm["end"]] for arm in said["arms"]]
    assert shown == [FIVE, THREE]  # as the scan placed them, by reads
    assert record["arms_from"] == "reads"
    assert "Reads by length: 21 nt 16, 22 nt 90" in told
    assert "bits by reads" in told
    term = next(term for term in record["evidence"]["terms"] if term["name"] == "reads")
    along = term["numbers"]["profile"]
    assert sum(along["starts"]) == 106
    assert max(along["coverage"]) == 94


def test_explain_lays_reads_on_a_place_of_a_genome(
    demo: Path, library: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Genome.open(str(demo)) as genome:
        contig, at = next(
            (each.name, genome.fetch(each.name, 0, each.length).find(on_strand(MIR_21, strand)))
            for each in genome.contigs
            for strand in "+-"
            if on_strand(MIR_21, strand) in genome.fetch(each.name, 0, each.length)
        )
        strand = "+" if MIR_21 in genome.fetch(contig, 0, genome.length(contig)) else "-"
    place = f"{contig}:{at + 1}-{at + len(MIR_21)}:{strand}"
    asked = ["explain", str(demo), place, "--json", "--what-if", "no", "--threads", "1", "--quiet"]
    assert main([*asked, "--reads", str(library)]) == 0
    (told,) = json.loads(capsys.readouterr().out)["explanations"]
    (term,) = (each for each in told["evidence"]["terms"] if each["name"] == "reads")
    assert term["numbers"]["samples"] == {"blood": [94.0, 12.0]}
    assert term["bits"] > 5
    assert main(asked) == 0
    (silent,) = json.loads(capsys.readouterr().out)["explanations"]
    assert "reads" not in [each["name"] for each in silent["evidence"]["terms"]]


def test_explain_needs_a_genome_to_lay_reads_on(
    library: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hairpins = tmp_path / "hairpins.fa"
    hairpins.write_text(f">mir\n{MIR_21}\n")
    assert main(["explain", str(hairpins), "--reads", str(library), "--quiet"]) == 2
    assert "no genome to lay them on" in capsys.readouterr().err


def test_a_script_lays_reads_on_a_hit(demo: Path, library: Path) -> None:
    hits = mirscan.scan(demo, decoys=0, tree=None)
    hit = next(each for each in hits if FIVE in each.hairpin.sequence)
    why = mirscan.explain(hit, genome=demo, reads=library).explanation
    term = why.evidence.term("reads")
    assert term is not None
    assert term.numbers["samples"] == {"blood": [94.0, 12.0]}
    assert why.stages, "the genome is at hand"
    assert mirscan.explain(hit).explanation.evidence.term("reads") is None
    with pytest.raises(UsageError, match="reads.*no genome to lay them on"):
        mirscan.explain(hit, reads=[library])
    with pytest.raises(InputError, match="outside the genome"):
        mirscan.explain(MIR_21, genome=demo, reads=library)
    with pytest.raises(InputError, match="no such file"):
        mirscan.explain(hit, genome=demo, reads="nowhere.bam")


def test_a_table_of_reads_wants_reads(demo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scan", str(demo), "-o", f"{tmp_path}/hits.tsv", "--counts", f"{tmp_path}/counts.tsv"]) == 2
    assert "--counts: there are no reads to count; expected --reads as well" in capsys.readouterr().err
    assert not any(tmp_path.iterdir())
