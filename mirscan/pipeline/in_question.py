"""The network's log-odds of what was searched, to the last digit where a hairpin could become a hit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mirscan.evidence.score import BIT, SCORE_DECIMALS, log_odds, probability
from mirscan.evidence.weighing import Evidence
from mirscan.pipeline.decoy_search import Searched
from mirscan.records import Call
from mirscan.scoring.scorer import Scorer

SPARE = 4.0  # bits by which a call may fall short of a hit and is kept, to be told of where there is no hit


def weakest(min_score: float) -> float:
    """The lowest score of a call that is kept: some bits less than a hit has, and not shown as 0."""
    return min(min_score, max(probability(log_odds(min_score) - BIT * SPARE), 10.0**-SCORE_DECIMALS))


def log_odds_of(
    batch: Sequence[Searched], scorer: Scorer, evidence: Evidence, lowest: float, lowest_of_decoys: float
) -> Iterator[float]:
    """The log-odds of all hairpins of a batch, in the order of `Searched.hairpins`.

    Args:
        batch: What was searched; its hairpins are scored together.
        scorer: The network that scores.
        evidence: What it has measured says how much else there can be for a hairpin.
        lowest: Lowest score of a hairpin of the genome to keep; of what cannot reach it a bound is given.
        lowest_of_decoys: The same of shuffled sequence.
    """
    hairpins, measured, needed = [], [], []
    for searched in batch:
        hairpins += searched.hairpins
        measured += [*searched.found.measured, *searched.decoys.measured]
        needed += [lowest] * len(searched.found.hairpins)
        needed += [lowest_of_decoys] * len(searched.decoys.hairpins)

    def worth(at: int, most: float) -> bool:
        return evidence.could_reach(Call(hairpins[at], most, measured[at]), needed[at])

    return iter(scorer.log_odds(hairpins, worth).tolist())
