"""The first look: the same numbers as the network it stands for, and only what passes is folded."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
import torch

from mirscan.demo import PRECURSORS
from mirscan.draft import Draft, draft_of
from mirscan.encoding.duplex import encode
from mirscan.folding import fold
from mirscan.models.duplex import DuplexNetwork
from mirscan.records import Window
from mirscan.search import Search, Stretch
from mirscan.sieve import candidates, traces
from mirscan.sieve import encode as codes_of


@pytest.fixture(scope="module")
def network() -> DuplexNetwork:
    torch.manual_seed(5)
    network = DuplexNetwork().double().eval()
    with torch.no_grad():
        network.mean.normal_()
        network.spread.uniform_(0.5, 2)
        for parameter in network.parameters():
            if parameter.ndim == 1:
                parameter.normal_(0, 0.3)
    return network


@pytest.fixture(scope="module")
def draft(network: DuplexNetwork) -> Draft:
    return draft_of({name: values.numpy() for name, values in network.state_dict().items()})


def test_it_is_the_network_without_torch(network: DuplexNetwork, draft: Draft) -> None:
    dice = random.Random(2)
    sequences = ["".join(dice.choices("ACGU", k=length)) for length in (12, 30, 61, 100, 180, 240)]
    sequences += [*PRECURSORS.values(), "GGGGGAAAACCCCC", "GGGNNNNNCCC"]
    folds = [fold(sequence) for sequence in sequences]
    duplexes = encode(sequences, [structure for structure, _ in folds], [energy for _, energy in folds])
    with torch.inference_mode():
        expected = network.raw(torch.from_numpy(duplexes.symbols), torch.from_numpy(duplexes.scalars)).numpy()
    assert np.ptp(expected) > 0.1
    np.testing.assert_allclose(draft.logits(duplexes), expected, atol=2e-6)
    alone = [draft.logits(duplexes.take(np.array([row])))[0] for row in range(len(duplexes))]
    assert alone == draft.logits(duplexes).tolist()


def test_what_passes_is_what_is_folded(draft: Draft) -> None:
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
    logits = draft.look(codes, found)
    cut = float(np.median(logits))
    some = replace(Search(), draft=draft, cut=cut)([stretch])
    assert some.candidates == everything.candidates
    forward = {(hairpin.start, hairpin.end) for hairpin in some.hairpins if hairpin.strand == "+"}
    passing = logits >= cut
    assert forward == set(zip(found.start[passing].tolist(), found.end[passing].tolist(), strict=True))
    assert 0 < len(some.hairpins) < len(everything.hairpins)
    assert set(some.hairpins) < set(everything.hairpins)


def test_it_sees_the_structure_of_the_sieve(draft: Draft) -> None:
    codes = codes_of(PRECURSORS["hsa-mir-17"])
    found = candidates(codes, Search().sieve)
    letters = [PRECURSORS["hsa-mir-17"][a:b] for a, b in zip(found.start, found.end, strict=True)]
    duplexes = encode(letters, traces(codes, found), found.energy / 100)
    assert draft.look(codes, found).tolist() == draft.logits(duplexes).tolist()
