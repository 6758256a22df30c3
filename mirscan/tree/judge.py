"""The tree's verdict on hairpins: image, z_m, concepts, and the rule that follows from them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mirscan.encoding.concepts import compute
from mirscan.encoding.image import draw
from mirscan.errors import ModelError
from mirscan.records import Hairpin
from mirscan.runtime.batches import Batches
from mirscan.scoring.diva_checkpoint import latent_checksum, load_network
from mirscan.scoring.scorer import pick_device
from mirscan.tree.file import FILE, load_tree, locate_tree
from mirscan.tree.rules import Rule

DECIMALS = 6  # of z_m: far above the round-off between batches, far below what a hyperplane can mean
# Images at once: of one, what torch unfolds for a convolution in double precision stays in the cache.
BATCH_SIZE, DEVICE_BATCH_SIZE = 1, 256


class Judge:
    """A tree and the network that makes its latent, loaded; each hairpin is judged by itself.

    Attributes:
        name: The name of the tree's folder.
        tree: The tree.
        sha256: Checksum of its file.
        device: Where the network runs.
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
        self.device = pick_device(device)
        named = diva or self.tree.latent.get("model")
        if not isinstance(named, str):
            raise ModelError(
                tree, "a tree that names no model of its latent", "a tree of `mirscan train tree`"
            )
        network = load_network(named, self.device)[1]
        self.tree.require_latent(latent_checksum(network, "m"))
        # double precision: a rule must not depend on its neighbours in the batch
        self._path = network.latent("m").double().mean_path()
        self._batches = Batches(self.device, BATCH_SIZE if self.device.type == "cpu" else DEVICE_BATCH_SIZE)

    def rules(self, hairpins: Sequence[Hairpin]) -> list[Rule]:
        """The rule of each hairpin, in order, with the measured concepts beside the latent's answers.

        Raises:
            DeviceError: The device failed, or has no memory for a single image.
        """
        images = draw([h.sequence for h in hairpins], [h.structure for h in hairpins]).images
        measured = compute(images)
        return [
            self.tree.explain(z, {name: values[at] for name, values in measured.items()})
            for at, z in enumerate(self.encode(images))
        ]

    def encode(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        """z_m of images uint8 (n, 25, 100): float64 (n, d), rounded to six decimals."""
        parts = self._batches.each(
            len(images), lambda some: self._path.encode(images[some], self._batches.size)
        )
        return np.concatenate([np.empty((0, self.tree.size)), *parts]).round(DECIMALS)
