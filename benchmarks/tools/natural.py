"""Genes as dense as nature has them, among false hits that no curve was fitted on.

A planted test with a gene every 3,000 nt says little of a genome with .6 a Mb. The protocol was written down
before it was run, and it is run once for each set of weights:

1. Pieces are the genomes of `pieces.GENOMES` from whose background the weights of families did not learn, and
   of these the stretches that the networks of `scan` did not learn from. The curve for a piece is fitted to
   all other genomes; where it is the only one of its clade, its halves are pieces, and the curve of each saw
   the other.
2. A piece stands for `DRAWS` genomes of 100 Mb. The false hits of each are drawn with replacement from those
   counted in the piece, as many as a Poisson draw at their density gives. Its genes are drawn from those of
   human in MirGeneDB, .6 a Mb, with the scores that `scan-held-out` gives them in background when the index
   of families lacks all primates (`scan` learnt from most of them). Genes bring no flanks and no neighbours,
   so that the sum is that of hairpin and families.
3. Each drawn genome has q-values as a scan has: by the curve, from the lowest score of the tier `likely` on.
4. The statistic is the share of false hits among all hits up to a q-value, of all drawn genomes, each piece
   weighed by the megabases that no network learnt from.
5. Its interval is the wider one of two, on either side: that of pieces drawn with replacement (2.5 to
   97.5 %), and the Poisson interval of the counted false hits above the cuts, each once however often drawn.
6. q .1 `holds` where the whole interval lies within .05 to .2, it is `refuted` where none of it does, and
   else the background is too little to tell (`open`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.tools.pieces import BOTH, FAMILIES, GENOMES, piece_of, scanned
from mirscan.evidence.score import BIT, probability
from mirscan.families import store
from mirscan.families.naming import kinship
from mirscan.pipeline.false_hits import Curve
from mirscan.pipeline.qvalues import Decoys, QValues
from mirscan.pipeline.tiers import Limits
from mirscan.scoring.scorer import Scorer
from mirscan.training.families import examples
from mirscan.training.families.train import CLADES, MODEL, genes_of
from mirscan.training.scan import data
from mirscan.training.scan.false_hits import SCORES, Piece, curves, falling, poisson

CLADE, KIN = "vertebrate", "primates"
DENSITY = 0.6  # genes a Mb: the hairpins of miRBase in human
MEGABASES = 100  # of a drawn genome
DRAWS = 200  # of each piece
RESAMPLED = 2_000  # draws of pieces
Q, HELD = 0.1, (0.05, 0.2)  # the q-value that is judged, and the shares of false hits between which it holds

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Drawn:
    """What the genomes drawn from a piece hold up to each q-value.

    Attributes:
        megabases: Of the piece, that no network learnt from.
        true: float64 (rates,), true hits of a drawn genome, mean.
        false: float64 (rates,), false ones.
        rests_on: int64 (rates,), counted false hits of the piece above the median cut.
    """

    megabases: float
    true: Floats
    false: Floats
    rests_on: NDArray[np.int64]


def gene_scores(shared: Path) -> Floats:
    """Scores of the genes of human, planted in background, float64 (n,); 0 where nothing was scored."""
    families, scorer = store.load(), Scorer(MODEL, "cpu")
    index = families.index([KIN])
    species, host = CLADES[KIN]
    genes = genes_of(shared / "scan", species)
    background = data.known_stretches(shared / "genomes" / host)
    hairpins, owner = examples.planted([gene.sequence for gene in genes], background, index)
    best = np.zeros(len(genes))
    for hairpin, gene, log_odds in zip(hairpins, owner, scorer.log_odds(hairpins).tolist(), strict=True):
        kin = kinship(hairpin.sequence, hairpin.structure, index, families.weights)
        best[gene] = max(best[gene], probability(log_odds + BIT * (kin.bits if kin else 0.0)))
    return best


def study(shared: Path, scans: Path, model: str, rates: Sequence[float], seed: int) -> dict[str, Any]:
    """The share of false hits up to each q-value; see the protocol."""
    scorer, genomes = Scorer(model, "cpu"), shared / "genomes"
    learnt = scorer.card.provenance["data"]["genomes"]
    lent = store.load().card.provenance["background"]
    done = {name: scanned(name, genomes, scans, scorer)[FAMILIES] for name in GENOMES}
    tested = [name for name in GENOMES if name not in lent]

    def piece(name: str, halves: Sequence[int] = BOTH) -> Piece:
        return piece_of(name, done[name], genomes, learnt, lent, True, halves)

    genes, random = gene_scores(shared), np.random.default_rng(seed)
    drawn = []
    for name in tested:
        alone = [*GENOMES.values()].count(GENOMES[name]) == 1
        others = [piece(other) for other in GENOMES if other != name]
        for halves in [(half,) for half in BOTH] if alone else [BOTH]:
            beside = [piece(name, (1 - halves[0],))] if alone else []
            drawn.append(_drawn(piece(name, halves), [*others, *beside], genes, rates, random))
    return {
        "genes": len(genes),
        "genes_per_mb": DENSITY,
        "pieces": tested,
        "megabases": round(sum(each.megabases for each in drawn), 3),
        "by_q": [_row(rate, at, drawn, random) for at, rate in enumerate(rates)],
    }


def _drawn(
    piece: Piece, others: Sequence[Piece], genes: Floats, rates: Sequence[float], random: Any
) -> Drawn:
    """What genomes hold that are drawn from a piece, with the curve of others."""
    network, kin = curves(others)[piece.clade]
    curve = Curve(SCORES, tuple(falling(network + kin)), (piece.clade,))
    draws = np.array([_draw(piece, genes, curve, rates, random) for _ in range(DRAWS)])
    true, false = draws[:, :2].mean(axis=0)
    cuts = np.median(draws[:, 2], axis=0)
    counted = np.array([*piece.network, *piece.families])
    return Drawn(piece.unseen, true, false, np.array([int((counted >= cut).sum()) for cut in cuts]))


def _draw(piece: Piece, genes: Floats, curve: Curve, rates: Sequence[float], random: Any) -> Floats:
    """A genome: its true hits, its false ones and the lowest score up to each q-value, float64 (3, rates)."""
    false = np.concatenate(
        [
            random.choice(scores, random.poisson(len(scores) * MEGABASES / size)) if len(scores) else []
            for scores, size in ((piece.network, piece.unseen), (piece.families, piece.foreign))
        ]
    )
    planted = random.choice(genes, random.poisson(DENSITY * MEGABASES))
    lowest = Limits().lowest(curve)
    false, planted = false[false >= lowest], planted[planted >= lowest]
    q_values = QValues.of([*false, *planted], MEGABASES, Decoys(MEGABASES, np.array([])), curve, lowest)
    rows = []
    for rate in rates:
        cut = q_values.threshold(rate)
        cut = 1.1 if cut is None else cut
        rows.append(((planted >= cut).sum(), (false >= cut).sum(), cut))
    return np.array(rows, dtype=np.float64).T


def _share(drawn: Sequence[Drawn], at: int) -> tuple[float, float]:
    """True and false hits up to a q-value, each piece by its size."""
    true, false = (
        sum(each.megabases * float(found[at]) for each, found in zip(drawn, some, strict=True))
        for some in ([each.true for each in drawn], [each.false for each in drawn])
    )
    return true, false


def _row(rate: float, at: int, drawn: Sequence[Drawn], random: Any) -> dict[str, Any]:
    """What was found up to a q-value, and whether the q-value holds."""
    true, false = _share(drawn, at)
    rests_on = int(sum(each.rests_on[at] for each in drawn))
    if not true + false:
        return {"q": rate, "false_share": None, "false_hits_drawn_from": rests_on}
    again = []
    for _ in range(RESAMPLED):
        some = [drawn[row] for row in random.integers(len(drawn), size=len(drawn)).tolist()]
        more_true, more_false = _share(some, at)
        again.append(more_false / max(more_true + more_false, 1e-9))
    by_piece = np.percentile(again, [2.5, 97.5]).tolist()
    each_counts = false / rests_on if rests_on else MEGABASES  # of one counted hit, drawn over and over
    by_count = [end * each_counts / (true + end * each_counts) for end in poisson(rests_on)]
    low, high = min(by_piece[0], by_count[0]), max(by_piece[1], by_count[1])
    row: dict[str, Any] = {
        "q": rate,
        "false_share": round(false / (true + false), 4),
        "interval_95": [round(low, 4), round(high, 4)],
        "false_hits_drawn_from": rests_on,
    }
    if rate == Q:
        row["verdict"] = "holds" if low >= HELD[0] and high <= HELD[1] else "open"
        if low > HELD[1] or high < HELD[0]:
            row["verdict"] = "refuted"
    return row
