"""Training DIVA with z_m as it is: what stays stays bit for bit, what is cut short gives the same numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from helpers.diva_examples import hairpins

import mirscan.training.diva.train as training
from mirscan.encoding.image import bond_vectors
from mirscan.errors import ModelError
from mirscan.models.cropped import CroppedTrunk
from mirscan.models.cropped_decoder import CroppedDecoder
from mirscan.models.decoder import COLOURS, HEIGHTS, Bars
from mirscan.models.diva import DIVA, encode_zm
from mirscan.models.resnet import one_hot
from mirscan.scoring.checkpoint import read_card
from mirscan.scoring.diva_checkpoint import latent_checksum, load_network
from mirscan.training.diva.batches import Batches
from mirscan.training.diva.frozen import REQUEST_WEIGHT, FrozenLoss, freeze_bonds
from mirscan.training.diva.modmirbase import OpenSplit
from mirscan.training.diva.train import Options, batch_loss, train
from mirscan.tree.rules import Node, Tree

CPU = torch.device("cpu")
OPTIONS = Options(
    epochs=2, batch=8, save_every=2, check_every=3, rise=2, average=0.5, freeze=True, cross=0.5, longer=0.5
)


def small(model="diva"):
    return DIVA(model, hidden=40, steps=2)


@pytest.fixture(autouse=True)
def _one_thread(monkeypatch):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.setattr(training, "DIVA", small)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def split():
    return OpenSplit(hairpins(20), hairpins(6, 1), hairpins(6, 2), cut=0, branched=0, sha256="0" * 64)


@pytest.fixture(scope="module")
def network():
    """Batch norms moved from their start, as after some training."""
    torch.manual_seed(5)
    network = small()
    with torch.no_grad():
        for _ in range(3):
            network(one_hot(torch.from_numpy(hairpins(16).images)))
    return network.eval()


@pytest.fixture
def weights(network):
    """The state of the network as a checkpoint keeps it: rounded to half precision."""
    return {
        name: value.half().float() if value.is_floating_point() else value.clone()
        for name, value in network.state_dict().items()
    }


def kept(name):
    """Whether a tensor of the state must not move."""
    return name.startswith(("latents.m.", "y_from_m.", "m_from_m.")) or "running_" in name


def test_z_m_stays_bit_for_bit_and_the_rest_learns(split, weights, tmp_path, monkeypatch):
    train(split, replace(OPTIONS, epochs=6, check_every=18), tmp_path, CPU, {}, weights=weights)
    monkeypatch.setattr("mirscan.scoring.diva_checkpoint.DIVA", lambda architecture: small(architecture))
    after = load_network(str(tmp_path), CPU)[1]
    before = small()
    before.load_state_dict(weights)
    for name, value in after.state_dict().items():
        assert torch.equal(value, weights[name]) or not kept(name), name
    for name in (
        "decoder.dense.weight",
        "latents.x.encoder.heads.weight",
        "latents.y.flow.steps.0.gate.enter.bias",
    ):
        assert not torch.equal(after.state_dict()[name], weights[name]), name
    pictures = hairpins(8, 3).images
    assert np.array_equal(encode_zm(after, pictures), encode_zm(before, pictures))
    tree = Tree((Node((1, 1), 0.5),), 64, {"model": "diva", "sha256": latent_checksum(before, "m")})
    tree.require_latent(latent_checksum(after, "m"))
    assert read_card(tmp_path).provenance["settings"]["freeze"]


@pytest.mark.slow
def test_a_run_that_went_on_ends_where_one_in_a_piece_does(split, weights, tmp_path):
    steady = replace(OPTIONS, epochs=4, fall=0)
    train(split, replace(steady, epochs=1.4), tmp_path / "parts", CPU, {}, weights=weights)
    train(split, steady, tmp_path / "parts", CPU, {}, weights=weights)
    train(split, steady, tmp_path / "whole", CPU, {}, weights=weights)
    parts, whole = (
        (tmp_path / name / "log.csv").read_text().splitlines()[-1].split(",") for name in ("parts", "whole")
    )
    assert parts == whole
    assert parts[0] == "12"


def test_the_loss_is_that_of_the_whole_network(split, network, monkeypatch):
    """Without noise: what is cropped, folded and left out changes no term that is there."""
    monkeypatch.setattr(torch, "randn_like", torch.zeros_like)
    monkeypatch.setattr(
        "mirscan.training.diva.frozen.mixed", lambda device: torch.autocast(device, enabled=False)
    )
    monkeypatch.setattr(training, "mixed", lambda device: torch.autocast(device, enabled=False))
    freeze_bonds(network)
    batches = Batches(split.train, CPU, 8, 1, alike=True)
    rows = next(batches.rows(0, 0))
    batch = batches.cropped(rows, 0.0, 0.0)
    loss, narrow = (FrozenLoss(network)(replace(batch, width=width)) for width in (100, batch.width))
    whole = batch_loss(network, *batches.plain(rows, 0.0, 0.0))
    assert narrow.reconstruction < whole.reconstruction  # columns that are not drawn count as background
    for name in ("kl_x", "kl_y", "y"):
        torch.testing.assert_close(getattr(narrow, name), getattr(whole, name), rtol=1e-4, atol=1e-4)
    for name in ("reconstruction", "kl_x", "kl_y", "y"):
        torch.testing.assert_close(getattr(loss, name), getattr(whole, name), rtol=1e-4, atol=1e-4)
    assert loss.kl_m == loss.y_from_m == loss.m == 0
    assert loss.request > 0
    torch.testing.assert_close(
        loss.total(0.5) - loss.request,
        whole.total(0.5) - whole.kl_m / 2 - 12 * whole.y_from_m - whole.m,
        rtol=1e-4,
        atol=1e-3,
    )


@pytest.mark.parametrize("width", [0, 21, 60, 82, 100])
def test_the_cropped_decoder_gives_what_the_whole_one_gives(network, width):
    z = torch.randn(3, 192)
    decoder = network.convolutional_decoder
    whole, bars = decoder(z), CroppedDecoder(decoder)(z, width)
    columns = bars.heights.shape[2]
    assert columns == 100 or columns >= width + 9
    torch.testing.assert_close(bars.heights, whole.heights[:, :, :columns], rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(bars.colours, whole.colours[:, :, :columns], rtol=1e-4, atol=1e-4)


def test_gradients_through_what_is_cropped_are_those_of_the_whole(network):
    network.requires_grad_(True)
    trunk, decoder = network.latent("x").encoder.trunk, network.convolutional_decoder
    pictures = hairpins(4).images[..., :]
    width = int((pictures.max(1) > 0).sum(1).max())
    x, z = one_hot(torch.from_numpy(pictures)), torch.randn(4, 192)

    def gradients(features, bars):
        network.zero_grad()
        columns = 54
        drawn = bars.heights[:, :, :columns].square().sum() + bars.colours[:, :, :columns].square().sum()
        torch.autograd.backward(features.square().sum() + drawn)
        return {
            name: value.grad.clone() for name, value in network.named_parameters() if value.grad is not None
        }

    whole = gradients(trunk(x), decoder(z))
    cropped = gradients(CroppedTrunk(trunk)(x, width), CroppedDecoder(decoder)(z, 40))
    assert whole.keys() == cropped.keys()
    for name, value in whole.items():
        torch.testing.assert_close(
            cropped[name], value, rtol=1e-2, atol=1e-3 * float(value.abs().max()) + 1e-5
        )


def test_batches_are_of_like_width_and_hold_each_image_once(split):
    batches = Batches(split.train, CPU, 4, 1, alike=True)
    rows = list(batches.rows(0, 0))
    assert sorted(torch.cat(rows).tolist()) == list(range(20))
    spans = [int(batches.widths[batch].max() - batches.widths[batch].min()) for batch in rows]
    mixed = [
        int(batches.widths[batch].max() - batches.widths[batch].min())
        for batch in Batches(split.train, CPU, 4, 1).rows(0, 0)
    ]
    assert sum(spans) < 0.5 * sum(mixed)
    assert [batch.tolist() for batch in batches.rows(0, 2)] == [batch.tolist() for batch in rows[2:]]


def test_sure_bars_have_the_bonds_of_their_image():
    pictures = torch.from_numpy(hairpins(5).images)
    coloured = pictures > 0
    lengths = torch.stack([coloured[:, :13].sum(1), coloured[:, 13:].sum(1)], 1)
    heights = torch.nn.functional.one_hot((lengths - 1).clamp(0), HEIGHTS) * 40.0
    colours = torch.nn.functional.one_hot((pictures[:, 12:14].long() - 1).clamp(0), COLOURS) * 40.0
    bars = Bars(heights, colours)
    assert torch.equal(bars.drawn(), pictures)
    np.testing.assert_allclose(bars.bonds().numpy(), bond_vectors(pictures.numpy()), atol=1e-6)


def test_requests_teach_the_decoder_the_bonds_that_are_asked_for(split, weights, tmp_path):
    """The term falls in a short training, and its weight is part of the loss."""
    torch.manual_seed(1)
    network = small()
    network.load_state_dict(weights)
    freeze_bonds(network)
    batches = Batches(split.train, CPU, 16, 1, alike=True)
    optimizer = torch.optim.Adam(network.decoder.parameters(), lr=3e-3)
    seen = []
    for epoch in range(20):
        loss = FrozenLoss(network)(batches.cropped(next(batches.rows(epoch, 0)), 0.0, 0.0))
        optimizer.zero_grad()
        torch.autograd.backward(loss.request)
        optimizer.step()
        seen.append(float(loss.request.detach()) / REQUEST_WEIGHT)
    assert sum(seen[-5:]) < 0.8 * sum(seen[:5])


def test_the_checksum_of_a_latent_is_of_what_makes_its_points(network, weights):
    other = small()
    other.load_state_dict(weights)
    same = latent_checksum(other, "m")
    with torch.no_grad():
        other.latent("m").prior.heads.bias += 1
        other.decoder.dense.weight += 1
    assert latent_checksum(other, "m") == same
    with torch.no_grad():
        other.latent("m").flow.steps[0].gate.enter.bias[0] += 1
    assert latent_checksum(other, "m") != same
    assert latent_checksum(DIVA("vae"), "m") is None


def test_a_network_without_z_m_fits_no_tree():
    tree = Tree((Node((1, 1), 0.5),), 64, {"model": "diva", "sha256": "a" * 64})
    with pytest.raises(ModelError, match="weights without one"):
        tree.require_latent(None)
