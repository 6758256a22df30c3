"""What the report draws: clusters, histograms and the map of the contigs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree

from helpers.reported import COUNT, HOSTILE, SVG, document

from mirscan.cli import main
from mirscan.report.clusters import NEAR
from mirscan.report.content import TIERS
from mirscan.report.contig_map import LINE, MOST_CONTIGS, cluster_rows, contig_map, rows
from mirscan.report.histogram import bits_histogram, score_histogram


def test_hits_near_each_other_are_clusters(report):
    assert [(each.place, len(each.hits)) for each in report.clusters] == [
        ("demo3:1-4087:-", 3),
        (f"{HOSTILE}:1001-5087:-", 3),
    ]
    for cluster in report.clusters:
        assert all(b.hairpin.start - a.hairpin.end <= NEAR for a, b in pairwise(cluster.hits))


def bars(svg):
    """Words of all bars of a histogram."""
    return [title.text for title in ElementTree.fromstring(svg).iter(f"{SVG}title")][1:]


def test_histograms_hold_every_hit_once(report):
    for drawn in (score_histogram, bits_histogram):
        said = [
            re.fullmatch(r"(\S+) to (\S+): (\d+) (\w+)", words).groups() for words in bars(drawn(report.hits))
        ]
        for tier in TIERS:
            count = sum(int(count) for _, _, count, name in said if name == tier)
            assert count == sum(hit.tier == tier for hit in report.hits)
    low, high, _, _ = re.fullmatch(
        r"(\S+) to (\S+): (\d+) (\w+)", bars(score_histogram(report.hits))[0]
    ).groups()
    assert float(low) <= min(hit.score for hit in report.hits) < float(high)


def test_a_single_hit_has_its_histogram(report):
    for drawn in (score_histogram, bits_histogram):
        assert len(bars(drawn(report.hits[:1]))) == 1


def test_the_map_draws_each_hit_on_its_strand(report):
    drawn = rows(report.best, report.clusters, report.lengths)
    assert [row.name for row in drawn] == list(report.lengths)
    svg = ElementTree.fromstring(contig_map(drawn))
    steps = [
        path.get("d")
        for path in svg.iter(f"{SVG}path")
        if path.find(f"{SVG}title") is not None and "v" in path.get("d")
    ]
    assert len(steps) == COUNT
    assert all(re.fullmatch(r"M[\d.]+ 0v13", step) for step in steps)  # all lie on the minus strand
    assert "var(" not in contig_map(drawn)


def test_a_cluster_is_drawn_as_far_as_it_reaches(report):
    first, _ = drawn = cluster_rows(report.best, report.clusters)
    assert (first.name, first.start, first.length, len(first.hits)) == ("demo3:1-4087:-", 0, 4087, 3)
    svg = ElementTree.fromstring(contig_map(drawn, one_scale=False))
    named = [path for path in svg.iter(f"{SVG}path") if path.find(f"{SVG}title") is not None]
    assert len(named) == 6
    assert {path.get("stroke-width") for path in named} == {f"{round(87 * LINE / 4087, 1):g}"}
    words = [text.text for text in svg.iter(f"{SVG}text")]
    assert "mir-21" in words  # hsa-mir-21 without its species
    assert cluster_rows(report.best, [replace(report.clusters[0], hits=report.clusters[0].hits[:2])]) == []


def test_of_many_contigs_those_with_most_hits_are_drawn(report):
    hits = [report.hits[at % COUNT] for at in range(3)]
    lengths = {f"c{at}": 1_000 for at in range(MOST_CONTIGS + 5)}
    many = [
        replace(hit, hairpin=replace(hit.hairpin, contig=name, start=1, end=88))
        for at, name in enumerate(lengths)
        for hit in hits[: 1 if at < 5 else 2]
    ]
    assert [row.name for row in rows(many, [], lengths)] == list(lengths)[5:]


def test_the_pictures_as_files(run, tmp_path):
    source = tmp_path / "hits.json"
    source.write_text(json.dumps(document(run)))
    known = ["--summary", str(run / "run.json"), "--svg", str(tmp_path / "svg"), "--quiet"]
    assert main(["report", str(source), *known]) == 0
    names = sorted(path.name for path in (tmp_path / "svg").iterdir())
    assert names == [f"hits.json-{name}.svg" for name in ("bits", "clusters", "contigs", "funnel", "scores")]
    for name in names:
        svg = (tmp_path / "svg" / name).read_text()
        assert "var(" not in svg
        assert ElementTree.fromstring(svg).tag == f"{SVG}svg"
