"""Genes as dense as nature has them, among false hits that no curve was fitted on.

A planted test with a gene every 3,000 nt says little of a genome with .6 a Mb. The protocol was written down
before it was run, and it is run once for each set of weights:

1. The model is `scan-held-out`, whose networks saw none of the test families and none of the genomes that it
   is measured in. Pieces are the genomes of `pieces.GENOMES` of clades that have microRNAs, from whose
   background the weights of families did not learn (there are some of vertebrates, plants and viruses), and
   of these the stretches that no network learnt from. The curve for a piece is fitted to all other genomes of
   these clades.
2. Genes are those of human in MirGeneDB whose families the networks never saw, planted at `PLACES` places of
   human background each, and searched with an index of families that lacks all primates. They bring no flanks
   and no neighbours, so that the sum is that of hairpin and families.
3. A piece stands for `DRAWS` genomes of 100 Mb: of each the genes are drawn, .6 a Mb, and the false hits, as
   many as a Poisson draw at their density in the piece gives. Each has q-values as a scan has: by the curve,
   from the lowest score of the tier `likely` on. The statistic is the share of false hits among all hits up
   to a q-value, of all drawn genomes, each piece weighed by the megabases that no network learnt from.
4. It is taken twice. `counted`: scores of false hits are those counted in the piece, drawn with replacement.
   Its interval is the wider one of two, on either side: that of pieces drawn with replacement (2.5 to
   97.5 %), and the Poisson interval of the counted false hits above the cuts, each once however often drawn.
   At q .1 these are so few that it cannot tell .1 from .3, however often genes are planted beside them.
   `tail`: scores above the beginning of an exponential tail are drawn from it (`tools/tail.py`), whose slope
   all pieces share. Its interval is that of `RESAMPLED` draws of everything that was counted: false hits of
   each piece, with the slope fitted anew, and families of genes. It holds as far as the tail is exponential:
   false hits counted above the median cuts stand beside those that the tail has there.
5. q .1 `holds` where the whole interval lies within .05 to .2, it is `refuted` where none of it does, and
   else the background is too little to tell (`open`).

The last two were added when the first run was known, in which the tail had several false hits above the cut
of q .1 where none was counted:

6. `beyond_the_tail`: how probable it is that a tail has no more hits above that cut than were counted. Where
   this is little, scores fall faster than exponentially, and what the tail says of q .1 is too bad.
7. `rates`: the false hits that the curves expect at fixed scores in all pieces together, beside those
   counted: what a q-value takes from a curve, as far as there are counts. `megabases_needed`: in how much
   background the Poisson interval would lie within .05 to .2, if q .1 were exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import poisson as distribution

from benchmarks.tools.pieces import FAMILIES, GENOMES, piece_of, scanned
from benchmarks.tools.results import made_with
from benchmarks.tools.tail import Tail, begins
from benchmarks.tools.unseen_genes import Genes
from mirscan.families import store
from mirscan.pipeline.false_hits import Curve
from mirscan.pipeline.qvalues import Decoys, QValues
from mirscan.pipeline.tiers import Limits
from mirscan.scoring.scorer import Scorer
from mirscan.training.scan.false_hits import SCORES, Piece, curves, falling, poisson

DENSITY = 0.6  # genes a Mb: the hairpins of miRBase in human
MEGABASES = 100  # of a drawn genome
DRAWS = 200  # of each piece
RESAMPLED, AGAIN = 400, 4  # draws of what was counted, and genomes of each piece drawn from each
OF_PIECES = 2_000  # draws of pieces
EXPECTED = (1.0, 0.5, 0.2, 0.1, 0.05)  # false hits a Mb, at whose scores those counted are compared
MOST = 1_000  # counted false hits that are asked whether they are enough
Q, HELD = 0.1, (0.05, 0.2)  # the q-value that is judged, and the shares of false hits between which it holds
VERTEBRATE, WITHOUT_GENES = "vertebrate", ("fungus", "bacterium")

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Background:
    """A piece, and the curve that was fitted without it, from which genomes are drawn."""

    piece: Piece
    curve: Curve

    def drawn(
        self, genes: Floats, tail: Tail | None, draws: int, rates: Sequence[float], random: Any
    ) -> Floats:
        """Of each drawn genome the true hits up to each q-value, the false ones and the lowest score.

        Returns:
            float64 (draws, 3, rates).
        """
        lowest = Limits().lowest(self.curve)
        return np.array([self._genome(genes, tail, lowest, rates, random) for _ in range(draws)])

    def _genome(
        self, genes: Floats, tail: Tail | None, lowest: float, rates: Sequence[float], random: Any
    ) -> Floats:
        piece = self.piece
        false = np.concatenate(
            [
                random.choice(scores, random.poisson(len(scores) * MEGABASES / size)) if len(scores) else []
                for scores, size in ((piece.network, piece.unseen), (piece.families, piece.foreign))
            ]
        )
        false = tail.redrawn(false, random) if tail else false
        planted = random.choice(genes, random.poisson(DENSITY * MEGABASES))
        false, planted = false[false >= lowest], planted[planted >= lowest]
        decoys = Decoys(MEGABASES, np.array([]))
        q_values = QValues.of([*false, *planted], MEGABASES, decoys, self.curve, lowest)
        cuts = [q_values.threshold(rate) for rate in rates]
        rows = [(1.1 if cut is None else cut) for cut in cuts]
        return np.array(
            [[(planted >= cut).sum() for cut in rows], [(false >= cut).sum() for cut in rows], rows]
        )

    def again(self, random: Any) -> Background:
        """The same with as many false hits as another search of as much sequence might have counted."""

        def some(scores: Sequence[float]) -> list[float]:
            number = random.poisson(len(scores))
            return random.choice(scores, number).tolist() if len(scores) else []

        piece = replace(self.piece, network=some(self.piece.network), families=some(self.piece.families))
        return replace(self, piece=piece)


def study(shared: Path, scans: Path, model: str, rates: Sequence[float], seed: int) -> dict[str, Any]:
    """The share of false hits up to each q-value; see the protocol."""
    scorer = Scorer(model, "cpu")
    tested, random = pieces_with_curves(shared / "genomes", scans, scorer), np.random.default_rng(seed)
    genes = Genes.of(shared, scorer)
    start, asked = begins([each.piece for each in tested], seed)
    tail = Tail.of([each.piece for each in tested], start)
    measure = partial(_measured, genes=genes, tail=tail, rates=rates, random=random)
    vertebrates = [each for each in tested if each.piece.clade == VERTEBRATE]
    rows = measure(tested)
    return {
        **made_with(scorer),
        "genes": len(genes.scores),
        "families_of_genes": len(set(genes.families)),
        "genes_per_mb": DENSITY,
        "pieces": list(dict.fromkeys(each.piece.name for each in tested)),
        "megabases": _megabases(tested),
        "tail": {"from": start, "slope": round(tail.slope, 3), "hits": tail.hits, "asked": asked},
        "by_q": rows,
        "beyond_the_tail": round(_beyond_the_tail(rows), 4),
        "rates": [_rate(most, tested) for most in EXPECTED],
        "megabases_needed": megabases_needed(_judged_row(rows)["true_hits_per_mb"]),
        "vertebrates": {"megabases": _megabases(vertebrates), "by_q": measure(vertebrates)},
    }


def pieces_with_curves(genomes: Path, scans: Path, scorer: Scorer) -> list[Background]:
    """The pieces that are tested, each with its curve."""
    learnt = scorer.card.provenance["data"]["genomes"]
    lent = store.load().card.provenance["background"]
    tested = [name for name, clade in GENOMES.items() if name not in lent and clade not in WITHOUT_GENES]
    clades = {GENOMES[name] for name in tested}
    pieces = {
        name: piece_of(
            name, scanned(name, genomes, scans, scorer)[FAMILIES], genomes, learnt, lent, families=True
        )
        for name, clade in GENOMES.items()
        if clade in clades
    }
    found = []
    for name in tested:
        clade = GENOMES[name]
        network, kin = curves([piece for other, piece in pieces.items() if other != name])[clade]
        found.append(Background(pieces[name], Curve(SCORES, tuple(falling(network + kin)), (clade,))))
    return found


def _megabases(tested: Sequence[Background]) -> float:
    return round(sum(each.piece.unseen for each in tested), 3)


def _measured(
    tested: Sequence[Background], genes: Genes, tail: Tail, rates: Sequence[float], random: Any
) -> list[dict[str, Any]]:
    """What some pieces say of each q-value, by what was counted and by the tail."""
    every, size = genes.scores.ravel(), np.array([each.piece.unseen for each in tested])
    counted, tailed = (
        np.array([each.drawn(every, which, DRAWS, rates, random) for each in tested])
        for which in (None, tail)
    )
    medians = np.median(counted[:, :, 2], axis=1)
    above = np.array([_above(each, cuts) for each, cuts in zip(tested, medians, strict=True)])
    shares = np.array([_again(tested, genes, tail, rates, random) for _ in range(RESAMPLED)])
    rows = []
    for at, rate in enumerate(rates):
        by_count = _by_count(counted[:, :, :2, at].mean(axis=1), size, int(above[:, at].sum()), random)
        share = _share(tailed[:, :, :2, at].mean(axis=1), size)
        expected = float((tailed[:, :, 1, at].mean(axis=1) * size).sum()) / MEGABASES
        by_tail = {
            "false_share": round(share, 4),
            "interval_95": np.percentile(shares[:, at], [2.5, 97.5]).round(4).tolist(),
            "false_hits_in_as_much_sequence": round(expected, 2),
        }
        rows.append({"q": rate, "counted": _judged(by_count, rate), "tail": _judged(by_tail, rate)})
    return rows


def _above(tested: Background, cuts: Floats) -> list[int]:
    """False hits of a piece above the cut of each q-value."""
    scores = np.array([*tested.piece.network, *tested.piece.families])
    return [int((scores >= cut).sum()) for cut in cuts]


def _again(
    tested: Sequence[Background], genes: Genes, tail: Tail, rates: Sequence[float], random: Any
) -> Floats:
    """The share of false hits up to each q-value, if other hits and genes had been counted."""
    others = [each.again(random) for each in tested]
    slope = Tail.of([each.piece for each in others], tail.start)
    scores = genes.again(random).ravel()
    drawn = np.array([each.drawn(scores, slope, AGAIN, rates, random) for each in others]).mean(axis=1)
    size = np.array([each.piece.unseen for each in tested])
    return np.array([_share(drawn[:, :2, at], size) for at in range(len(rates))])


def _share(hits: Floats, size: Floats) -> float:
    """The share of false hits, from true and false ones of each piece (pieces, 2), each by its size."""
    true, false = size @ hits
    return float(false / max(true + false, 1e-9))


def _by_count(hits: Floats, size: Floats, rests_on: int, random: Any) -> dict[str, Any]:
    """The share of counted false hits, and its interval."""
    true, false = size @ hits
    rows = random.integers(len(size), size=(OF_PIECES, len(size)))
    by_piece = np.percentile([_share(hits[some], size[some]) for some in rows], [2.5, 97.5])
    each = false / rests_on if rests_on else MEGABASES  # of one counted hit, drawn over and over
    by_count = [end * each / (true + end * each) for end in poisson(rests_on)]
    return {
        "false_share": round(_share(hits, size), 4),
        "interval_95": [
            round(float(min(by_piece[0], by_count[0])), 4),
            round(float(max(by_piece[1], by_count[1])), 4),
        ],
        "false_hits_drawn_from": rests_on,
        "true_hits_per_mb": round(float(true / size.sum()) / MEGABASES, 4),
    }


def _rate(most: float, tested: Sequence[Background]) -> dict[str, Any]:
    """False hits expected of all pieces where their curves have so many a Mb, and those counted."""
    scores = [each.curve.score(most) for each in tested]
    pairs = list(zip(tested, scores, strict=True))
    counted = sum(_above(each, np.array([score]))[0] for each, score in pairs)
    expected = sum(each.curve.at_least(score) * each.piece.unseen for each, score in pairs)
    interval = [round(end, 2) for end in poisson(counted)]
    return {"false_per_mb": most, "expected": round(expected, 2), "counted": counted, "interval_95": interval}


def _judged_row(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What was counted at the q-value that is judged."""
    found: dict[str, Any] = next(row["counted"] for row in rows if row["q"] == Q)
    return found


