"""Explanations: what is said of a hairpin, in the terminal and as JSON."""

from __future__ import annotations

import json
import random
import sys
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from mirscan.cli import main
from mirscan.demo import PRECURSORS, example_genome
from mirscan.errors import UsageError
from mirscan.explanation import words
from mirscan.explanation.as_json import as_dict, lines
from mirscan.explanation.explainer import Explainer
from mirscan.explanation.hairpins import of_fasta
from mirscan.explanation.neighbours import save_neighbours
from mirscan.explanation.page_hit import article
from mirscan.explanation.request import ExplainRequest
from mirscan.explanation.results import of_result
from mirscan.explanation.stage_result import StageResult
from mirscan.explanation.terminal import levels, panel
from mirscan.records import Arms, Hairpin, on_genome
from mirscan.scoring.scorer import Scorer
from mirscan.tree.judge import Judge


@pytest.fixture(scope="module")
def fasta(tmp_path_factory):
    path = tmp_path_factory.mktemp("hairpins") / "hairpins.fa"
    no_stem, longest = "A" * 60, "GCAU" * 30 + "AAAA" + "AUGC" * 30
    records = {"mir-17": PRECURSORS["hsa-mir-17"], "no stem": no_stem, "long": longest}
    path.write_text("".join(f">{name.replace(' ', '_')}\n{bases}\n" for name, bases in records.items()))
    return str(path)


@pytest.fixture(scope="module")
def explained(explainer, fasta):
    return list(explainer.explain(of_fasta(fasta).subjects))


def test_scores_and_rules_are_those_of_the_scan(explained, explainer):
    hairpins = [explanation.hairpin for explanation in explained]
    assert [e.scores["scan"] for e in explained] == Scorer("scan", "cpu").scores(hairpins).tolist()
    assert [e.rule for e in explained] == Judge("diva-tree", "cpu").rules(hairpins)
    assert [e.called for e in explained] == [True, False, False]


def test_a_known_precursor_is_its_own_neighbour(explained):
    nearest = explained[0].neighbours[0]
    assert nearest.name.endswith("mir-17")
    assert nearest.distance < 0.01
    distances = [near.distance for near in explained[0].neighbours]
    assert distances == sorted(distances)


def test_the_reconstruction_resembles_the_image(explained):
    image, again = explained[0].image, explained[0].reconstruction
    coloured = (image > 0) | (again > 0)
    assert ((image > 0) & (again > 0)).sum() > 0.6 * coloured.sum()


def test_what_is_alone_is_explained_like_in_company(explained, explainer, fasta):
    for subject, together in zip(of_fasta(fasta).subjects, explained, strict=True):
        alone = next(iter(explainer.explain([subject])))
        assert as_dict(alone) == as_dict(together)


def test_a_hairpin_without_a_stem(explained):
    explanation = explained[1]
    assert explanation.fell.name == "sieve"
    assert "no stem" in words.limits(explanation)[0]
    assert "no base pair" in explanation.fell.text


def test_a_hairpin_longer_than_its_image(explained):
    assert explained[2].columns > 100
    assert "sees the 100 from the loop" in words.limits(explained[2])[0]
    assert not words.limits(explained[0])


def test_neighbours_of_another_diva_are_not_shown(explainer, tmp_path, fasta):
    save_neighbours(tmp_path / "table", replace(explainer.table, latent="0" * 64), {})
    other = Explainer(ExplainRequest(device="cpu", neighbours=str(tmp_path / "table")))
    assert other.table is None
    assert next(iter(other.explain(of_fasta(fasta).subjects[:1]))).neighbours == []


def test_attention_sums_to_one_and_is_silent_where_nothing_is_seen(untrained, tmp_path):
    scorer = Scorer(str(untrained), "cpu")
    path = tmp_path / "hairpins.fa"
    path.write_text(f">short\n{PRECURSORS['hsa-mir-21']}\n>long\n{PRECURSORS['hsa-mir-17'] * 6}\n")
    short, long = (scorer.attention(subject.hairpin) for subject in of_fasta(str(path)).subjects)
    assert short.sum() == pytest.approx(1)
    assert np.isnan(long).sum() == len(long) - 400
    assert np.nansum(long) == pytest.approx(1)


def test_levels():
    assert levels(np.array([0.0, 0.5, 1.0, np.nan]), 4).tolist() == [0, 2, 3, 0]
    assert levels(np.array([np.nan, 0.0]), 4).tolist() == [0, 0]


