"""The stack behind scan: its three readers, what each adds, and that nothing leaks between hairpins."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from mirscan.demo import PRECURSORS
from mirscan.encoding.image import images
from mirscan.errors import ModelError
from mirscan.folding.viennarna import fold
from mirscan.models.hairpin_stack import READERS, HairpinStack
from mirscan.models.latent_head import FURTHEST
from mirscan.records import Hairpin
from mirscan.scoring import checkpoint
from mirscan.scoring.diva_checkpoint import latent_checksum, latent_path, load_latent, load_network
from mirscan.scoring.scorer import Scorer

CONFIG = {
    "members": [{"width": 16, "heads": 2, "hidden": 8}],
    "lstm": {"longest": 250},
    "head": {"hidden": 8},
}
SEQUENCES = [*PRECURSORS.values(), "G" * 9 + "AAAA" + "C" * 9, "GC" * 60 + "AAAA" + "GC" * 90]
HAIRPINS = [Hairpin("x", 0, len(s), "+", s, *fold(s)) for s in SEQUENCES]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stack of random weights."""
    torch.manual_seed(0)
    stack = HairpinStack(**CONFIG)
    stack.weights.copy_(torch.tensor([[0.5, 0.3, 0.2], [0.1, 0.2, 0.7]]))
    stack.calibration.copy_(torch.tensor([1.5, -0.25]))
    latent = {"model": "diva", "sha256": latent_checksum(load_network("diva", torch.device("cpu"))[1], "m")}
    card = checkpoint.Card("scan", "hairpin-stack", CONFIG, {"name": "duplex", "latent": latent})
    place = tmp_path_factory.mktemp("stack")
    checkpoint.save(place, card, stack.state_dict())
    return place


@pytest.fixture(scope="module")
def scorer(folder: Path) -> Scorer:
    return Scorer(str(folder), "cpu")


def test_a_score_does_not_depend_on_its_batch(scorer: Scorer) -> None:
    alone = [scorer.log_odds([hairpin])[0] for hairpin in HAIRPINS]
    assert scorer.log_odds(HAIRPINS).tolist() == alone
    assert scorer.log_odds(HAIRPINS[::-1]).tolist() == alone[::-1]
    assert len({round(value, 3) for value in alone}) > len(alone) // 2


