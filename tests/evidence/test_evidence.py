"""The sum of evidence: its bits add up, each kind can be switched off, a new kind is a class and a line."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mirscan.alphabet import Codes
from mirscan.cli import main
from mirscan.errors import UsageError
from mirscan.evidence import registry
from mirscan.evidence.kind import Detector, Kind, Rescued, Setup, Weighed
from mirscan.evidence.registry import parse_evidence
from mirscan.evidence.score import BIT, Sum, Term, log_odds, probability
from mirscan.evidence.weighing import Evidence
from mirscan.pipeline.search import Search
from mirscan.pipeline.stretches import Stretch
from mirscan.records import Call, Flanks, Hairpin, Window
from mirscan.sieve.candidates import Candidates

BITS = st.floats(-40, 40).map(lambda bits: round(bits, 2))


def call(start: int, odds: float = 0.0, contig: str = "chr1", strand: str = "+", **measured: Any) -> Call:
    return Call(Hairpin(contig, start, start + 80, strand, "A" * 80, "." * 80, -30.0), odds, measured)


@given(st.floats(1e-4, 0.5), st.floats(-30, 30), st.lists(BITS, max_size=5))
def test_the_printed_bits_add_up_to_the_printed_score(prior: float, odds: float, more: list[float]) -> None:
    terms = tuple(Term(f"kind{at}", bits) for at, bits in enumerate(more))
    evidence = Sum.of(prior, odds, terms)
    printed = evidence.as_dict()
    total = printed["prior"] + sum(term["bits"] for term in printed["terms"])
    assert round(total, 2) == pytest.approx(printed["bits"], abs=1e-9)
    low, high = (probability((printed["bits"] + off) * BIT) for off in (-0.005001, 0.005001))
    assert low <= evidence.score <= high


@given(st.floats(1e-4, 0.5), st.floats(-30, 30), BITS, BITS)
def test_switching_a_kind_off_changes_its_own_term_and_nothing_else(
    prior: float, odds: float, one: float, other: float
) -> None:
    both = Sum.of(prior, odds, (Term("one", one), Term("other", other)))
    alone = Sum.of(prior, odds, (Term("one", one),))
    assert both.terms[:2] == alone.terms
    assert both.prior == alone.prior
    assert both.total - alone.total == pytest.approx(other * BIT)
    assert Sum.of(prior, odds).score == probability(odds)


@pytest.mark.parametrize("score", [0.0, 0.000001, 0.297, 0.999999, 1.0])
def test_a_score_survives_its_log_odds(score: float) -> None:
    assert probability(log_odds(score)) == score
    assert math.isfinite(log_odds(score))


@pytest.mark.parametrize(("text", "found"), [("hairpins", "hairpin"), ("", "lets no network score")])
def test_an_unknown_kind_is_refused_with_the_close_ones(text: str, found: str) -> None:
    with pytest.raises(UsageError, match=found):
        parse_evidence(text)


class Beside(Kind):
    """Calls within a kilobase, as a kind that needs its surroundings."""

    name = "beside"
    description = "for the tests"
    reach = 1000

    def weigh(self, call: Call, near: Sequence[Weighed]) -> Term:
        return Term(self.name, len(near), "calls near by", {"starts": [w.call.hairpin.start for w in near]})

    def most_bits(self, call: Call) -> float:
        return 3.0


def brute_force(calls: list[Call]) -> Iterator[list[int]]:
    for at, each in enumerate(calls):
        here = each.hairpin
        yield [
            other.hairpin.start
            for i, other in enumerate(calls)
            if i != at
            and other.hairpin.contig == here.contig
            and other.hairpin.start - here.end <= 1000
            and here.start - other.hairpin.end <= 1000
        ]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 6000)), max_size=40))
def test_a_kind_with_reach_sees_the_calls_near_by_and_no_others(places: list[tuple[str, int]]) -> None:
    calls = [call(start, contig=contig) for contig, start in sorted(places)]
    hits = list(Evidence([Beside(Setup())]).hits(calls))
    assert [hit.hairpin for hit in hits] == [each.hairpin for each in calls]
    terms = [hit.evidence.term("beside") for hit in hits if hit.evidence]
    assert [term.numbers["starts"] for term in terms if term] == list(brute_force(calls))


def test_what_could_not_become_a_hit_is_not_kept() -> None:
    evidence = Evidence([Beside(Setup())], 0.001)
    calls = [call(0, log_odds(0.5) - bits * BIT) for bits in (0, 2.99, 3.01)]
    assert evidence.kept(calls, 0.5) == calls[:2]
    assert Evidence().kept(calls, 0.5) == calls[:1]


WANTED = "GGAUCCGUAGCUAGGCUAACCGGUAUGC"  # what `Planted` takes for a known arm


class PlantedDetector:
    """Rescues every place of a fixed arm, and says where it lies in a hairpin."""

    def rescue(self, codes: Codes, found: Candidates) -> Rescued:
        text = "".join("ACGUN"[code] for code in codes.tolist())
        at = [i for i in range(len(text)) if text.startswith(WANTED, i)]
        start = np.array(at, dtype=found.start.dtype)
        more = Candidates(start, start + len(WANTED) + 40, np.zeros(len(at), dtype=found.energy.dtype))
        return Rescued(np.zeros(len(found), np.bool_), more)

    def measure(self, hairpins: Sequence[Hairpin], flanks: Sequence[Flanks | None]) -> list[Any]:
        places = [hairpin.sequence.find(WANTED) for hairpin in hairpins]
        return [None if place < 0 else {"at": place} for place in places]


class Planted(Kind):
    """A kind as its author would write it."""

    name = "planted"
    description = "for the tests"

    def __init__(self, setup: Setup) -> None:
        self._seen = 0

    def facts(self) -> dict[str, str | float | int]:
        return {"arm": WANTED}

    def detector(self) -> Detector:
        return PlantedDetector()

    def most_bits(self, call: Call) -> float:
        return 30.0 if self.name in call.measured else 0.0

    def look_over(self, calls: Iterable[Call], bases: int) -> None:
        self._seen = sum(1 for _ in calls)

    def weigh(self, call: Call, near: Sequence[Weighed]) -> Term:
        measured = call.measured.get(self.name)
        if measured is None:
            return Term(self.name, 0.0)
        return Term(self.name, 30.0, f"its arm begins at {measured['at']}", {**measured, "calls": self._seen})


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.REGISTERED, "planted", f"{__name__}:Planted")


def test_a_detector_rescues_what_sieve_and_prefilters_drop() -> None:
    """A place without any hairpin, at which everything else would stop."""
    bases = "A" * 300 + WANTED + "A" * 300
    window = Window("chr1", 0, len(bases), 0, len(bases))
    assert not Search().__call__([Stretch(window, bases)]).hairpins
    found = Search(detectors={"planted": PlantedDetector()})([Stretch(window, bases)])
    assert [(hairpin.start, hairpin.strand) for hairpin in found.hairpins] == [(300, "+")]
    assert found.measured == [{"planted": {"at": 0}}]


@pytest.fixture(scope="module")
def genome(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three places of the arm, one on the minus strand and one across a chunk border of no shard."""
    random = np.random.default_rng(3)
    bases = "".join(random.choice(list("ACGT"), 120_000))
    arm = WANTED.replace("U", "T")
    for at, letters in (
        (7_000, arm),
        (49_990, arm),
        (90_000, arm.translate(str.maketrans("ACGT", "TGCA"))[::-1]),
    ):
        bases = bases[:at] + letters + bases[at + len(letters) :]
    path = tmp_path_factory.mktemp("genome") / "genome.fa"
    path.write_text(f">chr1\n{bases}\n")
    return path


