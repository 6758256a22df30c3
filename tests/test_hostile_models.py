"""Model files that mean no good: refused in a line, before anything of them is run. No pickle anywhere."""

from __future__ import annotations

import copy
import hashlib
import json
import pickle
import struct
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save

from mirscan.errors import ModelError
from mirscan.models import build
from mirscan.scoring.checkpoint import Card, read_card
from mirscan.scoring.scorer import Scorer
from mirscan.tree.file import load_tree, locate_tree

CARD = asdict(Card("scan", "duplex"))
TENSORS = save(build("duplex", {}).state_dict())
HEADER_SIZE = struct.unpack("<Q", TENSORS[:8])[0]
WICKED: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    10**30,
    1e308,
    "",
    "x" * 1000,
    [],
    [[]],
    {},
    {"a": {}},
    [None] * 50,
)


def write(folder: Path, card: object, tensors: bytes, honest: bool = True) -> Path:
    """A checkpoint; with an honest card, the checksum is that of the tensors."""
    if honest and isinstance(card, dict):
        card = {**card, "sha256": hashlib.sha256(tensors).hexdigest()}
    (folder / "card.json").write_text(card if isinstance(card, str) else json.dumps(card))
    (folder / "model.safetensors").write_bytes(tensors)
    return folder


def state() -> dict[str, torch.Tensor]:
    from safetensors.torch import load

    return load(TENSORS)


def refused(folder: Path) -> None:
    with pytest.raises(ModelError) as caught:
        Scorer(str(folder), "cpu")
    assert "\n" not in str(caught.value)


def test_a_checkpoint_without_fault_is_loaded(tmp_path: Path) -> None:
    assert Scorer(str(write(tmp_path, CARD, TENSORS)), "cpu").card.architecture == "duplex"


@pytest.mark.parametrize(
    "card",
    [
        *("", "{", "null", "[]", "1", '"card"', "\0", "[" * 100_000, '{"a":' * 100_000, '{"format": 1}'),
        *('{"format": 1, "kind": "scan"}', '{"format": "1"}', '{"format": 1e999}', "\ufeff{}"),
    ],
)
def test_a_card_that_is_none(card: str, tmp_path: Path) -> None:
    refused(write(tmp_path, card, TENSORS))


@pytest.mark.parametrize(
    "field", ["kind", "architecture", "config", "encoding", "metrics", "provenance", "format"]
)
def test_a_card_with_a_field_of_another_kind(field: str, tmp_path: Path) -> None:
    for value in (None, 7, [], [1], 1e308):
        refused(write(tmp_path, {**CARD, field: value}, TENSORS))
    refused(write(tmp_path, {**CARD, "surprise": 1}, TENSORS))
    missing = {name: value for name, value in CARD.items() if name != field}
    if field in ("kind", "architecture", "format"):
        refused(write(tmp_path, missing, TENSORS))


@pytest.mark.parametrize(
    "config",
    [
        {"width": 10**12},
        {"width": 2_001},
        {"width": -1},
        {"width": 0},
        {"width": "64"},
        {"width": None},
        {"width": 1.5},
        {"kernel": 10**9},
        {"dilations": [1] * 10**6},
        {"dilations": 3},
        {"dilations": ["1"]},
        {"hidden": [64]},
        {"embedding": {"a": 1}},
        {"unknown": 1},
        {"__class__": "x"},
    ],
)
def test_a_card_that_asks_for_another_network(config: dict[str, Any], tmp_path: Path) -> None:
    refused(write(tmp_path, {**CARD, "config": config}, TENSORS))


def changed(name: str) -> bytes:
    """The tensors with something wrong."""
    tensors = state()
    first = "stem.product.weight"
    changes: dict[str, Any] = {
        "a tensor is missing": lambda: tensors.pop(first),
        "a tensor too many": lambda: tensors.update(extra=torch.zeros(3)),
        "a wrong shape": lambda: tensors.update({first: tensors[first][:-1].contiguous()}),
        "turned": lambda: tensors.update({first: tensors[first].T.contiguous()}),
        "no dimension": lambda: tensors.update({first: torch.tensor(1.0)}),
        "nothing in it": lambda: tensors.update({first: torch.zeros(0)}),
        "NaN": lambda: tensors[first].view(-1).__setitem__(5, torch.nan),
        "infinity": lambda: tensors[first].view(-1).__setitem__(5, -torch.inf),
        "NaN in half precision": lambda: tensors.update({first: (tensors[first] * torch.nan).half()}),
        "no tensors": tensors.clear,
    }
    changes[name]()
    return save(tensors)


