"""Images made of others: as true to the rules of the image as those they come from."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from mirscan.encoding.image import bond_vectors, draw, read_strands
from mirscan.folding.viennarna import fold
from mirscan.training.diva.crossing import crossed


@pytest.fixture(scope="module")
def pictures():
    rng = np.random.default_rng(8)
    sequences = ["".join(rng.choice(list("ACGU"), size)) for size in rng.integers(60, 110, 120)]
    drawn = draw(sequences, [fold(sequence)[0] for sequence in sequences])
    whole = drawn.images[~drawn.branched & ~drawn.cut]
    return torch.from_numpy(whole[bond_vectors(whole).any(1)])


def of(pictures, share, longer, seed=1):
    torch.manual_seed(seed)
    bonds = torch.from_numpy(bond_vectors(pictures.numpy()))
    labels = torch.arange(len(pictures)) % 2
    images, after = crossed(pictures, bonds, labels, share, longer)
    return images.numpy(), after.numpy()


def redrawn(image):
    """The image that the rules give for the hairpin that an image shows; None where it is cut."""
    strands = read_strands(image)
    if len(strands.bonds) == 100:
        return None
    left, right = strands.upper[strands.loop :], strands.lower[strands.loop :]
    loop = strands.lower[: strands.loop]  # the terminal loop is drawn whole on both strands
    bonds = strands.bonds[strands.loop :]
    sequence = left[::-1].replace("-", "") + loop + right.replace("-", "")
    opened = "".join("(" if bond else "." for bond, base in zip(bonds, left, strict=True) if base != "-")
    closed = "".join(")" if bond else "." for bond, base in zip(bonds, right, strict=True) if base != "-")
    return draw([sequence], [opened[::-1] + "." * len(loop) + closed]).images[0]


@pytest.mark.parametrize("longer", [False, True])
def test_crossed_images_are_what_the_rules_draw(pictures, longer):
    images, bonds = of(pictures, 1.0, longer)
    assert np.array_equal(bonds, bond_vectors(images))
    checked = 0
    for image in images:
        again = redrawn(image)
        if again is not None:
            np.testing.assert_array_equal(image, again)
            checked += 1
    assert checked > 10
    assert (images != pictures.numpy()).any((1, 2)).mean() > 0.9


def test_images_that_grow_longer_do(pictures):
    def widths(images):
        return (images.max(1) > 0).sum(1)

    same, longer = (widths(of(pictures, 1.0, longer)[0]).mean() for longer in (False, True))
    assert longer > same + 10
    assert same == pytest.approx(widths(pictures.numpy()).mean(), abs=3)


def test_no_share_changes_nothing(pictures):
    images, _ = of(pictures, 0.0, True)
    assert np.array_equal(images, pictures.numpy())


def test_partners_are_of_the_same_class():
    """Images of one class are all G–C, of the other all A–U: none mixes the two."""
    pairs = {0: ("G", "C"), 1: ("A", "U")}
    arms = [(*pairs[i % 2], 8 + i) for i in range(12)]
    sequences = [left * n + "AAAA" + right * n for left, right, n in arms]
    pictures = draw(sequences, ["(" * n + "...." + ")" * n for _, _, n in arms]).images
    images, _ = of(torch.from_numpy(pictures), 1.0, True)
    for i, image in enumerate(images):
        strands = read_strands(image)
        assert set(strands.upper[4:]) | set(strands.lower[4:]) == set(pairs[i % 2])
