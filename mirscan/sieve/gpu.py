"""The sieve on a device: the recurrence of `recurrence.py` as torch operations on whole rows of int16.

The same integers in the same order of steps: the candidates are those of `sieve.candidates`, to the last one.
Sequences travel one behind the other, so far apart that no hairpin reaches from one into the next. Only their
codes go to the device, a byte a base, and only the local minima come back. On a processor this is far slower
than numba (`benchmarks/speed/sieve.py`), so that it is used on GPUs alone. There it was never measured.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mirscan.alphabet import UNKNOWN, Codes
from mirscan.runtime.batches import Batches
from mirscan.sieve.candidates import NEITHER, Candidates, Minima, SieveSettings, by_span, stable
from mirscan.sieve.energies import INFINITE, LOOP, MIN_LOOP, base_terms, stacking_terms

TOGETHER = 64  # strands of 50 kb: some 60 bytes a base, 200 MB
KINDS = 2


def can_sieve(device: torch.device) -> bool:
    """Whether the sieve is worth its time on a device."""
    return device.type == "cuda"


class TorchSieve:
    """Finds the candidates of many sequences at once.

    Args:
        settings: Thresholds.
        device: Where it runs.
    """

    def __init__(self, settings: SieveSettings, device: torch.device) -> None:
        self._settings = settings
        self._device = device
        self._batches = Batches(device, TOGETHER)
        self._stacking = torch.from_numpy(stacking_terms()).to(device)
        self._bases = torch.from_numpy(base_terms()).to(device)

    def candidates(self, sequences: Sequence[Codes]) -> list[Candidates]:
        """The candidates of each sequence; see `sieve.candidates`.

        Args:
            sequences: uint8 (n,) each, of any lengths, from `alphabet.encode`.

        Raises:
            DeviceError: The device failed, or has no memory for a single sequence.
        """
        parts = self._batches.each(len(sequences), lambda rows: self._some(sequences[rows]))
        return [found for part in parts for found in part]

    def _some(self, sequences: Sequence[Codes]) -> list[Candidates]:
        settings = self._settings
        sizes = np.array([len(codes) + settings.reach for codes in sequences])
        ends = np.cumsum(sizes)
        with torch.inference_mode():
            score, span = self.strongest(self._joined(sequences, ends - sizes, int(ends[-1])))
            radii = settings.radius, settings.long_radius
            short, long = (_minima(*kind) for kind in zip(score, span, radii, strict=True))
        found = stable(short, long, settings)
        parts = [
            np.split(values, np.searchsorted(found.start, ends[:-1]))
            for values in (found.start, found.end, found.energy)
        ]
        return [
            Candidates(start - first, end - first, energy)
            for start, end, energy, first in zip(*parts, ends - sizes, strict=True)
        ]

    def _joined(self, sequences: Sequence[Codes], firsts: NDArray[np.int64], length: int) -> Tensor:
        """uint8 (length,) on the device: each sequence from its first place on, unknown bases between."""
        pinned = self._device.type == "cuda"
        joined = torch.full((length,), UNKNOWN, dtype=torch.uint8, pin_memory=pinned)
        view = joined.numpy()
        for codes, first in zip(sequences, firsts, strict=True):
            view[first : first + len(codes)] = codes
        return joined.to(self._device, non_blocking=True)

    def _streams(self, codes: Tensor) -> tuple[Tensor, ...]:
        """What `energies.streams` gives, int16 (n,) each."""
        edge = codes.new_full((1,), UNKNOWN)
        padded = torch.cat([edge, codes, edge]).long()
        this = padded[1:-1]
        following, preceding = 5 * this + padded[2:], 5 * padded[:-2] + this
        p, r, q, m = self._stacking
        end_penalty, bit, partners = self._bases
        five = (p[following], r[following], end_penalty[this], bit[this])
        return *five, q[preceding], m[preceding], partners[this]

    def strongest(self, codes: Tensor) -> tuple[Tensor, Tensor]:
        """The best short and the best long hairpin that begin at each position; see `sieve.strongest`.

        Args:
            codes: uint8 (n,) on the device. Of the last `max_span` positions not all is said: a row ends
                where its hairpins would end behind the last base.

        Returns:
            Scores and spans, int16 (2, n) each.
        """
        p, r, end, bit, q, m, partners = self._streams(codes)
        hairpin, cost, kind = (table.tolist() for table in by_span(self._settings))
        opening, step, skew = LOOP
        best = torch.full((KINDS, len(codes)), INFINITE, dtype=torch.int16, device=self._device)
        spans = torch.zeros_like(best)
        pair_before = pair_last = loop_before = loop_last = torch.full_like(p, INFINITE)
        for d in range(MIN_LOOP + 1, self._settings.max_span):
            length = len(codes) - d
            inner_pair, inner_loop = pair_before[1 : length + 1], loop_before[1 : length + 1]
            ends = end[:length] + end[d:]
            stacked = p[:length] + q[d:] + (r[:length] & m[d:]) + inner_pair
            closing = inner_loop.clamp(max=hairpin[d + 1]) + ends
            joined = (bit[:length] & partners[d:]) != 0
            pair = torch.where(joined, torch.minimum(stacked, closing), INFINITE)
            closed = pair + ends
            uneven = torch.minimum(loop_last[:length], loop_last[1 : length + 1]) + skew
            loop = torch.minimum(closed + opening, torch.minimum(inner_loop + step, uneven))
            if kind[d + 1] != NEITHER:
                known, span = best[kind[d + 1], :length], spans[kind[d + 1], :length]
                score = closed + cost[d + 1]
                span.masked_fill_(score < known, d + 1)
                torch.minimum(known, score, out=known)
            pair_before, pair_last, loop_before, loop_last = pair_last, pair, loop_last, loop
        return best, spans


def _minima(score: Tensor, span: Tensor, radius: int) -> Minima:
    """The local minima of a kind, as `sieve.candidates` has them."""
    start = (_is_local_minimum(score, radius) & (span > 0)).nonzero()[:, 0]
    return torch.stack([start, span[start].long(), score[start].long()]).cpu().numpy()


def _is_local_minimum(score: Tensor, radius: int) -> Tensor:
    """As `sieve._is_local_minimum`."""
    if radius == 0:
        return torch.ones_like(score, dtype=torch.bool)
    beyond = score.new_full((radius,), INFINITE)
    lowest, reached = torch.cat([beyond, score, beyond]), 1
    while reached < radius:
        step = min(reached, radius - reached)
        lowest = torch.minimum(lowest[:-step], lowest[step:])
        reached += step
    return (score < lowest[: len(score)]) & (score <= lowest[radius + 1 :])
