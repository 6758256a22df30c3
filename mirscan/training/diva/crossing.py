"""New images from old ones: hairpins that cross over at a pair, and pairs turned round.

The loop's side of one image up to a pair and the open end of another from a pair on make an image that is as
true to the rules: runs of unpaired columns end at pairs, so no height changes. Nor does a height change where
the two nucleotides of a pair change places. A network that sees such images cannot learn those of its
training part by heart. Where the first is cut late and the second early, long hairpins arise: one image in
seven is wider than 70 columns, and most of all wrong nucleotides stand in those
(`benchmarks/papers/diva.py`).
"""

from __future__ import annotations

import torch
from torch import Tensor


def crossed(
    images: Tensor, bonds: Tensor, labels: Tensor, share: float, longer: bool
) -> tuple[Tensor, Tensor]:
    """A batch in which a share of the images are crossed and turned; the random numbers are torch's.

    Args:
        images: uint8 (n, 25, 100).
        bonds: uint8 (n, 100), read off the images.
        labels: (n,), class of each; partners are of the same class.
        share: Of the images to change, 0..1.
        longer: Whether the two may be cut in different columns, mostly so that the new image is wider; else
            they are cut in the same column.

    Returns:
        Images and bonds of the same shapes; what lies beyond column 100 is cut off.
    """
    partner = _partners(labels)
    there, other = bonds.bool(), bonds[partner].bool()
    changed = torch.rand(len(bonds), device=bonds.device) < share
    if longer:
        late, early = _drawn(there, 1.0), _drawn(other, -1.0)
    else:
        there = other = there & other
        late = early = _drawn(there, 0.0)
    changed &= there.any(1) & other.any(1)
    images, bonds = (
        _joined(values, values[partner], late, early, changed) for values in (images, bonds[:, None])
    )
    return _turned(images, bonds[:, 0], changed), bonds[:, 0]


def _partners(labels: Tensor) -> Tensor:
    """(n,) → for each row, another of the same class or itself, drawn at random."""
    partner = torch.arange(len(labels), device=labels.device)
    for label in (0, 1):
        rows = torch.nonzero(labels == label)[:, 0]
        partner[rows] = rows[torch.randperm(len(rows)).to(rows.device)]
    return partner


def _drawn(there: Tensor, slope: float) -> Tensor:
    """A column (n,) of those there (n, c): any for slope 0, mostly late for 1, mostly early for −1."""
    place = torch.linspace(0, 1, there.shape[1], device=there.device)
    # a hairpin fills half the columns: twice the slope makes the place weigh as much as the chance
    score = torch.rand(there.shape, device=there.device) + 2 * slope * place + 3
    return (score * there).argmax(1)


def _joined(one: Tensor, other: Tensor, late: Tensor, early: Tensor, changed: Tensor) -> Tensor:
    """Columns before `late` of the first, then those of the second from `early` on: (n, r, c) → (n, r, c)."""
    columns = torch.arange(one.shape[2], device=one.device)[None]
    source = (columns + (early - late)[:, None]).clamp(0, one.shape[2])
    padded = torch.cat([other, other.new_zeros(*other.shape[:2], 1)], dim=2)
    moved = padded.gather(2, source[:, None].expand(-1, one.shape[1], -1))
    return torch.where(((columns >= late[:, None]) & changed[:, None])[:, None], moved, one)


def _turned(images: Tensor, bonds: Tensor, changed: Tensor) -> Tensor:
    """Half of the pairs of the changed images with their nucleotides in each other's place."""
    turned = (torch.rand(bonds.shape, device=bonds.device) < 0.5) & bonds.bool() & changed[:, None]
    mirrored = torch.cat([images[:, :1], images[:, 1:].flip(1)], dim=1)  # a pair's bars have 2 to 4 pixels
    return torch.where(turned[:, None], mirrored, images)
