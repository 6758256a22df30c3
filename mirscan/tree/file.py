"""The tree as a file: `tree.json`, read and checked, written whole or not at all."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from mirscan.errors import ModelError, UsageError
from mirscan.runtime.json_file import read_json
from mirscan.runtime.whole_file import whole_file
from mirscan.scoring.checkpoint import shipped
from mirscan.tree.question import Question
from mirscan.tree.rates import Rates
from mirscan.tree.rules import CLASSES, Node, Split, Tree

FORMAT = 1
FILE = "tree.json"


def save_tree(tree: Tree, folder: Path) -> Path:
    """Write `tree.json` into `folder`, whole or not at all; its path comes back."""
    text = json.dumps({"format": FORMAT, "classes": CLASSES, **asdict(tree)}, indent=1, ensure_ascii=False)
    with whole_file(folder / FILE) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")
    return folder / FILE


def shipped_trees() -> dict[str, Path]:
    """The trees that come with the package: name → folder."""
    return shipped(FILE)


def locate_tree(name_or_folder: str) -> Path:
    """The folder of a tree given by a shipped name or by its path.

    Raises:
        UsageError: Neither a shipped name nor a folder.
    """
    known = shipped_trees()
    folder = known.get(name_or_folder, Path(name_or_folder))
    if not folder.is_dir():
        expected = f"one of {', '.join(known) or '(none shipped)'}, or a folder with a {FILE}"
        raise UsageError(f"tree {name_or_folder!r}", "no tree of this name and no such folder", expected)
    return folder


def load_tree(folder: Path) -> Tree:
    """Read and check the `tree.json` of `folder`.

    Raises:
        ModelError: Missing, not JSON, of another format, or not a tree.
    """
    path = folder / FILE
    content = read_json(path, "a tree", "`mirscan train tree`")
    if not isinstance(content, dict) or content.pop("format", None) != FORMAT:
        raise ModelError(str(path), "another format of tree, or none", f"format {FORMAT}")
    try:
        content.pop("classes")
        tree = Tree(nodes=tuple(_node(node) for node in content.pop("nodes")), **content)
        if not isinstance(tree.size, int) or not isinstance(tree.latent, dict):
            raise TypeError("size or latent")
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise ModelError(
            str(path), f"unexpected content ({error!r})", "what `mirscan train tree` writes"
        ) from error
    _check(tree, path)
    return tree


def _node(content: dict[str, Any]) -> Node:
    split = content["split"]
    if split is not None:
        weights = tuple(float(weight) for weight in split["weights"])
        split = Split(_question(split["question"]), weights, float(split["bias"]), float(split["accuracy"]))
    nothing, precursors = content["counts"]
    counts = int(nothing), int(precursors)
    found = content.get("rates")
    rates = found and Rates(*(float(found[name]) for name in ("precursors", "background", "bits")))
    return Node(counts, float(content["share"]), split, int(content["no"]), int(content["yes"]), rates)


def _question(content: dict[str, Any]) -> Question:
    threshold = content["threshold"]
    words = {name: str(content[name]) for name in ("concept", "label", "unit", "kind")}
    return Question(**words, threshold=None if threshold is None else float(threshold))


def _check(tree: Tree, path: Path) -> None:
    """Refuse a tree whose walk would not end in a leaf."""
    for index, node in enumerate(tree.nodes):
        if node.split is None:
            continue
        if (
            len(node.split.weights) != tree.size
            or not np.isfinite([*node.split.weights, node.split.bias]).all()
        ):
            raise ModelError(
                str(path), f"node {index} has a damaged hyperplane", f"{tree.size} finite weights"
            )
        if not index < min(node.no, node.yes) <= max(node.no, node.yes) < len(tree.nodes):
            raise ModelError(str(path), f"node {index} has no proper children", "children after their parent")
    if not tree.nodes:
        raise ModelError(str(path), "a tree without a node", "at least a root")
