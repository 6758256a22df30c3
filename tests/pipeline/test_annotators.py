"""What is said of a hit comes from one list: a new column is a class and a line, and shows up everywhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import jsonschema
import numpy as np
import pytest
from helpers.external import WRAPPERS

import mirscan
from mirscan.evidence.score import Sum, Term
from mirscan.explanation import words
from mirscan.explanation.as_json import registry as used_by_explain
from mirscan.explanation.results import of_result
from mirscan.pipeline.annotators import registry
from mirscan.pipeline.annotators.annotator import Annotator, Column, Count
from mirscan.pipeline.annotators.arms import MatureArms
from mirscan.pipeline.annotators.arms_from import ArmsFrom
from mirscan.pipeline.annotators.family import FamilyName
from mirscan.pipeline.finish import Finish
from mirscan.pipeline.funnel import Funnel
from mirscan.pipeline.journal import Chunk
from mirscan.pipeline.plan import Plan
from mirscan.records import Arms, Call, Hairpin, Hit, Label, Run
from mirscan.scoring.arm_decoding import Starts
from mirscan.writers import columns
from mirscan.writers.outputs import Outputs
from mirscan.writers.result_files import ResultFiles
from mirscan.writers.summary import table

RUN = Run("9.9", "some-model", "a" * 64, {"min_score": 0.5}, {"chr1": 5000})
HAIRPIN = Hairpin("chr1", 100, 180, "+", "ACGU" * 20, "((((....))))" * 6 + "." * 8, -9.0)


def to(*names: str | Path, **more: Any) -> ResultFiles:
    return ResultFiles(tuple(map(str, names)), **more)


class Purines(Annotator):
    """The share of purines, as an author of a new column would write it."""

    name = "purines"
    description = "the share of purines"
    columns = (
        Column("purines", "The share of A and G", lambda hit: f"{hit.notes['purines']:.3f}", "number"),
    )
    counts = (Count("rich_in_purines", "Hits of half purines.", lambda hit: hit.notes["purines"] >= 0.5),)
    stage = "purines"

    def annotate(self, hits: Iterable[Hit]) -> Iterator[Hit]:
        for hit in hits:
            with self.timed():
                letters = hit.hairpin.sequence
                share = (letters.count("A") + letters.count("G")) / len(letters)
            yield hit.noted(purines=share)


@pytest.fixture
def purines(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one registration."""
    monkeypatch.setattr(registry, "ANNOTATORS", [*registry.ANNOTATORS, Purines])


def finished() -> tuple[list[Hit], Funnel]:
    funnel = Funnel()
    chunk = Chunk({"bases": 5000}, [Call(HAIRPIN, 2.0)])
    finish = Finish(Plan({"chr1": 5000}, 500), lambda: [chunk], funnel, annotators=[Purines()])
    return list(finish.hits()), funnel


@pytest.mark.usefixtures("purines")
def test_a_new_column_is_a_class_and_a_line(tmp_path: Path) -> None:
    hits, funnel = finished()
    names = {suffix: str(tmp_path / f"hits.{suffix}") for suffix in ("gff3", "tsv", "json")}
    with Outputs(to(*names.values()), RUN) as outputs:
        for hit in hits:
            outputs.write(hit)
    assert ";purines=0.500" in Path(names["gff3"]).read_text()
    head, row = (line.split("\t") for line in Path(names["tsv"]).read_text().splitlines())
    assert (head[-1], row[-1]) == ("purines", "0.500")
    content = json.loads(Path(names["json"]).read_text())
    assert content["hits"][0]["purines"] == 0.5
    schema = columns.hits_schema()
    jsonschema.validate(content, schema)
    assert "purines" in schema["properties"]["hits"]["items"]["required"]
    assert columns.documented().endswith("| `purines` | the share of purines |")
    assert mirscan.to_frame(hits)["purines"].tolist() == [0.5]
    assert funnel.facts()["rich_in_purines"] == 1
    assert "purines" in funnel.seconds
    facts = {"funnel": funnel.facts(), "q_values": None, "known": None, "seconds": {"total": 1.0}}
    assert "  rich_in_purines" in table({**facts, "megabases_per_second": 1.0})


