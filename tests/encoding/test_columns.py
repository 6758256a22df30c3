"""The encoding as columns, its network, and that `scan`'s score does not depend on the batch."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from mirscan.demo import PRECURSORS
from mirscan.encoding.columns import SCALARS, SYMBOLS, encode, encode_hairpins, pad
from mirscan.errors import ModelError
from mirscan.folding.viennarna import fold
from mirscan.models.columns import ColumnConvolution, ColumnNetwork
from mirscan.records import Hairpin
from mirscan.scoring import checkpoint
from mirscan.scoring.scorer import Scorer

GAP, G, C, U, A = range(5)
LOOP, OPEN, PAIR = range(3)


def symbol(upper: int, lower: int, kind: int) -> int:
    return 1 + 15 * upper + 3 * lower + kind


def hairpin(sequence: str) -> Hairpin:
    return Hairpin("x", 0, len(sequence), "+", sequence, *fold(sequence))


def some_hairpins() -> list[Hairpin]:
    draw = random.Random(3)
    chance = ["".join(draw.choices("ACGU", k=draw.randint(20, 260))) for _ in range(12)]
    return [hairpin(sequence) for sequence in [*PRECURSORS.values(), *chance]]


@pytest.fixture(scope="module")
def column_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(1)
    network = ColumnNetwork(width=16)
    folder = tmp_path_factory.mktemp("models") / "columns"
    checkpoint.save(folder, checkpoint.Card("scan", "duplex", {"width": 16}), network.state_dict())
    return folder


def test_columns_of_a_hairpin_written_by_hand() -> None:
    #                    G C A A G A A A C U G C: a mismatch A/U would pair, so C/A opposite each other
    one = encode(["GCCGAAACAGC"], ["((.(...).))"], [-2.5])
    expected = [
        symbol(A, A, LOOP), symbol(A, A, LOOP), symbol(A, A, LOOP), symbol(G, C, PAIR), symbol(C, A, OPEN),
        symbol(C, G, PAIR), symbol(G, C, PAIR),
    ]  # fmt: skip
    assert one.symbols[0, :7].tolist() == expected
    assert not one.symbols[0, 7:].any()


def test_scalars_of_a_hairpin_written_by_hand() -> None:
    one = dict(
        zip(SCALARS, encode(["GCCGAAACAGC"], ["((.(...).))"], [-2.5]).scalars[0].tolist(), strict=True)
    )
    assert one["length"] == pytest.approx(0.11)
    assert one["mfe"] == pytest.approx(-0.25)
    assert one["paired"] == one["gc_pairs"] == pytest.approx(3 / 7)
    assert one["mismatches"] == pytest.approx(1 / 7)
    assert one["loop"] == pytest.approx(0.3)
    assert one["longest_helix"] == pytest.approx(0.2)
    assert one["A"] == pytest.approx(4 / 11)
    assert one["AA"] == pytest.approx(2 / 10)
    assert one["branched"] == one["cut"] == one["gaps_5p"] == one["gaps_3p"] == 0


def random_structure(draw: random.Random, length: int) -> str:
    """Sound brackets of any shape, branched or not."""
    if length < 5 or draw.random() < 0.05:
        return "." * length
    if draw.random() < 0.65:
        return "(" + random_structure(draw, length - 2) + ")"
    if draw.random() < 0.85:
        return (
            "." + random_structure(draw, length - 1)
            if draw.random() < 0.5
            else random_structure(draw, length - 1) + "."
        )
    first = draw.randint(0, length)
    return random_structure(draw, first) + random_structure(draw, length - first)


def test_the_encoding_stays_what_it_was() -> None:
    """The digest is that of an encoder that read the columns off the drawn images, six times as slow."""
    draw = random.Random(17)
    structures = [random_structure(draw, draw.randint(0, 320)) for _ in range(400)]
    sequences = ["".join(draw.choices("ACGUN", (9, 9, 9, 9, 1), k=len(s))) for s in structures]
    energies = [round(-60 * draw.random(), 2) for _ in structures]
    coded = encode(sequences, structures, energies)
    branched, cut = (coded.scalars[:, SCALARS.index(name)] for name in ("branched", "cut"))
    assert 50 < branched.sum() < 350
    assert 20 < cut.sum() < 350
    digest = hashlib.sha256(coded.symbols.tobytes() + coded.scalars.tobytes()).hexdigest()
    assert digest[:16] == "a2a5cdcad321001f"


def test_a_bulge_is_a_gap_on_the_other_strand() -> None:
    one = encode(["GCAGAAACGC"], ["((.(...)))"], [0.0])
    assert symbol(A, GAP, OPEN) in one.symbols[0].tolist()
    assert one.scalars[0, SCALARS.index("gaps_3p")] > 0 == one.scalars[0, SCALARS.index("gaps_5p")]


def test_dinucleotides_do_not_cross_sequences() -> None:
    both = encode(["AAAA", "CCCC"], ["....", "...."], [0.0, 0.0]).scalars
    assert both[0, SCALARS.index("AA")] == both[1, SCALARS.index("CC")] == 1
    assert not both[:, SCALARS.index("AC")].any()


def test_symbols_stay_in_their_range() -> None:
    coded = encode_hairpins(some_hairpins())
    assert max(int(one.symbols.max()) for one in coded) < SYMBOLS
    assert min(int(one.symbols.min()) for one in coded) >= 1


def test_the_convolution_is_torch_s() -> None:
    torch.manual_seed(0)
    ours = ColumnConvolution(3, 4, kernel=5, dilation=2).double()
    theirs = torch.nn.Conv1d(3, 4, 5, dilation=2, padding=4).double()
    with torch.no_grad():
        theirs.weight.copy_(ours.product.weight.view(4, 5, 3).transpose(1, 2))
        theirs.bias.copy_(ours.product.bias)
        x = torch.randn(2, 11, 3, dtype=torch.float64)
        assert torch.allclose(ours(x), theirs(x.transpose(1, 2)).transpose(1, 2), atol=1e-12)


def test_padding_does_not_leak() -> None:
    torch.manual_seed(0)
    network = ColumnNetwork().double().eval()
    rows = encode_hairpins(some_hairpins())
    together = network(*map(torch.from_numpy, pad(rows)))[:, 1]
    alone = torch.cat([network(*map(torch.from_numpy, pad([row])))[:, 1] for row in rows])
    assert torch.allclose(together, alone, atol=1e-12, rtol=0)


def test_both_strands_are_told_apart() -> None:
    torch.manual_seed(0)
    network = ColumnNetwork().double().eval()
    rows = encode_hairpins([hairpin(PRECURSORS["hsa-mir-21"]), hairpin(PRECURSORS["hsa-mir-21"][::-1])])
    logits = network(*map(torch.from_numpy, pad(rows)))[:, 1]
    assert abs((logits[0] - logits[1]).item()) > 1e-3


def test_calibration_scales_and_shifts_the_logit() -> None:
    network = ColumnNetwork().double().eval()
    inputs = tuple(map(torch.from_numpy, pad(encode_hairpins(some_hairpins()))))
    before = network(*inputs)[:, 1]
    network.calibration.copy_(torch.tensor([0.5, -3.0]))
    assert torch.allclose(network(*inputs)[:, 1], 0.5 * before - 3)


def test_the_scorer_serves_both_encodings(column_model: Path, untrained: Path) -> None:
    hairpins = some_hairpins()
    for model in (column_model, untrained):
        scores = Scorer(str(model), "cpu", batch_size=100).scores(hairpins)
        one_by_one = Scorer(str(model), "cpu", batch_size=1).scores(hairpins)
        assert (scores == one_by_one).all()
        assert len(set(scores.tolist())) > 5
    assert Scorer(str(column_model), "cpu").scores([]).shape == (0,)


def test_weights_that_do_not_fit_the_card(column_model: Path, tmp_path: Path) -> None:
    card, state = checkpoint.load(column_model, "scan")
    checkpoint.save(tmp_path / "odd", checkpoint.Card("scan", "duplex", {"width": 17}), state)
    with pytest.raises(ModelError, match="do not fit the card"):
        Scorer(str(tmp_path / "odd"), "cpu")
    assert card.config == {"width": 16}


def test_a_network_of_columns_has_no_attention(column_model: Path) -> None:
    with pytest.raises(ModelError, match="no attention"):
        Scorer(str(column_model), "cpu").attention(hairpin(PRECURSORS["hsa-mir-21"]))


def test_letters_outside_the_alphabet_are_gaps() -> None:
    plain, odd = (encode([s], ["((...))"], [-1.0]) for s in ("GCAAAGC", "GCNAAGC"))
    assert np.count_nonzero(plain.symbols != odd.symbols) > 0
    assert odd.scalars[0, SCALARS.index("A")] == pytest.approx(2 / 6)
