"""Checkpoints: a folder with `model.safetensors` and `card.json`. No pickle, ever.

The card says what the weights are (kind, architecture, configuration, encoding), how good they are (metrics),
where they come from (provenance: command line, data, seed) and the SHA-256 of the tensor file. PyTorch is
imported when tensors are, not for a card.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from mirscan.errors import ModelError, UsageError
from mirscan.runtime.json_file import read_json
from mirscan.runtime.whole_file import whole_file

if TYPE_CHECKING:
    import torch

FORMAT = 1
CARD = "card.json"
TENSORS = "model.safetensors"
LARGEST = 2_000  # width, depth or whatever else of a network: more than any sensible one has

State = dict[str, "torch.Tensor"]
Network = TypeVar("Network", bound="torch.nn.Module")


@dataclass(frozen=True, slots=True)
class Card:
    """What a checkpoint says of itself.

    Attributes:
        kind: Family of the model: `lstm`, `diva`, …; code asks for the kind that it can use.
        architecture: Name of the network within the kind.
        config: Keyword arguments that rebuild the network.
        encoding: How a hairpin becomes the network's input.
        metrics: Measured quality, by data set.
        provenance: Command line, data, seed, versions.
        sha256: Checksum of the tensor file; filled in by `save`.
        format: Version of this layout.
    """

    kind: str
    architecture: str
    config: dict[str, Any] = field(default_factory=dict)
    encoding: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    sha256: str = ""
    format: int = FORMAT


def save(folder: Path, card: Card, state: Mapping[str, torch.Tensor]) -> Card:
    """Write a checkpoint into `folder`, each file whole or not at all; the card as written comes back.

    The card is renamed into place last, so that a folder with a card is a complete checkpoint.
    """
    from safetensors.torch import save as save_tensors

    blob = save_tensors({name: tensor.detach().cpu().contiguous() for name, tensor in state.items()})
    card = Card(**{**asdict(card), "sha256": hashlib.sha256(blob).hexdigest()})
    text = json.dumps(asdict(card), indent=2, ensure_ascii=False) + "\n"
    for name, content in ((TENSORS, blob), (CARD, text.encode())):
        with whole_file(folder / name) as temporary:
            temporary.write_bytes(content)
    return card


def read_card(folder: Path) -> Card:
    """Read and check the card of a checkpoint.

    Raises:
        ModelError: No card, not JSON, or of a format that this version does not know.
    """
    path = folder / CARD
    content = read_json(path, "a checkpoint's card", "`mirscan train`")
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        found = content.get("format") if isinstance(content, dict) else type(content).__name__
        raise ModelError(str(path), f"checkpoint format {found!r}", f"format {FORMAT}")
    try:
        return _checked(Card(**content))
    except (TypeError, ValueError) as error:
        raise ModelError(
            str(path), f"unexpected card ({error})", "the fields that `mirscan train` writes"
        ) from error


def _checked(card: Card) -> Card:
    """The card, if its fields are of their types and no number in it asks for an unreasonable network."""
    for name, kind in (("config", dict), ("encoding", dict), ("metrics", dict), ("provenance", dict)):
        if not isinstance(getattr(card, name), kind):
            raise TypeError(f"{name} is no object")
    for name in ("kind", "architecture", "sha256"):
        if not isinstance(getattr(card, name), str):
            raise TypeError(f"{name} is no text")
    for name, value in card.config.items():
        if not max(_sizes(value), default=0) <= LARGEST:
            raise ValueError(f"config {name!r} is beyond {LARGEST:,}")
    return card


def _sizes(value: Any) -> Iterator[float]:
    """How large each number is, and how long each list."""
    if isinstance(value, int | float):
        yield abs(value)
    elif isinstance(value, list | dict):
        yield len(value)
        for part in value.values() if isinstance(value, dict) else value:
            yield from _sizes(part)


def load(folder: Path, kind: str) -> tuple[Card, State]:
    """Read a checkpoint of the given kind, checksum and finiteness verified.

    Raises:
        ModelError: Missing, damaged, of another kind, or with NaN or infinite weights.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load as load_tensors

    card = read_card(folder)
    if card.kind != kind:
        raise ModelError(str(folder), f"a checkpoint of kind {card.kind!r}", f"kind {kind!r}")
    path = folder / TENSORS
    try:
        blob = path.read_bytes()
    except OSError as error:
        raise ModelError(
            str(path), f"unreadable ({error.strerror})", "the tensors of the checkpoint"
        ) from error
    if hashlib.sha256(blob).hexdigest() != card.sha256:
        raise ModelError(
            str(path),
            "its SHA-256 is not the one in the card",
            card.sha256,
            "Fetch or train the checkpoint again.",
        )
    try:
        state = load_tensors(blob)
    except SafetensorError as error:
        raise ModelError(str(path), f"not a safetensors file ({error})") from error
    for name, tensor in state.items():
        if tensor.is_floating_point() and not bool(tensor.isfinite().all()):
            raise ModelError(str(path), f"tensor {name!r} holds NaN or infinity", "finite weights")
    return card, state


def filled(build: Callable[[], Network], state: State, where: str) -> Network:
    """The network that `build` makes, with tensors in it.

    Raises:
        ModelError: The card's configuration is none, or the tensors are not those of its network.
    """
    import torch

    try:
        with torch.random.fork_rng(devices=[]):  # the first weights, soon replaced, are drawn at random
            network = build()
        network.load_state_dict(state)
    except (LookupError, TypeError, ValueError, ArithmeticError, RuntimeError, AttributeError) as error:
        words = " ".join(str(error).split())
        raise ModelError(where, f"the weights do not fit the card ({words})") from error
    return network


def shipped(file: str = CARD) -> dict[str, Path]:
    """The folders that come with the package and hold a file, by name: of checkpoints, if it is a card."""
    root = Path(str(files("mirscan.weights")))
    return {path.parent.name: path.parent for path in sorted(root.glob(f"*/{file}"))}


def locate(name_or_folder: str) -> Path:
    """The folder of a checkpoint given by a shipped name or by its path.

    Raises:
        UsageError: Neither a shipped name nor a folder.
    """
    known = shipped()
    if name_or_folder in known:
        return known[name_or_folder]
    folder = Path(name_or_folder)
    if folder.is_dir():
        return folder
    raise UsageError(
        f"model {name_or_folder!r}",
        "no model of this name and no such folder",
        f"one of {', '.join(known) or '(none shipped)'}, or the folder of a checkpoint",
        "`mirscan models` lists them.",
    )
