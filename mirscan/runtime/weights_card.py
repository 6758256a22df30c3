"""The cards of weights that are a number a feature, such as those of reads and of flanks."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from typing import Any, TypeVar

from mirscan.errors import ModelError

Weights = TypeVar("Weights")


def shipped_card(folder: str, file: str) -> str:
    """The text of a card that comes with mirscan."""
    return files("mirscan.weights").joinpath(folder, file).read_text(encoding="utf-8")


def weights_of(
    text: str, where: str, form: int, features: Sequence[str], made: Callable[[Mapping[str, Any]], Weights]
) -> Weights:
    """The weights of a card.

    Args:
        text: The card.
        where: Its place, for errors.
        form: The format that it must have.
        features: The names that it must have weights of.
        made: From the card to the weights.

    Raises:
        ModelError: It is no card, or one of another format.
    """
    try:
        card = json.loads(text)
        if card["format"] != form or set(card["weights"]) != set(features):
            raise ValueError(f"format {card['format']!r} with {sorted(card['weights'])}")
        return made(card)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(where, f"unexpected content ({error})", f"format {form}") from error
