"""`weights/families`: the table of known precursors as arrays, and a card; read without torch and pickle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from mirscan.errors import ModelError
from mirscan.families.bits import INPUTS, Weights
from mirscan.families.index import FamilyIndex, Precursors
from mirscan.scoring.checkpoint import CARD, TENSORS, Card, locate, read_card

KIND, ARCHITECTURE = "families", "arms"
SHIPPED = "families"


@dataclass(frozen=True, slots=True)
class Families:
    """What the folder holds.

    Attributes:
        precursors: The known precursors by their arms.
        scattered: Name of a family → bits by which it matches more background than chance would.
        weights: What a match weighs.
        card: Where all that comes from; its checksum is that of the arrays.
    """

    precursors: Precursors
    scattered: Mapping[str, float]
    weights: Weights
    card: Card

    @property
    def sha256(self) -> str:
        """Checksum of all that decides what a match weighs: of the arrays and of the weights."""
        bits = dict(zip(INPUTS, self.weights.weights, strict=True))
        return hashlib.sha256(json.dumps({"arrays": self.card.sha256, "bits": bits}).encode()).hexdigest()

    def index(self, without: Sequence[str] = ()) -> FamilyIndex:
        """The index of the arms, of all species or of those outside some clades."""
        kept = self.precursors.without(without) if without else self.precursors
        return FamilyIndex.of_precursors(kept, self.scattered)


def save(folder: Path, precursors: Precursors, scattered: Mapping[str, float], card: Card) -> Card:
    """Write a folder, each file whole or not at all; the card as written comes back."""
    families, family = np.unique(np.array([*precursors.families]), return_inverse=True)
    species, code = np.unique(np.array([*precursors.species]), return_inverse=True)
    blob = save_arrays(
        {
            "names": _bytes(precursors.names),
            "families": _bytes(families.tolist()),
            "family": family.astype(np.uint16),
            "species": _bytes(species.tolist()),
            "species_of": code.astype(np.uint16),
            "five": np.ascontiguousarray(precursors.five),
            "three": np.ascontiguousarray(precursors.three),
            "plant": precursors.plant.astype(np.uint8),
            "scattered": np.array([scattered.get(name, 0.0) for name in families.tolist()], np.float32),
        }
    )
    card = Card(**{**asdict(card), "sha256": hashlib.sha256(blob).hexdigest()})
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(card), indent=2, ensure_ascii=False) + "\n"
    for name, content in ((TENSORS, blob), (CARD, text.encode())):
        temporary = folder / f".{name}.partial"
        temporary.write_bytes(content)
        temporary.replace(folder / name)
    return card


@cache
def load(name_or_folder: str = SHIPPED) -> Families:
    """Read a folder by its shipped name or its path; the same object for the same name.

    Raises:
        ModelError: Missing, damaged, of another kind, or of another version.
        UsageError: No such name and no such folder.
    """
    folder = locate(name_or_folder)
    card = read_card(folder)
    if card.kind != KIND:
        raise ModelError(str(folder), f"a checkpoint of kind {card.kind!r}", f"kind {KIND!r}")
    if card.architecture != ARCHITECTURE:
        hint = "Make it anew with `mirscan train families`."
        raise ModelError(str(folder), f"an index of the layout {card.architecture!r}", ARCHITECTURE, hint)
    path = folder / TENSORS
    try:
        blob = path.read_bytes()
        if hashlib.sha256(blob).hexdigest() != card.sha256:
            raise ModelError(str(path), "its SHA-256 is not the one in the card", card.sha256)
        precursors, scattered = _table(load_arrays(blob))
    except OSError as error:
        raise ModelError(str(path), f"unreadable ({error.strerror})", "the arrays of an index") from error
    except (SafetensorError, LookupError, ValueError, UnicodeDecodeError) as error:
        raise ModelError(str(path), f"damaged ({error})", "an index by `mirscan train families`") from error
    return Families(precursors, scattered, Weights.of(card.config.get("bits", {}), str(folder)), card)


@cache
def laid_out(name_or_folder: str = SHIPPED) -> tuple[Families, FamilyIndex]:
    """A folder with its index, read and laid out once a process.

    Raises:
        ModelError: See `load`.
        UsageError: See `load`.
    """
    families = load(name_or_folder)
    return families, families.index()


def _table(arrays: Mapping[str, NDArray[Any]]) -> tuple[Precursors, dict[str, float]]:
    """The table of precursors and the scattered families of some arrays.

    Raises:
        LookupError: An array is missing, or points outside another.
        ValueError: They are not of one length.
    """
    families, species = _texts(arrays["families"]), _texts(arrays["species"])
    names = _texts(arrays["names"])
    columns = [arrays[name] for name in ("family", "species_of", "five", "three", "plant")]
    if {len(column) for column in columns} != {len(names)} or len(arrays["scattered"]) != len(families):
        raise ValueError("arrays of different lengths")
    family, code, five, three, plant = columns
    precursors = Precursors(
        names,
        [species[row] for row in code.tolist()],
        [families[row] for row in family.tolist()],
        five.astype(np.uint64),
        three.astype(np.uint64),
        plant.astype(np.bool_),
    )
    return precursors, dict(zip(families, arrays["scattered"].astype(np.float64).tolist(), strict=True))


def _bytes(texts: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(texts).encode(), dtype=np.uint8)


def _texts(content: NDArray[np.uint8]) -> list[str]:
    return content.astype(np.uint8).tobytes().decode().split("\n")
