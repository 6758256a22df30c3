"""The ensemble behind scan: its members, its two kinds, and that nothing leaks between hairpins."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from mirscan.demo import PRECURSORS
from mirscan.encoding.columns import encode_hairpins, pad
from mirscan.errors import ModelError
from mirscan.folding.viennarna import fold
from mirscan.models import build
from mirscan.models.column_ensemble import ANIMAL, PLANT, ColumnEnsemble
from mirscan.records import Hairpin
from mirscan.scoring import checkpoint
from mirscan.scoring.scorer import Scorer

CONFIG = {"members": [{"width": 16, "heads": 2, "hidden": 8}, {"width": 8, "heads": 1, "hidden": 8}]}
HAIRPINS = [
    Hairpin("x", 0, len(s), "+", s, *fold(s)) for s in [*PRECURSORS.values(), "G" * 9 + "AAAA" + "C" * 9]
]
ROWS = encode_hairpins(HAIRPINS)
BATCH = tuple(map(torch.from_numpy, pad(ROWS)))


@pytest.fixture
def ensemble() -> ColumnEnsemble:
    torch.manual_seed(0)
    return ColumnEnsemble(**CONFIG).double().eval()


def test_the_members_are_averaged(ensemble: ColumnEnsemble) -> None:
    one, other = (member.logits(*BATCH) for member in ensemble.networks())
    assert one.shape == (len(HAIRPINS), 2)
    assert torch.allclose(ensemble.logits(*BATCH), (one + other) / 2)


def test_the_odds_of_both_kinds_are_added(ensemble: ColumnEnsemble) -> None:
    ensemble.kinds.copy_(torch.tensor([[2.0, -1.0], [0.5, -3.0]]))
    ensemble.calibration.copy_(torch.tensor([1.5, 0.25]))
    logits = ensemble.logits(*BATCH)
    odds = torch.exp(2 * logits[:, ANIMAL] - 1) + torch.exp(0.5 * logits[:, PLANT] - 3)
    assert torch.allclose(ensemble(*BATCH)[:, 1], 1.5 * torch.log(odds) + 0.25)
    assert (ensemble(*BATCH)[:, 0] == 0).all()


def test_padding_does_not_leak(ensemble: ColumnEnsemble) -> None:
    together = ensemble(*BATCH)[:, 1]
    alone = torch.cat([ensemble(*map(torch.from_numpy, pad([row])))[:, 1] for row in ROWS])
    assert torch.allclose(together, alone, atol=1e-12, rtol=0)


def test_the_heads_look_at_real_columns_only(ensemble: ColumnEnsemble) -> None:
    member = ensemble.networks()[0]
    columns = torch.randn(3, 10, 16, dtype=torch.float64)
    mask = torch.ones(3, 10, 1, dtype=torch.float64)
    mask[1, 4:] = 0
    mask[2] = 0
    (seen,) = member._looked_at(columns * mask, mask)
    assert seen.shape == (3, 32)
    moved = columns * mask + torch.randn_like(columns) * (1 - mask)
    assert torch.allclose(member._looked_at(moved, mask)[0][1], seen[1])
    assert (seen[2] == 0).all()


def test_a_checkpoint_of_it_scores(ensemble: ColumnEnsemble, tmp_path: Path) -> None:
    checkpoint.save(
        tmp_path, checkpoint.Card("scan", "duplex-ensemble", CONFIG), ensemble.float().state_dict()
    )
    scores = Scorer(str(tmp_path), "cpu").scores(HAIRPINS)
    expected = torch.softmax(ensemble.double()(*BATCH), 1)[:, 1]
    assert scores == pytest.approx(expected.detach().numpy(), abs=1e-6)
    assert len(set(scores.tolist())) > 5


def test_arguments_that_it_does_not_take() -> None:
    with pytest.raises(ModelError, match="does not fit"):
        build("duplex-ensemble", {"members": [{"depth": 3}]})
