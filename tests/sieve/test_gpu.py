"""The sieve on a device, on the CPU's tensors: the candidates of numba, and a scan of the same bytes."""

from __future__ import annotations

import gzip
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from mirscan.alphabet import UNKNOWN, encode, reverse_complement, reverse_complement_codes
from mirscan.cli import main
from mirscan.demo import PRECURSORS
from mirscan.errors import DeviceError
from mirscan.pipeline import presieve
from mirscan.pipeline import scan as scan_module
from mirscan.pipeline.decoy_search import Task
from mirscan.pipeline.funnel import Funnel
from mirscan.pipeline.presieve import presieved
from mirscan.pipeline.search import Search
from mirscan.pipeline.stretches import Stretch
from mirscan.records import Window
from mirscan.scoring.scorer import Scorer
from mirscan.sieve.candidates import Candidates, SieveSettings, candidates
from mirscan.sieve.gpu import TorchSieve, can_sieve

CPU = torch.device("cpu")
LENIENT = SieveSettings(max_energy=-3, max_score=4, max_long_score=8)
SETTINGS = [
    SieveSettings(),
    LENIENT,
    SieveSettings(max_span=90, short_span=40, long_span=45, radius=0, long_radius=70, max_energy=-7.3),
    SieveSettings(max_span=300, short_span=300, long_span=301, length_cost=0, long_cost=0, radius=7),
]


