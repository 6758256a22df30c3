"""A `diva` that becomes a `diva-wide`: what it drew well stays, the fourth latent is where it should be."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from helpers.diva_examples import hairpins

from mirscan.models.diva import DIVA
from mirscan.models.resnet import one_hot
from mirscan.training.diva import widening
from mirscan.training.diva.frozen import freeze_bonds

UNTOUCHED = 60  # columns before the decoder's last four cells and what its convolutions see of them


@pytest.fixture(scope="module")
def examples():
    return hairpins(80)  # more than the 64 directions that are read


@pytest.fixture(scope="module")
def network(examples):
    """Batch norms moved from their start, as after some training."""
    torch.manual_seed(5)
    network = DIVA()
    with torch.no_grad():
        for _ in range(3):
            network(one_hot(torch.from_numpy(examples.images[:16])))
    return network.eval()


@pytest.fixture(scope="module")
def wide(network, examples):
    wide = DIVA("diva-wide")
    wide.load_state_dict(widening.widened(network, examples))
    return wide.eval()


def test_the_first_columns_are_drawn_as_before(network, wide, examples):
    x = one_hot(torch.from_numpy(examples.images[:8]))
    with torch.no_grad():
        before, after = network(x, sample=False), wide(x, sample=False)
    for name in network.architecture.latents:
        assert torch.equal(before[0][name].z, after[0][name].z)
    for part in ("heights", "colours"):
        old, new = getattr(before[1].bars, part), getattr(after[1].bars, part)
        torch.testing.assert_close(new[:, :, :UNTOUCHED], old[:, :, :UNTOUCHED])
        assert not torch.allclose(new[:, :, 72:], old[:, :, 72:])


def test_the_fourth_latent_reads_the_last_columns_alone(wide, examples):
    images = torch.from_numpy(examples.images[:4]).clone()
    images[:, :, 50:] = 0
    late = images.clone()
    late[:, 11:14, 90] = 2
    early = images.clone()
    early[:, 11:14, 10] = torch.where(early[:, 11:14, 10] == 2, 3, 2).to(torch.uint8)
    latent = wide.latent("x2")
    with torch.no_grad():
        empty, changed_late, changed_early = (
            latent.encoder(one_hot(batch)).mean for batch in (images, late, early)
        )
    assert not torch.allclose(empty, changed_late, atol=1e-3)
    torch.testing.assert_close(empty, changed_early)
    assert float(empty.abs().max()) < 1e-3  # an image without late columns says nothing of them


def test_filters_are_held_while_heads_learn(wide):
    freeze_bonds(wide)
    learning = {name for name, values in wide.named_parameters() if values.requires_grad}
    assert not [name for name in learning if ".trunk." in name or name.startswith("latents.m.")]
    assert {"latents.x2.encoder.heads.weight", "latents.x.encoder.heads.weight"} <= learning


def test_ridge_is_least_squares_where_little_is_held_back():
    predictors = torch.from_numpy(np.random.default_rng(0).normal(size=(200, 5)))
    truth = torch.arange(10.0, dtype=torch.float64).view(5, 2)
    torch.testing.assert_close(
        widening.ridge(predictors, predictors @ truth, 1e-9), truth, rtol=1e-5, atol=1e-5
    )
