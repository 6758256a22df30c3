"""How much of what the sieve finds is folded and scored: all of it, or what two prefilters let through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mirscan.errors import ModelError, UsageError
from mirscan.pipeline.search import Search
from mirscan.pipeline.stretches import STRANDS
from mirscan.scoring import checkpoint
from mirscan.scoring.prefilter import DILATIONS, Prefilter, prefilter_of

if TYPE_CHECKING:  # it loads PyTorch
    from mirscan.scoring.scorer import Scorer

FAST, DEFAULT, EXHAUSTIVE = "fast", "default", "exhaustive"
SENSITIVITIES = (FAST, DEFAULT, EXHAUSTIVE)
KIND = "prefilter"  # of the checkpoints
PREFILTERS = ("prefilter1", "prefilter2")  # their folders, within the model's
# In their cards, by sensitivity: lowest score of a hit, and the lowest logit that a prefilter lets through.
CUTS = {FAST: "fast_cuts", DEFAULT: "cuts"}


def search_for(sensitivity: str, scorer: Scorer, min_score: float, strands: str = STRANDS) -> Search:
    """The search of a sensitivity.

    The prefilters are small networks in the model's folder: the first sees the structures of the sieve, the
    second the quick folds of what the first one leaves. They are taken only where their cards say what is
    lost: from a lowest score on. Below it, and for models without prefilters, every candidate is folded and
    scored. A fast search is a default one with higher cuts, chosen so that the prefilters may lose more. A
    search bears the name of what it does.

    Args:
        sensitivity: `fast`, `default`, or `exhaustive` to fold and score every candidate.
        scorer: The model that will score.
        min_score: Lowest score of a hit.
        strands: `+`, `-` or both.

    Raises:
        ModelError: A prefilter is missing or damaged, belongs to another model, or has no cuts for this.
        UsageError: No such sensitivity.
    """
    if sensitivity not in SENSITIVITIES:
        expected = f"one of {', '.join(SENSITIVITIES)}"
        raise UsageError(f"sensitivity {sensitivity!r}", "no such sensitivity", expected)
    everything = Search(strands=strands, sensitivity=EXHAUSTIVE)
    if sensitivity == EXHAUSTIVE or not (scorer.folder / PREFILTERS[0]).is_dir():
        return everything
    lowest = scorer.at_card(min_score)
    (first, first_cut), (second, second_cut) = (
        _prefilter(scorer, name, CUTS[sensitivity], lowest) for name in PREFILTERS
    )
    if first_cut is None or second_cut is None:
        return everything
    return Search(
        strands=strands,
        first=first,
        first_cut=first_cut,
        second=second,
        second_cut=second_cut,
        sensitivity=sensitivity,
    )


def _prefilter(scorer: Scorer, name: str, cuts_name: str, lowest: float) -> tuple[Prefilter, float | None]:
    """A prefilter, and its cut for hits from a lowest score on; None where that is too low for it."""
    folder = scorer.folder / name
    card, state = checkpoint.load(folder, KIND)
    if card.provenance.get(f"{scorer.card.kind}_sha256") != scorer.card.sha256:
        raise ModelError(str(folder), "made for other weights", "the prefilters of these weights")
    if cuts_name not in card.metrics:
        raise ModelError(str(folder), f"a prefilter without {cuts_name}", "one of `mirscan train scan`")
    try:
        numbers = {name: tensor.numpy() for name, tensor in state.items()}
        prefilter = prefilter_of(numbers, card.config.get("dilations", DILATIONS))
        cuts = [float(cut) for score, cut in card.metrics[cuts_name] if score <= lowest]
    except (KeyError, ValueError, TypeError) as error:
        raise ModelError(str(folder), f"a prefilter that does not fit its card ({error!r})") from error
    return prefilter, cuts[-1] if cuts else None
