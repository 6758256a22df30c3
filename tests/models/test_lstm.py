from __future__ import annotations

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from mirscan.encoding.sequence import pad
from mirscan.errors import ModelError
from mirscan.models import TABLE_4, build
from mirscan.models.lstm import LstmNetwork, one_hot, turn
from mirscan.models.recurrence import Recurrence, _steps

Rows = list[NDArray[np.uint8]]


@pytest.fixture
def rows() -> Rows:
    random = np.random.default_rng(1)
    return [random.integers(0, 17, n).astype(np.uint8) for n in random.integers(40, 130, 300)]


def make(architecture: str = "lstm2-attention", **config: object) -> LstmNetwork:
    """A network whose weights are large enough that every part moves the score."""
    torch.manual_seed(0)
    network = build(architecture, config)
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, 0, 0.3)
    assert isinstance(network, LstmNetwork)
    return network.eval()


def score(network: LstmNetwork, rows: Rows) -> torch.Tensor:
    batch, lengths = pad(rows)
    with torch.inference_mode():
        logits: torch.Tensor = network(torch.from_numpy(batch), torch.from_numpy(lengths))
    return logits


def keras_lstm(x: torch.Tensor, layer: Recurrence) -> torch.Tensor:
    """The textbook recurrence of one sequence (T, I), written out."""
    h, c = torch.zeros(layer.units), torch.zeros(layer.units)
    states = []
    for now in x:
        i, f, o, g = (layer.into @ now + layer.back @ h + layer.bias).chunk(4)
        c = f.sigmoid() * c + i.sigmoid() * g.tanh()
        h = o.sigmoid() * c.tanh()
        states.append(h)
    return torch.stack(states)