@pytest.mark.usefixtures("purines")
@pytest.mark.parametrize("suffix", ["json", "tsv", "gff3"])
def test_explain_reads_a_new_column_back(suffix: str, tmp_path: Path) -> None:
    hits, _ = finished()
    path, genome = tmp_path / f"hits.{suffix}", tmp_path / "genome.fa"
    genome.write_text(f">chr1\n{'A' * 100}{HAIRPIN.sequence}{'A' * 100}\n")
    with Outputs(to(path), RUN) as outputs:
        outputs.write(hits[0])
    (subject,) = of_result(str(path), genome=str(genome)).subjects
    assert subject.notes["purines"] == 0.5
    explanation: Any = SimpleNamespace(
        subject=subject, hairpin=HAIRPIN, columns=6, image=np.zeros((25, 100), np.uint8), branched=False
    )
    assert "The share of A and G: 0.5." in words.notes(explanation)
    assert used_by_explain.explained_members(subject.notes)["purines"] == 0.5


def test_the_published_schema_is_that_of_the_list_and_hits_keep_to_it(tmp_path: Path) -> None:
    schema = json.loads(files("mirscan").joinpath("schemas/hits.schema.json").read_text())
    assert schema == columns.hits_schema(), "write it anew: json.dumps(columns.hits_schema(), indent=2)"
    jsonschema.Draft202012Validator.check_schema(schema)
    evidence = Sum.of(0.001, 1.0, (Term("families", 7.5, "like let-7", {"family": "Let-7"}),))
    notes = {
        "arms": Arms((110, 132), (150, 172)),
        "q_value": 0.25,
        "known": Label("known", ("let-7",)),
        "evidence": evidence,
    }
    path = tmp_path / "hits.json"
    run = Run("9.9", "m", "a" * 64, {"evidence": "hairpin,families"}, {"chr1": 5000})
    with Outputs(to(path), run) as outputs:
        outputs.write(Hit.of(HAIRPIN, evidence.score, **notes))
        outputs.write(Hit.of(HAIRPIN, evidence.score, evidence=evidence))
    content = json.loads(path.read_text())
    jsonschema.validate(content, schema)
    assert content["hits"][0]["evidence"] == evidence.as_dict()
    with pytest.raises(jsonschema.ValidationError):
        content["hits"][0]["q_value"] = 2
        jsonschema.validate(content, schema)


def test_the_terms_are_columns_where_more_than_the_network_was_asked(tmp_path: Path) -> None:
    evidence = Sum.of(0.001, 1.0, (Term("families", 7.5, "like let-7"),))
    path = tmp_path / "hits.tsv"
    run = Run("9.9", "m", "a" * 64, {"evidence": "hairpin,families"}, {"chr1": 5000})
    with Outputs(to(path), run) as outputs:
        outputs.write(Hit.of(HAIRPIN, evidence.score, evidence=evidence))
    head, row = (line.split("\t") for line in path.read_text().splitlines())
    told = dict(zip(head, row, strict=True))
    bits = {name: float(text) for name, text in told.items() if name.startswith("bits")}
    assert list(bits) == ["bits", "bits_hairpin", "bits_families"]
    assert bits["bits_families"] == 7.5
    assert bits["bits"] == pytest.approx(evidence.prior + bits["bits_hairpin"] + 7.5)
    (subject,) = of_result(str(path)).subjects
    assert subject.notes["evidence"]["prior"] == evidence.prior
    assert any("by families" in sentence for sentence in registry.sentences(subject.notes))


