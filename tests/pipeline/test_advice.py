"""What a scan says that found nothing, or nothing known."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest

from mirscan.demo import PRECURSORS
from mirscan.genome.access import Genome
from mirscan.pipeline.advice import advice
from mirscan.pipeline.finish import Finish
from mirscan.pipeline.journal import Journal
from mirscan.pipeline.known import Loci, Locus, Recall
from mirscan.pipeline.request import ScanRequest
from mirscan.pipeline.start import ready
from mirscan.pipeline.tiers import Limits

AT = 1_000
PRECURSOR = PRECURSORS["hsa-mir-155"]
END = AT + len(PRECURSOR)
HERE = Locus("mir-155", "chr1", AT, END, "+")
NOWHERE = Locus("mir-0", "chr1", 20, 80, "+")
EVIDENCE = ("hairpin",)  # by which the precursor is there, and no sure hit


@pytest.fixture(scope="module")
def genome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Genome]:
    """A precursor between random bases that begin with A only."""
    dice = random.Random(4)
    before, after = (dice.choices("ACGU", k=900) for _ in range(2))
    path = tmp_path_factory.mktemp("advice") / "genome.fa"
    path.write_text(f">chr1\n{'A' * 100}{''.join(before)}{PRECURSOR}{''.join(after)}\n")
    with Genome.open(str(path)) as opened:
        yield opened


def said(
    genome: Genome, known: list[Locus], alone: bool = False, **asked: object
) -> tuple[Finish, list[str]]:
    """A finished scan and its advice, without the genome where it is alone."""
    request = ScanRequest(evidence=EVIDENCE, decoys=0, tree=None, arms=None, clade="vertebrates", **asked)  # type: ignore[arg-type]
    scan = ready(request, genome)
    with closing(Journal.new(scan.header())) as journal:
        scan.search(journal)
        finish = scan.finish(journal, Recall(Loci(known)))
        assert len(list(finish.hits())) == finish.funnel.hits
        return finish, advice(finish, None if alone else scan)


@pytest.fixture(scope="module")
def score(genome: Genome) -> float:
    request = ScanRequest(evidence=EVIDENCE, decoys=0, tree=None, arms=None, min_score=0.01)
    return max(hit.score for hit in ready(request, genome).hits() if hit.hairpin.start in range(AT - 30, END))


def test_who_finds_what_is_known_gets_no_advice(genome: Genome, score: float) -> None:
    finish, sentences = said(genome, [HERE], min_score=0.01)
    assert score >= 0.01
    assert finish.funnel.hits
    assert sentences == []


def test_the_known_below_the_threshold_are_named_with_the_option_that_shows_them(
    genome: Genome, score: float
) -> None:
    finish, sentences = said(genome, [HERE], min_score=0.9999)
    assert finish.funnel.hits == 0
    assert "none of 1 known is a hit" in sentences[-1]
    assert f"mir-155 {score:.3f}" in sentences[-1]
    _, words = sentences[-1].rsplit("`", 2)[0:2]
    option, value = words.split()
    again, _ = said(
        genome, [HERE], **({"tier": value} if option == "--tier" else {"min_score": float(value)})
    )
    assert again.known is not None
    assert again.known.found == {0}


def test_the_next_best_are_those_that_the_journal_holds(genome: Genome, score: float) -> None:
    lowest = min(0.999, score + 0.01)
    finish, (sentence,) = said(genome, [HERE], alone=True, min_score=lowest)
    assert finish.funnel.hits == 0
    assert f"no hit reaches {lowest:g}" in sentence
    assert f"{score:.3f}" in sentence


def test_a_tier_that_no_score_reaches_is_not_laid_to_chance(
    genome: Genome, score: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Finish, "limits", Limits(times=1e-3))  # as strict as no genome is
    finish, (sentence,) = said(genome, [], alone=True, tier="high", min_score=0.01)
    assert finish.curve is not None
    lowest = finish.limits.lowest(finish.curve, "high")
    assert 0.01 < score < lowest
    assert f"no hit reaches {lowest:g}; the next best" in sentence
    assert "chance" not in sentence


def test_a_known_place_without_a_hairpin_is_said(genome: Genome) -> None:
    _, (sentence,) = said(genome, [NOWHERE], min_score=0.01)
    assert "mir-0" in sentence
    assert "mirscan explain GENOME chr1:21-80:+" in sentence


def test_a_known_strand_that_gave_way_to_the_other_is_said_with_its_score(genome: Genome) -> None:
    other = replace(HERE, name="anti", strand="-")
    _, sentences = said(genome, [other], min_score=0.9999)
    found = re.search(r"anti (0\.\d+) \(on the other strand (0\.\d+)\)", sentences[-1])
    assert found, sentences
    behind, better = map(float, found.groups())
    assert 0 < behind < better < 0.9999
    assert not any("less than" in each for each in sentences)
