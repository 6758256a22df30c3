"""How much of what the sieve finds is folded and scored: everything, or what two looks find promising."""

from __future__ import annotations

from mirscan import checkpoint
from mirscan.draft import DILATIONS, Draft, draft_of
from mirscan.errors import ModelError
from mirscan.scoring import DUPLEX, Scorer
from mirscan.search import STRANDS, Search

DEFAULT, EXHAUSTIVE = "default", "exhaustive"
SENSITIVITIES = (DEFAULT, EXHAUSTIVE)
FIRST_LOOK = (
    "first look"  # in the card of a model without looks of its own that can look at candidates itself
)
LOOK, SECOND = "look", "second"  # folders within a model's, each a checkpoint of the kind "look"
CUTS = "cuts"  # in their cards: lowest score of a hit, and the logit from which on a look lets through
ROUND_OFF = 0.01  # of a logit: far above that of single precision


def search_for(sensitivity: str, scorer: Scorer, min_score: float, strands: str = STRANDS) -> Search:
    """The search of a sensitivity.

    The looks are small networks that stand in the model's folder: the first sees the structures of the sieve,
    the second the quick folds of what the first one leaves. Where there are none, the scoring network looks
    itself. Looks are taken only where a card says what is lost: from a lowest score on. Below it, and for
    models that cannot look, ViennaRNA folds every candidate.

    Args:
        sensitivity: `default`, or `exhaustive` to fold and score every candidate.
        scorer: The model that will score.
        min_score: Lowest score of a hit.
        strands: `+`, `-` or both.

    Raises:
        ModelError: A look is missing or damaged, or belongs to another model.
    """
    if sensitivity == EXHAUSTIVE:
        return Search(strands=strands)
    looks = _own_looks if (scorer.folder / LOOK).is_dir() else _looks_by_itself
    (draft, cut), (second, second_cut) = looks(scorer, min_score)
    if cut is None or second_cut is None:
        return Search(strands=strands)
    return Search(strands=strands, draft=draft, cut=cut, second=second, second_cut=second_cut)


Look = tuple[Draft | None, float | None]


def _own_looks(scorer: Scorer, min_score: float) -> tuple[Look, Look]:
    """The looks beside the model, with their cuts for hits from a score on; None for a score too low."""
    lowest = scorer.at_card(min_score)
    return _look(scorer, LOOK, lowest), _look(scorer, SECOND, lowest)


def _look(scorer: Scorer, name: str, lowest: float) -> Look:
    folder = scorer.folder / name
    card, state = checkpoint.load(folder, LOOK)
    if card.provenance.get(f"{DUPLEX}_sha256") != scorer.card.sha256:
        raise ModelError(str(folder), "made for other weights", "looks of the model that they stand beside")
    try:
        numbers = {name: tensor.numpy() for name, tensor in state.items()}
        draft = draft_of(numbers, card.config.get("dilations", DILATIONS))
        cuts = [float(cut) for score, cut in card.metrics[CUTS] if score <= lowest]
    except (KeyError, ValueError, TypeError) as error:
        raise ModelError(str(folder), f"a look that does not fit its card ({error!r})") from error
    return draft, cuts[-1] if cuts else None


def _looks_by_itself(scorer: Scorer, min_score: float) -> tuple[Look, Look]:
    """The scoring network for both looks."""
    look = scorer.card.metrics.get(FIRST_LOOK, {})
    if "cut" not in look or scorer.at_card(min_score) < look["lowest score"]:
        return (None, None), (None, None)
    try:
        state = {name: tensor.cpu().numpy() for name, tensor in scorer.state().items()}
        draft = draft_of(state, scorer.card.config.get("dilations", DILATIONS))
        return (draft, float(look["cut"])), (draft, scorer.raw_logit(min_score) - ROUND_OFF)
    except (KeyError, ValueError, TypeError) as error:
        raise ModelError(scorer.name, f"its first look does not fit its network ({error!r})") from error
