"""The sieve's recurrence in several engines, side by side on the same sequence, one core each.

    python -m benchmarks.speed.sieve

numba   mirscan/sieve/recurrence.py as it is, and compiled for older processors (AVX2 only, SSE2 only)
C       sieve_engine.c, gcc -O3 -march=native
torch   mirscan/sieve/gpu.py, which a scan uses on a GPU: on the CPU in blocks of several sizes, on a GPU
        where there is one
numpy   the same rows as numpy int16 operations

All engines must give the same scores and spans, or the run fails. Speeds are in Mb of one strand by CPU
second (of the process, so that neighbours on the machine count little) and by second of wall clock: the best
of REPEATS. Cold start is a fresh process with an empty cache of compiled code, warm start the next one.
"""

from __future__ import annotations

import ctypes
import gzip
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import llvmlite.binding
import numba
import numpy as np
import torch

from benchmarks.tools.results import ROOT, parser_for, write
from mirscan.alphabet import encode
from mirscan.sieve import candidates as sieve
from mirscan.sieve import energies as turner
from mirscan.sieve.candidates import SieveSettings, by_span, strongest
from mirscan.sieve.gpu import TorchSieve
from mirscan.sieve.recurrence import LANES

START, BASES = 2_000_000, 1_000_000
SPANS = (130, 150, 250)
REPEATS = 3
TORCH_BLOCKS = (8_192, 32_768, 131_072)
NUMPY_BLOCK = 32_768
SLOW_BASES = 262_144  # for torch and numpy


def piece(data):
    with gzip.open(data / "genomes" / "hsa_chr20_0-7.39M" / "genome.fa.gz", "rt") as file:
        file.readline()
        return encode(file.read().replace("\n", "")[START : START + BASES])


def in_blocks(codes, settings, length, sweep):
    """What `strongest` returns, by another engine: `sweep(streams, own, settings)` of each block."""
    best = np.zeros((2, 2, len(codes)), dtype=np.int16)
    for start in range(0, len(codes), length):
        own = min(length, len(codes) - start)
        block = codes[start : start + own + settings.max_span]
        streams = turner.streams(block, own + settings.max_span + LANES)
        best[:, :, start : start + own] = sweep(streams, own, settings)
    return best


def sweep_c(library, streams, own, settings):
    width = len(streams[0])
    streams = [np.ascontiguousarray(stream) for stream in streams]
    hairpin, cost, kind = by_span(settings)
    loop_costs = np.array(turner.LOOP, dtype=np.int16)
    rows = np.full((2, 3, width), turner.INFINITE, dtype=np.int16)
    best = np.zeros((3, 2, width), dtype=np.int16)
    best[:, 0] = turner.INFINITE
    pointers = (ctypes.c_void_p * len(streams))(*(stream.ctypes.data for stream in streams))
    library.sweep(
        pointers,
        *map(ctypes.c_long, (width, own, settings.max_span)),
        *(ctypes.c_void_p(array.ctypes.data) for array in (hairpin, loop_costs, cost, kind)),
        ctypes.c_int16(turner.INFINITE),
        *(ctypes.c_void_p(array.ctypes.data) for array in (rows[0], rows[1], best)),
    )
    return best[:2, :, :own]


def by_torch(device, codes, settings, length):
    """What `strongest` returns, by torch, in blocks."""
    engine = TorchSieve(settings, torch.device(device))
    best = np.zeros((2, 2, len(codes)), dtype=np.int16)
    for start in range(0, len(codes), length):
        own = min(length, len(codes) - start)
        block = np.full(own + settings.max_span, turner.UNKNOWN, dtype=np.uint8)
        part = codes[start : start + len(block)]
        block[: len(part)] = part
        with torch.inference_mode():
            found = torch.stack(engine.strongest(torch.from_numpy(block).to(device)), dim=1)
        best[:, :, start : start + own] = found[:, :, :own].cpu().numpy()
    return best


def sweep_arrays(streams, own, settings):
    """The rows as whole-array operations of numpy."""
    p, r, end, bit, q, m, partners = (np.ascontiguousarray(stream) for stream in streams)
    hairpin, cost, kind = by_span(settings)
    opening, step, skew = turner.LOOP
    infinite = np.full_like(p, turner.INFINITE)
    pairs, loops = [infinite] * 3, [infinite] * 3
    best = [[infinite, np.zeros_like(p)] for _ in range(3)]
    for d in range(turner.MIN_LOOP + 1, settings.max_span):
        n = own + settings.max_span - d
        ends = end[:n] + end[d : d + n]
        inner = loops[-2][1 : n + 1]
        stacked = pairs[-2][1 : n + 1] + p[:n] + q[d : d + n] + (r[:n] & m[d : d + n])
        closing = np.minimum(inner, hairpin[d + 1]) + ends
        joined = (bit[:n] & partners[d : d + n]) != 0
        energy = np.where(joined, np.minimum(stacked, closing), infinite[:n])
        closed = energy + ends
        uneven = np.minimum(loops[-1][:n], loops[-1][1 : n + 1]) + skew
        loop = np.minimum(closed + opening, np.minimum(inner + step, uneven))
        pairs, loops = [*pairs[1:], energy], [*loops[1:], loop]
        known = best[kind[d + 1]]
        new = closed + int(cost[d + 1])
        better = new < known[0][:n]
        known[0] = np.where(better, new, known[0][:n])
        known[1] = np.where(better, np.int16(d + 1), known[1][:n])
    return [[row[:own] for row in each] for each in best[:2]]


