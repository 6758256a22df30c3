"""How much of what the sieve finds is folded by ViennaRNA: everything, or what two looks find promising."""

from __future__ import annotations

from mirscan import checkpoint
from mirscan.draft import DILATIONS, Draft, draft_of
from mirscan.errors import ModelError
from mirscan.scoring import DUPLEX, Scorer
from mirscan.search import STRANDS, Search

DEFAULT, EXHAUSTIVE = "default", "exhaustive"
SENSITIVITIES = (DEFAULT, EXHAUSTIVE)
FIRST_LOOK = "first look"  # in the card of a model that can look at unfolded candidates
LOOK = "look"  # kind of a checkpoint, and the folder within a model's where its own first look lies
ROUND_OFF = 0.01  # of a logit: far above that of single precision


def search_for(sensitivity: str, scorer: Scorer, min_score: float, strands: str = STRANDS) -> Search:
    """The search of a sensitivity.

    The first look is a small network that stands in the model's folder, or else the scoring network itself,
    on the structures of the sieve; the second look is the scoring network on the quick folds, from the lowest
    score on. They are taken only where the card says what is lost: from a lowest score on. Below it, and for
    models whose card has no first look, every candidate is folded.

    Args:
        sensitivity: `default`, or `exhaustive` to fold every candidate.
        scorer: The model that will score.
        min_score: Lowest score of a hit.
        strands: `+`, `-` or both.

    Raises:
        ModelError: A look does not fit its network, or belongs to another model.
    """
    look = scorer.card.metrics.get(FIRST_LOOK)
    if sensitivity == EXHAUSTIVE or look is None or scorer.at_card(min_score) < look["lowest score"]:
        return Search(strands=strands)
    try:
        own = _own(scorer)
        draft, cut = _first_look(scorer) or (own, float(look["cut"]))
        second_cut = scorer.raw_logit(min_score) - ROUND_OFF
        return Search(strands=strands, draft=draft, cut=cut, second=own, second_cut=second_cut)
    except (KeyError, ValueError, TypeError) as error:
        raise ModelError(scorer.name, f"its first look does not fit its network ({error!r})") from error


def _own(scorer: Scorer) -> Draft:
    """The scoring network itself."""
    state = {name: tensor.cpu().numpy() for name, tensor in scorer.state().items()}
    return draft_of(state, scorer.card.config.get("dilations", DILATIONS))


def _first_look(scorer: Scorer) -> tuple[Draft, float] | None:
    """The small network beside the model and its cut; None where there is none."""
    folder = scorer.folder / LOOK
    if not folder.is_dir():
        return None
    card, state = checkpoint.load(folder, LOOK)
    if card.provenance.get(f"{DUPLEX}_sha256") != scorer.card.sha256:
        raise ModelError(str(folder), "a first look for other weights", "one of the model it stands beside")
    numbers = {name: tensor.numpy() for name, tensor in state.items()}
    return draft_of(numbers, card.config.get("dilations", DILATIONS)), float(card.metrics["cut"])