def test_scores_are_those_of_the_equations(rows: Rows) -> None:
    network, row = make(), torch.from_numpy(rows[0]).long()
    with torch.no_grad():
        hidden = torch.nn.functional.one_hot(row, 17)[:, :16].float()
        for layer in network.forwards:
            hidden = keras_lstm(hidden, layer)
        weights = (hidden @ network.focus.score.weight[0] + network.focus.score.bias).softmax(0)
        flat = torch.zeros(400, 10)
        flat[-len(row) :] = hidden * weights[:, None]
        one, two, three = network.dense.layers
        expected = three(two(one(flat.flatten()).sigmoid()).sigmoid())
    torch.testing.assert_close(score(network, rows[:1])[0].float(), expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("architecture", TABLE_4)
def test_a_score_does_not_depend_on_its_batch(architecture: str, rows: Rows) -> None:
    network = make(architecture)
    together = score(network, rows)
    alone = torch.cat([score(network, [row]) for row in rows[:20]])
    longest = np.zeros(400, np.uint8)
    beside_longer = score(network, [*rows[:20], longest])[:-1]
    assert (together[:20] - alone).abs().max() < 1e-12
    assert (together[:20] - beside_longer).abs().max() < 1e-12
    assert together.std() > 1e-3


@pytest.mark.parametrize("inputs", ["sequence", "structure"])
def test_one_input_alone_ignores_the_other(inputs: str) -> None:
    random = np.random.default_rng(2)
    nucleotides, states = random.integers(0, 4, 60), random.integers(0, 4, (2, 60))
    same_sequence = [(4 * nucleotides + row).astype(np.uint8) for row in states]
    same_structure = [(4 * row + nucleotides).astype(np.uint8) for row in states]
    a, b = score(make(inputs=inputs), same_sequence if inputs == "sequence" else same_structure)
    c, d = score(make(inputs=inputs), same_structure if inputs == "sequence" else same_sequence)
    assert torch.equal(a, b)
    assert not torch.equal(c, d)


def test_unknown_letters_are_zero_in_every_input() -> None:
    for inputs, channels in (("both", 16), ("sequence", 4), ("structure", 4)):
        hot = one_hot(torch.tensor([[16, 5]]), inputs, torch.float32)
        assert hot.shape == (2, channels, 1)
        assert hot.sum((1, 2)).tolist() == [0, 1]


def test_attention_sums_to_one_and_is_zero_on_padding(rows: Rows) -> None:
    batch, lengths = pad(rows[:5])
    weights = make().attention(torch.from_numpy(batch), torch.from_numpy(lengths))
    assert torch.allclose(weights.sum(1), torch.ones(5, dtype=weights.dtype))
    for row, length in zip(weights, lengths, strict=True):
        assert not row[: len(row) - length].any()
        assert row[len(row) - length :].min() > 0


def test_class_activation_is_the_weighted_output_times_its_mean(rows: Rows) -> None:
    network = make()
    batch, lengths = (torch.from_numpy(part) for part in pad(rows[:3]))
    found = network.class_activation(batch, lengths)
    weighted = network.weighted(batch, lengths)
    for b, length in enumerate(lengths):
        real = weighted[-int(length) :, :, b]
        assert torch.allclose(found[b, -int(length) :], real @ real.mean(0))
        assert not found[b, : -int(length)].any()


def test_an_empty_hairpin_has_a_finite_score(rows: Rows) -> None:
    assert score(make(), [np.zeros(0, np.uint8), rows[0]]).isfinite().all()


def test_turn_reverses_the_real_positions() -> None:
    x = torch.arange(8.0).reshape(4, 1, 2)
    turned = turn(x, torch.tensor([0, 2]))
    assert turned[:, 0, 0].tolist() == [6, 4, 2, 0]
    assert turned[:, 0, 1].tolist() == [1, 3, 7, 5]
    assert torch.equal(turn(turned, torch.tensor([0, 2])), x)


def test_compiled_steps_and_their_slopes_agree_with_torch() -> None:
    torch.manual_seed(0)
    steps, batch, units = 30, 140, 6
    first, keep = torch.randint(0, steps, (batch,)), torch.rand(units, batch)
    parts = [torch.randn(s) for s in ((steps, 5, batch), (4 * units, 5), (4 * units, units), (4 * units,))]
    results = []
    for dtype in (torch.float32, torch.float64):
        x, into, back, bias = (part.to(dtype, copy=True).requires_grad_() for part in parts)
        hidden = _steps(x, first, into, back, bias, keep.to(dtype))
        (hidden.sin() * torch.arange(steps)[:, None, None]).sum().backward()
        results.append([hidden, x.grad, into.grad, back.grad, bias.grad])
    for compiled, exact in zip(*results, strict=True):
        assert (compiled - exact).abs().max() < 1e-5 * exact.abs().max()


def test_a_network_in_double_precision_scores_as_in_single(rows: Rows) -> None:
    network = make()
    single = score(network, rows[:10])
    assert (score(network.double(), rows[:10]) - single).abs().max() < 1e-6
    with torch.enable_grad():  # the steps in torch, float64 throughout
        batch, lengths = (torch.from_numpy(part) for part in pad(rows[:10]))
        assert (network(batch, lengths) - single).abs().max() < 2e-5


def test_dropout_holds_one_mask_over_time() -> None:
    torch.manual_seed(0)
    layer = Recurrence(2, 3, dropout=0.5)
    with torch.no_grad():
        layer.back.zero_()
        layer.into.fill_(0.5)
    x = torch.ones(4, 2, 500)
    hidden = layer.train()(x, torch.zeros(500, dtype=torch.int64))
    after_one_step = hidden[0, 0].unique()
    assert len(after_one_step) == 3  # none, one or both inputs dropped
    assert (hidden[1:] >= hidden[:-1]).all()  # a mask drawn anew at each step would let some fall
    assert torch.equal(
        layer.eval()(x, torch.zeros(500, dtype=torch.int64))[..., 0],
        layer(x, torch.zeros(500).long())[..., 1],
    )


def test_weights_start_within_five_hundredths() -> None:
    torch.manual_seed(0)
    for name, parameter in build("lstm2-attention").named_parameters():
        if parameter.dim() > 1:
            assert 0.02 < parameter.abs().max() <= 0.05, name


def test_unknown_architectures_and_arguments_are_named() -> None:
    with pytest.raises(ModelError, match="lstm2-attention"):
        build("gru")
    with pytest.raises(ModelError, match="does not fit"):
        build("lstm2", {"colour": 1})


def test_an_ensemble_scores_by_the_mean_probability(rows: Rows) -> None:
    members = [["lstm2-attention", {}], ["lstm2", {}]]
    together = build("ensemble", {"members": members}).eval()
    for parameter in together.parameters():
        torch.nn.init.normal_(parameter, 0, 0.3)
    batch, lengths = (torch.from_numpy(part) for part in pad(rows[:4]))
    single = [build(*member).eval() for member in members]
    for index, network in enumerate(single):
        prefix = f"members.{index}."
        own = {k.removeprefix(prefix): v for k, v in together.state_dict().items() if k.startswith(prefix)}
        network.load_state_dict(own)
    with torch.inference_mode():
        mean = torch.stack([network(batch, lengths).softmax(1) for network in single]).mean(0)
        assert torch.allclose(together(batch, lengths).softmax(1), mean)
        assert torch.allclose(together.attention(batch, lengths), single[0].attention(batch, lengths))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_cpu_and_gpu_agree(rows: Rows) -> None:
    network = make()
    on_cpu = score(network, rows)
    batch, lengths = (torch.from_numpy(part).cuda() for part in pad(rows))
    with torch.inference_mode():
        on_gpu = network.double().cuda()(batch, lengths).cpu()
    assert (on_gpu - on_cpu).abs().max() < 2e-5