def compile_c(folder):
    source = Path(__file__).with_name("sieve_engine.c")
    command = ["gcc", "-O3", "-march=native", "-shared", "-fPIC", "-o", f"{folder}/sieve.so", str(source)]
    subprocess.run(command, check=True)
    return ctypes.CDLL(f"{folder}/sieve.so")


def timed(function, bases):
    """Best Mb by CPU second and by second, and what the function returned."""
    cpu, wall = [], []
    for _ in range(REPEATS):
        clock, process = time.perf_counter(), time.process_time()
        result = function()
        cpu.append(time.process_time() - process)
        wall.append(time.perf_counter() - clock)
    speed = {"mb_per_cpu_s": round(bases / min(cpu) / 1e6, 2), "mb_per_s": round(bases / min(wall) / 1e6, 2)}
    return speed, result


def compare(codes, span, library):
    """Speed of each engine at one span; all must give the same."""
    settings = SieveSettings(max_span=span)
    strongest(codes[:1000], settings)
    short = codes[:SLOW_BASES]
    engines = {"numba": (codes, lambda: strongest(codes, settings))}
    engines["c"] = codes, lambda: in_blocks(codes, settings, sieve.BLOCK, partial(sweep_c, library))
    for block in TORCH_BLOCKS:
        engines[f"torch_{block}"] = short, partial(by_torch, "cpu", short, settings, block)
    if torch.cuda.is_available():
        engines["torch_gpu"] = codes, partial(by_torch, "cuda", codes, settings, len(codes))
    engines["numpy"] = short, partial(in_blocks, short, settings, NUMPY_BLOCK, sweep_arrays)
    expected = {len(part): strongest(part, settings) for part in (codes, short)}
    speeds = {}
    for name, (part, function) in engines.items():
        speeds[name], best = timed(function, len(part))
        if not (best == expected[len(part)]).all():
            sys.exit(f"{name} disagrees")
    return speeds


STARTUP = """
import time; began = time.perf_counter(), time.process_time()
from mirscan.sieve.candidates import SieveSettings, candidates, trace
loaded = time.perf_counter(), time.process_time()
candidates(encode("ACGU" * 300), SieveSettings()); trace(encode("GGGAAAACCC"))
ended = time.perf_counter(), time.process_time()
print(*(round(b - a, 3) for a, b in ((began[0], loaded[0]), (loaded[0], ended[0]), (loaded[1], ended[1]))))
"""

OLDER = """
import gzip, sys, time
from pathlib import Path
from benchmarks.speed import sieve
codes = sieve.piece(Path(sys.argv[1]))
settings = sieve.SieveSettings(max_span=int(sys.argv[2]))
sieve.strongest(codes[:1000], settings)
speed, _ = sieve.timed(lambda: sieve.strongest(codes, settings), len(codes))
print(sieve.json.dumps(speed))
"""


def child(script, *arguments, **environment):
    command = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return done.stdout


def startup(folder):
    names = ("import_s", "first_call_s", "first_call_cpu_s")
    runs = [child(STARTUP, NUMBA_CACHE_DIR=folder).split() for _ in range(2)]
    return {
        kind: dict(zip(names, map(float, run), strict=True))
        for kind, run in zip(("cold", "warm"), runs, strict=True)
    }


def older_processors(data, folder):
    features = llvmlite.binding.get_host_cpu_features()
    without_512 = ",".join(
        f"{'-' if 'avx512' in name or not on else '+'}{name}" for name, on in features.items()
    )
    kinds = {"avx2": ("haswell", without_512), "sse2": ("x86-64", "+sse2")}
    return {
        f"numba_{kind}_span_{span}": json.loads(
            child(
                OLDER,
                data,
                span,
                NUMBA_CACHE_DIR=f"{folder}/{kind}",
                NUMBA_CPU_NAME=cpu,
                NUMBA_CPU_FEATURES=on,
            )
        )
        for kind, (cpu, on) in kinds.items()
        for span in SPANS
    }


def main():
    given = parser_for(__doc__, "sieve_engines.json").parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        codes, library = piece(given.data), compile_c(folder)
        result = {
            "sequence": f"hsa_chr20_0-7.39M:{START}-{START + BASES}, one strand, one core",
            "processor": llvmlite.binding.get_host_cpu_name(),
            "versions": {
                "python": platform.python_version(),
                "numba": numba.__version__,
                "numpy": np.__version__,
                "torch": torch.__version__,
            },
            "by_span": {span: compare(codes, span, library) for span in SPANS},
            "older_processors": older_processors(given.data, folder),
            "startup": startup(f"{folder}/startup"),
        }
    write(given.json, result)


if __name__ == "__main__":
    main()
