"""How far the concepts agree with the authors' values, and how fast they are measured.

    python -m benchmarks.papers.concepts_agreement

writes benchmarks/results/concepts_agreement.json: for each column the share of rows whose text is theirs
character by character; images a second on one core.
"""

from __future__ import annotations

import csv
import gzip
import time
from pathlib import Path

import numpy as np

from benchmarks.tools.results import parser_for, write
from mirscan.encoding.concepts import CONCEPTS, compute
from mirscan.writers.concept_table import formatted

REPEATS = 5


def official_rows(folder: Path) -> list[dict[str, str]]:
    with gzip.open(folder / "official_test_concepts.csv.gz", "rt") as stream:
        return list(csv.DictReader(stream))


def agreement(ours: list[str], theirs: list[str]) -> dict[str, float | int]:
    same = sum(mine == official for mine, official in zip(ours, theirs, strict=True))
    return {"rows": len(theirs), "same": same, "share": same / len(theirs)}


def images_per_second(images: np.ndarray) -> float:
    """The best of several runs in processor time, so that neighbours on the machine do not count."""
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        compute(images)
        seconds.append(time.process_time() - start)
    return len(images) / min(seconds)


def main() -> None:
    given = parser_for(__doc__, "concepts_agreement.json", "modmirbase").parse_args()
    rows = official_rows(given.data)
    images = np.load(given.data / "official_test_images.npz")["images"][[int(row["row"]) for row in rows]]
    values = compute(images)
    columns = {
        concept.name: agreement(formatted(values[concept.name]), [row[concept.name] for row in rows])
        for concept in CONCEPTS
    }
    result = {
        "columns": columns,
        "worst_share": min(column["share"] for column in columns.values()),
        "images_per_second_one_core": round(images_per_second(images)),
    }
    write(given.json, result)


if __name__ == "__main__":
    main()
