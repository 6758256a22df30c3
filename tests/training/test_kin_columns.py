from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.small_benchmark import SMALL, folded, train_command

from mirscan.cli import main
from mirscan.encoding import columns
from mirscan.encoding.columns import SCALARS
from mirscan.encoding.sequence import pad, symbols
from mirscan.encoding.symbol_columns import columns_of
from mirscan.folding.viennarna import fold
from mirscan.models import build
from mirscan.models.kin_columns import KinColumns
from mirscan.scoring import checkpoint
from mirscan.training.deepmirgene import kin_columns
from mirscan.training.deepmirgene.column_fit import ColumnBatches, ColumnSettings, fit_network
from mirscan.training.deepmirgene.epochs import score
from mirscan.training.deepmirgene.kin_columns import KinColumnSettings
from mirscan.training.deepmirgene.metrics import measure
from mirscan.training.deepmirgene.task import prepare
from mirscan.training.deepmirgene.trees import fit

FEW = ColumnSettings(networks=2, steps=40, batch=32, width=8)


def small(seed: int = 0) -> KinColumnSettings:
    return KinColumnSettings(replace(SMALL, architecture="kin-trees"), FEW, seed)


def fitted(share: float = 0.5) -> KinColumns:
    some = folded(400)
    trees = fit(some, small().trees)
    columns = columns_of(some.symbols.numpy(), some.lengths.numpy())
    network = fit_network(columns, some.labels.numpy(), FEW, 0)
    both = KinColumns(len(trees.feature), trees.feature.shape[1], [FEW.config()], share)
    both.trees, both.networks = trees, torch.nn.ModuleList([network])  # type: ignore[assignment]
    return both.double().eval()


def test_columns_of_symbols_are_those_of_the_hairpin() -> None:
    random = np.random.default_rng(0)
    sequences = ["".join(random.choice(list("ACGU"), n)) for n in random.integers(20, 130, 60)]
    structures = [fold(sequence)[0] for sequence in sequences]
    found = columns_of(*pad([symbols(*pair) for pair in zip(sequences, structures, strict=True)]))
    expected = columns.encode(sequences, structures, [0.0] * len(sequences))
    assert np.array_equal(found.symbols, expected.symbols)
    others = [k for k, name in enumerate(SCALARS) if not name.startswith("mfe")]
    assert np.allclose(found.scalars[:, others], expected.scalars[:, others])


def test_a_cut_hairpin_and_unknown_letters_have_columns() -> None:
    cut = symbols("GGGGAAAACCCCUU", "((((....))))..")[2:]  # two brackets without their partners
    unknown = symbols("GGNGAAAACCCC", "((((....))))")
    found = columns_of(*pad([cut, unknown]))
    paired = SCALARS.index("paired")
    kinds = (found.symbols.astype(int) - 1) % 3
    assert [(kinds[row][found.symbols[row] > 0] == columns.PAIR).sum() for row in (0, 1)] == [2, 3]
    assert (found.scalars[:, paired] > 0).all()


def test_the_energy_follows_that_of_viennarna() -> None:
    random = np.random.default_rng(1)
    arms = ["".join(random.choice(list("ACGU"), 25)) for _ in range(30)]
    sequences = [arm + "GAAAUC" + arm[::-1].translate(str.maketrans("ACGU", "UGCA")) for arm in arms]
    folds = [fold(sequence) for sequence in sequences]
    found = columns_of(*pad([symbols(s, b) for s, (b, _) in zip(sequences, folds, strict=True)]))
    energies = [energy / 10 for _, energy in folds]
    assert np.corrcoef(found.scalars[:, SCALARS.index("mfe")], energies)[0, 1] > 0.9


def test_a_network_over_columns_learns() -> None:
    some, others = folded(400), folded(200, seed=1)
    columns = columns_of(some.symbols.numpy(), some.lengths.numpy())
    network = fit_network(columns, some.labels.numpy(), FEW, 0)
    unseen = columns_of(others.symbols.numpy(), others.lengths.numpy())
    with torch.inference_mode():
        said = network.raw(torch.from_numpy(unseen.symbols), torch.from_numpy(unseen.scalars)).numpy()
    assert measure(others.labels.numpy(), said.astype(np.float64)).auroc > 0.9


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_the_score_is_the_weighted_mean(share: float) -> None:
    both, others = fitted(share), folded(50, seed=1)
    paired = columns_of(others.symbols.numpy(), others.lengths.numpy()).scalars[:, SCALARS.index("paired")]
    batch = others.batch(torch.from_numpy(np.flatnonzero(paired > 0)))
    columns = columns_of(*(part.numpy() for part in batch))
    with torch.inference_mode():
        network = both._members()[0]
        own = network.raw(torch.from_numpy(columns.symbols), torch.from_numpy(columns.scalars))
        expected = (1 - share) * both.trees(*batch)[:, 1] + share * own
        both.offset += 0.25
        assert torch.allclose(both(*batch)[:, 1], expected - 0.25, atol=1e-9)


def test_a_score_does_not_depend_on_its_batch() -> None:
    both, others = fitted(), folded(60, seed=1)
    together = score(both, others)
    with torch.inference_mode():
        alone = [
            float(both(*others.batch(torch.tensor([row]))).softmax(1)[0, 1]) for row in range(len(others))
        ]
    assert np.abs(together - alone).max() < 1e-12


def test_a_fold_without_a_pair_is_no_precursor() -> None:
    batch, lengths = (torch.from_numpy(array) for array in pad([symbols("A" * 80, "." * 80)]))
    both = fitted(share=1.0)
    with torch.inference_mode():
        assert float(both(batch, lengths).softmax(1)[0, 1]) < 0.001


def test_the_share_is_that_of_the_best_folds(
    data: Path,
) -> None:
    task = prepare(data, "human", torch.device("cpu"))
    labels = task.training.labels
    random = np.random.default_rng(0)
    right, noise = labels + random.normal(0, 0.01, len(labels)), random.normal(0, 1, len(labels))
    assert kin_columns.choose_share(task, right, noise * 100) == 0
    assert kin_columns.choose_share(task, noise * 100, right) == 1


def test_command_trains_it_and_takes_up_what_was_finished(
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    steps: list[int] = []
    loss = ColumnBatches.loss

    def counted(batches: ColumnBatches, step: int) -> torch.Tensor:
        steps.append(step)
        if len(steps) == 28:  # within the sixth network
            raise KeyboardInterrupt
        return loss(batches, step)

    tiny = KinColumnSettings(replace(small().trees, rounds=5, fits=1), replace(FEW, steps=5))
    monkeypatch.setattr(kin_columns, "KinColumnSettings", lambda _, seed: replace(tiny, seed=seed))
    monkeypatch.setattr(ColumnBatches, "loss", counted)
    command = train_command(data, tmp_path / "out", "--architecture", "kin-columns")
    assert main(command) == 130
    assert not (tmp_path / "out" / checkpoint.CARD).exists()
    assert main(command) == 0
    assert len(steps) == 28 + (12 - 5) * 5  # six folds and wholes of two networks, of which five were kept
    card, state = checkpoint.load(tmp_path / "out", "lstm")
    assert card.metrics["human/test"]["published"]["positives"] == 5
    assert 0 <= card.config["share"] <= 1
    stopped = build(card.architecture, card.config).double()
    stopped.load_state_dict(state)
    assert main(train_command(data, tmp_path / "again", "--architecture", "kin-columns")) == 0
    _, again = checkpoint.load(tmp_path / "again", "lstm")
    assert all(torch.equal(state[name], again[name]) for name in state)
