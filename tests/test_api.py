"""The functions for scripts and notebooks: their examples run, and they say what the command line says."""

from __future__ import annotations

import doctest
import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import mirscan
from mirscan import api
from mirscan.cli import main
from mirscan.demo import PRECURSORS
from mirscan.errors import InputError, UsageError
from mirscan.records import Hairpin, Hit

MIR_21 = PRECURSORS["hsa-mir-21"]
REGION = "demo3:1-10,000"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    assert main(["demo", str(folder / "demo.fa"), "--quiet"]) == 0
    asked = ["--region", REGION, "--known", str(folder / "demo.bed"), "--threads", "1", "--quiet"]
    assert main(["scan", str(folder / "demo.fa"), "-o", str(folder / "found.json"), *asked]) == 0
    return folder


def test_the_examples_of_the_documentation_run(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(demo)
    failed, tried = doctest.testmod(api)
    assert tried > 10
    assert not failed


def test_import_alone_is_instant_and_a_function_stays_one_whatever_is_imported() -> None:
    code = """
import sys
import mirscan
assert not {"torch", "numpy", "RNA", "pysam"} & set(sys.modules)
assert {"scan", "predict", "explain", "read", "to_frame"} <= set(dir(mirscan))
import mirscan.explanation.svg.elements
import mirscan.pipeline.scan
from mirscan.pipeline.scan import Scan
assert Scan.__module__ == "mirscan.pipeline.scan"
for name in ("scan", "predict", "explain", "read", "to_frame"):
    assert getattr(mirscan, name).__module__ == "mirscan.api", name
try:
    mirscan.nothing
except AttributeError:
    print("well")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("well\n", "")


def test_scan_gives_the_hits_of_the_command(demo: Path) -> None:
    written = demo / "hits.json"
    genome = str(demo / "demo.fa")
    asked = ["--region", REGION, "--threads", "1", "--quiet"]
    assert main(["scan", genome, "-o", str(written), *asked]) == 0
    told = [(hit["name"], hit["score"]) for hit in json.loads(written.read_text())["hits"]]
    hits = list(mirscan.scan(genome, region=REGION))
    assert [(hit.name, hit.score) for hit in hits] == told
    assert told
    assert hits[0].q_value is not None
    assert hits[0].arms is not None
    assert hits[0].rule is not None
    lowest = max(score for _, score in told)
    bare = list(mirscan.scan(demo / "demo.fa", region=[REGION], strand="-", tree=None, min_score=lowest))
    assert [(hit.score, hit.rule) for hit in bare] == [(lowest, None)]
    assert not list(mirscan.scan(genome, region=REGION, strand="+", tree=None, min_score=lowest))
    labelled = mirscan.scan(genome, region=REGION, strand="-", tree=None, decoys=0, known=demo / "demo.bed")
    assert [(hit.q_value, hit.known and hit.known.kind) for hit in labelled] == [(None, "known")]


def test_what_a_scan_wrote_comes_back_as_it_gave_it(demo: Path) -> None:
    given = list(mirscan.scan(demo / "demo.fa", region=REGION, known=demo / "demo.bed"))
    again = mirscan.read(demo / "found.json")
    assert [hit.hairpin for hit in again] == [hit.hairpin for hit in given]
    assert mirscan.to_frame(again).equals(mirscan.to_frame(given))
    for old, new in zip(given, again, strict=True):
        assert (new.rule, new.arms, new.known, new.tier) == (old.rule, old.arms, old.known, old.tier)
        assert new.evidence is not None
        assert old.evidence is not None
        assert [term.bits for term in new.evidence.terms] == [term.bits for term in old.evidence.terms]
        assert new.score == old.score
    with pytest.raises(InputError, match="no such file"):
        mirscan.read(demo / "none.json")
    (demo / "other.json").write_text(
        json.dumps({"format": "mirscan-hits", "format_version": 1, "hits": [{}]})
    )
    with pytest.raises(InputError, match="unexpected content"):
        mirscan.read(demo / "other.json")


def test_objects_say_what_they_are_in_a_line(demo: Path) -> None:
    (hit,) = mirscan.read(demo / "found.json")
    assert hit.tier is None or repr(hit).endswith(f" {hit.tier['name']}>")
    assert repr(hit).startswith(f"<Hit demo3:2576-2662:- score {hit.score:.6f} Mir-21")
    assert repr(hit.hairpin) == "<Hairpin demo3:2576-2662:- 87 nt -44.00 kcal/mol>"
    good, empty = mirscan.predict({"a": MIR_21, "b": ""})
    assert repr(good).startswith("<Prediction a score 0.9")
    assert repr(empty) == "<Prediction b no score (no sequence)>"
    assert repr(mirscan.explain(good)).startswith("<Explained a score ")


def test_scan_refuses_what_does_not_exist_at_the_call(demo: Path) -> None:
    with pytest.raises(UsageError, match="no such strand"):
        mirscan.scan(demo / "demo.fa", strand="sideways")
    with pytest.raises(InputError, match="no such file"):
        mirscan.scan(demo / "none.fa")
    with pytest.raises(
        UsageError, match=r"the text 'hairpin'; expected a list of texts, such as \['hairpin'\]"
    ):
        mirscan.scan(demo / "demo.fa", evidence="hairpin")
    with pytest.raises(UsageError, match="nowhere"):
        mirscan.scan(demo / "demo.fa", model="nowhere")
    for name, value in {"fdr": 2, "min_score": -0.1, "top": 0, "threads": 0, "prevalence": 0.9}.items():
        with pytest.raises(UsageError, match=rf"{name}: {value}; expected a number"):
            mirscan.scan(demo / "demo.fa", **{name: value})
    with pytest.raises(UsageError, match="sequences: bytes .*expected texts"):
        mirscan.predict([b"ACGU"])  # type: ignore[list-item]
    with pytest.raises(UsageError, match="hairpin.*expected a sequence"):
        mirscan.explain(5)  # type: ignore[arg-type]


def test_predict_keeps_order_and_names() -> None:
    found = mirscan.predict({"a": MIR_21, "b": "", "c": MIR_21.lower().replace("u", "t"), "d": "ACGÜ"})
    assert [each.name for each in found] == ["a", "b", "c", "d"]
    assert found[0].score == found[2].score
    assert found[0].score is not None
    assert (found[1].score, found[3].score) == (None, None)
    assert found[3].note
    assert [each.name for each in mirscan.predict([MIR_21])] == ["1"]


class Frames(HTMLParser):
    """Gathers elements, and the page inside a frame."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.page = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.page += dict(attrs).get("srcdoc") or ""


def test_explain_shows_its_page_in_a_frame_and_names_are_inert() -> None:
    prediction = mirscan.predict({'<script>alert("1")</script>': MIR_21})[0]
    why = mirscan.explain(prediction)
    outer, inner = Frames(), Frames()
    outer.feed(why._repr_html_())
    assert outer.seen == ["iframe"]
    assert outer.page == why.html
    inner.feed(outer.page)
    assert {"svg", "article"} <= set(inner.seen)
    assert inner.seen.count("script") == 1, "the page's own"
    assert "kcal/mol" in str(why)
    assert prediction.name in str(why)
    assert np.isclose(np.nansum(why.explanation.attention), 1)


def test_explain_takes_what_scan_gives_and_holds_the_threshold_it_is_given() -> None:
    hairpin = Hairpin("c", 0, 72, "+", MIR_21, "((((....))))" * 6, -1.0)
    low = mirscan.explain(Hit("h", hairpin, 0.5), min_score=0.0).explanation
    high = mirscan.explain(hairpin, min_score=1.0).explanation
    assert (low.called, high.called) == (True, False)
    assert (low.subject.name, high.subject.name) == ("h", "c")
    with pytest.raises(InputError, match="no sequence"):
        mirscan.explain("")


def test_to_frame_has_the_columns_of_the_table_as_numbers(demo: Path) -> None:
    hits = list(mirscan.scan(demo / "demo.fa", region=REGION))
    frame = mirscan.to_frame(hits)
    assert frame["start"].tolist() == [hit.hairpin.start + 1 for hit in hits]
    assert frame["score"].tolist() == [hit.score for hit in hits]
    assert frame["rule"].tolist() == [hit.rule.text for hit in hits if hit.rule]
    missing = Hit("NA", Hairpin("NA", 0, 5, "+", "ACGUA", ".....", 0.0), 0.25)
    assert mirscan.to_frame([missing])["contig"].tolist() == ["NA"], "a contig of this name is not missing"
    assert list(mirscan.to_frame([]).columns) == list(frame.columns)
    predictions = mirscan.to_frame(mirscan.predict({"a": MIR_21, "b": ""}))
    assert predictions["name"].tolist() == ["a", "b"]
    with pytest.raises(UsageError, match="expected hits or predictions"):
        mirscan.to_frame([MIR_21])  # type: ignore[list-item]
    assert predictions["score"].isna().tolist() == [False, True]


def test_without_pandas_to_frame_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UsageError, match="pip install pandas"):
        mirscan.to_frame([])
