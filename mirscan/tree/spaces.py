"""The spaces that trees divide: DIVA's z_m, and that of the concepts themselves. Hairpins → points."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mirscan.encoding.concepts import compute
from mirscan.encoding.image import draw
from mirscan.encoding.stem_concepts import EVERY_CONCEPT, compute_stems, matrix
from mirscan.errors import ModelError
from mirscan.records import Hairpin
from mirscan.tree.rules import Tree

DECIMALS = 6  # of z_m: far above the round-off between batches, far below what a hyperplane can mean
# Images at once: of one, what torch unfolds for a convolution in double precision stays in the cache.
BATCH_SIZE, DEVICE_BATCH_SIZE = 1, 256
CONCEPTS_SPACE = "concepts"  # the name of the space, as `latent` of a tree tells it

Points = NDArray[np.float64]
Measured = dict[str, NDArray[Any]]


class Space(Protocol):
    """Where a tree lives.

    Attributes:
        device: Where its network runs; `cpu` without one.
    """

    device: Any

    def points(self, images: NDArray[np.uint8], measured: Measured) -> Points:
        """The points (n, d) of n hairpins by their images and their concepts."""


class ConceptSpace:
    """The concepts of a hairpin, in a given order; see `stem_concepts.matrix`."""

    device = "cpu"

    def __init__(self, names: Sequence[str]) -> None:
        """Take the concepts by their names.

        Raises:
            ModelError: There is no such concept.
        """
        known = {concept.name for concept in EVERY_CONCEPT if concept.kind != "strand"}
        for name in names:
            if name not in known:
                raise ModelError("tree", f"asks about {name!r}", f"one of {', '.join(sorted(known))}")
        self._names = names

    def points(self, images: NDArray[np.uint8], measured: Measured) -> Points:
        """See `Space`."""
        return matrix(measured, self._names)


class LatentSpace:
    """z_m of a DIVA, each hairpin's by itself.

    Attributes:
        device: Where the network runs.
    """

    def __init__(self, tree: Tree, named: str, device: str) -> None:
        """Load a DIVA by its shipped name or folder.

        Raises:
            ModelError: Missing, damaged, or not the one that the tree was fitted on.
            UsageError: No such device.
        """
        from mirscan.runtime.batches import Batches
        from mirscan.scoring.diva_checkpoint import latent_checksum, load_network
        from mirscan.scoring.scorer import pick_device

        self.device = pick_device(device)
        network = load_network(named, self.device)[1]
        tree.require_latent(latent_checksum(network, "m"))
        self._size = tree.size
        # double precision: a rule must not depend on its neighbours in the batch
        self._path = network.latent("m").double().mean_path()
        self._batches = Batches(self.device, BATCH_SIZE if self.device.type == "cpu" else DEVICE_BATCH_SIZE)

    def points(self, images: NDArray[np.uint8], measured: Measured) -> Points:
        """See `Space`; rounded to six decimals.

        Raises:
            DeviceError: The device failed, or has no memory for a single image.
        """
        parts = self._batches.each(
            len(images), lambda rows: self._path.encode(images[rows], self._batches.size)
        )
        return np.concatenate([np.empty((0, self._size)), *parts]).round(DECIMALS)


def on_concepts(tree: Tree) -> bool:
    """Whether a tree divides the space of the concepts, not a latent."""
    return tree.latent.get("name") == CONCEPTS_SPACE


def space_of(tree: Tree, name: str, device: str, diva: str | None = None) -> Space:
    """The space of a tree.

    Args:
        tree: The tree.
        name: What it was asked for by, for messages.
        device: Where a network runs.
        diva: The DIVA to take instead of the one that the tree names.

    Raises:
        ModelError: The tree tells no space, or one that does not fit it.
        UsageError: No such device.
    """
    if on_concepts(tree):
        names = tree.latent.get("concepts")
        if not isinstance(names, list) or len(names) != tree.size:
            raise ModelError(name, "a tree without the names of its concepts", f"{tree.size} names")
        return ConceptSpace(names)
    named = diva or tree.latent.get("model")
    if not isinstance(named, str):
        raise ModelError(name, "a tree that names no model of its latent", "a tree of `mirscan train tree`")
    return LatentSpace(tree, named, device)


def described(hairpins: Sequence[Hairpin]) -> tuple[NDArray[np.uint8], Measured]:
    """The images of hairpins, uint8 (n, 25, 100), and every concept of theirs, (n,) each."""
    images = draw([h.sequence for h in hairpins], [h.structure for h in hairpins]).images
    return images, {**compute(images), **compute_stems(hairpins)}
