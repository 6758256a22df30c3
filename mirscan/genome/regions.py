"""Coordinate arithmetic: which stretches of which contigs to look at. No sequence is read here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mirscan.errors import UsageError
from mirscan.records import Window
from mirscan.runtime.gather import gather

REGION = re.compile(r"(?P<contig>.+?)(?::(?P<start>[\d,]+)(?:-(?P<end>[\d,]+))?)?")

MOST_STATED = 20  # regions that a result names, one by one
SAME_LOCUS = 0.5  # overlap, as a share of the shorter of two hairpins, from which they are one locus


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of a contig that someone asked for, 0-based, half-open.

    Attributes:
        contig: Name of the contig.
        start: First base.
        end: One past the last base; None for the end of the contig.
        source: The file and line that ask for it, for messages; empty where an option does.
    """

    contig: str
    start: int = 0
    end: int | None = None
    source: str = field(default="", compare=False)


def parse_region(text: str, contigs: Iterable[str] = ()) -> Region:
    """Read `contig`, `contig:start` or `contig:start-end` (1-based, end included, commas allowed).

    A contig whose own name ends like a region is recognised by its presence in `contigs`.

    Raises:
        UsageError: Not a region, or it ends before it starts.
    """
    if text in contigs:
        return Region(text)
    match = REGION.fullmatch(text)
    if match is None:
        raise UsageError(f"region {text!r}", "not understood", "contig, contig:start or contig:start-end")
    start = int((match["start"] or "1").replace(",", "") or 0)
    end = int(match["end"].replace(",", "") or 0) if match["end"] else None
    if start < 1 or (end is not None and end < start):
        raise UsageError(f"region {text!r}", "holds no base", "1 ≤ start ≤ end")
    return Region(match["contig"], start - 1, end)


def merge(regions: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join half-open intervals that overlap or touch; sorted."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(regions):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def facts_of(asked: Mapping[str, Sequence[tuple[int, int]]] | None) -> dict[str, str | float | int]:
    """What results and journals state of the part of a genome that was asked for; nothing of a whole one.

    >>> facts_of({"chr1": [(0, 900), (800, 1000)], "chr2": [(49, 60)]})
    {'regions': 'chr1:1-1000,chr2:50-60', 'region_bases': 1011}

    Args:
        asked: Contig → half-open intervals, in any order; None for the whole genome.

    Returns:
        `regions`, 1-based with their ends included, no more than can be read, and `region_bases`.
    """
    if asked is None:
        return {}
    places = [(contig, *each) for contig, intervals in asked.items() for each in merge(intervals)]
    names = [f"{contig}:{start + 1}-{end}" for contig, start, end in places[:MOST_STATED]]
    names += [f"and_{len(places) - MOST_STATED}_more"] if len(places) > MOST_STATED else []
    bases = sum(end - start for _, start, end in places)
    return {"regions": ",".join(names) or "none", "region_bases": bases}


def same_locus(start: int, end: int, other_start: int, other_end: int) -> bool:
    """Whether two half-open intervals, each of a base or more, share half of the shorter.

    The rule by which calls compete, hits are known, and a place asked about is the one that a call has.
    """
    shared = min(end, other_end) - max(start, other_start)
    return shared >= SAME_LOCUS * min(end - start, other_end - other_start)


def tiles(contig: str, length: int, start: int, end: int, step: int, reach: int) -> Iterator[Window]:
    """Cut `start .. end` of a contig into windows that own `step` bases and see `reach` more on both sides.

    Whatever depends only on the bases within `reach` comes out the same for every `step`.
    """
    for own_start in range(start, end, step):
        own_end = min(own_start + step, end)
        yield Window(contig, max(0, own_start - reach), min(length, own_end + reach), own_start, own_end)


def bundle(windows: Iterable[Window], bases: int) -> Iterator[Sequence[Window]]:
    """Gather windows, across contigs, until `bases` are owned: small contigs travel together."""
    return map(tuple, gather(windows, lambda window: window.own_end - window.own_start, bases))
