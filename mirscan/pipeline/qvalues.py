"""q-values: which share of the hits from a score up would be there without any microRNA.

Decoys are searched through the same stages, and weighed at the places of the genome that they are made of:
what lies beside a false hit there, such as a cluster of genes, speaks for a decoy, too. The decoy hits a
megabase at a score, times the megabases of the genome, are the false hits to expect at that score; divided by
the hits of the genome they are the false discovery rate. The q-value of a hit is the lowest rate of all
thresholds that let it through, down to the one that a scan has by default: so it does not depend on how much
weaker hits are shown.

Shuffles have fewer false hits than real DNA. Where more were counted in real DNA of the clade than decoys
expect, those count.

A q-value speaks of the place, not of the strand: of two hits opposite to each other the better one counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.pipeline.false_hits import Curve

Floats = NDArray[np.float64]
TABLE_RATES = (0.05, 0.1, 0.2, 0.5)  # false discovery rates whose thresholds the summary tells


@dataclass(frozen=True, slots=True)
class Decoys:
    """What the search of decoys gave.

    Attributes:
        megabases: Known bases of the decoys, Mb, on one strand.
        scores: float64 (d,), the best score of each of their loci, from the highest down.
    """

    megabases: float
    scores: Floats


@dataclass(frozen=True, slots=True)
class DecoySample:
    """What the decoys of one chunk gave, weighed.

    Attributes:
        known: Known bases of the genome that the chunk owns.
        decoy_known: Known bases of its decoys.
        scores: The best score of each locus of the decoys, of both strands.
    """

    known: int
    decoy_known: int
    scores: Sequence[float] = ()


def estimate(
    scores: Iterable[float], samples: Sequence[DecoySample], curve: Curve | None = None, lowest: float = 0.0
) -> QValues | None:
    """The q-values of a run; None where there was no decoy.

    Args:
        scores: Of all hits.
        samples: Those of all chunks.
        curve: False hits of real DNA by score; None where nobody measured.
        lowest: The score of a hit by default; weaker hits change nothing of those above.
    """
    known, decoy_known = (
        sum(sizes) for sizes in ([s.known for s in samples], [s.decoy_known for s in samples])
    )
    decoys = [score for sample in samples for score in sample.scores]
    if not decoy_known:
        return None
    sorted_decoys = Decoys(decoy_known / 1e6, np.sort(decoys)[::-1])
    return QValues.of(scores, known / 1e6, sorted_decoys, curve, lowest)


@dataclass(frozen=True, slots=True)
class QValues:
    """The q-value of each score of a run.

    Attributes:
        decoys: What the estimate rests on.
        megabases: Known bases searched, Mb, on one strand.
        scores: float64 (n,), the scores of the hits, from the highest down.
        values: float64 (n,), their q-values, 0..1, rising.
        curve: False hits of real DNA by score; None where nobody measured.
    """

    decoys: Decoys
    megabases: float
    scores: Floats
    values: Floats
    curve: Curve | None = None

    @classmethod
    def of(
        cls,
        scores: Iterable[float],
        megabases: float,
        decoys: Decoys,
        curve: Curve | None = None,
        lowest: float = 0.0,
    ) -> QValues:
        """Work out the q-values of some hits.

        Args:
            scores: Of all hits of the run, in any order.
            megabases: Known bases searched, Mb.
            decoys: From the same model, sieve and lowest score.
            curve: See `estimate`.
            lowest: See `estimate`.
        """
        sorted_scores = np.sort(np.fromiter(scores, dtype=np.float64))[::-1]
        called = np.searchsorted(-sorted_scores, -sorted_scores, side="right")
        rate = megabases * false_per_megabase(sorted_scores, decoys, curve) / np.maximum(called, 1)
        weaker = int(np.searchsorted(-sorted_scores, -lowest, side="right"))
        parts = [_lowest_to_come(np.minimum(part, 1.0)) for part in (rate[:weaker], rate[weaker:])]
        values = np.maximum.accumulate(np.concatenate(parts))
        return cls(decoys, megabases, sorted_scores, values.round(DECIMALS), curve)

    def q(self, score: float) -> float:
        """The q-value of a hit of this score, 0..1."""
        at = int(np.searchsorted(-self.scores, -score, side="right")) - 1
        return float(self.values[max(at, 0)]) if len(self.values) else 1.0

    def false_per_megabase(self, score: float) -> float:
        """False hits per megabase to expect from this score up."""
        return float(false_per_megabase(np.array([score]), self.decoys, self.curve)[0])

    def threshold(self, rate: float) -> float | None:
        """The lowest score whose q-value is no more than a false discovery rate; None if there is none."""
        good = self.scores[self.values <= rate]
        return float(good[-1]) if len(good) else None

    def facts(self) -> dict[str, Any]:
        """What the estimate rests on, and the table of thresholds."""
        return {
            "megabases": round(self.megabases, 6),
            "decoy_megabases": round(self.decoys.megabases, 6),
            "decoy_hits": len(self.decoys.scores),
            "thresholds": self.table(),
        }

    def table(self, rates: Sequence[float] = TABLE_RATES) -> list[dict[str, float | int | None]]:
        """For some false discovery rates the score they ask for, the hits and the false ones expected."""
        rows: list[dict[str, float | int | None]] = []
        for rate in rates:
            score = self.threshold(rate)
            rows.append(
                {
                    "fdr": rate,
                    "min_score": score,
                    "hits": int((self.values <= rate).sum()),
                    "false_per_megabase": None if score is None else round(self.false_per_megabase(score), 4),
                }
            )
        return rows


DECIMALS = 6


def _lowest_to_come(rates: Floats) -> Floats:
    """Of each rate and those behind it the lowest, float64 (n,)."""
    return np.minimum.accumulate(rates[::-1])[::-1]


def false_per_megabase(scores: Floats, decoys: Decoys, curve: Curve | None) -> Floats:
    """False hits per megabase to expect from each score up, float64 (n,).

    By the decoys, or by the curve where that is more. Where there is no curve, one decoy hit more than
    was seen, so that none is never sure.
    """
    above = np.searchsorted(-decoys.scores, -scores, side="right")
    if curve is None:
        unseen: Floats = (above + 1) / decoys.megabases
        return unseen
    found: Floats = np.maximum(above / decoys.megabases, [curve.at_least(score) for score in scores.tolist()])
    return found
