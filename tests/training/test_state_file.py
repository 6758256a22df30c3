"""The state of a training, and the loop that goes on from one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from mirscan.errors import TrainingError
from mirscan.training.common import one_cycle
from mirscan.training.common.one_cycle import Cycle, RandomBatches
from mirscan.training.common.resume import StateFile

HOW = Cycle(steps=50, rate=0.1, clip=1.0)


class Line(RandomBatches):
    """Points of a line with noise, for a network with dropout; interrupted at a step."""

    def __init__(self, network: nn.Module, stop: int = -1) -> None:
        super().__init__(seed=1)
        self._network, self._stop = network, stop

    def loss(self, step: int) -> Tensor:
        if step == self._stop:
            raise KeyboardInterrupt
        x = torch.from_numpy(self.random.normal(size=(16, 3))).float()
        loss: Tensor = (self._network(x)[:, 0] - x.sum(1)).square().mean()
        return loss


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.2), nn.Linear(8, 1))


def trained(kept: StateFile | None = None, stop: int = -1) -> nn.Module:
    fresh = network()
    one_cycle.one_cycle(fresh, Line(fresh, stop), HOW, kept)
    return fresh


@torch.no_grad()
def wrong(net: nn.Module) -> float:
    x = torch.randn(100, 3)
    return float((net.eval()(x)[:, 0] - x.sum(1)).square().mean())


def test_a_training_learns() -> None:
    assert wrong(trained()) < 0.1 * wrong(network())


@pytest.mark.parametrize("stop", [3, 27, 49])
def test_an_interrupted_training_ends_as_one_that_was_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: int
) -> None:
    monkeypatch.setattr(one_cycle, "SAVE_EVERY", 10)
    kept = StateFile(tmp_path / "state.safetensors", {"seed": 1})
    whole = trained()
    with pytest.raises(KeyboardInterrupt):
        trained(kept, stop)
    torch.manual_seed(99)  # what else happened to the generator in between counts for nothing
    for again in (trained(kept), trained(kept)):  # the second finds it finished
        assert not again.training
        for one, other in zip(whole.parameters(), again.parameters(), strict=True):
            assert torch.equal(one, other)


def test_a_state_keeps_tensors_and_plain_values(tmp_path: Path) -> None:
    state: dict[str, Any] = {
        "adam": {"state": {0: {"step": torch.tensor(3.0)}}, "groups": [{"rate": 0.1, "fused": None}]},
        "losses": [0.5, 0.25],
        "batches": {"large": 2**100, "none": torch.zeros(0, 3)},
    }
    file = StateFile(tmp_path / "state.safetensors", {})
    assert file.load() is None
    file.save(state)
    found = file.load()
    assert found is not None
    assert str(found) == str(state)


def test_a_state_of_another_training_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    StateFile(path, {"seed": 1, "data_sha256": "ab"}).save({"step": 1})
    with pytest.raises(TrainingError, match="seed was 1 and is 2"):
        StateFile(path, {"seed": 2, "data_sha256": "ab"}).load()
    with pytest.raises(TrainingError, match="data_sha256 was ab and is None"):
        StateFile(path, {"seed": 1}).load()
    path.write_bytes(b"nothing")
    with pytest.raises(TrainingError, match="unreadable"):
        StateFile(path, {"seed": 1}).load()