@pytest.mark.parametrize("lowest", [-50.0, -1.0, 0.0, 0.3, 50.0])
def test_what_cannot_matter_gets_a_bound_and_the_rest_the_same_score(scorer: Scorer, lowest: float) -> None:
    network, whole = scorer._network, scorer.log_odds(HAIRPINS)
    read = 0

    def path(drawn: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> np.ndarray:  # type: ignore[type-arg]
        nonlocal read
        read += len(drawn)
        return before(drawn)

    before = network._path
    try:
        network.attach(path)
        found = scorer.log_odds(HAIRPINS, lambda _, most: most >= lowest)
    finally:
        network.attach(before)
    matters = found >= lowest
    assert (found[matters] == whole[matters]).sum() == (whole >= lowest).sum()
    assert (found[~matters] >= whole[~matters]).all()
    assert read == len(HAIRPINS) if lowest == -50 else read < len(HAIRPINS) if lowest == 50 else True


def test_the_other_readers_say_no_more_than_their_bounds(scorer: Scorer) -> None:
    network = scorer._network
    low, high = network.lstm.bounds()
    with torch.inference_mode():
        said = network.logits(*scorer._tensors(scorer._inputs.encode(HAIRPINS)))
        far = network.head(1e6 * torch.randn(20, 64, dtype=torch.float64))
        assert (network.highest(said[:, 0]) >= network.calibrated(said)).all()
    assert ((low <= said[:, 1]) & (said[:, 1] <= high)).all()
    assert far.abs().max() == FURTHEST


def test_what_the_readers_say_is_weighed_and_both_kinds_are_added(scorer: Scorer) -> None:
    network = scorer._network
    assert isinstance(network, HairpinStack)
    with torch.inference_mode():
        said = network.logits(*scorer._tensors(scorer._inputs.encode(HAIRPINS)))
        assert said.shape == (len(HAIRPINS), len(READERS), 2)
        odds = torch.exp((said * network.weights.t()).sum(1) + network.shifts).sum(1)
    expected = 1.5 * torch.log(odds) - 0.25
    assert scorer.log_odds(HAIRPINS) == pytest.approx(expected.numpy(), abs=1e-9)


def test_every_reader_counts(scorer: Scorer) -> None:
    """Another weight of a reader is another score."""
    network, before = scorer._network, scorer.log_odds(HAIRPINS)
    for reader in range(len(READERS)):
        kept = network.weights.clone()
        network.weights[:, reader] += 0.5
        assert (scorer.log_odds(HAIRPINS) != before).all(), READERS[reader]
        network.weights.copy_(kept)
    assert scorer.log_odds(HAIRPINS).tolist() == before.tolist()


def test_the_bits_of_the_readers_are_those_of_the_score(scorer: Scorer) -> None:
    """Where the kinds' shifts are 0, the bits and the entropy of the two kinds make up the log-odds."""
    network = scorer._network
    with torch.inference_mode():
        said = network.logits(*scorer._tensors(scorer._inputs.encode(HAIRPINS)))
        kinds = (said * network.weights.t()).sum(1).softmax(1)
        entropy = -(kinds * kinds.log()).sum(1).numpy()
    bits = np.array([list(row.values()) for row in scorer.readers(HAIRPINS)])
    whole = bits.sum(1) * np.log(2) + 1.5 * entropy - 0.25
    assert whole == pytest.approx(scorer.log_odds(HAIRPINS), abs=0.02)
    assert [list(row) for row in scorer.readers(HAIRPINS)] == [list(READERS)] * len(HAIRPINS)


def test_its_attention_is_that_of_its_lstm(scorer: Scorer) -> None:
    assert scorer.has_attention
    for hairpin in HAIRPINS:
        attention, activation = scorer.attention(hairpin), scorer.class_activation(hairpin)
        assert np.nansum(attention) == pytest.approx(1)
        assert np.isfinite(attention).sum() == min(len(hairpin), 250)
        assert (np.isfinite(activation) == np.isfinite(attention)).all()


def test_z_m_is_that_of_diva_whatever_the_batch(scorer: Scorer) -> None:
    latent = load_network("diva", torch.device("cpu"))[1].latent("m").double()
    drawn = images(SEQUENCES, [hairpin.structure for hairpin in HAIRPINS])
    path = latent_path(scorer.card, torch.device("cpu"))
    z = path(drawn)
    assert z == pytest.approx(latent.mean_path().encode(drawn, 4), abs=1e-4)
    alone = np.concatenate([path(drawn[at : at + 1]) for at in range(len(drawn))])
    assert np.abs(alone - z).max() < 1e-12
    assert path(drawn[:0]).shape == (0, 64)


def test_a_latent_is_read_without_the_rest_of_its_diva() -> None:
    cpu = torch.device("cpu")
    alone, whole = load_latent("diva", "m", cpu), load_network("diva", cpu)[1].latent("m")
    assert alone is not None
    assert {k: v.tolist() for k, v in alone.state_dict().items() if v.ndim < 2} == {
        k: v.tolist() for k, v in whole.state_dict().items() if v.ndim < 2
    }
    drawn = images(SEQUENCES, [hairpin.structure for hairpin in HAIRPINS])
    assert (alone.mean_path().encode(drawn, 4) == whole.mean_path().encode(drawn, 4)).all()
    assert load_latent("diva", "x2", cpu) is None


def test_another_z_m_is_refused(folder: Path, tmp_path: Path) -> None:
    card, state = checkpoint.load(folder, "scan")
    card.encoding["latent"] = {"model": "diva", "sha256": "0" * 64}
    checkpoint.save(tmp_path, card, state)
    with pytest.raises(ModelError, match="z_m"):
        Scorer(str(tmp_path), "cpu")
