"""The tree's verdict on hairpins: their points, their concepts, and the rule that follows from them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mirscan.records import Hairpin
from mirscan.tree.file import FILE, load_tree, locate_tree
from mirscan.tree.rules import Rule
from mirscan.tree.spaces import described, space_of


class Judge:
    """A tree and the space that it divides, loaded; each hairpin is judged by itself.

    Attributes:
        name: The name of the tree's folder.
        tree: The tree.
        sha256: Checksum of its file.
        space: From hairpins to points.
    """

    def __init__(self, tree: str, device: str = "auto", diva: str | None = None) -> None:
        """Load a tree by its shipped name or folder, and the DIVA that it names, or the one given.

        Raises:
            ModelError: Missing, damaged, or a tree and a network that do not belong together.
            UsageError: No such device.
        """
        folder = locate_tree(tree)
        self.tree = load_tree(folder)
        self.sha256 = hashlib.sha256((folder / FILE).read_bytes()).hexdigest()
        self.name = folder.name
        self.space = space_of(self.tree, tree, device, diva)

    def rules(self, hairpins: Sequence[Hairpin]) -> list[Rule]:
        """The rule of each hairpin, in order, with the measured concepts beside the tree's answers.

        Raises:
            DeviceError: The device failed, or has no memory for a single image.
        """
        images, measured = described(hairpins)
        return [
            self.tree.explain(point, {name: values[at] for name, values in measured.items()})
            for at, point in enumerate(self.space.points(images, measured))
        ]

    def points(self, hairpins: Sequence[Hairpin]) -> NDArray[np.float64]:
        """The points of hairpins in the space of the tree, float64 (n, d)."""
        return self.space.points(*described(hairpins))
