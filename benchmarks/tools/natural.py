"""Genes as dense as nature has them, among false hits that no curve was fitted on.

A planted test with a gene every 3,000 nt says little of a genome with .6 a Mb. Here a human genome of 100 Mb
is drawn many times: false hits from one half of the pieces of human, with curves of their other half and of
the other genomes; genes of MirGeneDB with the scores that they have when the index of families lacks all
primates. Flanks are left out: the genes have none of their own here.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.tools.pieces import BOTH, FAMILIES, GENOMES, piece_of, scanned
from mirscan.evidence.score import BIT, probability
from mirscan.families import store
from mirscan.families.naming import kinship
from mirscan.pipeline.annotators.tier import Limits
from mirscan.pipeline.false_hits import Curve
from mirscan.pipeline.qvalues import Decoys, QValues
from mirscan.scoring.scorer import Scorer
from mirscan.training.families import examples
from mirscan.training.families.train import CLADES, MODEL, genes_of
from mirscan.training.scan import data
from mirscan.training.scan.false_hits import SCORES, Piece, curves, falling, poisson

CLADE, KIN = "vertebrate", "primates"
DENSITY = 0.6  # genes a Mb: the hairpins of miRBase in human
MEGABASES = 100  # of a drawn genome
DRAWS = 200  # of each piece

Floats = NDArray[np.float64]


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
    """The share of false hits up to each q-value, over both halves of human by their sizes."""
    scorer = Scorer(model, "cpu")
    learnt = scorer.card.provenance["data"]["genomes"]
    lent = store.load().card.provenance["background"]
    done = {name: scanned(name, shared / "genomes", scans, scorer)[FAMILIES] for name in GENOMES}
    human = [name for name, clade in GENOMES.items() if clade == CLADE and name not in lent]

    def some(names: Sequence[str], halves: Sequence[int]) -> list[Piece]:
        genomes = shared / "genomes"
        return [piece_of(name, done[name], genomes, learnt, lent, True, halves) for name in names]

    genes, random = gene_scores(shared), np.random.default_rng(seed)
    others = some([name for name in GENOMES if name not in human], BOTH)
    found, rests_on = np.zeros((2, len(rates))), np.zeros(len(rates), np.int64)
    for half in BOTH:
        tested = _together(some(human, (half,)))
        network, kin = curves([*others, *some(human, (1 - half,))])[CLADE]
        curve = Curve(SCORES, tuple(falling(network + kin)), (CLADE,))
        draws = [_draw(tested, genes, curve, rates, random) for _ in range(DRAWS)]
        found += tested.unseen * np.sum([draw[:2] for draw in draws], axis=0)
        cuts = np.median([draw[2] for draw in draws], axis=0)
        rests_on += [sum(each >= cut for each in (*tested.network, *tested.families)) for cut in cuts]
    return {
        "genes": len(genes),
        "genes_per_mb": DENSITY,
        "pieces": human,
        "by_q": [_row(*row) for row in zip(rates, *found.tolist(), rests_on.tolist(), strict=True)],
    }


def _together(pieces: Sequence[Piece]) -> Piece:
    """Some pieces as one."""
    return Piece(
        "all",
        CLADE,
        sum(piece.unseen for piece in pieces),
        sum(piece.foreign for piece in pieces),
        [score for piece in pieces for score in piece.network],
        [score for piece in pieces for score in piece.families],
    )


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


def _row(rate: float, true: float, false: float, rests_on: int) -> dict[str, Any]:
    """What was found up to a q-value; the interval is that of the few false hits that are drawn again."""
    total = true + false
    share = false / total if total else None
    row: dict[str, Any] = {
        "q": rate,
        "false_share": share and round(share, 4),
        "false_hits_drawn_from": rests_on,
    }
    if not share or not rests_on:
        return row
    ends = [bound / rests_on * false for bound in poisson(rests_on)]
    interval = [round(end / (true + end), 4) for end in ends]
    return {**row, "interval_95": interval}
