"""One self-contained HTML page, with an index that sorts and an article a hairpin; it loads nothing.

With many hairpins the articles wait compressed in the page and are unpacked when they are looked at.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterable, Sequence
from importlib.resources import files
from typing import TextIO

from mirscan.explanation.content import Explanation
from mirscan.explanation.explainer import Explainer
from mirscan.explanation.page_hit import article
from mirscan.explanation.page_parts import minus
from mirscan.explanation.svg.elements import STYLE, text
from mirscan.tree.rules import CLASSES
from mirscan.version import __version__

IN_FULL = 12  # hairpins up to which the articles stand in the page as they are

# title, whether it sorts by number
COLUMNS = (
    *(("#", True), ("hairpin", False), ("nt", True), ("kcal/mol", True), ("score", True)),
    *(("called", False), ("tree", False), ("nearest in z_m", False), ("distance", True)),
)


def write_page(stream: TextIO, explanations: Iterable[Explanation], explainer: Explainer, source: str) -> int:
    """Write the page; how many hairpins it explains comes back.

    Args:
        stream: Open for text.
        explanations: In the order of the index.
        explainer: The models that explained.
        source: Name of the file explained.
    """
    rows, articles = [], []
    for number, explanation in enumerate(explanations, 1):
        rows.append(_row(number, explanation))
        articles.append(_packed(article(explanation, explainer.judge.tree, explainer.table, f"h{number}")))
    stream.write(_top(source, len(rows)))
    stream.write(_about(explainer, source, len(rows)))
    if not rows:
        stream.write("<p>There is nothing to explain: the result holds no hit.</p>")
    if len(rows) > 1:
        stream.write(_index(rows))
    stream.write(_articles(articles))
    stream.write("</main></body></html>\n")
    return len(rows)


def _packed(content: str) -> bytes:
    """Raw deflate, as browsers unpack it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content.encode()) + packer.flush()


def _articles(articles: Sequence[bytes]) -> str:
    if len(articles) <= IN_FULL:
        return "".join(zlib.decompress(packed, -15).decode() for packed in articles)
    waiting = "".join(
        f'<template id="d{number}">{base64.b64encode(packed).decode()}</template>'
        for number, packed in enumerate(articles, 1)
    )
    return (
        "<noscript><p>Of so many hairpins the page shows one at a time, by its script.</p></noscript>"
        '<nav aria-label="hairpins"><button type="button" data-step="-1">← previous</button>'
        '<button type="button" data-step="1">next →</button></nav>'
        f'<div id="view" aria-live="polite"></div>{waiting}'
    )


def _file(name: str) -> str:
    return (files("mirscan.explanation") / name).read_text(encoding="utf-8")


def _top(source: str, count: int) -> str:
    script = _file("page.js")
    sha256 = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{sha256}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        f"<title>{text(_title(source, count))}</title><style>{STYLE}{_file('page.css')}</style></head>"
        f'<body class="mirscan"><script type="module">{script}</script>'
    )


def _title(source: str, count: int) -> str:
    return f"{source}: {count:,} hairpin{'' if count == 1 else 's'} explained"


def _about(explainer: Explainer, source: str, count: int) -> str:
    tree, scorer = explainer.judge, explainer.scorer
    said = (
        f"mirscan {__version__} · scores by {scorer.name} ({scorer.card.sha256[:12]}), called from "
        f"{explainer.min_score:g} on · rules by {tree.name} on z_m of "
        f"{tree.tree.latent.get('model')} ({str(tree.tree.latent.get('sha256'))[:12]})"
    )
    return f"<main><header><h1>{text(_title(source, count))}</h1><p>{text(said)}</p></header>"


def _index(rows: Sequence[str]) -> str:
    head = "".join(
        f'<th scope="col" aria-sort="{"ascending" if title == "#" else "none"}"'
        f'{" data-number" if numeric else ""}><button type="button">{text(title)}</button></th>'
        for title, numeric in COLUMNS
    )
    return (
        '<section id="index"><p><label>Filter <input type="search" autocomplete="off"></label> '
        f'<output aria-live="polite">{len(rows):,} hairpins</output></p>'
        '<div class="wide tall" tabindex="0" role="region" aria-label="index of the hairpins">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
        '<p class="note">* the latent answers some question otherwise than the measured concept</p></section>'
    )


def _row(number: int, explanation: Explanation) -> str:
    hairpin, rule = explanation.hairpin, explanation.rule
    nearest = explanation.neighbours[0] if explanation.neighbours else None
    fell = explanation.fell
    called = "yes" if explanation.called else f"no: {fell.name}" if fell else "no"
    cells = (
        str(number),
        f'<a href="#h{number}">{text(explanation.subject.name)}</a>',
        str(len(hairpin)),
        minus(f"{hairpin.mfe:.2f}"),
        f"{explanation.score:.6f}",
        called,
        CLASSES[rule.precursor] + (" *" if rule.disagreements else ""),
        text(nearest.name) if nearest else "",
        f"{nearest.distance:.2f}" if nearest else "",
    )
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"
