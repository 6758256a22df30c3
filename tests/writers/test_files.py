"""Result files: valid by tools that are not ours, and each derived from the JSON."""

from __future__ import annotations

import gzip
import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import gffutils
import pysam
import pytest
from helpers.written import ALL, HITS, ODD, RULE, RUN, files

from mirscan.records import Arms, Hairpin, Hit, Label, Run
from mirscan.writers.outputs import Outputs


def tool(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.skip(f"needs {name}, which is not installed")
    return path


def test_gff3_is_valid_to_genometools(results: Path) -> None:
    done = subprocess.run(
        [tool("gt"), "gff3validator", str(results / "hits.gff3")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "input is valid GFF3" in done.stdout


def test_gff3_is_read_by_gffutils(results: Path) -> None:
    features = list(gffutils.create_db(str(results / "hits.gff3"), ":memory:").all_features(order_by="start"))
    by_id = {feature.id: feature for feature in features}
    assert set(by_id) == {hit.name for hit in HITS}
    feature = by_id["chr1:151-170:-"]
    assert (feature.featuretype, feature.start, feature.end, feature.strand) == ("pre_miRNA", 151, 170, "-")
    assert feature.attributes["mfe"] == ["-1.00"]
    assert feature.attributes["structure"] == ["((((............))))"]
    assert [unquote(part) for part in feature.attributes["rule"]] == [RULE.text.replace("→", "->")]
    assert feature.attributes["tree"] == ["precursor"]
    assert "rule" not in by_id["chr1:101-120:+"].attributes


def test_gff3_names_each_contig_with_hits_once_and_escapes_it(results: Path) -> None:
    lines = (results / "hits.gff3").read_text().splitlines()
    assert lines[0] == "##gff-version 3"
    regions = [line.split() for line in lines if line.startswith("##sequence-region")]
    assert [(unquote(name), start, end) for _, name, start, end in regions] == [
        ("chr1", "1", "5000"),
        (ODD, "1", "300"),
    ]
    assert ODD not in "".join(lines)


def test_the_dialect_of_mirbase(tmp_path: Path) -> None:
    with Outputs(files(tmp_path / "hits.gff", gff_dialect="mirbase"), RUN) as outputs:
        outputs.write(HITS[0])
    assert "\tmiRNA_primary_transcript\t101\t120\t0.875000\t+\t" in (tmp_path / "hits.gff").read_text()


PLACED = [
    Hit.of(Hairpin("chr1", 100, 180, "+", "ACGU" * 20, "." * 80, -9.0), 0.9).noted(
        arms=Arms((110, 132), (150, 172)),
        q_value=0.03125,
        known=Label("known", ("let-7", "a;b")),
    ),
    Hit.of(Hairpin("chr1", 120, 200, "-", "GGCA" * 20, "." * 80, -9.0), 0.8).noted(
        arms=Arms((168, 190), (125, 147)),
        known=Label("antisense", ("let-7",)),
    ),
]


@pytest.mark.parametrize("dialect", ["so", "mirbase"])
def test_arms_are_features_that_derive_from_their_hit(dialect: str, tmp_path: Path) -> None:
    path = tmp_path / "hits.gff3.gz"
    with Outputs(files(path, tmp_path / "plain.gff3", gff_dialect=dialect), RUN) as outputs:
        for hit in PLACED:
            outputs.write(hit)
    with pysam.TabixFile(str(path)) as table:
        lines = [line.split("\t") for line in table.fetch("chr1")]
    assert [(line[2] == "miRNA", int(line[3]), int(line[4]), line[6]) for line in lines] == [
        (False, 101, 180, "+"),
        (True, 111, 132, "+"),
        (False, 121, 200, "-"),
        (True, 126, 147, "-"),
        (True, 151, 172, "+"),
        (True, 169, 190, "-"),
    ]
    name = PLACED[1].name
    alias = f"Alias={name}-3p;" if dialect == "mirbase" else ""
    assert lines[3][8] == f"ID={name}-3p;{alias}Name={name}-3p;Derives_from={name}"
    done = subprocess.run(
        [tool("gt"), "gff3validator", str(tmp_path / "plain.gff3")], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def test_what_is_said_of_a_hit_is_in_every_table(tmp_path: Path) -> None:
    names = [str(tmp_path / f"hits.{suffix}") for suffix in ("gff3", "tsv", "json")]
    with Outputs(files(*names), RUN) as outputs:
        for hit in PLACED:
            outputs.write(hit)
    features = gffutils.create_db(names[0], ":memory:")
    attributes = features[PLACED[0].name].attributes
    assert (attributes["q_value"], attributes["known"]) == (["0.031250"], ["known"])
    assert [unquote(name) for name in attributes["known_names"]] == ["let-7 a;b"]
    head, first, second = (line.split("\t") for line in Path(names[1]).read_text().splitlines())
    one, other = (dict(zip(head, row, strict=True)) for row in (first, second))
    assert (one["arm_5p"], one["arm_3p"]) == ("111-132", "151-172")
    assert one["mature_5p"] == PLACED[0].hairpin.sequence[10:32]
    assert other["mature_5p"] == PLACED[1].hairpin.sequence[10:32], "5′ to 3′ on its own strand"
    assert (one["q_value"], other["q_value"], other["known"]) == ("0.031250", "", "antisense")
    hits = json.loads(Path(names[2]).read_text())["hits"]
    assert hits[0]["arms"] == {"five_prime": [110, 132], "three_prime": [150, 172]}
    assert hits[0]["known"] == {"kind": "known", "names": ["let-7", "a;b"]}
    assert (hits[0]["q_value"], hits[1]["q_value"]) == (0.03125, None)


def test_bed_is_read_by_bedtools(results: Path) -> None:
    command = [tool("bedtools"), "merge", "-s", "-c", "5", "-o", "max", "-i", str(results / "hits.bed")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["chr1\t100\t120\t875", "chr1\t150\t170\t1000", f"{ODD}\t0\t20\t500"]


@pytest.mark.parametrize("suffix", ["gff3.gz", "bed.gz"])
def test_tabix_finds_the_hits(results: Path, suffix: str) -> None:
    with pysam.TabixFile(str(results / f"hits.{suffix}")) as table:
        assert len(list(table.fetch("chr1", 110, 111))) == 1
        assert len(list(table.fetch("chr1"))) == 2


def test_a_long_contig_gets_a_csi_index(tmp_path: Path) -> None:
    run = Run("9.9", "m", "s", {}, {"chr1": 600_000_000})
    with Outputs(files(tmp_path / "hits.bed.gz"), run) as outputs:
        outputs.write(
            Hit("far", Hairpin("chr1", 550_000_000, 550_000_020, "+", "A" * 20, "." * 20, 0.0), 1.0)
        )
    with pysam.TabixFile(str(tmp_path / "hits.bed.gz"), index=str(tmp_path / "hits.bed.gz.csi")) as table:
        assert len(list(table.fetch("chr1", 550_000_000, 550_000_001))) == 1


@pytest.mark.parametrize("suffix", ["gff3", "bed", "tsv", "json", "fa"])
def test_compressed_is_the_same_text(results: Path, suffix: str) -> None:
    assert (
        gzip.decompress((results / f"hits.{suffix}.gz").read_bytes())
        == (results / f"hits.{suffix}").read_bytes()
    )


def test_every_format_derives_from_the_json(results: Path) -> None:
    content = json.loads((results / "hits.json").read_text())
    assert content["format"] == "mirscan-hits"
    assert content["contigs"] == {"chr1": 5000, ODD: 300}
    rules = [each.pop("rule") for each in content["hits"]]
    assert rules == [None, json.loads(json.dumps(RULE.as_dict())), None]
    for later in ("arms", "q_value", "known", "other_strand", "copies", "rank", "tier", "arms_from"):
        assert [each.pop(later) for each in content["hits"]] == [None, None, None]
    assert [each.pop("repeated") for each in content["hits"]] == [0.0, 0.0, 0.0]
    hits = [
        Hit(each.pop("name"), score=each.pop("score"), hairpin=Hairpin(**each)) for each in content["hits"]
    ]
    assert hits == [replace(hit, notes={}) for hit in HITS]


def test_table_and_fasta(results: Path) -> None:
    rows = [line.split("\t") for line in (results / "hits.tsv").read_text().splitlines()]
    assert [row[5] for row in rows[1:]] == sorted((row[5] for row in rows[1:]), reverse=True), (
        "the best first"
    )
    named = {row[0]: dict(zip(rows[0], row, strict=True)) for row in rows[1:]}
    first, second = named[HITS[0].name], named[HITS[1].name]
    assert (first["start"], first["end"], first["score"], first["length"]) == ("101", "120", "0.875000", "20")
    assert (first["rule"], second["rule"], second["rule_disagreements"]) == ("", RULE.text, "1")
    assert (results / "hits.fa").read_text().startswith(">chr1:101-120:+ score=0.875000 mfe=-12.50\nACGU")


@pytest.mark.parametrize("suffix", ALL)
def test_no_hits_is_a_valid_file(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"hits.{suffix}"
    with Outputs(files(path), RUN):
        pass
    assert path.exists()
    if suffix == "json":
        assert json.loads(path.read_text())["hits"] == []
