"""What the scores of the model behind `scan` mean: calibration, and the lowest score of a hit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.special import expit

from mirscan.models.column_ensemble import KINDS, PLANT, ColumnEnsemble
from mirscan.pipeline.loci import best_of_each_locus, genome_order, in_front
from mirscan.records import Hairpin, Hit
from mirscan.training.scan.data import ScanExamples
from mirscan.training.scan.draw import numbered
from mirscan.training.scan.folds import folded
from mirscan.training.scan.logits import kind_logits
from mirscan.training.scan.material import Material, Stage, Truth, kinds_of
from mirscan.training.scan.settings import FALSE_PER_MB, HUMAN, LOWEST, PLANTS

LOOKED_AT = 10  # times as many candidates as loci are wanted: enough to find those loci

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


def platt(precursors: Floats, background: Floats, weights: Floats, prevalence: float) -> tuple[float, float]:
    """Scale and shift of a logit so that its sigmoid is a probability at `prevalence` (Platt).

    Args:
        precursors: Logits of precursors that the network has not seen.
        background: Logits of background that it has not seen.
        weights: Candidates that each row of the background stands for.
        prevalence: Precursors among candidates, 0..1.
    """
    from sklearn.linear_model import LogisticRegression

    logits = np.concatenate([precursors, background])[:, None]
    labels = np.repeat([1, 0], [len(precursors), len(background)])
    share = np.concatenate(
        [np.full(len(precursors), prevalence / len(precursors)), (1 - prevalence) * weights / weights.sum()]
    )
    fitted = LogisticRegression(C=np.inf, max_iter=1000).fit(logits, labels, share * len(logits))
    return float(fitted.coef_[0, 0]), float(fitted.intercept_[0])


def calibrate(
    network: ColumnEnsemble, precursors: Floats, kinds: Rows, background: Floats, prevalence: float
) -> None:
    """Set scale and shift of each kind's logit, then those of the logit of being either.

    Args:
        network: Changed in place.
        precursors: Logits of both kinds, (n, 2), of precursors that it has not seen.
        kinds: (n,), what each is.
        background: The same logits (m, 2) of background.
        prevalence: Precursors of both kinds among candidates, 0..1.
    """
    for kind in range(len(KINDS)):
        share = PLANTS if kind == PLANT else 1 - PLANTS
        if (kinds == kind).any():
            of_kind = precursors[kinds == kind, kind]
            weights = np.ones(len(background))
            values = platt(of_kind, background[:, kind], weights, prevalence * share)
            network.kinds[kind] = torch.tensor(values)
    both = [joined(network, logits) for logits in (precursors, background)]
    # of the calibration's precursors as many count as plants' as in any genome
    drawn = np.where(kinds == PLANT, PLANTS, 1 - PLANTS) / np.bincount(kinds, minlength=len(KINDS))[kinds]
    rows = np.random.default_rng(0).choice(len(kinds), len(kinds), p=drawn / drawn.sum())
    scale, shift = platt(both[0][rows], both[1], np.ones(len(background)), prevalence)
    network.calibration.copy_(torch.tensor([scale, shift]))


def joined(network: ColumnEnsemble, logits: Floats) -> Floats:
    """The logits of both kinds, (n, 2), as the network makes them one, (n,)."""
    scale, shift = network.kinds.double().numpy().T
    joint: Floats = np.logaddexp.reduce(logits * scale + shift, axis=1)
    return joint


def best_of_each(logits: Floats, kinds: Rows, origin: Rows) -> tuple[Floats, Rows]:
    """Of the candidates of each planted precursor the one with the best logit of its kind.

    Args:
        logits: (n, 2).
        kinds: (n,).
        origin: (n,), the precursor of each candidate.

    Returns:
        Logits (m, 2) and kinds (m,) of those.
    """
    planting = numbered([origin])
    order = np.lexsort((-logits[np.arange(len(kinds)), kinds], planting))
    first = order[np.append(True, np.diff(planting[order]) != 0)[: len(order)]]
    return logits[first], kinds[first]


def lowest_of_hits(
    background: ScanExamples, genome: Rows, scores: Floats, megabases: float, false_per_mb: float
) -> float:
    """The score above which so many places per Mb lie; what is found on both strands counts once.

    Args:
        background: n candidates.
        genome: (n,), where each lies.
        scores: (n,).
        megabases: Sequence that was searched, Mb.
        false_per_mb: Places per Mb.
    """
    wanted = int(false_per_mb * megabases)
    best = np.argsort(-scores, kind="stable")[: LOOKED_AT * (wanted + 1)]
    places = (hit for hit, front in in_front(loci(background, genome, scores, best)) if front)
    found = sorted((hit.score for hit in places), reverse=True)
    return found[min(wanted, len(found) - 1)]


def loci(background: ScanExamples, genome: Rows, scores: Floats, rows: Rows) -> list[Hit]:
    """The best candidate of each locus among some rows; its contig is the genome's number.

    Args:
        background: n candidates.
        genome: (n,), where each lies.
        scores: (n,).
        rows: Those that count.
    """
    hits = [
        Hit(str(row), _place(background, row, str(genome[row])), float(scores[row])) for row in rows.tolist()
    ]
    return list(best_of_each_locus(sorted(hits, key=lambda hit: (hit.hairpin.contig, *genome_order(hit)))))


def _place(background: ScanExamples, row: int, contig: str) -> Hairpin:
    letters, start = background.sequences[row].decode(), int(background.start[row])
    strand = "-" if background.strand[row] else "+"
    return Hairpin(contig, start, start + len(letters), strand, letters, "." * len(letters), 0.0)


def calibrated(
    network: ColumnEnsemble, material: Material, truth: Truth, prevalence: float, cache: Path, stage: Stage
) -> dict[str, Any]:
    """Calibrate on the material held out for it; what that was, for the card."""
    known_folds = folded(material.calibration, cache)
    precursors = kind_logits(network, known_folds, stage("precursors to calibrate", len(known_folds)))
    held_out, folds = material.background(held_out=True)
    background = kind_logits(network, folds, stage("background to calibrate", len(folds)))
    kinds = kinds_of(material.calibration, truth)
    calibrate(network, *best_of_each(precursors, kinds, material.calibration.origin), background, prevalence)
    scale, shift = (float(value) for value in network.calibration)
    scores = expit(scale * joined(network, background) + shift)
    genomes = material.backgrounds
    place = np.repeat(np.arange(len(genomes)), [int(each.held_out.sum()) for each in genomes])
    human = [number for number, each in enumerate(genomes) if each.name.startswith(HUMAN)]
    rows = np.flatnonzero(np.isin(place, human))
    megabases = sum(genomes[number].megabases_held_out for number in human)
    lowest = lowest_of_hits(held_out.take(rows), place[rows], scores[rows], megabases, FALSE_PER_MB)
    return {
        "min_score": round(lowest, 3),
        "prefilters": {"lowest_score": LOWEST},
        "calibration": {"prevalence": prevalence, "scale": scale, "shift": shift},
    }
