"""False hits a megabase by score and clade, in real background that the model did not learn from.

The model scans pieces of genomes of seven clades at a low threshold. Hits that lie on no known locus
count as false. Of these come the curves beside the model's weights (`mirscan scan` takes tiers and
`false_per_mb` from them), and a check: for each genome the false hits expected by curves that were fitted
without it, against those counted, at the lowest scores at which that curve has 10, 1, .5 and .1 a Mb. A clade
of which there is one genome is held against itself: each half of it against curves that saw the other. How
many of these cuts hold, and how many would fail by chance, is printed at the end (`tools/held.py`); hits are
counted each and with near copies once.
What the tiers meant in these genomes is written as well (`tools/tiers.py`), and what it brings that as many
hits as chance brings are no more than candidates (`tools/chance.py`).

    python -m benchmarks.accuracy.false_hits --curves weights/scan/false_hits.json

Networks learnt from the first four of five stretches of 100 kb of the genomes in the model's card: of
these only the others count. Families' weights learnt from the background of the genomes in their card:
these do not count for hits that have a family.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tools import chance, held, tiers
from benchmarks.tools.pieces import ALL, BOTH, EVIDENCE, GENOMES, is_known, known_loci, piece_of, scanned
from benchmarks.tools.results import made_with, parser_for, write
from mirscan.families import store
from mirscan.pipeline.false_hits import CLADES, FORMAT, Curve
from mirscan.pipeline.tiers import MOST_FALSE, MOST_OF_HITS, Cuts, Limits
from mirscan.scoring.scorer import Scorer
from mirscan.training.scan.false_hits import (
    SCORES,
    TRUST,
    Floats,
    Piece,
    counted,
    curves,
    falling,
    poisson,
    score_at,
)

CUTS = (10.0, 1.0, 0.5, 0.1)  # false hits a Mb


def recall_of(
    name: str, scan: dict[str, Any], data: Path, cuts: Mapping[str, float | None]
) -> dict[str, Any]:
    """Scores of the known loci of a genome, the best hit of each, either strand.

    Also how many score as much as vertebrates have so many false hits a Mb from.
    """
    loci = known_loci(data / name)
    best = [
        max((hit["score"] for hit in scan["hits"] if is_known(hit, [locus])), default=None) for locus in loci
    ]
    scores = sorted((score for score in best if score is not None), reverse=True)
    found = {rate: sum(score >= cut for score in scores) for rate, cut in cuts.items() if cut is not None}
    return {"known": len(loci), "found_at_false_per_mb_of_vertebrates": found, "scores": scores}


def checked(
    parts: Sequence[Piece],
    fits: Sequence[tuple[Floats, Floats]],
    beside: Sequence[Sequence[Piece]],
    settled: Sequence[Cuts],
    families: bool,
) -> list[dict[str, Any]]:
    """Expected and counted in a genome at each cut, by curves fitted without it.

    Args:
        parts: The genome, or its halves.
        fits: Of each part the rates by networks and by families that were fitted without it.
        beside: Of each part the pieces that these were fitted to.
        settled: Of each part where its tiers begin.
        families: Whether families are evidence.
    """
    rows = []
    for most in CUTS:
        counts = [
            _at(most, part, *fit, others, families)
            for part, fit, others in zip(parts, fits, beside, strict=True)
        ]
        reached = [count for count in counts if count is not None]
        if len(reached) < len(parts):
            continue
        score, expected, found, events, rests_on = (sum(column) for column in zip(*reached, strict=True))
        low, high = poisson(int(events))
        tier = next((name for name, rate in MOST_FALSE.items() if rate == most), None)
        of_tier = [_of_tier(tier, *each) for each in zip(parts, settled, strict=True)] if tier else []
        rows.append(
            {
                "false_per_mb": most,
                "score": round(score / len(parts), 4),
                "expected": round(expected, 2),
                "rests_on": rests_on,
                "counted": int(found),
                "counted_copies_once": int(events),
                **({"counted_of_the_tier": sum(of_tier)} if tier in MOST_OF_HITS else {}),
                "interval_95": [round(low, 2), round(high, 2)],
                "holds": held.holds(expected, int(found), int(events)),
            }
        )
    return rows


def _at(
    most: float, piece: Piece, network: Floats, kin: Floats, others: Sequence[Piece], families: bool
) -> tuple[float, float, int, int, float] | None:
    """The lowest score at which a curve has so many a Mb, those it expects of a piece, and those there.

    Returns:
        Behind these those there with near copies once, and how many the curve rests on (`TRUST` is its
        beginning); None where not even the lowest score has so many.
    """
    score = score_at(network + kin * families, most)
    if score is None or score == SCORES[0]:
        return None
    by_network, by_families = (
        float(np.exp(np.interp(_logit(score), _logit(np.asarray(SCORES)), np.log(rate))))
        for rate in (network, kin)
    )
    expected = by_network * piece.unseen + families * by_families * piece.foreign
    there, once, own = (
        sum(value >= score for value in values)
        for values in (
            _scores(piece),
            piece.events,
            [x for each in others if each.clade == piece.clade for x in _scores(each)],
        )
    )
    return score, expected, there, once, TRUST + own


def _scores(piece: Piece) -> Sequence[float]:
    return (*piece.network, *piece.families)


def _of_tier(tier: str, piece: Piece, cuts: Cuts) -> int:
    """False hits of a tier and those above it."""
    return sum(score >= cuts.lowest(tier) for score in _scores(piece))


def _logit(share: Any) -> Any:
    return np.log(share) - np.log1p(-share)


def fitted(pieces: Sequence[Piece], families: bool) -> dict[str, dict[str, Any]]:
    """The curve of each clade, and what stands behind it."""
    found = {}
    for clade, (network, kin) in curves(pieces).items():
        own = [piece for piece in pieces if piece.clade == clade]
        by_network = counted([score for piece in own for score in piece.network])
        by_families = counted([score for piece in own for score in piece.families])
        found[clade] = {
            "genomes": [piece.name for piece in own],
            "megabases": round(sum(piece.unseen for piece in own), 3),
            "counted": by_network.astype(int).tolist(),
            "interval_95_of_the_lowest": [round(end, 1) for end in poisson(int(by_network[0]))],
            **({"megabases_of_families": round(sum(piece.foreign for piece in own), 3)} if families else {}),
            **({"counted_of_families": by_families.astype(int).tolist()} if families else {}),
            "false_per_mb": falling(network + kin * families),
        }
    return {clade: found[clade] for clade in CLADES}


def measured(
    scans: Mapping[str, dict[str, Any]], piece: Callable[..., Piece], families: bool
) -> tuple[dict[str, Any], dict[str, Any], dict[str, chance.Judged]]:
    """The curves by an evidence, each genome against curves that were fitted without it, and these.

    Args:
        scans: Genome → its contigs and hits by this evidence.
        piece: `piece_of` for this evidence.
        families: Whether families are part of it.
    """
    pieces = [piece(name, scan) for name, scan in scans.items()]
    by_clade = Counter(each.clade for each in pieces)
    checks, judged = {}, {}
    for each in pieces:
        alone, scan = by_clade[each.clade] == 1, scans[each.name]
        halves = [(half,) for half in BOTH] if alone else [BOTH]
        parts = [piece(each.name, scan, halves=some) for some in halves]
        others = [other for other in pieces if other is not each]
        beside = [[*others, *(other for other in parts if other is not part)] for part in parts]
        fits = [curves(fitted_to)[each.clade] for fitted_to in beside]
        by_part = [Curve(SCORES, tuple(falling(net + kin * families)), (each.clade,)) for net, kin in fits]
        settled = [chance.cuts_in(scan, *own, Limits()) for own in zip(halves, by_part, strict=True)]
        judged[each.name] = {half: own for some, own in zip(halves, by_part, strict=True) for half in some}
        checks[each.name] = {
            "clade": each.clade,
            "megabases": round(each.unseen, 3),
            "against": "its other half" if alone else "other genomes",
            "cuts": checked(parts, fits, beside, settled, families),
        }
    return fitted(pieces, families), checks, judged


def arguments() -> argparse.Namespace:
    """What the command line asks for."""
    parser = parser_for(__doc__, "false_hits.json", "genomes")
    parser.add_argument("--model", default="scan")
    parser.add_argument("--scans", type=Path, help="Where the scans are kept; default: a folder that goes")
    parser.add_argument("--curves", type=Path, help="Where the curves of the model go")
    return parser.parse_args()


def main() -> None:
    """Scan, fit, check and write."""
    given = arguments()
    scorer = Scorer(given.model, "cpu")
    learnt = scorer.card.provenance["data"]["genomes"]
    families = store.load()
    lent = families.card.provenance["background"]
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.scans or Path(scratch)
        scans = {name: scanned(name, given.data, folder, scorer) for name in GENOMES}
    evidence, checks, cuts, recall = {}, {}, {}, {}
    for kinds, with_families in EVIDENCE.items():
        found = {name: scan[kinds] for name, scan in scans.items()}
        piece = partial(piece_of, data=given.data, learnt=learnt, lent=lent, families=with_families)
        evidence[kinds], checks[kinds], judged = measured(found, piece, with_families)
        cuts[kinds] = {clade: _cuts(row["false_per_mb"]) for clade, row in evidence[kinds].items()}
        vertebrates = cuts[kinds]["vertebrate"]
        recall[kinds] = {name: recall_of(name, scan, given.data, vertebrates) for name, scan in found.items()}
    usual = {name: scan[ALL] for name, scan in scans.items()}
    loci = {name: known_loci(given.data / name) for name in scans}
    by_chance = {  # with all evidence, which comes last
        "genomes": {name: chance.of_genome(scan, loci[name], judged[name]) for name, scan in usual.items()},
        "pieces_around_known_loci": chance.of_pieces(usual, loci, judged),
    }
    made = {**made_with(scorer), "families_sha256": families.sha256}
    meant = {kinds: tiers.meant(rows, kinds) for kinds, rows in checks.items()}
    tallies = {kinds: held.tally(rows) for kinds, rows in checks.items()}
    if given.curves:
        fits = {"prevalence": scorer.prior, "scores": list(SCORES), "evidence": evidence}
        write(given.curves, {"format": FORMAT, **made, **fits, "tiers": meant})
    parts = {
        "curves": evidence,
        "cuts": cuts,
        "check": checks,
        "held": tallies,
        "tiers": meant,
        "known": recall,
        "chance": by_chance,
    }
    write(given.json, {**made, **parts})
    for kinds, each in tallies.items():
        print(f"{kinds}: {each['hold']} of {each['cuts']} cuts hold, {each['fail_by_chance']} fail by chance")


def _cuts(rate: Sequence[float]) -> dict[str, float | None]:
    """The lowest score at which a curve has so many false hits a Mb."""
    scores = {f"{most:g}": score_at(np.asarray(rate), most) for most in CUTS}
    return {most: None if score is None else round(score, 4) for most, score in scores.items()}


if __name__ == "__main__":
    main()
