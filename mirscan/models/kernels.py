"""The steps of an LSTM on the CPU, compiled by numba: float32, many sequences side by side in vector lanes.

A lane never meets another one, and every block has the same number of lanes, so a sequence goes through the
very same operations whatever its neighbours are: its result does not depend on the batch, to the last bit.

Arrays are (time, unit, sequence). Gates are stacked in the order input, forget, output, candidate.
"""

# mypy: disallow-untyped-decorators=False

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from mirscan.runtime.compiled import compiled

LANES = 128

Array = NDArray[np.float32]

# A product and the sum that it goes into may be one instruction. The rest of fast mathematics would let a
# result depend on what the compiler made of the loop around it.
FUSED = {"contract"}
_compiled = compiled(fastmath=FUSED, error_model="numpy")

# tanh as a ratio of two polynomials, the single-precision approximation of the Eigen library; beyond the
# bound float32 knows no difference from 1.
_BOUND = np.float32(7.90531110763549805)
_N1, _N3, _N5, _N7 = (
    np.float32(value)
    for value in (4.89352455891786e-03, 6.37261928875436e-04, 1.48572235717979e-05, 5.12229709037114e-08)
)
_N9, _N11, _N13 = (
    np.float32(value) for value in (-8.60467152213735e-11, 2.00018790482477e-13, -2.76076847742355e-16)
)
_D0, _D2, _D4, _D6 = (
    np.float32(value)
    for value in (4.89352518554385e-03, 2.26843463243900e-03, 1.18534705686654e-04, 1.19825839466702e-06)
)
_HALF = np.float32(0.5)
_ONE = np.float32(1.0)


@njit(inline="always", fastmath=FUSED)
def _tanh(x: np.float32) -> np.float32:
    x = min(max(x, -_BOUND), _BOUND)
    s = x * x
    odd = x * (_N1 + s * (_N3 + s * (_N5 + s * (_N7 + s * (_N9 + s * (_N11 + s * _N13))))))
    return odd / (_D0 + s * (_D2 + s * (_D4 + s * _D6)))


@_compiled
def _tanh_in_place(values: Array) -> None:
    for i in range(values.size):
        values[i] = _tanh(values[i])


@_compiled
def _sigmoid_in_place(values: Array) -> None:
    for i in range(values.size):
        values[i] = _HALF * _tanh(_HALF * values[i]) + _HALF


@_compiled
def _add_product(out: Array, matrix: Array, x: Array) -> None:
    """out += matrix @ x, five terms at a time, in the order of the columns for every lane."""
    rows, columns = matrix.shape
    lanes = out.shape[1]
    whole = columns - columns % 5
    for i in range(rows):
        y = out[i]
        for k in range(0, whole, 5):
            a, b, c, d, e = (
                matrix[i, k],
                matrix[i, k + 1],
                matrix[i, k + 2],
                matrix[i, k + 3],
                matrix[i, k + 4],
            )
            p, q, r, s, t = x[k], x[k + 1], x[k + 2], x[k + 3], x[k + 4]
            for lane in range(lanes):
                y[lane] += a * p[lane] + b * q[lane] + c * r[lane] + d * s[lane] + e * t[lane]
        for k in range(whole, columns):
            a, p = matrix[i, k], x[k]
            for lane in range(lanes):
                y[lane] += a * p[lane]


@_compiled
def _update_cell(gate_in: Array, gate_forget: Array, candidate: Array, alive: Array, cell: Array) -> None:
    for lane in range(cell.size):
        cell[lane] = (gate_forget[lane] * cell[lane] + gate_in[lane] * candidate[lane]) * alive[lane]


@_compiled
def _multiply(out: Array, x: Array, y: Array) -> None:
    for lane in range(out.size):
        out[lane] = x[lane] * y[lane]


@_compiled
def _step(
    x: Array,
    alive: Array,
    weights: tuple[Array, Array, Array],
    keep: Array,
    state: tuple[Array, Array, Array],
    gates: Array,
    squashed: Array,
) -> None:
    """One time step of a block: the gates, the cell, and the hidden state, all in place."""
    into, back, bias = weights
    hidden, cell, dropped = state
    units = hidden.shape[0]
    for i in range(gates.shape[0]):
        gates[i] = bias[i]
    for k in range(units):
        _multiply(dropped[k], hidden[k], keep[k])
    _add_product(gates, into, x)
    _add_product(gates, back, dropped)
    _sigmoid_in_place(gates[: 3 * units].ravel())
    _tanh_in_place(gates[3 * units :].ravel())
    for k in range(units):
        _update_cell(gates[k], gates[units + k], gates[3 * units + k], alive, cell[k])
    squashed[:] = cell
    _tanh_in_place(squashed.ravel())
    for k in range(units):
        _multiply(hidden[k], gates[2 * units + k], squashed[k])


