"""How many known precursors are left at each station of the scan, by the lowest score of a hit.

    python -m benchmarks.accuracy.stage_recall

The precursors are planted into real sequence as in `sieve_recall.py`, and one counts as left at a station
while some candidate there covers at least 60 % of the stretch between its outer cuts. The looks are those of
the scan's model; they need to let through only what scores as high as asked.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy.sieve_recall import BACKGROUND, FLANK, armed, best_shares, contigs, flanked, plant
from benchmarks.tools.results import parser_for, write
from mirscan.alphabet import Codes, decode
from mirscan.folding.quickfold import folds
from mirscan.pipeline.request import MODEL
from mirscan.pipeline.search import Search
from mirscan.pipeline.sensitivity import DEFAULT, search_for
from mirscan.records import Hairpin
from mirscan.scoring.scorer import Scorer
from mirscan.sieve.candidates import Candidates, candidates

SCORES = (0.01, 0.03, 0.1, 0.3)
EVERY = 4  # of the animal and plant precursors; the flanked ones are all taken
COVERED = 0.6


def left(found: Candidates, truth: Any) -> float:
    """The share of precursors that a candidate covers well enough."""
    covered, _, _ = best_shares(found, truth, FLANK)
    return round(float((covered >= COVERED).mean()), 4)


def hairpins(codes: Codes, found: Candidates) -> Iterator[Hairpin]:
    """Candidates with their quick folds."""
    quick = folds(codes, found.start, found.end)
    for row in range(len(found)):
        start, end = int(found.start[row]), int(found.end[row])
        letters = decode(codes[start:end])
        yield Hairpin("planted", start, end, "+", letters, quick.structure(row), quick.energy[row] / 100)


def stations(codes: Codes, truth: Any, search: Search, scorer: Scorer, score: float) -> dict[str, float]:
    """The share of precursors that are left behind each look, and behind the scorer."""
    found = candidates(codes, search.sieve)
    if search.first is None or search.second is None:
        raise SystemExit(f"{MODEL} has no looks for hits from {score} on")
    looked = found.take(search.first.of_traces(codes, found) >= search.first_cut)
    quick = folds(codes, looked.start, looked.end)
    again = looked.take(search.second.of_folds(codes, looked, quick) >= search.second_cut)
    scores = scorer.scores(list(hairpins(codes, looked)))
    every = looked.take(scores >= score)
    both = again.take(scorer.scores(list(hairpins(codes, again))) >= score)
    return {
        "first look": left(looked, truth),
        "second look": left(again, truth),
        "hit": left(both, truth),
        "hit without second look": left(every, truth),
    }


def measure(data: Path) -> dict[str, Any]:
    """Stations by kind of precursor and lowest score."""
    genomes = data / "genomes"
    grounds = {
        kind: np.concatenate([codes for name in names for codes in contigs(genomes / name).values()])
        for kind, names in BACKGROUND.items()
    }
    planted = {
        "flanked": plant(flanked(data), grounds["animal"]),
        "animal": plant(list(armed(data, "animal"))[::EVERY], grounds["animal"]),
        "plant": plant(list(armed(data, "plant"))[::EVERY], grounds["plant"]),
    }
    scorer = Scorer(MODEL, "cpu")
    searches = {score: search_for(DEFAULT, scorer, score) for score in SCORES}
    return {
        "model_sha256": scorer.card.sha256,
        **{
            kind: {
                "precursors": len(truth),
                "sieve": left(candidates(codes, Search().sieve), truth),
                **{
                    str(score): stations(codes, truth, search, scorer, score)
                    for score, search in searches.items()
                },
            }
            for kind, (codes, truth) in planted.items()
        },
    }


def main() -> None:
    """Measure and write."""
    given = parser_for(__doc__, "stage_recall.json").parse_args()
    write(given.json, measure(given.data))


if __name__ == "__main__":
    main()
