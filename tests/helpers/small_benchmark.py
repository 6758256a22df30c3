"""A benchmark in the folders of deepMiRGene, small enough to train on in a test."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from mirscan.encoding.descriptors import NAMES, describe
from mirscan.training.deepmirgene.benchmarks import VALIDATION
from mirscan.training.deepmirgene.epochs import LabelledHairpins
from mirscan.training.deepmirgene.trees import TreeSettings

CPU = torch.device("cpu")
SMALL = TreeSettings(rounds=20, least=3, fits=2, looked_at=1.0)


def examples(n: int = 60, seed: int = 0) -> LabelledHairpins:
    """Sequences of which the positives hold more of the symbols 12..15."""
    random = np.random.default_rng(seed)
    labels, lengths = (np.arange(n) % 3 == 0).astype(np.int64), random.integers(5, 25, n)
    symbols = np.full((n, 400), 16, np.uint8)
    for row, (length, label) in enumerate(zip(lengths, labels, strict=True)):
        symbols[row, 400 - length :] = random.integers(12 if label else 0, 16, length)
    return LabelledHairpins(*(torch.from_numpy(array) for array in (symbols, lengths, labels)))


def folded(n: int, seed: int = 0) -> LabelledHairpins:
    """The examples whose fold has a pair."""
    some = examples(n, seed)
    pairs = describe(some.symbols.numpy(), some.lengths.numpy())[:, NAMES.index("pairs")]
    return some.where(pairs > 0)


def write_benchmark(folder: Path, n: int = 30) -> None:
    random = np.random.default_rng(5)

    def fasta(sequences: list[str]) -> str:
        return "".join(f">{i}\n{sequence}\n" for i, sequence in enumerate(sequences))

    def hairpin() -> str:
        arm = "".join(random.choice(list("GC"), 12))
        return arm + "AAAAAA" + arm[::-1].translate(str.maketrans("GC", "CG"))

    positives = [hairpin() for _ in range(n)]
    negatives = ["".join(random.choice(list("ACGU"), 30)) for _ in range(2 * n)]
    cut = n // 6
    folder.mkdir(parents=True)
    for side, sequences in (("pos", positives), ("neg", negatives)):
        size = cut if side == "pos" else 2 * cut
        parts = {"test": sequences[:size], "train": sequences[size:], "all": sequences}
        parts |= {name: sequences[(k + 1) * size : (k + 2) * size] for k, name in enumerate(VALIDATION)}
        for part, rows in parts.items():
            (folder / f"{part}_{side}.fa").write_text(fasta(rows))


def train_command(data: Path, out: Path, *more: str) -> list[str]:
    given = ["--benchmark", "human", "--out", str(out), "--epochs", "6", "--batch", "64", "--threads", "1"]
    return ["train", "lstm", "--data", str(data), *given, *more]