@_compiled
def forward(
    x: Array, first: NDArray[np.int64], into: Array, back: Array, bias: Array, keep: Array,
    hidden: Array, gates: Array, cells: Array, lane: int, end: int,
) -> None:  # fmt: skip
    """Run an LSTM over a batch; the outputs are written in place.

    Args:
        x: (T, I, B) inputs; B a multiple of `LANES`.
        first: (B,) first real position of each sequence; before it the state stays zero.
        into: (4H, I) input weights.
        back: (4H, H) recurrent weights.
        bias: (4H,).
        keep: (H, B) factors on the recurrent state (dropout, one mask for all steps).
        hidden: (T, H, B); receives the hidden states.
        gates: (T, 4H, B) or (0, 4H, B); receives the gates after their squashing, for `backward`.
        cells: (T, H, B) or (0, H, B); receives the cell states.
        lane: First lane to run, a multiple of `LANES`.
        end: One past the last.
    """
    steps, inputs, _ = x.shape
    units = back.shape[1]
    x_now = np.empty((inputs, LANES), np.float32)
    h, c = np.empty((units, LANES), np.float32), np.empty((units, LANES), np.float32)
    dropped, squashed = np.empty_like(h), np.empty_like(h)
    kept, g = np.empty_like(h), np.empty((4 * units, LANES), np.float32)
    alive = np.empty(LANES, np.float32)
    for low in range(lane, end, LANES):
        high = low + LANES
        h[:], c[:] = 0.0, 0.0
        kept[:] = keep[:, low:high]
        begin = first[low]
        for i in range(1, LANES):
            begin = min(begin, first[low + i])
        hidden[:begin, :, low:high] = 0.0
        for t in range(begin, steps):
            x_now[:] = x[t, :, low:high]
            for i in range(LANES):
                alive[i] = first[low + i] <= t
            _step(x_now, alive, (into, back, bias), kept, (h, c, dropped), g, squashed)
            hidden[t, :, low:high] = h
            if gates.shape[0]:
                gates[t, :, low:high] = g
                cells[t, :, low:high] = c


@_compiled
def _step_back(slopes: Array, gates: Array, earlier: Array, squashed: Array, dh: Array, dc: Array) -> None:
    """Slopes of the loss by the gates before squashing, from those by hidden and cell state; dc in place."""
    units, lanes = dh.shape
    for k in range(units):
        gate_in, forget = gates[k], gates[units + k]
        out, candidate = gates[2 * units + k], gates[3 * units + k]
        u, a, s = squashed[k], dh[k], dc[k]
        for lane in range(lanes):
            s[lane] += a[lane] * out[lane] * (_ONE - u[lane] * u[lane])
        y = slopes[2 * units + k]
        for lane in range(lanes):
            y[lane] = a[lane] * u[lane] * out[lane] * (_ONE - out[lane])
        y = slopes[k]
        for lane in range(lanes):
            y[lane] = s[lane] * candidate[lane] * gate_in[lane] * (_ONE - gate_in[lane])
        y, before = slopes[units + k], earlier[k]
        for lane in range(lanes):
            y[lane] = s[lane] * before[lane] * forget[lane] * (_ONE - forget[lane])
        y = slopes[3 * units + k]
        for lane in range(lanes):
            y[lane] = s[lane] * gate_in[lane] * (_ONE - candidate[lane] * candidate[lane])
        for lane in range(lanes):
            s[lane] *= forget[lane]


@_compiled
def backward(
    d_hidden: Array, first: NDArray[np.int64], back_transposed: Array, keep: Array,
    gates: Array, cells: Array, slopes: Array, lane: int, end: int,
) -> None:  # fmt: skip
    """Carry the slopes of the loss back through the steps of `forward`.

    Args:
        d_hidden: (T, H, B) slopes by the hidden states.
        first: (B,) as in `forward`.
        back_transposed: (H, 4H), the recurrent weights transposed.
        keep: (H, B) as in `forward`.
        gates: (T, 4H, B) as `forward` left them.
        cells: (T, H, B) as `forward` left them.
        slopes: (T, 4H, B); receives the slopes by the gates before squashing.
        lane: First lane to run, a multiple of `LANES`.
        end: One past the last.
    """
    steps, units, _ = d_hidden.shape
    dh, dc = np.empty((units, LANES), np.float32), np.empty((units, LANES), np.float32)
    carried, kept = np.empty_like(dh), np.empty_like(dh)
    squashed, earlier = np.empty_like(dh), np.empty_like(dh)
    g, dg = np.empty((4 * units, LANES), np.float32), np.empty((4 * units, LANES), np.float32)
    for low in range(lane, end, LANES):
        high = low + LANES
        dc[:], carried[:], earlier[:] = 0.0, 0.0, 0.0
        kept[:] = keep[:, low:high]
        begin = first[low:high].min()
        slopes[:begin, :, low:high] = 0.0
        for t in range(steps - 1, begin - 1, -1):
            g[:] = gates[t, :, low:high]
            squashed[:] = cells[t, :, low:high]
            _tanh_in_place(squashed.ravel())
            for k in range(units):
                for i in range(LANES):
                    dh[k, i] = d_hidden[t, k, low + i] + carried[k, i] * kept[k, i]
                    earlier[k, i] = cells[t - 1, k, low + i] if t > begin else np.float32(0.0)
            _step_back(dg, g, earlier, squashed, dh, dc)
            for i in range(LANES):
                if t < first[low + i]:
                    dc[:, i] = 0.0
                    dg[:, i] = 0.0
            carried[:] = 0.0
            _add_product(carried, back_transposed, dg)
            slopes[t, :, low:high] = dg
