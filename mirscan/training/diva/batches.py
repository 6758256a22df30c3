"""The batches of a training of DIVA: in which order, and what a step gets of each."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from mirscan.models.mean_path import widths_of
from mirscan.models.resnet import one_hot
from mirscan.training.diva.crossing import crossed
from mirscan.training.diva.frozen import Batch
from mirscan.training.diva.modmirbase import Examples

ALIKE = 64  # batches among which like widths are put together


class Batches:
    """A part of the split on the device, cut into the batches of each epoch.

    Args:
        examples: The part.
        device: Where its tensors live.
        size: Images a batch.
        seed: Of the order.
        alike: Whether images of like width go together.
    """

    def __init__(
        self, examples: Examples, device: torch.device, size: int, seed: int, alike: bool = False
    ) -> None:
        self._size, self._seed, self._alike = size, seed, alike
        self.images = torch.from_numpy(examples.images).to(device)
        self.labels = torch.from_numpy(examples.labels).to(device)
        self.bonds = torch.from_numpy(examples.bonds).to(device)
        self.widths = torch.from_numpy(widths_of(examples.images))

    def rows(self, epoch: int, done: int) -> Iterator[Tensor]:
        """Rows of the batches of an epoch after the first `done`."""
        generator = torch.Generator().manual_seed(self._seed * 100_003 + epoch)
        order = torch.randperm(len(self.labels), generator=generator)
        if self._alike:
            order = _alike(order, self.widths, self._size, generator)
        for rows in torch.split(order[done * self._size :].to(self.images.device), self._size):
            if len(rows) > 1:  # a batch norm has nothing to say of a single image
                yield rows

    def plain(self, rows: Tensor, cross: float, longer: float) -> tuple[Tensor, Tensor, Tensor]:
        """One-hot images, classes and bonds; `cross` and `longer` as for `cropped`."""
        images, bonds = self._crossed(rows, cross, longer)
        return one_hot(images), self.labels[rows], bonds

    def cropped(self, rows: Tensor, cross: float, longer: float) -> Batch:
        """Images, a share of them crossed; in a share of the batches these grow longer.

        See `mirscan.training.diva.crossing`; the random numbers are torch's.
        """
        images, bonds = self._crossed(rows, cross, longer)
        others = torch.randint(len(self.bonds), (len(rows),)).to(self.bonds.device)
        width = int((images.amax((0, 1)) > 0).nonzero().amax()) + 1
        return Batch(images, self.labels[rows], bonds, width, self.bonds[others])

    def _crossed(self, rows: Tensor, cross: float, longer: float) -> tuple[Tensor, Tensor]:
        """Images and bonds; without `cross` no random number is drawn."""
        images, bonds = self.images[rows], self.bonds[rows]
        if not cross:
            return images, bonds
        return crossed(images, bonds, self.labels[rows], cross, longer=bool(torch.rand(()) < longer))


def _alike(order: Tensor, widths: Tensor, size: int, generator: torch.Generator) -> Tensor:
    """The same rows with those of like width side by side within blocks of `ALIKE` batches, batches shuffled.

    The last batch, which may be smaller, keeps its place.
    """
    whole = len(order) // size * size
    blocks = (block[widths[block].argsort(stable=True)] for block in torch.split(order[:whole], ALIKE * size))
    batches = torch.cat([block.view(-1, size) for block in blocks])
    batches = batches[torch.randperm(len(batches), generator=generator)]
    return torch.cat([batches.flatten(), order[whole:]])
