"""How far the drawn images agree with the official ones of modmiRBase, what the rest is due to, and how fast.

    python -m benchmarks.papers.image_agreement

writes benchmarks/results/image_agreement.json. Compared are the official test rows whose sequence is known;
each is folded by ViennaRNA and drawn. A difference is put down to the *fold* where the official image, read
back, is the same sequence in another structure that our rules draw exactly as they did; to the *rules*
otherwise. `loops` holds two rules against the official images: the strands part at the loop whose nearer end,
or whose middle, is nearest to the middle of the sequence (`dot_bracket.central_loop`). Counted are the folds
for which the rules name different loops, and of these the images that begin with all letters of the loop
named.
"""

from __future__ import annotations

import csv
import gzip
import json
import time
from pathlib import Path

import numpy as np
import RNA

from benchmarks.tools.results import parser_for, write
from mirscan.encoding.image import COLUMNS, Drawn, bond_vectors, draw, images, read_strands
from mirscan.folding.dot_bracket import central_loop, pair_table
from mirscan.training.deepmirgene.folds import fold_all

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
        return "longer than the image: their fold cannot be read back", 0.0
    if read != sequence:
        return "their fold has a branch: it cannot be read back", 0.0
    if not np.array_equal(images([sequence], [structure])[0], official):
        return "rules", 0.0
    gap = RNA.eval_structure_simple(sequence, structure) - RNA.eval_structure_simple(sequence, ours)
    return ("fold, pairs at the open end alone" if _ends_differ(ours, structure) else "fold"), gap


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
            found.setdefault("our fold has a branch", []).append(0.0)
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


def images_per_second(sequences: list[str], structures: list[str]) -> float:
    """The best of several runs in processor time, so that neighbours on the machine do not count."""
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        draw(sequences, structures)
        seconds.append(time.process_time() - start)
    return len(sequences) / min(seconds)


def main() -> None:
    parser = parser_for(__doc__, "image_agreement.json", "modmirbase")
    parser.add_argument("--workers", type=int, default=1)
    given = parser.parse_args()
    sequences, official = known_rows(given.data)
    structures = [structure for structure, _ in fold_all(sequences, given.workers)]
    drawn = draw(sequences, structures)
    everything = np.ones(len(sequences), bool)
    result = {
        "viennarna": RNA.__version__,
        "all": shares(drawn, official, everything),
        "unbranched": shares(drawn, official, ~drawn.branched),
        "branched": shares(drawn, official, drawn.branched),
        "loops": loops(sequences, structures, official),
        "cut_at_100_columns": int(drawn.cut.sum()),
        "differences": causes(sequences, structures, drawn, official),
        "images_per_second_one_core": round(images_per_second(sequences, structures)),
    }
    write(given.json, result)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
