"""The report of a run: what it counts, what it refuses; and in a browser, narrow and wide."""

from __future__ import annotations

import json
import re

import pytest
from helpers.browser import FAINT, opened
from helpers.reported import COUNT, document, page_of

from mirscan.cli import main
from mirscan.report.build import Surroundings, report_of
from mirscan.report.page import FIRST, command
from mirscan.report.words import lead, strands, title


def test_the_scan_and_the_report_of_its_json_say_the_same(run, tmp_path):
    page = tmp_path / "again.html"
    again = ["report", str(run / "hits.json"), "--summary", str(run / "run.json"), "-o", str(page)]
    assert main([*again, "--quiet"]) == 0
    of_scan = (run / "scan.html").read_text().replace("demo.fa: ", "hits.json: ")
    files = re.search(r"<section><h3>Files of this run</h3>.*?</section>", of_scan, re.DOTALL)[0]
    assert re.findall("<code>(.*?)</code>", files) == ["hits.json", "run.json", "scan.html"]
    squeezed = [re.sub(r"\s+", " ", text) for text in (of_scan.replace(files, ""), page.read_text())]
    assert squeezed[0] == squeezed[1]
    assert str(run) not in of_scan


def test_it_says_what_there_is(run):
    page = (run / "scan.html").read_text()
    hits = json.loads((run / "hits.json").read_text())["hits"]
    assert f"demo.fa: {len(hits)} microRNA hits" in page
    for hit in hits:
        assert hit["known"]["names"][0] in page
        assert hit["family"]["family"] in page
        assert f"mirscan explain hits.json --id {hit['name']}" in page
    for heading in ("Validate these first", "Scores", "Along the genome", "Known families", "All hits"):
        assert f"<h3>{heading}</h3>" in page
    facts = json.loads((run / "run.json").read_text())
    assert f"{facts['funnel']['candidates']:,}</text>" in page


def test_it_needs_and_runs_nothing_else(run):
    page = (run / "scan.html").read_text()
    assert page.count("<script") == 1
    assert not re.search(r"<(img|link|iframe|object|base|form)\b", page)
    assert "url(" not in page
    assert "default-src 'none'" in page


def test_names_are_text(run, tmp_path):
    page = page_of(run, tmp_path, document(run)).read_text()
    assert page.count("<script") == 1
    assert "&lt;script&gt;document.title=" in page


def test_tiers_are_counted_with_what_chance_gives(report):
    assert [(row.name, row.hits) for row in report.tiers] == [("high", 5), ("likely", 5), ("candidate", 4)]
    megabases = report.bases / 1e6
    assert [row.expected for row in report.tiers] == [
        "fewer than 0.1",
        "fewer than 0.1",
        f"{6 * megabases:.2g}",
    ]
    assert lead(report).startswith(f"{COUNT} hits in 20 kb: 5 high, 5 likely, 4 candidate.")
    assert title(report) == f"hits.json: {COUNT} microRNA hits"


def test_the_best_come_first_and_lead_to_their_explanation(report):
    assert [hit.number for hit in report.best] == list(range(COUNT, 0, -1))
    assert (
        command(report, report.best[-1]) == "mirscan explain hits.json --id demo3:1-87:- -o demo3_1-87_-.html"
    )
    quoted = command(report, report.best[0])
    assert "'\"'\"'" in quoted  # a name that the shell would take apart


def test_families_that_a_clade_keeps_are_missing_by_name(run):
    found = report_of(json.loads((run / "hits.json").read_text()), Surroundings("x", clade="vertebrates"))
    assert {row[0] for row in found.families_found} == {"Mir-21", "Mir-17"}
    assert "Let-7" in found.families_missing
    assert "Mir-21" not in found.families_missing
    unknown = report_of(json.loads((run / "hits.json").read_text()), Surroundings("x"))
    assert unknown.families_missing == []


def test_a_result_without_hits_has_a_page(run, tmp_path):
    content = json.loads((run / "hits.json").read_text())
    page = page_of(run, tmp_path, {**content, "hits": [], "contigs": {}}, "--summary", str(run / "run.json"))
    lowest = content["options"]["min_score"]
    said = f"No hit in 20 kb: nothing scores {lowest:g} or more. --tier candidate"
    assert said in page.read_text()


