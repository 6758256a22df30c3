"""Where the hits lie on their contigs, as SVG: a line a contig, hits of the plus strand above it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mirscan.explanation.svg.elements import number, picture, text
from mirscan.report.clusters import Cluster
from mirscan.report.content import TIERS
from mirscan.report.found import Found
from mirscan.report.histogram import UNTIERED, legend

MOST_CONTIGS = 24
MOST_HITS = 2_000  # the best ones of them are drawn
LINE, RIGHT = 820.0, 70.0  # pixels: the longest contig, room for lengths
TOP, ROW, FOOT = 26.0, 56.0, 8.0
TICK = 13.0  # pixels from the line to the end of a hit
LETTER = 6.6  # pixels a letter
LONGEST_NAME = 30
MOST_CLUSTERS, FEWEST_HITS = 6, 3  # that are drawn by themselves; hits of such a cluster
THINNEST = 2.5  # pixels of a hit
SPECIES = re.compile(r"^[a-z]{3,5}-(?=[A-Za-z])")  # before the name of a microRNA: `hsa-`
UNITS = ((1_000_000_000, "Gb"), (1_000_000, "Mb"), (1_000, "kb"))


@dataclass(frozen=True, slots=True)
class ContigRow:
    """A contig that is drawn, or a part of one.

    Attributes:
        name: Of the contig or part.
        length: nt.
        hits: On it, the best first.
        clusters: On it.
        start: First base of the part on its contig.
    """

    name: str
    length: int
    hits: Sequence[Found]
    clusters: Sequence[Cluster] = ()
    start: int = 0


def rows(best: Sequence[Found], clusters: Sequence[Cluster], lengths: Mapping[str, int]) -> list[ContigRow]:
    """The contigs with most hits, in the order of the genome.

    Args:
        best: Hits, the best first.
        clusters: Of all hits.
        lengths: Contig name → nt.
    """
    by_contig: dict[str, list[Found]] = {}
    for hit in best[:MOST_HITS]:
        by_contig.setdefault(hit.hairpin.contig, []).append(hit)
    richest = sorted(by_contig, key=lambda name: -len(by_contig[name]))[:MOST_CONTIGS]
    return [
        ContigRow(
            name,
            lengths[name],
            by_contig[name],
            [each for each in clusters if each.hits[0].hairpin.contig == name],
        )
        for name in lengths
        if name in richest
    ]


def cluster_rows(best: Sequence[Found], clusters: Sequence[Cluster]) -> list[ContigRow]:
    """The largest clusters, each as far as it reaches, with the hits of both strands that lie there."""
    large = [each for each in clusters if len(each.hits) >= FEWEST_HITS]
    largest = sorted(large, key=lambda each: -len(each.hits))[:MOST_CLUSTERS]
    return [_around(cluster, best) for cluster in clusters if cluster in largest]


def _around(cluster: Cluster, best: Sequence[Found]) -> ContigRow:
    places = [hit.hairpin for hit in cluster.hits]
    start, end = places[0].start, max(place.end for place in places)
    inside = [
        hit
        for hit in best
        if hit.hairpin.contig == places[0].contig and hit.hairpin.start < end and start < hit.hairpin.end
    ]
    return ContigRow(cluster.place, end - start, inside, start=start)


def contig_map(
    drawn: Sequence[ContigRow],
    alone: bool = True,
    one_scale: bool = True,
    title: str = "Hits along the contigs",
) -> str:
    """Draw contigs, or parts of them, one a row.

    Args:
        drawn: From `rows` or `cluster_rows`.
        alone: Whether it is a file of its own, see `elements.picture`.
        one_scale: Whether all have the scale of the longest; else each has the full width.
        title: What the picture shows.
    """
    left = LETTER * max(len(_short(row.name)) for row in drawn) + 14
    longest = max(row.length for row in drawn)
    parts = []
    for at, row in enumerate(drawn):
        inner = _row(row, LINE / (longest if one_scale else row.length))
        y = TOP + (at + 0.5) * ROW
        parts.append(f'<g transform="translate({number(left)} {number(y)})">{inner}</g>')
    tiers = [tier for tier in TIERS if any(hit.tier == tier for row in drawn for hit in row.hits)]
    body = "".join(parts) + legend(tiers, left, 3.0)
    return picture(left + LINE + RIGHT, TOP + ROW * len(drawn) + FOOT, body, title, alone)


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _row(row: ContigRow, scale: float) -> str:
    """A contig from (0, 0) to the right."""
    wide = max(row.length * scale, 1.0)
    return (
        f'<text text-anchor="end" x="-8" y="4">{text(_short(row.name))}<title>{text(row.name)}</title></text>'
        f'<path stroke="var(--soft)" stroke-width="1.5" d="M0 0h{number(wide)}"/>'
        f'<text class="soft" x="{number(wide + 6)}" y="4">{size(row.length)}</text>'
        f"{_clusters(row, scale)}{_hits(row, scale)}{_labels(row, scale)}"
    )


def _x(hit: Found, row: ContigRow, scale: float) -> float:
    return scale * ((hit.hairpin.start + hit.hairpin.end) / 2 - row.start)


def _side(hit: Found) -> int:
    """Up (-1) for the plus strand, down (1) for the minus strand."""
    return 1 if hit.hairpin.strand == "-" else -1


def _mark(colour: str, wide: float, line: str, words: str) -> str:
    """A line in a colour of the page, so wide, with words for who points at it."""
    stroke = f'stroke="var(--{colour})" stroke-width="{number(wide)}"'
    return f'<path {stroke} d="{line}"><title>{text(words)}</title></path>'


def _hits(row: ContigRow, scale: float) -> str:
    parts = []
    for hit in reversed(row.hits):  # the best are drawn last, above all others
        words = " · ".join(filter(None, (hit.name, f"score {hit.score:.6f}", hit.tier, hit.label)))
        line = f"M{number(_x(hit, row, scale))} 0v{number(_side(hit) * TICK)}"
        parts.append(_mark(hit.tier or UNTIERED, max(THINNEST, len(hit.hairpin) * scale), line, words))
    return "".join(parts)


def _clusters(row: ContigRow, scale: float) -> str:
    """A bar beyond the hits of each cluster."""
    parts = []
    for cluster in row.clusters:
        first, last = _x(cluster.hits[0], row, scale), _x(cluster.hits[-1], row, scale)
        height, wide = _side(cluster.hits[0]) * (TICK + 3), max(last - first, 3.0)
        line = f"M{number(first)} {number(height)}h{number(wide)}"
        parts.append(_mark("heat", 3, line, f"cluster {cluster.place}: {len(cluster.hits)} hits"))
    return "".join(parts)


def _labels(row: ContigRow, scale: float) -> str:
    """What the best hits are called, as far as there is room."""
    taken: dict[int, list[tuple[float, float]]] = {-1: [], 1: []}
    parts = []
    for hit in row.hits:
        side, name = _side(hit), SPECIES.sub("", hit.label)
        half = LETTER * len(name) / 2 + 3
        x = max(_x(hit, row, scale), half)
        if not name or any(x - half < end and start < x + half for start, end in taken[side]):
            continue
        taken[side].append((x - half, x + half))
        y = side * (TICK + 7) + (8 if side > 0 else 0)
        parts.append(
            f'<text text-anchor="middle" x="{number(x)}" y="{number(y)}" style="font-size:10px">'
            f"{text(name)}</text>"
        )
    return "".join(parts)


def size(bases: int) -> str:
    """A length in words: `120 kb`."""
    for unit, name in UNITS:
        if bases >= unit:
            return f"{bases / unit:.3g} {name}"
    return f"{bases:,} nt"
