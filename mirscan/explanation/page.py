"""One self-contained HTML page, with an index that sorts and an article a hairpin; it loads nothing.

With many hairpins the articles wait compressed in the page and are unpacked when they are looked at.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterable, Sequence
from typing import TextIO

from markupsafe import Markup

from mirscan.explanation.content import Explanation
from mirscan.explanation.explainer import Explainer
from mirscan.explanation.page_hit import article
from mirscan.explanation.page_index import COLUMNS, Row, best_first, filled, row
from mirscan.explanation.svg.elements import STYLE
from mirscan.explanation.templating import file_text, render
from mirscan.tree.rules import Tree
from mirscan.tree.spaces import on_concepts
from mirscan.version import __version__

IN_FULL = 12  # hairpins up to which the articles stand in the page as they are


def write_page(stream: TextIO, explanations: Iterable[Explanation], explainer: Explainer, source: str) -> int:
    """Write the page; how many hairpins it explains comes back.

    Args:
        stream: Open for text.
        explanations: In the order of their file; the page has the best first.
        explainer: The models that explained.
        source: Name of the file explained.
    """
    rows: list[Row] = []
    articles: list[bytes] = []
    for number, explanation in enumerate(explanations, 1):
        rows.append(row(number, explanation))
        articles.append(_packed(article(explanation, explainer.judge.tree, explainer.table, f"h{number}")))
    rows = best_first(rows)
    shown = filled(rows)
    script = file_text("page.js")
    page = render(
        "page.html",
        title=_title(source, len(rows)),
        models=_models(explainer),
        script_sha256=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        script=Markup(script),
        style=Markup(STYLE + file_text("page.css")),
        columns=[COLUMNS[at] for at in shown],
        rows=rows,
        shown=shown,
        starred=any(cell.endswith("*") for each in rows for cell in each.cells),
        packed=len(articles) > IN_FULL,
        articles=_articles([articles[each.number - 1] for each in rows]),
    )
    stream.write(page + "\n")
    return len(rows)


def _packed(content: str) -> bytes:
    """Raw deflate, as browsers unpack it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(content.encode()) + packer.flush()


def _articles(articles: Sequence[bytes]) -> list[Markup]:
    """The articles, as HTML where they are few, else packed for the script."""
    if len(articles) > IN_FULL:
        return [Markup(base64.b64encode(packed).decode()) for packed in articles]
    return [Markup(zlib.decompress(packed, -15).decode()) for packed in articles]


def _title(source: str, count: int) -> str:
    return f"{source}: {count:,} hairpin{'' if count == 1 else 's'} explained"


def _models(explainer: Explainer) -> str:
    tree, scorer = explainer.judge, explainer.scorer
    return (
        f"mirscan {__version__} · scores by {scorer.name} ({scorer.card.sha256[:12]}), called at "
        f"{explainer.min_score:g} or more · rules by {tree.name} on {_space(tree.tree)}"
    )


def _space(tree: Tree) -> str:
    """What a tree divides."""
    if on_concepts(tree):
        return "measured concepts"
    return f"z_m of {tree.latent.get('model')} ({str(tree.latent.get('sha256'))[:12]})"