@pytest.mark.parametrize(
    "name",
    [
        *("a tensor is missing", "a tensor too many", "a wrong shape", "turned", "no dimension"),
        *("nothing in it", "NaN", "infinity", "NaN in half precision", "no tensors"),
    ],
)
def test_tensors_that_do_not_fit(name: str, tmp_path: Path) -> None:
    refused(write(tmp_path, CARD, changed(name)))


def header(**tensors: Any) -> bytes:
    text = json.dumps(tensors).encode()
    return struct.pack("<Q", len(text)) + text


@pytest.mark.parametrize(
    "tensors",
    [
        b"",
        b"\0" * 7,
        b"\0" * 8,
        b"\xff" * 8,
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 100_000_001) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 4) + b"\xff\xfe\xfd\xfc",
        struct.pack("<Q", 200_000) + b"[" * 200_000,
        header(a={"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}),
        header(a={"dtype": "F32", "shape": [2**62, 4], "data_offsets": [0, 16]}) + bytes(16),
        header(a={"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}) + bytes(4),
        header(a={"dtype": "F32", "shape": [1], "data_offsets": [4, 0]}) + bytes(4),
        header(a={"dtype": "F32", "shape": [1], "data_offsets": [0, 2**63]}) + bytes(4),
        header(a={"dtype": "O", "shape": [1], "data_offsets": [0, 4]}) + bytes(4),
        header(
            a={"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
            b={"dtype": "F32", "shape": [1], "data_offsets": [0, 4]},
        )
        + bytes(4),
        TENSORS[:-1],
        TENSORS + b"\0",
        TENSORS[: HEADER_SIZE // 2],
        b"\x80\x04" + TENSORS,
    ],
)
def test_a_file_of_tensors_that_is_none(tensors: bytes, tmp_path: Path) -> None:
    refused(write(tmp_path, CARD, tensors))


class Canary:
    """What a pickle would leave behind if somebody loaded it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return Path.touch, (self.path,)


def test_a_pickle_is_not_run(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    torch.save({"state_dict": Canary(canary)}, tmp_path / "torch")
    np.save(tmp_path / "numpy.npy", np.array([Canary(canary)], dtype=object), allow_pickle=True)
    pickles = [
        pickle.dumps(Canary(canary)),
        (tmp_path / "torch").read_bytes(),
        (tmp_path / "numpy.npy").read_bytes(),
    ]
    folder = tmp_path / "model"
    folder.mkdir()
    for content in pickles:
        refused(write(folder, CARD, content))
        (folder / "card.json").write_bytes(content)
        refused(folder)
        (folder / "tree.json").write_bytes(content)
        with pytest.raises(ModelError):
            load_tree(folder)
    assert not canary.exists()
    pickle.loads(pickles[0])
    assert canary.exists(), "the canary does not sing"


# --- trees


def leaves(content: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every value in some JSON, of lists the first two only."""
    items = content.items() if isinstance(content, dict) else enumerate(content[:2])
    for key, value in items:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from leaves(value, (*path, key))


SMALL_TREE = json.loads((locate_tree("diva-tree") / "tree.json").read_text())
PLACES = [
    place for place in leaves(SMALL_TREE) if place[0] in ("format", "nodes", "size", "latent", "classes")
]


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)))
def test_a_tree_with_something_else_in_a_place(place: tuple[Any, ...], tmp_path: Path) -> None:
    """It is refused, or it still can be walked."""
    for value in WICKED:
        tree = copy.deepcopy(SMALL_TREE)
        inner = tree
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = value
        (tmp_path / "tree.json").write_text(json.dumps(tree))
        try:
            loaded = load_tree(tmp_path)
            loaded.require_latent(str(loaded.latent.get("sha256")))
        except ModelError:
            continue
        assert loaded.explain(np.ones(loaded.size), {}).text


def test_a_tree_that_is_none(tmp_path: Path) -> None:
    for text in ("", "[]", "null", "{}", "[" * 100_000, '{"format": 1}', '{"format": 1, "nodes": 3}', "\0"):
        (tmp_path / "tree.json").write_text(text)
        with pytest.raises(ModelError):
            load_tree(tmp_path)


def test_the_card_of_a_model_is_read_with_care(tmp_path: Path) -> None:
    for text in ("[" * 100_000, "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"), "1" * 5_000):
        (tmp_path / "card.json").write_text(text)
        with pytest.raises(ModelError):
            read_card(tmp_path)
