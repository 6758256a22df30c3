"""The tree as SVG, the path of one hairpin lit, with its measured values at the questions."""

from __future__ import annotations

from mirscan.explanation.svg.elements import number, picture, text
from mirscan.explanation.svg.tree_layout import Place, layout
from mirscan.tree.rules import CLASSES, Node, Rule, Step, Tree

COLUMN, ROW = 266.0, 42.0
WIDTH, HEIGHT = 230.0, 34.0
MARGIN = 8.0
LETTER, ASIDE = 0.52, 5.0  # width of a letter by its size; pixels beside words
DIM = 0.6  # opacity of what the path does not touch


def tree_svg(tree: Tree, rule: Rule | None = None, title: str = "Decision tree", alone: bool = True) -> str:
    """Draw a tree from left to right, yes above no.

    Args:
        tree: The tree.
        rule: The path to light, from `tree.explain`; without it nothing is dimmed.
        title: What the picture shows.
        alone: Whether it is a file of its own, see `elements.picture`.
    """
    places = layout(tree)
    path = _path(tree, rule) if rule else {}
    edges = "".join(_edges(tree.nodes[index], place, places, path) for index, place in places.items())
    boxes = "".join(
        _box(tree.nodes[index], place, not rule or index in path, path.get(index))
        for index, place in places.items()
    )
    columns = max(place.depth for place in places.values())
    rows = max(place.row for place in places.values())
    width, height = columns * COLUMN + WIDTH + 2 * MARGIN, rows * ROW + HEIGHT + 2 * MARGIN
    return picture(width, height, edges + boxes, title, alone)


def _path(tree: Tree, rule: Rule) -> dict[int, Step | None]:
    """The nodes of the path with what was answered there; the leaf has no step."""
    path: dict[int, Step | None] = {}
    index = 0
    for step in rule.steps:
        path[index] = step
        index = tree.nodes[index].yes if step.yes else tree.nodes[index].no
    path[index] = None
    return path


def _corner(place: Place) -> tuple[float, float]:
    return MARGIN + place.depth * COLUMN, MARGIN + place.row * ROW


def _edges(node: Node, place: Place, places: dict[int, Place], path: dict[int, Step | None]) -> str:
    if node.split is None:
        return ""
    return _edge(place, places[node.yes], "yes", node.yes in path) + _edge(
        place, places[node.no], "no", node.no in path
    )


def _edge(start: Place, end: Place, answer: str, lit: bool) -> str:
    (x, y), (end_x, end_y) = _corner(start), _corner(end)
    x, y, end_y = x + WIDTH, y + HEIGHT / 2, end_y + HEIGHT / 2
    middle = (x + end_x) / 2
    stroke = 'stroke="var(--ink)" stroke-width="2"' if lit else 'stroke="var(--line)"'
    line = f"M{number(x)} {number(y)}H{number(middle)}V{number(end_y)}H{number(end_x)}"
    return (
        f'<path d="{line}" fill="none" {stroke}/>'
        f'<text class="soft" text-anchor="end" x="{number(end_x - 2)}" y="{number(end_y - 4)}" '
        f'style="font-size:11px">{answer}</text>'
    )


def _box(node: Node, place: Place, lit: bool, step: Step | None) -> str:
    x, y = _corner(place)
    colour = "ask" if node.split else ("no", "yes")[node.precursor]
    first, second = _words(node, step)
    edge = "heat" if step and step.disagrees else "line"
    centre = f'text-anchor="middle" x="{number(x + WIDTH / 2)}"'
    return (
        f'<g opacity="{1 if lit else DIM}"><rect x="{number(x)}" y="{number(y)}" width="{WIDTH:g}" '
        f'height="{HEIGHT:g}" rx="5" fill="var(--{colour})" stroke="var(--{edge})"/>'
        f'<text {centre} y="{number(y + 14)}" style="font-size:{_size(first, 12.5)}px">{text(first)}</text>'
        f'<text {centre} y="{number(y + 28)}" class="soft" style="font-size:{_size(second, 11.5)}px">'
        f"{text(second)}</text></g>"
    )


def _size(words: str, largest: float) -> str:
    """The size of letters at which words stay inside their box."""
    return number(min(largest, (WIDTH - 2 * ASIDE) / (LETTER * max(len(words), 1))))


def _words(node: Node, step: Step | None) -> tuple[str, str]:
    if node.rates:
        first = CLASSES[node.precursor] if node.split is None else node.split.question.text
        return step.text if step else first, node.rates.brief
    if node.split is None:
        return CLASSES[node.precursor], f"{node.counts[node.precursor]:,} of {sum(node.counts):,}"
    question = node.split.question.text
    if step is None:
        return question, f"{sum(node.counts):,} hairpins"
    return question, step.text.removeprefix(f"{question}: ")
