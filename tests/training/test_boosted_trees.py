from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from helpers.small_benchmark import SMALL, folded, train_command

from mirscan.cli import main
from mirscan.encoding.descriptors import NAMES, describe
from mirscan.encoding.sequence import pad, symbols
from mirscan.models import build
from mirscan.scoring import checkpoint
from mirscan.training.deepmirgene import trees
from mirscan.training.deepmirgene.epochs import LabelledHairpins, score
from mirscan.training.deepmirgene.metrics import measure
from mirscan.training.deepmirgene.trees import fit, gather

TREES = ("boosted-trees", "kin-trees")


def described(sequence: str, structure: str) -> dict[str, float]:
    return dict(zip(NAMES, describe(*pad([symbols(sequence, structure)]))[0].tolist(), strict=True))


def test_descriptors_of_a_hairpin_by_hand() -> None:
    found = described("AGGCAUCAAAAGAAGCCUU", ".(((.((....)).)))..")
    assert found["length"] == 19
    assert found["pairs"] == 5
    assert found["paired share"] == pytest.approx(10 / 19)
    assert (found["hairpin loops"], found["loop length"]) == (1, 4)
    assert found["loop middle (relative)"] == pytest.approx((6 + 11) / 2 / 19)
    assert (found["stem pairs"], found["longest helix"], found["internal loops and bulges"]) == (5, 3, 1)
    assert (found["stem start"], found["tail after the stem"], found["stem span"]) == (1, 2, 16)
    assert (found["largest gap in the stem"], found["stem asymmetry"], found["unpaired in the stem"]) == (
        1,
        0,
        2,
    )
    assert (found["unpaired runs"], found["longest unpaired run"]) == (5, 4)
    assert (found["best window of the 5′ arm"], found["best window of the 3′ arm"]) == (5, 5)
    assert found["share of A"] == pytest.approx(8 / 19)
    assert found["triplet A..."] == pytest.approx(2 / 19)
    assert found["dinucleotide AA"] == pytest.approx(4 / 19)


def test_pairs_are_counted_by_kind() -> None:
    found = described("GGAGAAAUUCU", "((((...))))")  # G-U, G-C, A-U, G-U
    assert found["GU pairs a nucleotide"] == pytest.approx(2 / 11)
    assert found["share of CG in pairs"] == pytest.approx(1 / 4)
    assert found["share of AU in pairs"] == pytest.approx(1 / 4)


def test_energy_follows_that_of_viennarna() -> None:
    from mirscan.folding.viennarna import fold

    random = np.random.default_rng(0)
    complement = dict(zip("ACGU", "UGCA", strict=True))
    pairs = []
    for _ in range(40):
        arm = "".join(random.choice(list("ACGU"), 25))
        other = [
            complement[x] if random.random() < 0.8 else random.choice(list("ACGU")) for x in reversed(arm)
        ]
        sequence = arm + "GAAUAC" + "".join(other)
        structure, energy = fold(sequence)
        pairs.append((energy, described(sequence, structure)["energy"]))
    assert np.corrcoef(np.array(pairs).T)[0, 1] > 0.95


def test_descriptors_are_finite_for_any_symbols() -> None:
    random = np.random.default_rng(1)
    rows = [random.integers(0, 17, n).astype(np.uint8) for n in (0, 1, 2, 3, 50, 400)]
    found = describe(*pad(rows))
    assert np.isfinite(found).all()
    assert not found[0].any()


def test_descriptors_do_not_depend_on_the_batch() -> None:
    random = np.random.default_rng(2)
    rows = [random.integers(0, 17, n).astype(np.uint8) for n in (30, 60, 90)]
    together = describe(*pad(rows))
    alone = np.concatenate([describe(*pad([row])) for row in rows])
    assert np.array_equal(together, alone)


def test_gathered_trees_score_as_those_of_scikit_learn() -> None:
    some = folded(400)
    x, y = describe(some.symbols.numpy(), some.lengths.numpy()), some.labels.numpy()
    models = [trees._fit_once(x, y, SMALL, seed) for seed in (0, 1)]
    logits = np.mean([model.decision_function(x) for model in models], 0)
    assert score(gather(models), some) == pytest.approx(1 / (1 + np.exp(-logits)), abs=1e-12)


@pytest.mark.parametrize("architecture", TREES)
def test_trees_learn_and_are_saved_whole(architecture: str, tmp_path: Path) -> None:
    fitted = fit(folded(400), replace(SMALL, architecture=architecture))
    others = folded(150, seed=1)
    assert measure(others.labels.numpy(), score(fitted, others)).auroc > 0.9
    config = {"trees": len(fitted.feature), "nodes": fitted.feature.shape[1]}
    checkpoint.save(tmp_path, checkpoint.Card("lstm", architecture, config), fitted.state_dict())
    card, state = checkpoint.load(tmp_path, "lstm")
    again = build(card.architecture, card.config).double()
    again.load_state_dict(state)
    assert np.array_equal(score(again, others), score(fitted, others))


def test_kin_are_known_by_a_stretch_that_they_share() -> None:
    random = np.random.default_rng(3)
    stretches = ["".join(random.choice(list("ACGU"), 11)) for _ in range(2)]

    def hairpins(n: int) -> LabelledHairpins:
        """Perfect stems of random bases; each precursor's holds one of two stretches somewhere."""
        rows = []
        for row in range(n):
            stem, at = "".join(random.choice(list("ACGU"), 30)), int(random.integers(0, 20))
            if row % 2:
                stem = stem[:at] + stretches[row // 2 % 2] + stem[at + 11 :]
            other = stem[::-1].translate(str.maketrans("ACGU", "UGCA"))
            rows.append(symbols(stem + "GAAA" + other, "(" * 30 + "...." + ")" * 30))
        batch, lengths = pad(rows)
        return LabelledHairpins(*(torch.from_numpy(array) for array in (batch, lengths, np.arange(n) % 2)))

    train, others = hairpins(400), hairpins(200)
    plain, kin = (fit(train, replace(SMALL, architecture=architecture)) for architecture in TREES)
    labels = others.labels.numpy()
    assert measure(labels, score(kin, others)).auroc > 0.98
    assert measure(labels, score(plain, others)).auroc < 0.95


@pytest.mark.parametrize("architecture", TREES)
def test_a_fold_without_a_pair_is_no_precursor(architecture: str) -> None:
    fitted = fit(folded(400), replace(SMALL, architecture=architecture))
    batch, lengths = (torch.from_numpy(array) for array in pad([symbols("A" * 80, "." * 80)]))
    assert float(fitted(batch, lengths).softmax(1)[0, 1]) < 0.001


@pytest.mark.parametrize("architecture", TREES)
def test_command_fits_trees(
    architecture: str,
    data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        trees, "TreeSettings", lambda name, seed: replace(SMALL, architecture=name, seed=seed)
    )
    assert main(train_command(data, tmp_path / "out", "--architecture", architecture)) == 0
    card, _ = checkpoint.load(tmp_path / "out", "lstm")
    assert card.architecture == architecture
    assert card.metrics["cross_validation"]["auroc"]["mean"] > 0.8
    assert card.metrics["human/test"]["published"]["positives"] == 5
    assert torch.get_num_threads() == 1
