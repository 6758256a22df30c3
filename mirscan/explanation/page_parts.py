"""The pieces that a page is made of: sections, figures, tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mirscan.explanation.svg.elements import text
from mirscan.explanation.words import MINUS


def minus(number: str) -> str:
    """A number as print has it."""
    return number.replace("-", MINUS)


def section(title: str, *parts: str) -> str:
    """Parts, HTML already, under a title."""
    return f"<section><h3>{text(title)}</h3>{''.join(parts)}</section>"


def figure(svg: str, caption: str, kind: str = "") -> str:
    """A picture that scrolls where it is wider than the page, with its caption."""
    said = f"<figcaption>{text(caption)}</figcaption>"
    return f'<figure><div class="wide {kind}" tabindex="0">{svg}</div>{said}</figure>'


def rows_table(header: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """A table of cells that are HTML already."""
    head = "".join(f'<th scope="col">{text(cell)}</th>' for cell in header)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return (
        f'<div class="wide" tabindex="0"><table class="{kind}"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )
