"""How far images and concepts agree with the authors' on the official test rows of modmiRBase.

    python -m benchmarks.papers.agreement [--only image_agreement] [--only concepts_agreement]

writes a file of each name in benchmarks/results.

image_agreement     The official test rows whose sequence is known are folded by ViennaRNA and drawn. A
                    difference is put down to the *fold* where the official image, read back, is the same
                    sequence in another structure that our rules draw exactly as they did; to the *rules*
                    otherwise. `loops` holds two rules against the official images: the strands part at the
                    loop whose nearer end, or whose middle, is nearest to the middle of the sequence
                    (`dot_bracket.central_loop`). Counted are the folds for which the rules name different
                    loops, and of these the images that begin with all letters of the loop named.
concepts_agreement  For each concept the share of rows whose text is theirs character by character.

Images a second are those of one core.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import RNA

from benchmarks.tools.results import parser_of_parts, write_parts
from mirscan.encoding.concepts import CONCEPTS, compute
from mirscan.encoding.image import COLUMNS, Drawn, bond_vectors, draw, images, read_strands
from mirscan.folding.dot_bracket import central_loop, pair_table
from mirscan.training.deepmirgene.folds import fold_all
from mirscan.writers.concept_table import formatted

REPEATS = 5


def known_rows(folder: Path) -> tuple[list[str], np.ndarray]:
    """Sequences of the official test rows where known, and their images."""
    with gzip.open(folder / "official_test.tsv.gz", "rt") as stream:
        rows = [row for row in csv.DictReader(stream, delimiter="\t") if row["sequence"]]
    official = np.load(folder / "official_test_images.npz")["images"]
    return [row["sequence"] for row in rows], official[[int(row["row"]) for row in rows]]


def shares(drawn: Drawn, official: np.ndarray, chosen: np.ndarray) -> dict[str, float | int]:
    ours, theirs = drawn.images[chosen], official[chosen]
    return {
        "images": int(chosen.sum()),
        "identical": float((ours == theirs).all((1, 2)).mean()),
        "bond_vectors_identical": float((drawn.bonds[chosen] == bond_vectors(theirs)).all(1).mean()),
        "columns_with_the_same_bond": float((drawn.bonds[chosen] == bond_vectors(theirs)).mean()),
        "mean_share_of_differing_pixels": float((ours != theirs).mean()),
    }


def cause(sequence: str, ours: str, official: np.ndarray) -> tuple[str, float]:
    """Why an image differs, and the energy (kcal/mol) of their fold above ours where that can be told."""
    read, structure = read_strands(official).hairpin()
    if (official[12:14] > 0).any(0).sum() >= COLUMNS:
        return "longer_than_the_image_their_fold_cannot_be_read_back", 0.0
    if read != sequence:
        return "their_fold_has_a_branch_and_cannot_be_read_back", 0.0
    if not np.array_equal(images([sequence], [structure])[0], official):
        return "rules", 0.0
    gap = RNA.eval_structure_simple(sequence, structure) - RNA.eval_structure_simple(sequence, ours)
    return ("fold_pairs_at_the_open_end_alone" if _ends_differ(ours, structure) else "fold"), gap


def _ends_differ(ours: str, theirs: str) -> bool:
    """Whether one structure is the other and some pairs around all of it."""
    fewer, more = sorted((_pairs(ours), _pairs(theirs)), key=len)
    extra = more - fewer
    return fewer < more and max(i for i, _ in extra) < min((i for i, _ in fewer), default=len(ours))


def _pairs(structure: str) -> set[tuple[int, int]]:
    return {(i, int(j)) for i, j in enumerate(pair_table(structure)) if i < j}


def causes(sequences: list[str], structures: list[str], drawn: Drawn, official: np.ndarray) -> dict:
    """Images that differ, by cause."""
    found: dict[str, list[float]] = {}
    for i in np.flatnonzero((drawn.images != official).any((1, 2))):
        if drawn.branched[i]:
            found.setdefault("our_fold_has_a_branch", []).append(0.0)
            continue
        why, gap = cause(sequences[i], structures[i], official[i])
        found.setdefault(why, []).append(gap)
    return {
        why: {"images": len(gaps), "mean_energy_above_ours": round(float(np.mean(gaps)), 3)}
        if why.startswith("fold")
        else {"images": len(gaps)}
        for why, gaps in sorted(found.items())
    }


def loops(sequences: list[str], structures: list[str], official: np.ndarray) -> dict[str, int]:
    """How many images begin with the loop that each rule names, where the rules name different ones."""
    found = {"rules_differ": 0, "nearer_end": 0, "middle": 0}
    for sequence, structure, image in zip(sequences, structures, official, strict=True):
        table = pair_table(structure)
        named = {"nearer_end": central_loop(table, by_end=True), "middle": central_loop(table)}
        if named["nearer_end"] != named["middle"]:
            found["rules_differ"] += 1
            for rule, (start, end, _) in named.items():
                found[rule] += begins_with(image, sequence[start:end])
    return found


def begins_with(image: np.ndarray, loop: str) -> bool:
    """Whether a strand of an image begins with all letters of a loop."""
    strands = read_strands(image)
    return strands.upper.startswith(loop[::-1]) or strands.lower.startswith(loop)


def image_agreement(given: argparse.Namespace) -> dict[str, Any]:
    """Drawn images against the official ones."""
    sequences, official = known_rows(given.data)
    structures = [structure for structure, _ in fold_all(sequences, given.threads)]
    drawn = draw(sequences, structures)
    everything = np.ones(len(sequences), bool)
    return {
        "viennarna": RNA.__version__,
        "all": shares(drawn, official, everything),
        "unbranched": shares(drawn, official, ~drawn.branched),
        "branched": shares(drawn, official, drawn.branched),
        "loops": loops(sequences, structures, official),
        "cut_at_100_columns": int(drawn.cut.sum()),
        "differences": causes(sequences, structures, drawn, official),
        "images_per_second_one_core": a_second(lambda: draw(sequences, structures), len(sequences)),
    }


def official_concepts(folder: Path) -> list[dict[str, str]]:
    with gzip.open(folder / "official_test_concepts.csv.gz", "rt") as stream:
        return list(csv.DictReader(stream))


def agreement(ours: list[str], theirs: list[str]) -> dict[str, float | int]:
    same = sum(mine == official for mine, official in zip(ours, theirs, strict=True))
    return {"rows": len(theirs), "same": same, "share": same / len(theirs)}


def concepts_agreement(given: argparse.Namespace) -> dict[str, Any]:
    """The share of rows whose text is theirs character by character, for each concept."""
    rows = official_concepts(given.data)
    pictures = np.load(given.data / "official_test_images.npz")["images"][[int(row["row"]) for row in rows]]
    values = compute(pictures)
    columns = {
        concept.name: agreement(formatted(values[concept.name]), [row[concept.name] for row in rows])
        for concept in CONCEPTS
    }
    return {
        "columns": columns,
        "worst_share": min(column["share"] for column in columns.values()),
        "images_per_second_one_core": a_second(lambda: compute(pictures), len(pictures)),
    }


def a_second(work: Callable[[], object], count: int) -> int:
    """Images a second, by the best of several runs in processor time: other work hardly counts."""
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return round(count / min(seconds))


PARTS = {"image_agreement": image_agreement, "concepts_agreement": concepts_agreement}


def main() -> None:
    given = parser_of_parts(__doc__, PARTS, "modmirbase", threads=1).parse_args()
    write_parts(given, PARTS)


if __name__ == "__main__":
    main()
