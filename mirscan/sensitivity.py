"""How much of what the sieve finds is folded: everything, or what a first look finds promising."""

from __future__ import annotations

from mirscan import checkpoint
from mirscan.draft import draft_of
from mirscan.errors import ModelError
from mirscan.search import STRANDS, Search

EXHAUSTIVE = "exhaustive"
SENSITIVITIES = ("fast", EXHAUSTIVE)
KIND = "draft"
MODEL = "scan-draft"


def search_for(sensitivity: str, strands: str = STRANDS, model: str = MODEL) -> Search:
    """The search of a sensitivity.

    Args:
        sensitivity: One of `SENSITIVITIES`; `exhaustive` folds every candidate.
        strands: `+`, `-` or both.
        model: The network of the first look, by its shipped name or folder; its card holds the cuts.

    Raises:
        ModelError: The network is missing, damaged, or without a cut of this sensitivity.
    """
    if sensitivity == EXHAUSTIVE:
        return Search(strands=strands)
    folder = checkpoint.locate(model)
    card, state = checkpoint.load(folder, KIND)
    try:
        draft = draft_of({name: tensor.numpy() for name, tensor in state.items()})
        cut = float(card.config["cuts"][sensitivity])
    except (KeyError, ValueError, TypeError) as error:
        raise ModelError(str(folder), f"not the network of a first look ({error!r})") from error
    return Search(strands=strands, draft=draft, cut=cut)
