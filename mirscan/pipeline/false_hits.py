"""False hits per megabase of real DNA, as they were counted: what a score means in a clade.

Shuffles hold no inverted repeats and no transposons, genomes do. So a model comes with a curve for each
clade: the hits in real background that are no known microRNAs, by score. A curve speaks of places, both
strands together, by the evidence that it was measured with, and depends on nothing else of a run. Some of
what was counted may be microRNAs that nobody knows: a curve is rather too high than too low.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from math import exp, log, log1p
from pathlib import Path
from statistics import fmean
from typing import Any

from mirscan.errors import ModelError
from mirscan.evidence.score import log_odds
from mirscan.families.species import members
from mirscan.reads.measurement import NAME as READS

FILE = "false_hits.json"
FORMAT = 1
AUTO = "auto"
CLADE_GUESS = "clade_guess"  # a fact of a run: what the guess of its clade rests on
CLADE, RATES, BETWEEN = "clade", "false_per_mb", "/"  # facts of a run, and what parts several clades
ANIMALS = ("vertebrate", "nematode", "insect")
CLADES = (*ANIMALS, "plant", "fungus", "bacterium", "virus")
INDEX = {"vertebrate": "Vertebrata", "nematode": "Nematoda", "insect": "Arthropoda"}  # where ours are wider
PLURALS = {"plants": "plant", "fungi": "fungus", "bacteria": "bacterium", "viruses": "virus"}


@dataclass(frozen=True, slots=True)
class Curve:
    """False hits per megabase from each score up.

    Attributes:
        scores: Rising, 0..1.
        rates: False hits per megabase that score as much or more, falling, none 0.
        clades: The clades that it was taken from: several where it is the mean of theirs.
    """

    scores: tuple[float, ...]
    rates: tuple[float, ...]
    clades: tuple[str, ...]

    def rate(self, score: float) -> float | None:
        """False hits per megabase from a score up.

        Between two scores the logarithm of the rate is straight over the log-odds; above the last its rate
        stays, as nothing rarer was measured.

        Returns:
            None below the lowest score that was measured.
        """
        if score < self.scores[0]:
            return None
        right = bisect_right(self.scores, score)
        if right == len(self.scores):
            return self.rates[-1]
        low, here, high = map(_log_odds, (self.scores[right - 1], score, self.scores[right]))
        share = (here - low) / (high - low)
        return exp((1 - share) * log(self.rates[right - 1]) + share * log(self.rates[right]))

    def score(self, rate: float) -> float:
        """The score from which up there are no more false hits per megabase than this; see `rate`.

        Returns:
            0..1; the lowest or highest score that was measured where the rate lies beyond.
        """
        if rate >= self.rates[0]:
            return self.scores[0]
        right = next((at for at, each in enumerate(self.rates) if each <= rate), None)
        if right is None:
            return self.scores[-1]
        low, high = map(_log_odds, self.scores[right - 1 : right + 1])
        before, after = (log(each) for each in self.rates[right - 1 : right + 1])
        share = 1.0 if before == after else (before - log(rate)) / (before - after)
        return _share(low + share * (high - low))

    def at_least(self, score: float) -> float:
        """The same; below the lowest score that was measured the rate there, of which there are no fewer."""
        return self.rate(max(score, self.scores[0])) or 0.0

    def text(self) -> str:
        """The curve as a header states it: `score:rate` by commas."""
        return ",".join(f"{score:g}:{rate:g}" for score, rate in zip(self.scores, self.rates, strict=True))

    def moved(self, by: float) -> Curve:
        """The curve at another prevalence.

        Args:
            by: What that adds to the log-odds of every score; see `calibration.shift`.
        """
        if by == 0:
            return self
        return replace(self, scores=tuple(_share(_log_odds(score) + by) for score in self.scores))

    @classmethod
    def of_text(cls, text: str, clades: Iterable[str]) -> Curve:
        """The curve that a header states."""
        pairs = [tuple(map(float, point.split(":"))) for point in text.split(",")]
        return cls(tuple(pair[0] for pair in pairs), tuple(pair[1] for pair in pairs), tuple(clades))


@dataclass(frozen=True, slots=True)
class FalseHits:
    """The curves of a model.

    Attributes:
        prevalence: Precursors among candidates at which its scores are meant, 0..1.
        scores: Where the curves were measured, rising.
        rates: Kinds of evidence by commas → clade → false hits per megabase, one a score.
        meant: Kinds of evidence by commas → clade, or `all` → tier → what it meant in genomes never seen;
            empty where nobody measured. See `benchmarks/tools/tiers.py`.
    """

    prevalence: float
    scores: tuple[float, ...]
    rates: Mapping[str, Mapping[str, Sequence[float]]]
    meant: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict, hash=False)

    def curve(self, evidence: Sequence[str], clades: Sequence[str]) -> Curve | None:
        """The curve of a clade.

        Args:
            evidence: The kinds of evidence whose sum the scores are; see `counted_with`.
            clades: Of `CLADES`; of several the mean counts at each score: what is to be expected where each
                is as likely.

        Returns:
            None where the model was not measured with this evidence.
        """
        measured = self.rates.get(counted_with(evidence))
        if measured is None:
            return None
        means = (fmean(column) for column in zip(*(measured[name] for name in clades), strict=True))
        rates = tuple(float(f"{mean:g}") for mean in means)  # as a header states them
        return Curve(self.scores, rates, tuple(clades))


def _log_odds(share: float) -> float:
    """The natural log-odds of a share 0..1, to the last digit also where it would be shown as 0."""
    return log_odds(share) if share > 0.5 else log(share) - log1p(-share)


def _share(odds: float) -> float:
    """A share 0..1 of its natural log-odds, with as many digits as a header states."""
    return float(f"{1 / (1 + exp(-odds)):g}")


def counted_with(evidence: Iterable[str]) -> str:
    """The kinds of evidence under which the false hits of a sum were counted, by commas: all but reads.

    Every library is another, so that no curve holds for all. The bits of reads are fitted to be worth what
    they say, and noise has few: the sum with reads stands at the false hits that as high a sum without them
    has. `benchmarks/accuracy/reads.py` counts how many there are with reads of noise.
    """
    return ",".join(kind for kind in evidence if kind != READS)


def facts_of(curve: Curve | None) -> dict[str, str]:
    """What results and journals state of the curve of a run; nothing without."""
    return {} if curve is None else {CLADE: BETWEEN.join(curve.clades), RATES: curve.text()}


def of_facts(options: Mapping[str, str | float | int]) -> Curve | None:
    """The curve that the options of a run state; None where they state none."""
    if RATES not in options:
        return None
    return Curve.of_text(str(options[RATES]), str(options[CLADE]).split(BETWEEN))


def stated_clade(options: Mapping[str, str | float | int]) -> str | None:
    """The clade that a run took its genome for, as the index of families names it; None for several."""
    stated = str(options.get(CLADE, AUTO))
    return None if BETWEEN in stated else in_index(stated)


def clades_of(clade: str | None) -> tuple[str, ...]:
    """The clades that were measured and may speak for another.

    >>> clades_of("mammals"), clades_of("plants"), clades_of("molluscs")
    (('vertebrate',), ('plant',), ('vertebrate', 'nematode', 'insect'))

    Args:
        clade: One of `CLADES`, or a clade of animals as `families.species` names it; `auto` and None for all.

    Returns:
        A name, or those of all that it might be.

    Raises:
        UsageError: No such clade.
    """
    if clade is None or clade == AUTO:
        return CLADES
    name = clade.strip().lower()
    name = PLURALS.get(name, name)
    if name in CLADES:
        return (name,)
    asked = members(clade)
    return next(((ours,) for ours, wide in INDEX.items() if asked <= members(wide)), ANIMALS)


def in_index(clade: str | None) -> str | None:
    """A clade as the index of families names it; None for `auto`, and for those that it does not hold."""
    if clade is None or clade == AUTO:
        return None
    name = clade.strip().lower()
    if name in ANIMALS:
        return f"{name}s"
    return None if PLURALS.get(name, name) in CLADES else clade


@cache
def false_hits(folder: Path, model_sha256: str) -> FalseHits | None:
    """The curves that come with a model; None where it has none, or they are those of other weights.

    Args:
        folder: Of its checkpoint.
        model_sha256: Of its weights.

    Raises:
        ModelError: The file is damaged.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_bytes())
        return _read(content) if content["model_sha256"] == model_sha256 else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ModelError(str(path), f"unreadable ({error})", "the false hits of a scan model") from error


def _read(content: Mapping[str, Any]) -> FalseHits:
    if content["format"] != FORMAT:
        raise ValueError(f"format {content['format']!r}, not {FORMAT}")
    scores = tuple(map(float, content["scores"]))
    rates = {
        evidence: {name: tuple(map(float, clades[name]["false_per_mb"])) for name in CLADES}
        for evidence, clades in content["evidence"].items()
    }
    for each in (rate for clades in rates.values() for rate in clades.values()):
        falling = all(high >= low > 0 for high, low in pairwise(each))
        if len(each) != len(scores) or not falling or list(scores) != sorted(set(scores)):
            raise ValueError("a curve that does not fall")
    return FalseHits(float(content["prevalence"]), scores, rates, content.get("tiers", {}))