def random_codes(length: int, gc: float, seed: int) -> np.ndarray:
    """A sequence with so much G and C, and a tenth of it unknown in places."""
    dice = np.random.default_rng(seed)
    at, cg = (1 - gc) / 2, gc / 2
    codes = dice.choice(4, length, p=[at, cg, cg, at]).astype(np.uint8)
    codes[length // 3 : length // 2 : 10] = UNKNOWN
    return codes


def as_rows(found: Candidates) -> list[tuple[int, int, int]]:
    return list(zip(found.start.tolist(), found.end.tolist(), found.energy.tolist(), strict=True))


@pytest.mark.parametrize("settings", SETTINGS)
def test_candidates_are_those_of_numba(settings: SieveSettings) -> None:
    """Of sequences of every length at once, none at all among them."""
    shares = (0.25, 0.4, 0.55, 0.75)
    lengths = (9_000, 0, 4_321, 1, 300, 12_345, 37, 2_000)
    codes = [random_codes(n, shares[at % 4], at) for at, n in enumerate(lengths)]
    codes.insert(3, np.full(700, UNKNOWN, dtype=np.uint8))
    found = TorchSieve(settings, CPU).candidates(codes)
    assert [as_rows(one) for one in found] == [as_rows(candidates(one, settings)) for one in codes]
    assert sum(map(len, found)) > 50
    assert {one.energy.dtype for one in found} == {np.dtype(np.int32)}


def test_candidates_of_real_sequence_are_those_of_numba(shared_data: Path) -> None:
    with gzip.open(shared_data / "genomes" / "hsa_chr20_0-7.39M" / "genome.fa.gz", "rt") as file:
        file.readline()
        codes = encode(file.read(3_000_000).replace("\n", "")[-100_000:])
    both = [codes, reverse_complement_codes(codes)]
    found = TorchSieve(SieveSettings(), CPU).candidates(both)
    assert [as_rows(one) for one in found] == [as_rows(candidates(one, SieveSettings())) for one in both]
    assert min(map(len, found)) > 500


def test_a_hairpin_does_not_reach_from_one_sequence_into_the_next() -> None:
    arm = random_codes(40, 0.5, 1)[:13]
    whole = np.concatenate([arm, encode("GAAA"), reverse_complement_codes(arm)])
    halves = [whole[:15], whole[15:]]
    one, *others = TorchSieve(LENIENT, CPU).candidates([whole, *halves])
    assert as_rows(one) == as_rows(candidates(whole, LENIENT)) != []
    assert not any(map(len, others))


@pytest.mark.parametrize("fits", [12_000, 6_000])
def test_memory_that_runs_out_halves_the_batch(fits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = [random_codes(length, 0.5, length) for length in (5_000, 100, 3_000, 2_500, 4_000, 800, 1_700)]
    strongest, sizes = TorchSieve.strongest, []

    def small(self: TorchSieve, joined: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        sizes.append(len(joined))
        if len(joined) > fits:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 MiB")
        return strongest(self, joined)

    monkeypatch.setattr(TorchSieve, "strongest", small)
    found = TorchSieve(LENIENT, CPU).candidates(codes)
    assert [as_rows(one) for one in found] == [as_rows(candidates(one, LENIENT)) for one in codes]
    assert sizes[0] > fits
    assert sum(size <= fits for size in sizes) >= 2


def test_no_memory_for_a_single_sequence_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(self: TorchSieve, joined: torch.Tensor) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 MiB")

    monkeypatch.setattr(TorchSieve, "strongest", never)
    with pytest.raises(DeviceError, match="device cpu: CUDA out of memory"):
        TorchSieve(LENIENT, CPU).candidates([random_codes(100, 0.5, 1)] * 3)


def test_only_a_gpu_sieves() -> None:
    assert can_sieve(torch.device("cuda"))
    assert can_sieve(torch.device("cuda:1"))
    assert not can_sieve(CPU)


def test_the_sieve_is_held_back_by_whoever_takes_its_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presieve, "BASES", 1_000)
    read = []

    def tasks():
        for number in range(20):
            read.append(number)
            yield Task([Stretch(Window("x", 0, 400, 0, 400), "ACGU" * 100)])

    taken = presieved(tasks(), Search(), TorchSieve(SieveSettings(), CPU), Funnel())
    for count, ahead in enumerate((3, 3, 3, 6, 6, 6, 9), 1):
        next(taken)
        assert len(read) == ahead, count
    assert sum(1 for _ in taken) == 13


@pytest.fixture(scope="module")
def genome(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """80 kb in contigs of all lengths, with precursors on both strands and runs of N."""
    dice = random.Random(11)

    def background(length: int, gc: float = 0.45) -> str:
        weights = (1 - gc, gc, gc, 1 - gc)
        return "".join(dice.choices("ACGT", weights, k=length))

    parts = [background(900), "N" * 3_000]
    for number, precursor in enumerate(PRECURSORS.values()):
        planted = precursor.replace("U", "T")
        if number % 2:
            planted = reverse_complement(planted.replace("T", "U")).replace("U", "T")
        parts += [background(3_000, (0.35, 0.45, 0.6)[number % 3]), planted]
    long = "".join(parts)
    contigs = {
        "long": long + background(56_000 - len(long)),
        "unknown": "N" * 5_000,
        "tiny": "ACGT",
        **{f"small{number}": background(300) + "RYN" + background(700) for number in range(8)},
        "precursor": PRECURSORS["hsa-mir-21"],
        "end": background(10_000),
    }
    path = tmp_path_factory.mktemp("sieved") / "genome.fa"
    path.write_text("".join(f">{name}\n{bases}\n" for name, bases in contigs.items()))
    return path


def scan(genome: Path, folder: Path, *options: str) -> dict[str, bytes]:
    """The bytes of a scan's results."""
    folder.mkdir()
    outputs = [f"-o{folder}/hits.{suffix}" for suffix in ("json", "gff3", "tsv", "fa")]
    common = ["scan", str(genome), "--quiet", "--min-score", "0.02", *outputs]
    assert main([*common, *options]) == 0
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize(
    "sensitivity",
    [
        "default",
        pytest.param("fast", marks=pytest.mark.slow),
        pytest.param("exhaustive", marks=pytest.mark.slow),
    ],
)
def test_a_scan_gives_the_same_bytes(
    sensitivity: str, genome: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a GPU, with tensors of the CPU: sieved ahead, scored many chunks at once."""
    options = ["--sensitivity", sensitivity, "--device", "cpu", "--tree", "none", "--arms", "none"]
    if sensitivity == "exhaustive":  # ViennaRNA folds it all
        options += ["--region", "long:6600-7600", "--region", "small1", "--decoys", "0.003"]
    else:
        options += ["--decoys", "0.03"]
    expected = scan(genome, tmp_path / "numba", *options, "--threads", "1")
    sieve, sieved = TorchSieve.candidates, []

    def counted(self: TorchSieve, sequences: list[np.ndarray]) -> list[Candidates]:
        sieved.append(len(sequences))
        return sieve(self, sequences)

    monkeypatch.setattr(scan_module, "can_sieve", lambda device: True)
    monkeypatch.setattr(TorchSieve, "candidates", counted)
    monkeypatch.setattr(Scorer, "together", 40)
    assert scan(genome, tmp_path / "torch", *options, "--threads", "1") == expected
    assert max(sieved) > 1
    monkeypatch.setattr(presieve, "BASES", 20_000)
    assert scan(genome, tmp_path / "threads", *options, "--threads", "2") == expected
    assert expected["hits.tsv"].count(b"\n") > 1


def test_where_a_gpu_sieves_workers_sieve_nothing_but_decoys(
    genome: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ["--device", "cpu", "--threads", "1", "--decoys", "off", "--region", "long:1-12000"]
    options += ["--strand", "minus", "--tree", "none", "--arms", "none"]
    expected = scan(genome, tmp_path / "numba", *options)
    monkeypatch.setattr(scan_module, "can_sieve", lambda device: True)
    monkeypatch.setattr("mirscan.pipeline.search.candidates", lambda *_: pytest.fail("sieved twice"))
    assert scan(genome, tmp_path / "torch", *options) == expected


@pytest.mark.parametrize("module", ["preload", "predict"])
def test_workers_carry_no_torch(module: str) -> None:
    loaded = f"import sys, mirscan.pipeline.{module}; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, check=True)
    assert done.stdout.strip() == b"False"
