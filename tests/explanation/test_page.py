"""The page: whole, inert, the same every time."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from helpers.hostile_page import MANY
from markupsafe import Markup

from mirscan.cli import main
from mirscan.evidence.score import Sum, Term
from mirscan.explanation.glossary import GLOSSARY, glossed
from mirscan.explanation.links import links_of
from mirscan.explanation.page import write_page
from mirscan.explanation.page_hit import article
from mirscan.explanation.page_index import COLUMNS, best_first, filled, row
from mirscan.explanation.pictures import pictures
from mirscan.explanation.svg.elements import _DARK, _LIGHT
from mirscan.records import Label
from mirscan.tree.rules import CLASSES


class Elements(HTMLParser):
    """Names and attributes of all elements."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("name", ["one", "two", "many"])
def test_a_page_needs_and_runs_nothing_else(pages, name):
    page = (pages / f"{name}.html").read_text()
    elements = Elements(page).found
    assert [tag for tag, _ in elements].count("script") == 1
    assert not {"img", "link", "iframe", "object", "base", "form"} & {tag for tag, _ in elements}
    assert not [key for _, attributes in elements for key in attributes if key.startswith("on")]
    links = [attributes["href"] for _, attributes in elements if "href" in attributes]
    databases = ("https://mirgenedb.org/show/", "https://www.mirbase.org/", "https://rnacentral.org/")
    assert all(re.fullmatch(r"#h\d+", link) or link.startswith(databases) for link in links)
    assert "src" not in {key for _, attributes in elements for key in attributes}
    policy = next(a["content"] for tag, a in elements if a.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "script-src 'sha256-" in policy
    assert "url(" not in page


def test_names_are_text(pages):
    page = (pages / "many.html").read_text()
    assert page.count("<script") == 1
    assert "&lt;script&gt;document.title=&#39;owned&#39;&lt;/script&gt;" in page
    assert "<b>hits" not in page


def test_the_same_input_gives_the_same_page(explained, explainer, pages):
    again = io.StringIO()
    write_page(again, explained, explainer, "<b>hits</b>.json")
    assert again.getvalue() == (pages / "two.html").read_text()


def test_an_article_says_all_there_is(explained, explainer):
    tiny = explained[1]
    said = article(tiny, explainer.judge.tree, explainer.table, "h2")
    for title in ("Fold and attention", "On the line of a scan", "The tree", "Neighbours"):
        assert f"<h3>{title}</h3>" in said
    assert "What would turn the decisions" in said
    assert tiny.hairpin.sequence in said
    assert tiny.neighbours[0].name in said
    assert said.count("<svg") > len(pictures(tiny, explainer.judge.tree)) - 1
    plain = article(replace(tiny, what_if=None, stages=None, neighbours=()), explainer.judge.tree, None, "h2")
    for title in ("On the line of a scan", "Neighbours", "What would turn the decisions"):
        assert title not in plain


def test_the_index_says_what_one_sorts_hits_by(explained):
    label = Label("known", ("hsa-mir-21",))
    notes = {"q_value": 0.0123, "known": label, "repeated": 0.4, "tier": {"name": "likely"}}
    subject = replace(explained[0].subject, notes=notes)
    hit = replace(explained[0], subject=subject, kin=None)
    titles = [COLUMNS[at].title for at in filled([row(1, hit)])]
    said = dict(zip([column.title for column in COLUMNS], row(1, hit).cells, strict=True))
    assert titles == [title for title in said if title != "family"]
    assert (said["q"], said["known"], said["tier"]) == ("0.012", "known hsa-mir-21", "likely")
    assert (said["repeated"], said["score"]) == ("0.40", f"{hit.score:.6f}")
    for side, (start, end, _) in zip(("5p arm", "3p arm"), hit.arms, strict=True):
        assert said[side] == hit.hairpin.sequence[start:end]
    assert said["leaf of the tree"].startswith(CLASSES[hit.rule.precursor])


def test_words_of_the_field_show_what_they_mean():
    said = glossed("Bits <b> of evidence; more bits. A score of z_m, underscore.")
    assert said.count("<abbr") == 3  # Bits once, score, z_m
    assert "&lt;b&gt;" in said
    assert f'<abbr title="{GLOSSARY["bits"]}" tabindex="0">Bits</abbr>' in said
    assert glossed(Markup("<i>score</i>")) == "<i>score</i>"
    assert glossed("a\x00b") == "ab"


def test_an_article_explains_its_words_and_links_its_names(explained, explainer):
    label = Label("known", ("hsa-mir-17", "a b&c"))
    hit = replace(explained[0], subject=replace(explained[0].subject, notes={"known": label}))
    said = article(hit, explainer.judge.tree, None, "h1")
    assert '<abbr title="' in said
    for address in (
        "https://www.mirbase.org/results/?query=hsa-mir-17",
        "https://rnacentral.org/search?q=a%20b%26c",
    ):
        assert f'href="{address}"' in said
    nameless = replace(explained[0], kin=None)
    assert "In the databases" not in article(nameless, explainer.judge.tree, None, "h1")


@pytest.mark.parametrize(
    ("name", "databases"),
    [
        ("Hsa-Mir-17-P1a", ["MirGeneDB", "miRBase", "RNAcentral"]),
        ("ath-MIR156a", ["miRBase", "RNAcentral"]),
        ("<&", ["miRBase", "RNAcentral"]),
    ],
)
def test_each_name_leads_to_the_databases_that_know_such_names(name, databases):
    ((named, links),) = links_of(["", name, name])
    assert named == name
    assert [database for database, _ in links] == databases
    assert all(re.fullmatch(r"https://[\w./?=%-]+", address) for _, address in links)


def test_many_hits_stay_small(pages):
    size = (pages / "many.html").stat().st_size
    assert size < 60_000 + MANY * 12_000


def _luminance(colour):
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """Contrast ratio of WCAG 2."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [_LIGHT, _DARK], ids=["light", "dark"])
def test_text_can_be_read_on_its_ground(colours):
    for text, ground in [
        *(("ink", ground) for ground in ("paper", "heat", "five", "three", "yes", "no", "ask")),
        *(("soft", ground) for ground in ("paper", "ask")),
        ("link", "paper"),
    ]:
        assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


def test_files_appear_whole_and_are_not_replaced(scanned, tmp_path, capsys):
    page, pictured = tmp_path / "report.html", tmp_path / "svg"
    command = ["explain", str(scanned / "genome.fa"), "demo:1-40:+", "--what-if=no", "-o", str(page)]
    assert main([*command, "--svg", str(pictured)]) == 0
    assert page.read_text().endswith("</html>\n")
    names = sorted(path.name for path in pictured.iterdir())
    assert names[0] == "0001-demo_1-40_+-fold.svg"
    assert len(names) == 5
    assert main(command) == 1
    assert "--force" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_result_without_hits_gives_a_page_that_says_so(scanned, tmp_path, capsys):
    content = json.loads((scanned / "hits.json").read_text())
    (tmp_path / "none.json").write_text(json.dumps({**content, "hits": []}))
    page = tmp_path / "none.html"
    assert main(["explain", str(tmp_path / "none.json"), "--model", "scan", "-o", str(page)]) == 0
    assert "holds no hit" in page.read_text()
    assert "0 hairpins" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["-o", "x.json"], ["-o", "x.html", "--json"], ["--tree", "none"], ["--id", "a", "b:1-2:+"]]
)
def test_what_does_not_fit_together(scanned, arguments, capsys):
    assert main(["explain", str(scanned / "genome.fa"), *arguments]) == 2
    assert "Error" in capsys.readouterr().err


def test_equal_scores_are_listed_by_their_bits(explained):
    kin = [Sum.of(0.001, 30.0, (Term("families", bits),)) for bits in (2.0, 9.0, 5.0)]
    rows = [row(number, replace(explained[0], evidence=each)) for number, each in enumerate(kin, 1)]
    assert len({each.strength[0] for each in rows}) == 1
    assert [each.number for each in best_first(rows)] == [2, 3, 1]
