"""Self-contained SVG: one style for all pictures, light and dark, text escaped.

The colours are CSS variables on the class `mirscan`, so that a page may set its own; alone, a picture follows
the reader's preference for light or dark.
"""

from __future__ import annotations

import re
from html import escape

_LIGHT = {
    "ink": "#1f2430",
    "soft": "#5d6472",
    "paper": "#ffffff",
    "line": "#c3c9d4",
    "a": "#e3b21c",
    "c": "#2f6fde",
    "g": "#d6404e",
    "u": "#2f9e5b",
    "gap": "#1f2430",
    "heat": "#e8743b",  # ink can be read on it, and no base has it
    "harm": "#4b7bb8",
    "link": "#1d58b0",
    "arm": "#9dc3f5",
    "yes": "#bfe3cf",
    "no": "#f3d9b1",
    "ask": "#eef1f6",
}
_DARK = {
    "ink": "#e8eaf0",
    "soft": "#9aa3b5",
    "paper": "#14171e",
    "line": "#4a5162",
    "a": "#f0c648",
    "c": "#6c9dff",
    "g": "#f2727e",
    "u": "#55c486",
    "gap": "#aab2c2",
    "heat": "#a8461c",
    "harm": "#7fa8dc",
    "link": "#8ab4f8",
    "arm": "#2c4f86",
    "yes": "#1f5a3c",
    "no": "#6b4a17",
    "ask": "#232936",
}
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _variables(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


STYLE = (
    f".mirscan{{{_variables(_LIGHT)}background:var(--paper);font-family:system-ui,sans-serif;fill:var(--ink)}}"
    f"@media (prefers-color-scheme:dark){{.mirscan{{{_variables(_DARK)}}}}}"
    ".mirscan text{font-size:11px}"
    ".mirscan .soft{fill:var(--soft)}"
    ".mirscan .mono{font-family:ui-monospace,monospace}"
)


def printable(content: str) -> str:
    """Text without the characters that XML, and with it a page, cannot hold."""
    return _NOT_XML.sub("", content)


def text(content: str) -> str:
    """Text that is safe inside an element or attribute: markup escaped, what XML cannot hold dropped."""
    return escape(printable(content))


def number(value: float) -> str:
    """A coordinate to a tenth of a pixel, as short as it goes."""
    return f"{round(value, 1) + 0.0:g}"


def picture(width: float, height: float, body: str, title: str, styled: bool = True) -> str:
    """A whole `<svg>` of the given size in pixels; it shrinks with its surroundings, never grows.

    Args:
        width: Pixels.
        height: Pixels.
        body: Elements.
        title: What the picture shows, for those who cannot see it.
        styled: Whether the style comes with it; a page of many pictures carries `STYLE` once instead.
    """
    style = f"<style>{STYLE}</style>" if styled else ""
    size = f"{number(width)} {number(height)}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="mirscan" role="img" viewBox="0 0 {size}" '
        f'style="width:100%;max-width:{number(width)}px;height:auto">'
        f"<title>{text(title)}</title>{style}{body}</svg>"
    )