def test_words_of_a_verdict(explained):
    hit = replace(explained[0], stages=None)
    assert words.verdict(hit).startswith(f"Called: scan and further evidence score it {hit.score:.6f}")
    assert words.verdict(replace(hit, min_score=1.0)).startswith("Not called: scan")
    stages = (StageResult("sieve", True, "a"), StageResult("first prefilter", None, "b"))
    assert words.verdict(replace(hit, stages=stages)) == "Called: it passes every stage of the scan."
    tier = StageResult("tier", None, "likely by its score alone: as many as…")
    assert words.verdict(replace(hit, stages=(*stages, tier))).endswith(
        "; its tier is likely by its score alone."
    )
    stages += (StageResult("score", False, "c"),)
    assert words.verdict(replace(hit, stages=stages)) == "Not called: it falls out at the score."
    listed = replace(hit, subject=replace(hit.subject, hit=True), min_score=1.0)
    assert words.verdict(listed).startswith("A hit of the result, but")
    assert [words.stage_line(stage)[0] for stage in stages] == ["✓", "–", "✗"]


def test_the_terminal_shows_the_hairpin(scanned, untrained, capsys):
    subject = of_result(str(scanned / "hits.json")).subjects[0]
    own = ["--model", str(untrained)]
    assert main(["explain", str(scanned / "hits.json"), "--id", subject.name, "--what-if=no", *own]) == 0
    out = capsys.readouterr().out
    assert subject.name in out
    assert subject.hairpin.sequence[:60] in out
    assert subject.hairpin.structure[:60] in out
    assert f"{subject.hairpin.mfe:.2f} kcal/mol" in out
    assert "The tree says" in out
    assert main(["explain", str(scanned / "genome.fa"), "demo:1-60:-", "--what-if=no", *own]) == 0
    out = capsys.readouterr().out
    assert "60 nt" in out
    assert "✗ sieve" in out or "✓ sieve" in out


def test_json_holds_the_explanation(explained, explainer):
    content = json.loads("".join(lines(explained, explainer)))
    assert (content["format"], content["format_version"]) == ("mirscan-explanations", 2)
    first = content["explanations"][0]
    assert first["sequence"] == PRECURSORS["hsa-mir-17"]
    assert first["scores"] == dict(explained[0].scores)
    assert len(first["image"]["drawn"]) == len(first["image"]["reconstruction"]) == 25
    assert first["stages"][-1]["name"] == "rule"
    assert first["rule"]["text"] == explained[0].rule.text
    assert len(content["explanations"]) == 3


def test_a_result_of_other_weights_is_said_to_be(scanned, capsys, tmp_path):
    content = json.loads((scanned / "hits.json").read_text())
    content["model"], content["hits"] = "scan", content["hits"][:1]
    path = tmp_path / "old.json"
    path.write_text(json.dumps(content))
    assert main(["explain", str(path), "--json", "--what-if=no"]) == 0
    said = capsys.readouterr()
    assert "with other weights" in said.err
    assert json.loads(said.out)["min_score"] == 0


class PlacedArms:
    """Arms of every hairpin: the bases 2..5 and 10..14 of its own strand."""

    def all_arms(self, hairpins, starts):
        return [Arms(on_genome(one, (2, 5)), on_genome(one, (10, 14))) for one in hairpins[1:]] + [None]


@pytest.mark.parametrize("strand", ["+", "-"])
def test_arms_are_marked_on_the_hairpin_s_own_strand(explainer, fasta, monkeypatch, capsys, strand):
    subject = of_fasta(fasta).subjects[0]
    own = replace(subject.hairpin, start=1000, end=1000 + len(subject.hairpin), strand=strand)
    subjects = [replace(subject, hairpin=own, surroundings=None)] * 2
    monkeypatch.setattr(explainer, "_arms", PlacedArms())
    placed, without = explainer.explain(subjects)
    assert placed.arms == [(2, 5, "5p"), (10, 14, "3p")]
    assert without.arms == []
    assert as_dict(placed)["arms"][1] == {"name": "3p", "start": 10, "end": 14}
    Console(highlight=False).print(panel(placed))
    printed = capsys.readouterr().out.splitlines()
    marked = next(line for line in printed if line.rstrip().endswith("mature arms"))
    assert marked.rstrip() == f"{' ' * 9}555{' ' * 5}3333{' ' * 46}  mature arms"
    assert "the mature arms, 5p" in article(placed, explainer.judge.tree, None, "h1")
    assert "the mature arms, 5p" not in article(without, explainer.judge.tree, None, "h1")


@pytest.mark.parametrize(
    ("made", "asked", "used"),
    [
        ("fast", [], "fast"),
        ("fast", ["--sensitivity", "default"], "default"),
        (None, [], "default"),
        (None, ["--sensitivity", "fast"], "fast"),
    ],
)
def test_the_sensitivity_is_that_of_the_scan(made, asked, used, scanned, tmp_path, monkeypatch):
    content = json.loads((scanned / "hits.json").read_text())
    content["options"]["sensitivity"] = made
    (tmp_path / "hits.json").write_text(json.dumps(content))
    seen = []

    def explainer(asked):
        seen.append(asked.sensitivity or "default")
        raise UsageError("enough", "seen")

    monkeypatch.setattr(sys.modules["mirscan.explanation.explainer"], "Explainer", explainer)
    assert main(["explain", str(tmp_path / "hits.json"), "--json", *asked]) == 2
    assert seen == [used]


def test_scores_are_those_of_the_scan_s_prevalence(tmp_path, capsys):
    dna, planted = example_genome()
    place = planted[-1]
    (tmp_path / "genome.fa").write_text(
        f">{place.contig}\n{dna[place.contig][place.start - 300 : place.end + 300]}\n"
    )
    outputs = [
        argument for suffix in ("json", "gff3") for argument in ("-o", str(tmp_path / f"hits.{suffix}"))
    ]
    common = ["--threads=1", "--tree=none", "--prevalence=0.01", "--decoys=off", "--quiet"]
    common.append("--evidence=hairpin")
    assert main(["scan", str(tmp_path / "genome.fa"), *outputs, *common]) == 0
    hit = json.loads((tmp_path / "hits.json").read_text())["hits"][0]
    for result in ("hits.json", "hits.gff3"):
        source = [str(tmp_path / result), "--genome", str(tmp_path / "genome.fa")]
        assert main(["explain", *source, "--json", "--what-if=no"]) == 0
        said = json.loads(capsys.readouterr().out)["explanations"][0]
        assert said["scores"]["scan"] == hit["score"]
        assert said["called"]
    assert Scorer("scan", "cpu").scores([Hairpin(**{k: hit[k] for k in Hairpin.__slots__})])[0] < hit["score"]


def test_a_screen_shows_the_score_that_decides_and_no_other_unasked(explained) -> None:
    for explanation in explained:
        assert list(explanation.scores) == ["scan"]
        assert words.scores(explanation) == [("score", explanation.score)]
        assert explanation.attention_model == "scan", "whose LSTM is in the score"


def test_a_model_that_is_asked_for_is_shown_at_the_same_prevalence(fasta) -> None:
    explainer = Explainer(ExplainRequest(device="cpu", also=("cross_species",)))
    subjects = of_fasta(fasta).subjects
    shown = [explanation.scores["cross_species"] for explanation in explainer.explain(subjects)]
    alone = Scorer("cross_species", "cpu")
    theirs, ours = (prior / (1 - prior) for prior in (alone.prior, explainer.scorer.prior))
    for score, here in zip(alone.scores([each.hairpin for each in subjects]), shown, strict=True):
        odds = min(score, 1 - 1e-6) / (1 - min(score, 1 - 1e-6)) / theirs * ours
        assert here == pytest.approx(odds / (1 + odds), abs=2e-3)
    assert shown[0] < alone.scores([subjects[0].hairpin])[0], "of a thousand candidates one is a precursor"


def test_another_model_judges_by_its_own_threshold(scanned) -> None:
    result = of_result(str(scanned / "hits.json"))
    assert result.made.min_score == 0
    other = ExplainRequest(model="cross_species", device="cpu").about(result)
    assert other.min_score is None
    assert Explainer(other).min_score == Scorer("cross_species", "cpu").min_score
    assert ExplainRequest(device="cpu", model=result.made.model).about(result).min_score == 0


def test_a_place_scores_what_a_scan_gives_it_with_its_far_neighbours(tmp_path, capsys):
    dice = random.Random(3)
    bases = dice.choices("ACGT", k=14_000)
    for start, name in ((2_000, "hsa-mir-17"), (9_000, "hsa-mir-21")):
        precursor = PRECURSORS[name].replace("U", "T")
        bases[start : start + len(precursor)] = precursor
    genome, hits = tmp_path / "genome.fa", tmp_path / "hits.json"
    genome.write_text(f">c\n{''.join(bases)}\n")
    common = ["--threads=1", "--quiet"]
    assert main(["scan", str(genome), "-o", str(hits), "--tree=none", "--decoys=off", *common]) == 0
    found = {hit["name"]: hit for hit in json.loads(hits.read_text())["hits"]}
    assert len(found) >= 2
    assert main(["explain", str(genome), *found, "--json", "--what-if=no", *common]) == 0
    for said in json.loads(capsys.readouterr().out)["explanations"]:
        hit = found[said["name"]]
        score = next(stage for stage in said["stages"] if stage["name"] == "score")
        assert said["called"]
        assert score["value"] == hit["score"]
        assert said["evidence"]["bits"] == hit["evidence"]["bits"]
        assert any(term["name"] == "neighbours" and term["bits"] > 0 for term in said["evidence"]["terms"])
