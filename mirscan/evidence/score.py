"""The sum: prior + Σ bits, and the probability that it stands for.

Rounding: the bits of a term have two decimals from the start, and what is printed is what is added. Only the
network's log-odds keep all of theirs, so that a score without further evidence is the network's own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

HAIRPIN = "hairpin"  # the kind that every sum begins with
BIT = math.log(2.0)  # natural log-odds
BIT_DECIMALS = 2
SCORE_DECIMALS = 6  # far above the round-off between batches, far below what a score can mean
FURTHEST = 50.0  # log-odds beyond which a score is 0 or 1 to any number of decimals that is shown


def probability(log_odds: float) -> float:
    """A probability 0..1 from natural log-odds, as scores are rounded."""
    return round(1.0 / (1.0 + math.exp(-max(-FURTHEST, min(FURTHEST, log_odds)))), SCORE_DECIMALS)


def log_odds(share: float) -> float:
    """The natural log-odds of a share 0..1; of 0 and 1 those of the nearest score that is rounded to them."""
    least = 10.0**-SCORE_DECIMALS / 4
    inside = min(max(share, least), 1 - least)
    return math.log(inside) - math.log1p(-inside)


@dataclass(frozen=True, slots=True)
class Term:
    """What one kind of evidence says of one hairpin.

    Attributes:
        name: The kind.
        bits: How many bits it weighs, for (+) or against (-); rounded to `BIT_DECIMALS`.
        sentence: Why, in words; empty where there is nothing to say.
        numbers: What stands behind it, by name; JSON.
    """

    name: str
    bits: float
    sentence: str = ""
    numbers: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "bits", round(self.bits, BIT_DECIMALS) + 0.0)  # no negative zero


@dataclass(frozen=True, slots=True)
class Sum:
    """The evidence of one hairpin.

    Attributes:
        prior: Bits before any evidence: what share of all candidates are precursors.
        log_odds: Natural log-odds by the network alone, the prior included.
        terms: What each kind says, the network's (`hairpin`) first.
    """

    prior: float
    log_odds: float
    terms: tuple[Term, ...]

    @classmethod
    def of(cls, prior: float, log_odds: float, further: tuple[Term, ...] = ()) -> Sum:
        """Add the terms of further kinds to what the network says.

        Args:
            prior: The share of precursors among candidates, 0..1.
            log_odds: Natural log-odds by the network, at that prior.
            further: What the other kinds say.
        """
        before = round(math.log2(prior / (1 - prior)), BIT_DECIMALS)
        network = round(log_odds / BIT, BIT_DECIMALS) - before  # so that both add up to what is printed
        score = probability(log_odds)
        words = f"the network gives its fold {score:.6f}"
        return cls(before, log_odds, (Term(HAIRPIN, network, words, {"score": score}), *further))

    @property
    def bits(self) -> float:
        """Prior and all terms together, as printed."""
        return round(self.prior + sum(term.bits for term in self.terms), BIT_DECIMALS)

    @property
    def total(self) -> float:
        """Natural log-odds of all evidence together."""
        return self.log_odds + BIT * sum(term.bits for term in self.terms if term.name != HAIRPIN)

    @property
    def score(self) -> float:
        """The probability that it stands for, 0..1."""
        return probability(self.total)

    def term(self, name: str) -> Term | None:
        """What a kind says; None where it was not asked."""
        return next((term for term in self.terms if term.name == name), None)

    def as_dict(self) -> dict[str, Any]:
        """The sum as JSON holds it."""
        terms = [
            {"name": term.name, "bits": term.bits, "sentence": term.sentence, "numbers": dict(term.numbers)}
            for term in self.terms
        ]
        return {"prior": self.prior, "bits": self.bits, "terms": terms}

    @classmethod
    def from_dict(cls, known: Mapping[str, Any]) -> Sum:
        """The sum that `as_dict` gave; of the network's log-odds as much as its score tells.

        Raises:
            KeyError, TypeError: It gave another thing.
        """
        terms = tuple(Term(**term) for term in known["terms"])
        return cls(known["prior"], log_odds(terms[0].numbers["score"]), terms)