def _beyond_the_tail(rows: Sequence[dict[str, Any]]) -> float:
    """How probable no more false hits are than were counted, if they fell as the tail does."""
    expected = next(row["tail"]["false_hits_in_as_much_sequence"] for row in rows if row["q"] == Q)
    return float(distribution.cdf(_judged_row(rows)["false_hits_drawn_from"], expected))


def megabases_needed(true_per_mb: float) -> int | None:
    """Background in which counts would show that q .1 holds, Mb.

    >>> megabases_needed(0.3)
    300

    Args:
        true_per_mb: True hits up to that q-value.

    Returns:
        None where there are none.
    """
    if not true_per_mb:
        return None
    false_per_mb = true_per_mb * Q / (1 - Q)
    for counted in range(1, MOST):
        shares = [end / (counted * (1 - Q) / Q + end) for end in poisson(counted)]
        if HELD[0] <= shares[0] and shares[1] <= HELD[1]:
            return round(counted / false_per_mb)
    return None


def _judged(row: dict[str, Any], rate: float) -> dict[str, Any]:
    """With the verdict on the q-value that is judged."""
    if rate != Q:
        return row
    low, high = row["interval_95"]
    refuted = low > HELD[1] or high < HELD[0]
    holds = low >= HELD[0] and high <= HELD[1]
    return {**row, "verdict": "refuted" if refuted else "holds" if holds else "open"}
