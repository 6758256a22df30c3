"""The looks: the same numbers as the network they stand for, and only what passes is folded."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
import torch

from mirscan.alphabet import decode
from mirscan.alphabet import encode as codes_of
from mirscan.demo import PRECURSORS
from mirscan.encoding.columns import Columns, encode, encode_folds
from mirscan.folding.quickfold import folds
from mirscan.folding.viennarna import fold
from mirscan.models.columns import ColumnNetwork
from mirscan.pipeline.search import Search
from mirscan.pipeline.stretches import Stretch
from mirscan.records import Window
from mirscan.scoring.prefilter import Prefilter, prefilter_of
from mirscan.sieve.candidates import Candidates, candidates, traces


@pytest.fixture(scope="module")
def network() -> ColumnNetwork:
    torch.manual_seed(5)
    network = ColumnNetwork().double().eval()
    with torch.no_grad():
        network.mean.normal_()
        network.spread.uniform_(0.5, 2)
        for parameter in network.parameters():
            if parameter.ndim == 1:
                parameter.normal_(0, 0.3)
    return network


@pytest.fixture(scope="module")
def prefilter(network: ColumnNetwork) -> Prefilter:
    return prefilter_of({name: values.numpy() for name, values in network.state_dict().items()})


def test_it_is_the_network_without_torch(network: ColumnNetwork, prefilter: Prefilter) -> None:
    dice = random.Random(2)
    sequences = ["".join(dice.choices("ACGU", k=length)) for length in (12, 30, 61, 100, 180, 240)]
    sequences += [*PRECURSORS.values(), "GGGGGAAAACCCCC", "GGGNNNNNCCC"]
    folds = [fold(sequence) for sequence in sequences]
    columns = encode(sequences, [structure for structure, _ in folds], [energy for _, energy in folds])
    with torch.inference_mode():
        expected = network.raw(torch.from_numpy(columns.symbols), torch.from_numpy(columns.scalars)).numpy()
    assert np.ptp(expected) > 0.1
    np.testing.assert_allclose(prefilter.logits(columns), expected, atol=2e-6)
    alone = [prefilter.logits(columns.take(np.array([row])))[0] for row in range(len(columns))]
    assert alone == prefilter.logits(columns).tolist()


def test_what_passes_is_what_is_folded(prefilter: Prefilter) -> None:
    dice = random.Random(4)
    sequence = (
        "".join(dice.choices("ACGU", k=1500))
        + PRECURSORS["hsa-mir-21"]
        + "".join(dice.choices("ACGU", k=500))
    )
    stretch = Stretch(Window("c", 0, len(sequence), 0, len(sequence)), sequence)
    everything = Search()([stretch])
    codes = codes_of(sequence)
    found = candidates(codes, Search().sieve)
    logits = prefilter.of_traces(codes, found)
    cut = float(np.median(logits))
    some = replace(Search(), first=prefilter, first_cut=cut)([stretch])
    assert some.candidates == everything.candidates
    forward = {(hairpin.start, hairpin.end) for hairpin in some.hairpins if hairpin.strand == "+"}
    passing = logits >= cut
    assert forward == set(zip(found.start[passing].tolist(), found.end[passing].tolist(), strict=True))
    assert 0 < len(some.hairpins) < len(everything.hairpins)
    assert set(some.hairpins) < set(everything.hairpins)


def test_it_sees_the_structure_of_the_sieve(prefilter: Prefilter) -> None:
    codes = codes_of(PRECURSORS["hsa-mir-17"])
    found = candidates(codes, Search().sieve)
    letters = [PRECURSORS["hsa-mir-17"][a:b] for a, b in zip(found.start, found.end, strict=True)]
    columns = encode(letters, traces(codes, found), found.energy / 100)
    assert prefilter.of_traces(codes, found).tolist() == prefilter.logits(columns).tolist()


@pytest.mark.parametrize("dilations", [(), (1,), (1, 3)])
def test_it_runs_networks_of_other_shapes(dilations: tuple[int, ...]) -> None:
    torch.manual_seed(7)
    network = ColumnNetwork(embedding=8, width=12, kernel=3, dilations=dilations, hidden=10).double().eval()
    prefilter = prefilter_of(
        {name: values.numpy() for name, values in network.state_dict().items()}, dilations
    )
    folds_of = [fold(sequence) for sequence in PRECURSORS.values()]
    columns = encode(list(PRECURSORS.values()), [f[0] for f in folds_of], [f[1] for f in folds_of])
    with torch.inference_mode():
        expected = network.raw(torch.from_numpy(columns.symbols), torch.from_numpy(columns.scalars)).numpy()
    np.testing.assert_allclose(prefilter.logits(columns), expected, atol=2e-6)


def random_stretches() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Codes with some unknown bases and real precursors, and stretches of many lengths in them."""
    dice = np.random.default_rng(3)
    parts = [dice.integers(0, 4, 700), *(codes_of(sequence) for sequence in PRECURSORS.values())]
    codes = np.concatenate(parts).astype(np.uint8)
    codes[dice.integers(0, 700, 20)] = 4
    start = dice.integers(0, len(codes) - 300, 60)
    return codes, start, start + dice.integers(1, 300, 60)


