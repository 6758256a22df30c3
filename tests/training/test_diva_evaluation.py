"""What `mirscan evaluate diva` reports: views, weights, generation, figures."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from helpers.diva_examples import hairpins

from mirscan.models.diva import DIVA
from mirscan.training.diva.evaluation import Generation, conditional_generation, generate, report, requests
from mirscan.training.diva.metrics import read
from mirscan.training.diva.modmirbase import OpenSplit

SMALL = {"hidden": 40, "steps": 1}


@pytest.fixture(scope="module")
def split():
    test = hairpins(8)
    train = hairpins(4, 1)
    train.sequences[0] = test.sequences[3]
    return OpenSplit(train, hairpins(2, 2), test, cut=0, branched=0, sha256="0" * 64)


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(1)
    return DIVA(**SMALL).eval()


@pytest.fixture(scope="module")
def reading(network, split):
    return read(network, split.test, batch=3)


def test_reading_does_not_depend_on_the_batch(network, split, reading):
    other = read(network, split.test, batch=8)
    assert np.array_equal(other.drawn, reading.drawn)
    np.testing.assert_allclose(other.latents["x"], reading.latents["x"], rtol=1e-4, atol=1e-4)
    assert other.objective == pytest.approx(reading.objective, rel=1e-4)
    assert other.loss["kl_m"] == pytest.approx(reading.loss["kl_m"], rel=1e-3)


def test_views_of_the_test_part(split, reading):
    found = report(split, reading)
    assert {"open", "weighted", "unseen", "source_neghsa", "source_mirbase", "loss"} == set(found)
    assert found["open"]["images"] == 8
    assert found["unseen"]["images"] == 7
    right = reading.y_from_m == split.test.labels
    assert found["open"]["accuracy_y_from_m"] == pytest.approx(right.mean())
    weighted = (2 * right[::2].sum() + right[1::2].sum()) / 12
    assert found["weighted"]["accuracy_y_from_m"] == pytest.approx(weighted)
    assert found["source_neghsa"]["accuracy_m"] == pytest.approx((reading.m == split.test.bonds)[::2].mean())


def test_a_model_without_bonds_reports_none(split):
    reading = read(DIVA("vae").eval(), split.test)
    assert set(report(split, reading)["open"]) == {"images", "image", "nucleotide", "length"}


def test_agreement_counts_columns_and_whole_images():
    examples = hairpins(4)
    asked = examples.bonds.copy()
    asked[0, 99] ^= 1
    asked[1, 97:] ^= 1
    found = Generation(asked, examples.images).agreement()
    assert found == {
        "exact": pytest.approx(0.5),
        "within_2": pytest.approx(0.75),
        "columns": pytest.approx(1 - 4 / 400),
    }


def test_requests_keep_open_and_swap():
    bonds = hairpins(30).bonds
    asked = requests(bonds, seed=4)
    assert np.array_equal(asked["own"], bonds)
    opened = bonds.astype(int) - asked["opened"]
    assert (opened.sum(1) == 5).all()
    assert all(np.diff(np.flatnonzero(row)).max() == 1 for row in opened)
    assert sorted(map(bytes, asked["another"])) == sorted(map(bytes, bonds))


def test_generation_follows_the_seed_and_the_request(network, split, reading):
    one = conditional_generation(network, reading, split.test, seed=1)
    assert one == conditional_generation(network, reading, split.test, seed=1)
    assert one["own"]["unchanged_exact"] == 1
    assert one["opened"]["unchanged_exact"] == 0
    other = conditional_generation(network, reading, split.test, seed=2)
    assert one["own"]["mean_columns"] == other["own"]["mean_columns"]


def test_without_a_seed_the_mean_of_the_prior_is_drawn(network, reading, split):
    bonds = split.test.bonds
    with torch.no_grad():
        mean = network.latent("m").prior.parameters_for(torch.from_numpy(bonds).float())[0]
        z = {name: torch.from_numpy(values) for name, values in reading.latents.items()} | {"m": mean}
        expected = network.generative(z).bars.drawn().numpy()
    assert np.array_equal(generate(network, reading, bonds, None), expected)
    assert not np.array_equal(generate(network, reading, bonds, 0), expected)


@pytest.mark.parametrize("model", ["diva", "diva-wide"])
def test_figures_are_drawn(model, network, split, reading, tmp_path):
    pytest.importorskip("matplotlib").use("Agg")
    from mirscan.training.diva.figures import draw_figures

    if model != "diva":
        network = DIVA(model, **SMALL).eval()
        reading = read(network, split.test)
    paths = draw_figures(tmp_path / "new", network, reading, split.test)
    assert [path.name for path in paths] == ["figure5.png", "figure6.png", "figure7.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in paths)
