"""Whether false hits are as many as expected, and how often that fails by chance alone.

Expected and counted agree where one is at most twice the other, or where the Poisson interval of what was
counted holds what is expected. That interval takes hits for independent of each other; those in copies of a
repeat are not, so that for it a repeat counts once. Of many cuts some fail by chance: how many, the Poisson
distribution says where each is expected exactly. But the rates of a curve are means of gamma distributions
(`training/scan/false_hits.py`), known only as well as their hits are many: a count in a genome that the curve
never saw spreads as a negative binomial distribution, and more cuts fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scipy.stats import nbinom
from scipy.stats import poisson as exactly

from mirscan.training.scan.false_hits import poisson

FACTOR = 2.0
MOST = 10.0  # standard deviations above the mean, as far as counts are asked


def holds(expected: float, counted: int, events: int) -> bool:
    """Whether what was counted agrees with what is expected.

    Args:
        expected: False hits, above 0.
        counted: Those that were counted.
        events: The same, near copies once.
    """
    low, high = poisson(events)
    near = counted > 0 and 1 / FACTOR <= expected / counted <= FACTOR
    return bool(near or low <= expected <= high)


def fails_by_chance(expected: float, rests_on: float | None = None) -> float:
    """The probability that a count disagrees with what is expected, though curve and count are sound.

    >>> 0.0 < fails_by_chance(5.0) < fails_by_chance(5.0, rests_on=8.0) < 0.3
    True

    Args:
        expected: False hits, above 0.
        rests_on: Hits that the curve rests on at this score; None where it is exact.
    """
    spread = (expected + (0.0 if rests_on is None else expected**2 / rests_on)) ** 0.5
    agree = [count for count in range(int(expected + MOST * (spread + 1))) if holds(expected, count, count)]
    if rests_on is None:
        return float(1 - exactly.pmf(agree, expected).sum())
    return float(1 - nbinom.pmf(agree, rests_on, rests_on / (rests_on + expected)).sum())


def tally(checks: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """How many cuts of all genomes hold, and how many would not by chance.

    Args:
        checks: Genome → its `cuts`; see `false_hits.checked`.
    """
    cuts = [cut for genome in checks.values() for cut in genome["cuts"]]
    alone = sum(holds(cut["expected"], cut["counted"], cut["counted"]) for cut in cuts)
    return {
        "cuts": len(cuts),
        "hold": sum(cut["holds"] for cut in cuts),
        "hold_with_each_copy_counted": alone,
        "fail_by_chance": round(sum(fails_by_chance(cut["expected"], cut["rests_on"]) for cut in cuts), 2),
        "fail_by_chance_of_exact_curves": round(sum(fails_by_chance(cut["expected"]) for cut in cuts), 2),
        "fail": list(_failed(checks)),
    }


def _failed(checks: Mapping[str, Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    names = ("false_per_mb", "expected", "counted", "counted_copies_once")
    for genome, row in checks.items():
        for cut in row["cuts"]:
            if not cut["holds"]:
                by_chance = round(fails_by_chance(cut["expected"], cut["rests_on"]), 4)
                yield {"genome": genome, **{name: cut[name] for name in names}, "by_chance": by_chance}
