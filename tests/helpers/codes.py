"""Sequences as codes, and tables of the data folder."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np


def random_codes(length: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 4, length).astype(np.uint8)


def letters(codes: np.ndarray) -> str:
    return "".join("ACGUN"[code] for code in codes)


def rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt") as file:
        return list(csv.DictReader(file, delimiter="\t"))