def test_without_a_summary_nothing_is_made_up(run, tmp_path):
    page = page_of(run, tmp_path, document(run)).read_text()
    assert "From candidates to hits" not in page
    assert "false hits to expect" not in page


def test_links_to_the_page_of_explain(run, tmp_path):
    page = page_of(run, tmp_path, document(run), "--explained", "all.html").read_text()
    assert f'href="all.html#h{COUNT}"' in page
    assert "mirscan explain" not in page


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["hits.tsv"], "made of a .json"),
        (["hits.json", "-o", "x.json"], "a page is HTML"),
        (["hits.json", "--clade", "dragons"], "dragons"),
    ],
)
def test_what_is_asked_for_wrongly(run, tmp_path, monkeypatch, capsys, arguments, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hits.json").write_text((run / "hits.json").read_text())
    assert main(["report", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_what_is_no_result_is_refused(run, tmp_path, capsys):
    source = tmp_path / "hits.json"
    for content, said in (
        ({"format": "x"}, "format"),
        ({**document(run), "hits": [{"name": 1}]}, "unexpected"),
    ):
        source.write_text(json.dumps(content))
        assert main(["report", str(source)]) == 1
        assert said in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["hits.json"]


def test_a_page_is_not_replaced(run, tmp_path, capsys):
    source = tmp_path / "hits.json"
    source.write_text((run / "hits.json").read_text())
    assert main(["report", str(source), "--quiet"]) == 0
    assert (tmp_path / "hits.report.html").exists()
    assert main(["report", str(source), "--quiet"]) == 1
    assert "--force" in capsys.readouterr().err
    assert main(["report", str(source), "--quiet", "--force"]) == 0
    files = ["-o", str(tmp_path / "x.bed"), "--report", str(tmp_path / "x.pdf")]
    assert main(["scan", str(run / "demo.fa"), *files, "--quiet"]) == 2
    assert "a page is HTML" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("width", "scheme"), [(390, "light"), (390, "dark"), (1400, "light"), (1400, "dark")]
)
def test_it_fits_and_can_be_read(run, tmp_path, browser, width, scheme):
    page = page_of(run, tmp_path, document(run), "--summary", str(run / "run.json"))
    opened(browser, page, width, scheme, until="details.first")
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert browser.get_log("browser") == []
    assert browser.execute_script(FAINT) == []
    assert len(browser.find_elements("css selector", "details.first")) == FIRST


def test_the_table_of_hits_sorts_and_filters(run, tmp_path, browser):
    opened(browser, page_of(run, tmp_path, document(run)), until="#index")
    head = browser.find_element("css selector", "#index th:nth-child(3) button")
    browser.execute_script("arguments[0].click()", head)  # long names push it out of sight
    cells = browser.find_elements("css selector", "#index tbody td:nth-child(3)")
    scores = [float(cell.get_attribute("textContent")) for cell in cells]
    assert scores == sorted(scores)
    assert len(scores) == COUNT
    browser.find_element("css selector", "#index input").send_keys("demo3:1-")
    shown = browser.find_elements("css selector", "#index tbody tr:not([hidden])")
    assert len(shown) == 1


def test_a_merger_has_the_same_page(run, tmp_path):
    shard, page = tmp_path / "part.shard", tmp_path / "merged.html"
    asked = ["--region", "demo3", "--threads", "1", "--quiet"]
    assert main(["scan", str(run / "demo.fa"), "--shard", "1/1", "-o", str(shard), *asked]) == 0
    files = ["-o", str(tmp_path / "hits.json"), "--known", str(run / "demo.bed"), "--report", str(page)]
    assert main(["merge", str(shard), *files, "--quiet"]) == 0
    first, second = (re.findall(r"<details class=\"first\".*?</details>", each.read_text(), re.DOTALL)
                     for each in (run / "scan.html", page))  # fmt: skip
    assert first == second != []
    assert "<h1>hits.json: " in page.read_text()


@pytest.mark.parametrize(("strand", "said"), [("both", "both strands"), ("+", "the + strand")])
def test_it_says_which_strands_were_searched(run, strand, said):
    content = json.loads((run / "hits.json").read_text())
    content["options"]["strand"] = strand
    assert strands(report_of(content, Surroundings("x"))) == said
