"""How much of what the sieve finds is folded: everything, or what a first look finds promising."""

from __future__ import annotations

from mirscan.draft import draft_of
from mirscan.errors import ModelError
from mirscan.scoring import Scorer
from mirscan.search import STRANDS, Search

DEFAULT, EXHAUSTIVE = "default", "exhaustive"
SENSITIVITIES = (DEFAULT, EXHAUSTIVE)
FIRST_LOOK = "first look"  # in the card of a model that can look at unfolded candidates


def search_for(sensitivity: str, scorer: Scorer, min_score: float, strands: str = STRANDS) -> Search:
    """The search of a sensitivity.

    The first look is the scoring network itself on the structures of the sieve. It is taken only where the
    card says what it loses: from a lowest score on. Below it, and for models whose card has no first look,
    every candidate is folded.

    Args:
        sensitivity: `default`, or `exhaustive` to fold every candidate.
        scorer: The model that will score.
        min_score: Lowest score of a hit.
        strands: `+`, `-` or both.

    Raises:
        ModelError: The card's first look does not fit its network.
    """
    look = scorer.card.metrics.get(FIRST_LOOK)
    if sensitivity == EXHAUSTIVE or look is None or min_score < look["lowest score"]:
        return Search(strands=strands)
    try:
        draft = draft_of({name: tensor.cpu().numpy() for name, tensor in scorer.state().items()})
        return Search(strands=strands, draft=draft, cut=float(look["cut"]))
    except (KeyError, ValueError, TypeError) as error:
        raise ModelError(scorer.name, f"its first look does not fit its network ({error!r})") from error
