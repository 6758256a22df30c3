"""An LSTM layer with dropout on its recurrent state, as Keras has it and torch's own LSTM has not.

On the CPU the steps run in compiled code (`kernels.py`, float32; inference in float64 too is done by it): an
epoch of training takes 40 % of the time of torch's operations, and a score does not depend on its batch. The
products over all steps at once are left to torch, and on other devices everything is.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class _CompiledSteps(torch.autograd.Function):
    """The compiled steps as one differentiable operation; see `Recurrence.forward` for the shapes."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, first: Tensor, into: Tensor, back: Tensor, bias: Tensor, keep: Tensor
    ) -> Tensor:
        hidden, gates, cells = _run_compiled(x, first, into, back, bias, keep, True)
        ctx.save_for_backward(x, first, into, back, keep, hidden, gates, cells)
        return hidden

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        x, first, into, back, keep, hidden, gates, cells = ctx.saved_tensors
        slopes = _return_compiled(grads[0].contiguous(), first, back, keep, gates, cells)
        d_x = torch.matmul(into.t(), slopes) if ctx.needs_input_grad[0] else None
        d_into = torch.bmm(slopes, x.transpose(1, 2)).sum(0)
        d_back = torch.bmm(slopes[1:], (hidden[:-1] * keep).transpose(1, 2)).sum(0)
        return d_x, None, d_into, d_back, slopes.sum((0, 2)), None


def _steps(x: Tensor, first: Tensor, into: Tensor, back: Tensor, bias: Tensor, keep: Tensor) -> Tensor:
    """The hidden states, differentiable; compiled for the CPU, where torch's own take 2.5 times as long."""
    if x.device.type != "cpu" or x.dtype != torch.float32:
        return steps_in_torch(x, first, into, back, bias, keep)
    states: Tensor = _CompiledSteps.apply(x, first, into, back, bias, keep)  # type: ignore[no-untyped-call]
    return states


def _infer(x: Tensor, first: Tensor, into: Tensor, back: Tensor, bias: Tensor, keep: Tensor) -> Tensor:
    """The hidden states without what slopes need; on a CPU by the compiled steps, whatever the precision."""
    if x.device.type != "cpu":
        return steps_in_torch(x, first, into, back, bias, keep)
    single = (into.float(), back.float(), bias.float(), keep.float())
    return _run_compiled(x.float(), first, *single, record=False)[0].to(x.dtype)


def steps_in_torch(
    x: Tensor, first: Tensor, into: Tensor, back: Tensor, bias: Tensor, keep: Tensor
) -> Tensor:
    """The hidden states by torch's operations, on any device; see `Recurrence.forward` for the shapes."""
    units = back.shape[1]
    gates = (torch.matmul(into, x) + bias[:, None]).unbind(0)
    alive = (torch.arange(len(x), device=x.device)[:, None] >= first).to(x.dtype).unbind(0)
    h, c = x.new_zeros(units, x.shape[2]), x.new_zeros(units, x.shape[2])
    hidden = []
    for gate, now in zip(gates, alive, strict=True):
        g = torch.addmm(gate, back, h * keep)
        gate_in, forget, out = g[: 3 * units].sigmoid().chunk(3)
        c = (forget * c + gate_in * g[3 * units :].tanh()) * now
        h = out * c.tanh()
        hidden.append(h)
    return torch.stack(hidden) if hidden else x.new_zeros(0, units, x.shape[2])


def _run_compiled(
    x: Tensor, first: Tensor, into: Tensor, back: Tensor, bias: Tensor, keep: Tensor, record: bool
) -> tuple[Tensor, Tensor, Tensor]:
    from mirscan.models import kernels

    steps, _, batch = x.shape
    units, spare = back.shape[1], -batch % kernels.LANES
    wide, kept = batch + spare, steps if record else 0
    hidden = x.new_empty(steps, units, wide)
    gates, cells = x.new_empty(kept, 4 * units, wide), x.new_empty(kept, units, wide)
    inputs = (_widen(x, spare), _widen(first, spare, steps), into, back, bias, _widen(keep, spare))
    arrays = [tensor.numpy() for tensor in (*inputs, hidden, gates, cells)]
    _over_lanes(kernels.forward, arrays, wide, kernels.LANES)
    return hidden[..., :batch], gates, cells


def _return_compiled(
    d_hidden: Tensor, first: Tensor, back: Tensor, keep: Tensor, gates: Tensor, cells: Tensor
) -> Tensor:
    from mirscan.models import kernels

    steps, _, batch = d_hidden.shape
    spare = -batch % kernels.LANES
    slopes = torch.empty_like(gates)
    inputs = (
        _widen(d_hidden, spare),
        _widen(first, spare, steps),
        back.t().contiguous(),
        _widen(keep, spare),
    )
    arrays = [tensor.numpy() for tensor in (*inputs, gates, cells, slopes)]
    _over_lanes(kernels.backward, arrays, batch + spare, kernels.LANES)
    return slopes[..., :batch]


def _over_lanes(kernel: Callable[..., None], arrays: list[Any], lanes: int, block: int) -> None:
    """Share the lanes out, in whole blocks, to as many threads as torch may use."""
    threads = min(torch.get_num_threads(), lanes // block)
    if threads <= 1:
        kernel(*arrays, 0, lanes)
        return
    share = -(-lanes // block // threads) * block
    with ThreadPoolExecutor(threads) as pool:
        parts = [(low, min(low + share, lanes)) for low in range(0, lanes, share)]
        for future in [pool.submit(kernel, *arrays, *part) for part in parts]:
            future.result()


def _widen(tensor: Tensor, spare: int, value: int = 0) -> Tensor:
    """Add lanes that hold no sequence."""
    return F.pad(tensor, (0, spare), value=value) if spare else tensor.contiguous()


class Recurrence(nn.Module):
    """An LSTM layer over right-aligned sequences.

    Gates in the order input, forget, output, candidate. Weights start uniform in ±0.05 (deepMiRGene, section
    3.3); biases at 0, that of the forget gate at 1, as Keras starts them.

    Args:
        inputs: Channels of the input.
        units: Units of the layer.
        dropout: Share of the input channels, and of the recurrent state, that is dropped in training; one
            mask a sequence, held over all its steps and shared by the four gates.
    """

    def __init__(self, inputs: int, units: int, dropout: float = 0.1) -> None:
        super().__init__()
        self.units = units
        self.dropout = dropout
        self.into = nn.Parameter(torch.empty(4 * units, inputs))
        self.back = nn.Parameter(torch.empty(4 * units, units))
        self.bias = nn.Parameter(torch.zeros(4 * units))
        for matrix in (self.into, self.back):
            nn.init.uniform_(matrix, -0.05, 0.05)
        with torch.no_grad():
            self.bias[units : 2 * units] = 1.0

    def forward(self, x: Tensor, first: Tensor) -> Tensor:
        """The hidden states.

        Args:
            x: (T, inputs, B), sequences right-aligned in time.
            first: int64 (B,), the first real position of each.

        Returns:
            (T, units, B), each in -1..1; zero at positions before `first`.
        """
        keep = x.new_ones(self.units, x.shape[2])
        if self.training and self.dropout:
            x = x * F.dropout(x.new_ones(x.shape[1:]), self.dropout)
            keep = F.dropout(keep, self.dropout)
        weights = (self.into, self.back, self.bias, keep)
        if not torch.is_grad_enabled():
            return _infer(x, first, *weights)
        return _steps(x.contiguous(), first, *weights)
