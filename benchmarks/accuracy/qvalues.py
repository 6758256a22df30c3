"""Do scores and q-values say the truth? Both are held against a spiked-in test, where the truth is known.

    python -m benchmarks.accuracy.qvalues [--figure benchmarks/results/calibration.svg]

Decoys are shuffled blocks, as the scan searches them. A hit opposite to a planted precursor is at a true
place on the wrong strand, and counted on its own. `calibration` holds the scores of the same scans against
the share of precursors (`tools/calibrated.py`), which the figure shows.

`--part natural` plants genes as dense as nature has them (`tools/natural.py`), `--part stable` compares the
q-values of the same hits over `--min-score`, and `--part strands` asks whether `--fdr 0.1` keeps what is
known in EBV and HSV-1 on its strand. Parts that are not asked for stay as the file has them.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.tools import natural, spiked
from benchmarks.tools.calibrated import calibration, draw
from benchmarks.tools.results import made_with, parser_for, write
from benchmarks.tools.spiked import ANTISENSE, BACKGROUND, HOSTS, PLANTED, Spiked
from mirscan.api import scan
from mirscan.pipeline.loci import in_front
from mirscan.pipeline.qvalues import QValues, estimate
from mirscan.pipeline.request import MODEL
from mirscan.scoring.scorer import Scorer
from mirscan.training.scan import data

RATES = (0.05, 0.1, 0.2, 0.3, 0.5)
RATES_SHOWN = (0.02, 0.05, 0.1, 0.2, 0.5)  # scores at which hits a Mb are compared
HELD_OUT = "scan-held-out"  # its networks saw neither hosts nor what is planted
PARTS = ("planted", "natural", "stable", "strands")
STABLE = ("cel_chrI_1Mb", "hsa_chr22_470kb", "ebv", "hsv1")
LOWEST_SCORES = (0.3, 0.1, 0.03, 0.01)
VIRUSES, FDR, KINDS = ("ebv", "hsv1"), 0.1, ("known", "antisense")


def measured(found: Spiked, q_values: QValues, rate: float) -> dict[str, Any]:
    """The hits up to a q-value and what they are: a q-value speaks of places, strands are told apart here."""
    kinds = [
        kind
        for (hit, front), kind in zip(in_front(found.hits), found.kinds[0], strict=True)
        if front and q_values.q(hit.score) <= rate
    ]
    counts = {kind: kinds.count(kind) for kind in (PLANTED, ANTISENSE, BACKGROUND)}
    return {
        "q": rate,
        **counts,
        "recall": (counts[PLANTED] + counts[ANTISENSE]) / len(found.planted),
        "false_share": counts[BACKGROUND] / len(kinds) if kinds else None,
        "false_share_wrong_strand_counted": 1 - counts[PLANTED] / len(kinds) if kinds else None,
    }


def scored(found: Spiked) -> list[float]:
    """Scores of the hits that no better one lies opposite to."""
    return [hit.score for hit, front in in_front(found.hits) if front]


def with_fewer_decoys(found: Spiked, every: int) -> list[dict[str, Any]]:
    """The same with the decoys of every so many chunks: how much the estimate varies."""
    rows = []
    for first in range(every):
        thinned = [
            sample if number % every == first else replace(sample, decoy_known=0, scores=())
            for number, sample in enumerate(found.samples)
        ]
        q_values = estimate(scored(found), thinned)
        if q_values:
            rows.append(measured(found, q_values, 0.1) | {"decoy_megabases": q_values.decoys.megabases})
    return rows


def per_megabase(scores: list[float], megabases: float) -> dict[str, float]:
    """Hits a megabase from some scores up."""
    return {f"{score:g}": round(sum(at >= score for at in scores) / megabases, 2) for score in RATES_SHOWN}


def study(name: str, given: argparse.Namespace, scorer: Scorer, scratch: Path) -> dict[str, Any]:
    """All figures of one host."""
    host, fitted_at = HOSTS[name], float(scorer.card.metrics["calibration"]["prevalence"])
    found = spiked.scan(host, given.data, scratch, given.model, given.decoys, given.seed, given.threads)
    q_values = estimate(scored(found), found.samples)
    assert q_values is not None
    false = [hit.score for hit, kind in zip(found.hits, found.kinds[0], strict=True) if kind == BACKGROUND]
    return {
        "host": host.__dict__,
        "megabases": found.megabases,
        "planted": len(found.planted),
        "decoy_megabases": q_values.decoys.megabases,
        "hits_per_mb_from_a_score_up": {
            "background": per_megabase(false, found.megabases),
            "shuffled": per_megabase(q_values.decoys.scores.tolist(), q_values.decoys.megabases),
        },
        "by_q": [measured(found, q_values, rate) for rate in RATES],
        "at_q_0_1_with_a_quarter_of_the_decoys": with_fewer_decoys(found, 4),
        "calibration": calibration(found, fitted_at),
    }


def stable(folder: Path) -> dict[str, Any]:
    """How far q-values of the same hits differ over the lowest score, by genome."""
    rows = {}
    for name in STABLE:
        genome = str(data.genome_file(folder / name))
        usual = q_of(genome, None)
        changes = {}
        for lowest in LOWEST_SCORES:
            other = q_of(genome, lowest)
            shared = [abs(other[place] - q) for place, q in usual.items() if place in other]
            changes[f"{lowest:g}"] = {
                "hits": len(shared),
                "largest_change": round(max(shared, default=0.0), 6),
            }
        rows[name] = {"hits_by_default": len(usual), "by_lowest_score": changes}
    return rows


def q_of(genome: str, lowest: float | None) -> dict[str, float]:
    """Place → q-value of each hit."""
    hits = scan(genome, min_score=lowest, tree=None, arms=None)
    return {hit.name: hit.q_value for hit in hits if hit.q_value is not None}


def strands(folder: Path) -> dict[str, Any]:
    """Known loci whose strand is lost at a false discovery rate while the other strand is shown."""
    rows = {}
    for name in VIRUSES:
        genome, known = str(data.genome_file(folder / name)), str(folder / name / "known_loci.bed")
        every, sure = (
            [hit for hit in scan(genome, known=known, fdr=fdr, tree=None, arms=None) if hit.known]
            for fdr in (None, FDR)
        )
        found, kept = (
            {kind: {n for hit in hits if hit.known.kind == kind for n in hit.known.names} for kind in KINDS}
            for hits in (every, sure)
        )
        lost = found["known"] - kept["known"]
        rows[name] = {
            "known_found": len(found["known"]),
            "known_found_up_to_q": {f"{FDR:g}": len(kept["known"])},
            "antisense_alone_up_to_q": {f"{FDR:g}": len(kept["antisense"] - kept["known"])},
            "lost_while_their_antisense_is_kept": sorted(lost & kept["antisense"]),
        }
    return rows


def planted(given: argparse.Namespace) -> dict[str, Any]:
    """The spiked hosts."""
    scorer, hosts = Scorer(given.model, "cpu"), {}
    for name in given.host or HOSTS:
        with tempfile.TemporaryDirectory() as scratch:
            hosts[name] = study(name, given, scorer, Path(scratch))
    if given.figure:
        draw({name: host["calibration"] for name, host in hosts.items()}, given.figure)
    return {**made_with(scorer), "seed": given.seed, "hosts": hosts}


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = parser_for(__doc__, "qvalues.json", threads=1)
    parser.add_argument("--part", action="append", choices=PARTS, help="default: all")
    parser.add_argument("--model", default=HELD_OUT, help="of the planted hosts")
    parser.add_argument("--host", action="append", choices=list(HOSTS))
    parser.add_argument("--decoys", type=float, default=1.0, help="Mb")
    parser.add_argument("--figure", type=Path, help="Where scores against precursors are drawn")
    parser.add_argument("--scans", type=Path, help="Where scans are kept; default: a folder that goes")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    """Measure what is asked for and write."""
    given = arguments()
    parts, genomes = given.part or PARTS, given.data / "genomes"
    content = json.loads(given.json.read_text()) if given.json.exists() else {}
    if "planted" in parts:
        content |= planted(given)
    if "natural" in parts:
        with tempfile.TemporaryDirectory() as scratch:
            scans = given.scans or Path(scratch)
            content["natural"] = natural.study(given.data, scans, HELD_OUT, RATES, given.seed)
    if "stable" in parts:
        content["stable"] = stable(genomes)
    if "strands" in parts:
        content["strands"] = strands(genomes)
    if {"stable", "strands"} & set(parts):
        content["scans"] = made_with(Scorer(MODEL, "cpu"))
    write(given.json, content)


if __name__ == "__main__":
    main()