QUIET = ["--quiet", "--threads", "1", "--tree", "none", "--arms", "none"]


def scan(genome: Path, out: Path, *more: str) -> dict[str, Any]:
    assert main(["scan", str(genome), "-o", str(out), *QUIET, *more]) == 0
    content: dict[str, Any] = json.loads(out.read_text())
    return content


@pytest.mark.usefixtures("planted")
def test_a_new_kind_is_a_class_and_a_line(genome: Path, tmp_path: Path) -> None:
    found = scan(genome, tmp_path / "hits.json", "--evidence", "hairpin,planted")
    assert found["options"]["evidence"] == "hairpin,planted"
    assert found["options"]["planted_arm"] == WANTED
    lifted = {hit["strand"] for hit in found["hits"] if WANTED in hit["sequence"]}
    assert lifted == {"+", "-"}
    assert sum(WANTED in hit["sequence"] for hit in found["hits"]) == 3
    assert max(hit["score"] for hit in found["hits"]) > 0.99
    without = scan(genome, tmp_path / "bare.json", "--evidence", "hairpin")
    assert not any(WANTED in hit["sequence"] for hit in without["hits"])
    assert "evidence" not in without["options"]


@pytest.mark.usefixtures("planted")
def test_shards_weigh_as_the_whole(genome: Path, tmp_path: Path) -> None:
    whole = scan(genome, tmp_path / "hits.json", "--evidence", "planted,hairpin")
    shards = [str(tmp_path / f"{part}.shard") for part in (1, 2)]
    for part, shard in enumerate(shards, 1):
        asked = ["--shard", f"{part}/2", "--evidence", "hairpin,planted"]
        assert main(["scan", str(genome), "-o", shard, *QUIET, *asked]) == 0
    assert main(["merge", *shards, "-o", str(tmp_path / "merged.json"), "--quiet"]) == 0
    assert json.loads((tmp_path / "merged.json").read_text()) == whole


@pytest.mark.usefixtures("planted")
def test_a_merge_refuses_other_weights(
    genome: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shard = str(tmp_path / "1.shard")
    asked = ["--shard", "1/1", "--evidence", "hairpin,planted"]
    assert main(["scan", str(genome), "-o", shard, *QUIET, *asked]) == 0
    monkeypatch.setattr(Planted, "facts", lambda self: {"arm": "ACGU"})
    assert main(["merge", shard, "-o", str(tmp_path / "merged.json"), "--quiet"]) == 1
    assert "planted_arm" in capsys.readouterr().err
    assert not (tmp_path / "merged.json").exists()


@pytest.mark.usefixtures("planted")
def test_explain_weighs_what_the_scan_weighed(
    genome: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = scan(genome, tmp_path / "hits.json", "--evidence", "hairpin,planted")
    hit = next(each for each in found["hits"] if WANTED in each["sequence"])
    asked = ["explain", str(tmp_path / "hits.json"), "--id", hit["name"], "--threads", "1", "--quiet"]
    assert main([*asked, "--genome", str(genome), "--what-if", "no", "--json"]) == 0
    (explanation,) = json.loads(capsys.readouterr().out)["explanations"]
    assert explanation["called"]
    assert explanation["evidence"] == hit["evidence"]
    assert all(stage["passed"] is not False for stage in explanation["stages"])
    assert main([*asked, "--what-if", "no"]) == 0
    told = capsys.readouterr().out
    assert "+30.00 bits by planted: its arm begins at" in told
    assert "and further evidence score it" in told