def test_summaries_describe_what_is_counted() -> None:
    schema = json.loads(files("mirscan").joinpath("schemas/summary.schema.json").read_text())
    described = schema["properties"]["funnel"]["properties"]
    for count in registry.counts():
        assert described[count.name]["description"] == count.description


def test_galaxy_knows_the_columns() -> None:
    tool = ElementTree.parse(WRAPPERS / "galaxy" / "mirscan_scan.xml")
    (action,) = tool.iterfind(".//action[@name='column_names']")
    assert action.attrib["default"].split(",") == columns.names()


def test_the_docs_have_the_table_of_columns() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "formats.md").read_text()
    assert f"<!-- columns -->\n{columns.documented()}\n<!-- /columns -->" in page


def family_hit() -> Hit:
    numbers = {
        "family": "Mir-8",
        "nearest": "Dre-Mir-8-P2a",
        "seed": True,
        "side": "5p",
        "mismatches_5p": 0,
        "mismatches_3p": None,
    }
    evidence = Sum.of(1e-3, 1.0, (Term("families", 9.0, "its arm is known", numbers),))
    (hit,) = FamilyName().annotate([Hit.of(HAIRPIN, evidence.score, evidence=evidence)])
    return hit


@pytest.mark.parametrize("suffix", ["tsv", "json", "gff3"])
def test_the_family_is_named_in_every_format_and_read_back(suffix: str, tmp_path: Path) -> None:
    run = Run("9.9", "some-model", "a" * 64, {"evidence": "hairpin,families"}, {"chr1": 5000})
    path = tmp_path / f"hits.{suffix}"
    with Outputs(to(path), run) as outputs:
        outputs.write(family_hit())
    assert "Dre-Mir-8-P2a" in path.read_text()
    if suffix == "tsv":
        header, row = (line.split("\t") for line in path.read_text().splitlines()[-2:])
        texts = dict(zip(header, row, strict=True))
        found = FamilyName.from_texts(texts)
        assert texts["seed"] == "identical"
        assert texts["mismatches_3p"] == ""
    elif suffix == "json":
        found = FamilyName.from_json(json.loads(path.read_text())["hits"][0]["family"])
    else:
        return
    assert FamilyName.sentences(found) == [
        "Its family is Mir-8: beside Dre-Mir-8-P2a its 5′ arm is identical and its 3′ arm is not alike; "
        "the seed is identical."
    ]


class NoNetwork:
    """Stands in for the network of the arms: it keeps to the starts that it is given."""

    def all_arms(self, hairpins: list[Hairpin], starts: list[Starts]) -> list[Arms | None]:
        return [Arms((five or 0, 22), (three or 40, 62)) for five, three in starts]


def test_the_arms_say_who_placed_them() -> None:
    hairpin = Hairpin("chr1", 0, 80, "+", "A" * 80, "." * 80, -30.0)
    kin = Term("families", 9.0, "its arm is known", {"family": "Mir-8", "start_5p": 6, "start_3p": None})
    evidence = Sum.of(1e-3, 1.0, (kin,))
    hits = [Hit.of(hairpin, 0.9), Hit.of(hairpin, 0.9, evidence=evidence)]
    finder: Any = NoNetwork()
    new, known = MatureArms(finder).annotate(hits)
    assert (new.arms, new.notes["arms_from"]) == (Arms((0, 22), (40, 62)), "network")
    assert (known.arms, known.notes["arms_from"]) == (Arms((6, 22), (40, 62)), "family")
    assert ArmsFrom.sentences("family") == ["Its mature arms begin where those of its family do."]
    assert ArmsFrom.from_json("nobody") is None


def test_a_hit_without_a_family_says_nothing_of_one() -> None:
    (hit,) = FamilyName().annotate([Hit.of(HAIRPIN, 0.9)])
    assert "family" not in hit.notes
    assert [column.text(hit) for column in FamilyName.columns] == [""] * 5
    assert FamilyName.sentences(FamilyName.from_texts({"family": "Mir-8"})) == []