def test_stretches_are_encoded_as_hairpins_are() -> None:
    codes, start, end = random_stretches()
    found = folds(codes, start, end)
    ours = encode_folds(codes, start, found.offsets, found.text, found.energy)
    letters = [decode(codes[first:last]) for first, last in zip(start, end, strict=True)]
    structures = [found.structure(row) for row in range(len(letters))]
    theirs = encode(letters, structures, (found.energy / 100).tolist())
    assert isinstance(ours, Columns)
    np.testing.assert_array_equal(ours.symbols, theirs.symbols)
    np.testing.assert_array_equal(ours.scalars, theirs.scalars)


def test_the_second_look_sees_the_fold_of_minimum_free_energy(prefilter: Prefilter) -> None:
    codes, start, end = random_stretches()
    letters = [decode(codes[first:last]) for first, last in zip(start, end, strict=True)]
    folded = [fold(sequence) for sequence in letters]
    columns = encode(letters, [structure for structure, _ in folded], [energy for _, energy in folded])
    found = Candidates(start, end, np.zeros(60, dtype=np.int32))
    looked = prefilter.of_folds(codes, found, folds(codes, start, end))
    assert looked.tolist() == prefilter.logits(columns).tolist()


def test_only_what_passes_both_looks_is_folded(prefilter: Prefilter) -> None:
    sequence = "".join(random.Random(4).choices("ACGU", k=2500)) + PRECURSORS["hsa-mir-21"]
    stretch = Stretch(Window("c", 0, len(sequence), 0, len(sequence)), sequence)
    everything = Search()([stretch])
    columns = encode(
        [hairpin.sequence for hairpin in everything.hairpins],
        [hairpin.structure for hairpin in everything.hairpins],
        [hairpin.mfe for hairpin in everything.hairpins],
    )
    logits = prefilter.logits(columns)
    cut = float(np.median(logits))
    some = Search(second=prefilter, second_cut=cut)([stretch])
    assert some.hairpins == [
        hairpin for hairpin, logit in zip(everything.hairpins, logits, strict=True) if logit >= cut
    ]
    assert 0 < len(some.hairpins) < some.folded == some.candidates == len(everything.hairpins)
    neither = Search(first=prefilter, first_cut=float("inf"), second=prefilter)([stretch])
    assert (neither.folded, neither.hairpins) == (0, [])


@pytest.mark.parametrize("flank", [0, 25])
@pytest.mark.parametrize("strands", ["+", "-", "+-"])
def test_stretches_searched_together_give_what_each_gives_alone(strands: str, flank: int) -> None:
    dice = random.Random(8)
    sequences = ["".join(dice.choices("ACGUN", (5, 5, 5, 5, 1), k=length)) for length in (900, 4, 260, 1200)]
    sequences.insert(1, PRECURSORS["hsa-mir-17"] * 2)
    stretches = [
        Stretch(Window(f"c{number}", 10, 10 + len(bases), 10 + len(bases) // 5, 10 + len(bases)), bases)
        for number, bases in enumerate(sequences)
    ]
    search = Search(strands=strands, flank=flank)
    together = search(stretches)
    alone = [search([stretch]) for stretch in stretches]
    assert together.hairpins == [hairpin for found in alone for hairpin in found.hairpins]
    assert len(together.hairpins) > 5
    assert (together.windows, together.bases) == (5, sum(found.bases for found in alone))
