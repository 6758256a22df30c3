"""DIVA and its ablations: the stamp, valid images, ownership, priors, loss, gradients, encoding."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from helpers.diva_examples import hairpins

from mirscan.encoding.image import bond_vectors
from mirscan.models import mean_path
from mirscan.models.cropped import CroppedTrunk
from mirscan.models.decoder import Bars, ConvolutionalDecoder, DenseDecoder, stamp_matrix
from mirscan.models.diva import ARCHITECTURES, DIVA, encode_zm
from mirscan.models.priors import BondPrior, ClassPrior, StandardNormalPrior, normal_log_prob
from mirscan.models.resnet import one_hot

SMALL = {"hidden": 48, "steps": 2}


@pytest.fixture(autouse=True)
def _quiet_torch():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(5)
    yield
    torch.set_num_threads(threads)


def batch(n=6):
    pictures = hairpins(n).images
    return (
        one_hot(torch.from_numpy(pictures)),
        torch.arange(n) % 2,
        torch.from_numpy(bond_vectors(pictures)),
    )


def test_stamp_matrix_holds_the_thirteen_bars():
    stamp = stamp_matrix()
    assert stamp.shape == (13, 13)
    assert stamp.sum(1).tolist() == [0, *range(2, 14)]
    for row in stamp:
        assert torch.equal(row, row.sort(descending=True).values)


def test_one_hot_leaves_the_background_empty():
    picture = torch.zeros(1, 25, 100, dtype=torch.uint8)
    picture[0, 3, 7] = 4
    hot = one_hot(picture)
    assert hot.sum() == 1
    assert hot[0, 3, 3, 7] == 1


@pytest.mark.parametrize("decoder", [ConvolutionalDecoder, DenseDecoder])
def test_the_decoder_draws_nothing_but_bars(decoder):
    picture = decoder(64)(3 * torch.randn(8, 64)).drawn().numpy()
    for half in (picture[:, 12::-1], picture[:, 13:]):
        there = half > 0
        assert (there[:, 1:] <= there[:, :-1]).all(), "a bar grows from the middle without a hole"
        assert (np.where(there, half, half[:, :1]) == half[:, :1]).all(), "a bar has one colour"
        assert (there.sum(1) != 1).all(), "there are no bars of one pixel"


def test_certain_bars_draw_the_image_they_expect():
    """Arg-max and expectation are the same picture where height and colour are certain."""
    heights = 60 * torch.nn.functional.one_hot(torch.randint(13, (4, 2, 100)), 13).float()
    colours = 60 * torch.nn.functional.one_hot(torch.randint(5, (4, 2, 100)), 5).float()
    bars = Bars(heights, colours)
    torch.testing.assert_close(bars.image(), one_hot(bars.drawn()), rtol=0, atol=1e-5)


def test_every_latent_owns_its_encoder_flow_and_prior():
    network = DIVA(**SMALL)
    owners = {}
    for name, latent in network.latents.items():
        for parameter in latent.parameters():
            assert owners.setdefault(id(parameter), name) == name
    x, _, _ = batch()
    network.eval()
    before = {name: draw.z for name, draw in network.inference(x, sample=False).items()}
    with torch.no_grad():
        for parameter in network.latent("y").flow.parameters():
            parameter.add_(0.3)
    after = {name: draw.z for name, draw in network.inference(x, sample=False).items()}
    assert [name for name in before if not torch.equal(before[name], after[name])] == ["y"]


@pytest.mark.parametrize("architecture", sorted(ARCHITECTURES))
def test_gradients_reach_every_parameter(architecture):
    network = DIVA(architecture, **SMALL)
    x, y, m = batch()
    draws, generated = network(x)
    network.loss(x, y, m, draws, generated).total(0.5).backward()
    dead = [name for name, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    assert dead == []


def test_the_ablations_differ_as_table_1_says():
    assert set(DIVA(**SMALL).latents) == {"m", "y", "x"}
    table = {name: a for name, a in ARCHITECTURES.items() if name != "diva-wide"}
    assert all(set(a.latents) == {"x"} for name, a in table.items() if name != "diva")
    flows = {name: a.flow for name, a in table.items()}
    assert flows == {
        "vae": False, "beta-vae": False, "beta-iaf-vae": True, "dc-beta-iaf-vae": True, "diva": True
    }  # fmt: skip
    assert ARCHITECTURES["vae"].beta != ARCHITECTURES["beta-vae"].beta


def test_a_wide_diva_has_a_fourth_latent():
    assert set(DIVA("diva-wide", **SMALL).latents) == {"m", "y", "x", "x2"}


def test_normal_log_density_is_that_of_torch():
    z, mean, std = torch.randn(4, 7), torch.randn(4, 7), torch.rand(4, 7) + 0.1
    expected = torch.distributions.Normal(mean, std).log_prob(z).sum(1)
    torch.testing.assert_close(normal_log_prob(z, mean, std), expected)


def test_standard_prior_has_the_density_of_a_standard_normal():
    density = StandardNormalPrior().log_prob(torch.zeros(2, 64), torch.zeros(2))
    torch.testing.assert_close(density, torch.full((2,), -32 * math.log(2 * math.pi)))


@pytest.mark.parametrize(
    ("prior", "conditions"),
    [(BondPrior(8), torch.eye(100)[[3, 60]]), (ClassPrior(8), torch.tensor([0, 1]))],
)
def test_conditional_priors_depend_on_their_condition(prior, conditions):
    prior.eval()
    mean, std = prior.parameters_for(conditions)
    assert (mean[0] != mean[1]).any()
    assert (std > 0).all()
    z = mean.detach()
    assert (prior.log_prob(z, conditions) > prior.log_prob(z.flip(0), conditions)).all()
    drawn = prior.sample(conditions[:1].repeat_interleave(4000, 0), torch.Generator().manual_seed(1))
    torch.testing.assert_close(drawn.mean(0), mean[0], rtol=0, atol=0.1)


def test_log_q_follows_the_change_of_variables():
    """log q(z|x) = log N(z₀; μ, σ²) − log-det, with z₀ found again through the inverse flow."""
    network = DIVA(**SMALL).eval()
    x, _, _ = batch(3)
    with torch.no_grad():
        latent = network.latent("m")
        draw = latent(x)
        mean, std, context = latent.encoder(x)
        start = latent.flow.inverse(draw.z, context)
        _, log_det = latent.flow(start, context)
        torch.testing.assert_close(
            draw.log_q, normal_log_prob(start, mean, std) - log_det, rtol=1e-4, atol=1e-2
        )


def test_loss_terms_are_those_of_the_equations():
    network = DIVA(**SMALL).eval()
    x, y, m = batch(4)
    draws, generated = network(x)
    loss = network.loss(x, y, m, draws, generated)
    error = (generated.bars.image() - x).pow(2).sum() / 4
    torch.testing.assert_close(loss.reconstruction, error)
    told = torch.sigmoid(generated.m)
    bonds = -(m * told.log() + (1 - m) * (1 - told).log()).sum() / 4
    torch.testing.assert_close(loss.m, bonds, rtol=1e-4, atol=1e-4)
    expected = error + 0.5 * (loss.kl_x + loss.kl_y + loss.kl_m) + 12 * (loss.y + loss.y_from_m) + loss.m
    torch.testing.assert_close(loss.total(0.5), expected)


@pytest.mark.parametrize("width", [0, 1, 7, 40, 63, 90, 100])
def test_the_cropped_trunk_gives_what_the_whole_one_gives(width):
    """Random colours up to the width, so that every column that is seen matters."""
    network = DIVA("vae")
    with torch.no_grad():
        network(one_hot(torch.from_numpy(hairpins(16).images)))
        network.eval()
        trunk = network.latent("x").encoder.trunk
        pictures = torch.randint(0, 6, (3, 25, 100), dtype=torch.uint8)
        pictures[..., width:] = 0
        x = one_hot(pictures)
        expected = trunk(x)
        torch.testing.assert_close(CroppedTrunk(trunk)(x, width), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("architecture", "name"), [("diva", "m"), ("diva", "y"), ("vae", "x")])
def test_the_path_of_the_mean_is_the_latents_own(architecture, name, monkeypatch):
    """In double precision, with images of all widths in every batch, batch norms moved from their start."""
    monkeypatch.setattr(mean_path, "FLOWED", 7)  # so that the flow, too, takes more than one block
    network = DIVA(architecture, **SMALL)
    pictures = hairpins(12).images
    pictures[3, :, 90:] = 4
    pictures[7] = 0
    with torch.no_grad():
        network(one_hot(torch.from_numpy(pictures)))
        latent = network.double().eval().latent(name)
        x = one_hot(torch.from_numpy(pictures)).double()
        mean, _, context = latent.encoder(x)
        plain = latent.flow(mean.double(), context.double())[0].numpy()
    for size in (1, 5, 12):
        found = latent.mean_path().encode(pictures, size)
        np.testing.assert_allclose(found, plain, rtol=1e-6, atol=1e-6)  # the posterior is in single precision


def test_encoding_is_that_of_the_latent():
    network = DIVA(**SMALL).eval()
    pictures = hairpins(40).images
    with torch.no_grad():
        plain = network.latent("m")(one_hot(torch.from_numpy(pictures)), sample=False).z.numpy()
    np.testing.assert_allclose(encode_zm(network, pictures, batch_size=16), plain, rtol=1e-4, atol=1e-5)


def test_encoding_is_deterministic_and_independent_of_the_batch():
    network = DIVA(**SMALL)
    with torch.no_grad():
        network(one_hot(torch.from_numpy(hairpins(16).images)))  # moves the batch norms from their start
    pictures = hairpins(33).images
    together = encode_zm(network, pictures, batch_size=33)
    assert network.training, "the network is left as it was"
    assert together.shape == (33, 64)
    scale = np.abs(together).max()
    for size in (1, 7, 32):
        assert np.abs(encode_zm(network, pictures, batch_size=size) - together).max() <= 1e-6 * scale
    assert encode_zm(network, pictures[:0]).shape == (0, 64)
