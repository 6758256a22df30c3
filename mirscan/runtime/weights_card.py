"""The cards of weights that are a number a feature, such as those of reads and of flanks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Any, Generic, TypeVar

from mirscan.errors import ModelError

Weights = TypeVar("Weights")


@dataclass(frozen=True)
class WeightsFile(Generic[Weights]):
    """A card that comes with mirscan, and how it is read.

    Attributes:
        folder: Its folder in `weights`.
        file: Its name.
        form: The format that it must have.
        features: The names that it must have weights of.
        made: From the card, and the checksum of its text, to the weights.
    """

    folder: str
    file: str
    form: int
    features: tuple[str, ...]
    made: Callable[[Mapping[str, Any], str], Weights]

    def shipped(self) -> Weights:
        """The weights that come with mirscan."""
        return self._shipped

    @cached_property
    def _shipped(self) -> Weights:
        return self.read(files("mirscan.weights").joinpath(self.folder, self.file).read_text("utf-8"))

    def read(self, text: str) -> Weights:
        """The weights of a card.

        Raises:
            ModelError: It is no card, or one of another format.
        """
        try:
            card = json.loads(text)
            if card["format"] != self.form or set(card["weights"]) != set(self.features):
                raise ValueError(f"format {card['format']!r} with {sorted(card['weights'])}")
            return self.made(card, hashlib.sha256(text.encode()).hexdigest())
        except (KeyError, TypeError, ValueError) as error:
            where = f"weights/{self.folder}/{self.file}"
            raise ModelError(where, f"unexpected content ({error})", f"format {self.form}") from error
