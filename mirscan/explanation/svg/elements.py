"""Self-contained SVG: one style for all pictures, text escaped.

On a page the colours are CSS variables on the class `mirscan`, light or dark as the reader prefers. In a file
of its own a picture is light, and says everything in plain attributes: librsvg, CairoSVG and Inkscape, and
what is built on them, know no CSS variables.
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
    "five": "#9dc3f5",  # the 5p arm
    "three": "#dcb8ee",
    "yes": "#bfe3cf",
    "no": "#f3d9b1",
    "ask": "#eef1f6",
    "high": "#1d58b0",  # the tiers
    "likely": "#6a9fdd",
    "candidate": "#b9c6d8",
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
    "five": "#2c4f86",
    "three": "#6a3d80",
    "yes": "#1f5a3c",
    "no": "#6b4a17",
    "ask": "#232936",
    "high": "#8ab4f8",
    "likely": "#4a78b8",
    "candidate": "#4d5870",
}
MINUS = "−"
FONT_SIZE = 11  # pixels
EDGE = 6.0  # pixels of paper around a picture that is a file of its own
# what each class of the style says, as attributes
_ATTRIBUTES = {
    'class="soft"': f'fill="{_LIGHT["soft"]}"',
    'class="mono"': 'font-family="monospace"',
}
_VARIABLE = re.compile(r"var\(--(\w+)\)")
_SIZE = re.compile(r'style="font-size:([\d.]+)px"')
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _variables(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


STYLE = (
    f".mirscan{{{_variables(_LIGHT)}background:var(--paper);font-family:system-ui,sans-serif;fill:var(--ink)}}"
    f"@media (prefers-color-scheme:dark){{.mirscan{{{_variables(_DARK)}}}}}"
    f".mirscan text{{font-size:{FONT_SIZE}px}}"
    ".mirscan .soft{fill:var(--soft)}"
    ".mirscan .mono{font-family:ui-monospace,monospace}"
)


def printable(content: str) -> str:
    """Text without the characters that XML, and with it a page, cannot hold."""
    return _NOT_XML.sub("", content)


def text(content: str) -> str:
    """Text that is safe inside an element or attribute: markup escaped, what XML cannot hold dropped."""
    return escape(printable(content))


def minus(number: str) -> str:
    """A number in words, with the minus sign of print."""
    return number.replace("-", MINUS)


def number(value: float) -> str:
    """A coordinate to a tenth of a pixel, as short as it goes."""
    return f"{round(value, 1) + 0.0:g}"


def arm_colour(name: str) -> str:
    """The colour of a mature arm, `5p` or `3p`."""
    return "three" if name.startswith("3") else "five"


def picture(width: float, height: float, body: str, title: str, alone: bool = True) -> str:
    """A whole `<svg>` of the given size in pixels; on a page it shrinks with its surroundings, never grows.

    Args:
        width: Pixels.
        height: Pixels.
        body: Elements.
        title: What the picture shows, for those who cannot see it.
        alone: Whether it is a file of its own; a page of many pictures carries `STYLE` once instead.
    """
    edge = EDGE if alone else 0.0
    wide, high, corner = number(width + 2 * edge), number(height + 2 * edge), number(-edge)
    frame = f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="{corner} {corner} {wide} {high}"'
    named = f"<title>{text(title)}</title>"
    if not alone:
        style = f"width:100%;max-width:{wide}px;height:auto"
        return f'{frame} class="mirscan" style="{style}">{named}{body}</svg>'
    return (
        f'{frame} width="{wide}" height="{high}" font-family="sans-serif" font-size="{FONT_SIZE}" '
        f'fill="{_LIGHT["ink"]}">{named}'
        f'<rect x="{corner}" y="{corner}" width="{wide}" height="{high}" fill="{_LIGHT["paper"]}"/>'
        f"{_plain(body)}</svg>"
    )


def _plain(body: str) -> str:
    """Elements whose colours, fonts and sizes are attributes instead of CSS."""
    for css, attribute in _ATTRIBUTES.items():
        body = body.replace(css, attribute)
    return _SIZE.sub(r'font-size="\1"', _VARIABLE.sub(lambda found: _LIGHT[found[1]], body))
