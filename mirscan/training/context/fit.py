"""The numbers of `weights/context`, each from what it stands for; two by a likelihood.

What repeats weigh is the log ratio of two shares: how many precursors the genome repeats, and how many false
hits. Of neighbours, how chance falls with the score comes from false hits, what genes score and how far apart
they lie from known loci. How far to trust all that, and how much to look at the other strand, is what makes
genes and false hits likeliest, at the prevalence of the scores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from mirscan.evidence.context import FURTHEST, ContextWeights
from mirscan.evidence.neighbours import LEAST
from mirscan.evidence.score import BIT
from mirscan.training.context.examples import Around, Labelled

CLUSTERED = 0.45  # 42 to 48 % of MirGeneDB's human genes have another within 10 kb on their strand
SURE = 4.0  # log-odds above which all false calls count alike
CANDIDATES_PER_MB = 10_000  # of the sieve, on both strands
TRUSTS = tuple(round(0.05 * step, 2) for step in range(2, 25))
EVENNESSES = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
STEPS = 100  # of the two distances
DIGITS = 3

Floats = NDArray[np.float64]


def against(repeated_genes: tuple[int, int], repeated_false: tuple[int, int]) -> float:
    """Bits against what the genome repeats.

    Args:
        repeated_genes: Precursors that are repeated, and all of them.
        repeated_false: False hits that are repeated, and all of them.
    """
    genes, false = ((found + 0.5) / (total + 1) for found, total in (repeated_genes, repeated_false))
    return round(min(0.0, float(np.log2(genes / false))), 2)


def fit(genomes: Sequence[Labelled], repeated: float, prevalence: float) -> ContextWeights:
    """Fit the numbers of neighbours.

    Args:
        genomes: With clusters of genes and without.
        repeated: Bits against what the genome repeats; see `against`.
        prevalence: Precursors among candidates, at which scores are probabilities.
    """
    close, apart = distances([genome.gaps for genome in genomes])
    surest, chance, fall = chances(genomes)
    found, spread = scores(genomes)
    rough = ContextWeights(repeated, CLUSTERED, close, apart, surest, chance, fall, found, spread, 1.0, 1.0)
    trials = [
        replace(rough, evenness=evenness, trust=trust) for evenness, trust in product(EVENNESSES, TRUSTS)
    ]
    losses = [loss(genomes, trial, prevalence) for trial in trials]
    return trials[int(np.argmin(losses))]


def distances(gaps: Sequence[Sequence[int]]) -> tuple[float, float]:
    """Mean distances of two equal parts of the gaps between genes, by expectation and maximisation.

    Each genome counts as much as the root of its gaps.
    """
    within = [[gap for gap in some if gap <= FURTHEST] for some in gaps]
    found = np.array([gap for some in within for gap in some], np.float64)
    each = np.array([len(some) ** -0.5 for some in within for _ in some])
    means = np.array([300.0, 3000.0])
    for _ in range(STEPS):
        density = np.exp(-found[:, None] / means) / means
        share = density / density.sum(1, keepdims=True)
        share *= each[:, None]
        means = (share * found[:, None]).sum(0) / share.sum(0)
    low, high = sorted(means.tolist())
    return _rounded(low), _rounded(high)


def chances(genomes: Sequence[Labelled]) -> tuple[float, float, float]:
    """False calls a base and strand: of any height, from even odds up, and their fall with the log-odds.

    Each genome counts as much as the root of its size.
    """
    sure = np.array([each.log_odds for genome in genomes for each in genome.false])
    weights = np.array([root_of(genome) for genome in genomes for _ in genome.false])
    bases = 2e6 * sum(genome.unseen * root_of(genome) for genome in genomes)
    above = sure >= LEAST
    count = float(weights[above].sum())
    fall = count / float((weights * (sure - LEAST))[above].sum())
    chance = count / bases * float(np.exp(fall * LEAST))
    surest = float(weights[sure >= SURE].sum() + 0.5) / bases
    return _rounded(surest), _rounded(chance), _rounded(fall)


def root_of(genome: Labelled) -> float:
    """What a false hit counts, so that a genome counts as much as the root of its size, Mb."""
    return float(genome.unseen**-0.5)


def scores(genomes: Sequence[Labelled]) -> tuple[float, float]:
    """Middle and steepness of the share of known loci above a log-odds; what was not called lies below.

    Each genome counts as much as the root of its loci, so that a single virus does not decide.
    """
    called, weights, missed = [], [], 0.0
    for genome in genomes:
        loci = len(genome.genes) + genome.missed
        if loci:
            called += [each.log_odds for each in genome.genes]
            weights += [loci**-0.5] * len(genome.genes)
            missed += genome.missed * loci**-0.5
    values, each = np.array(called), np.array(weights)
    floor = float(values.min())

    def unlikely(numbers: Floats) -> float:
        middle, spread = numbers[0], np.exp(numbers[1])
        at = spread * (values - middle)
        log_density = numbers[1] - at - 2 * np.logaddexp(0, -at)
        below = -np.logaddexp(0, -spread * (floor - middle))
        return -float(each @ log_density + missed * below)

    middle, log_spread = minimize(unlikely, np.array([0.0, -0.5]), method="Nelder-Mead").x
    return _rounded(float(middle)), _rounded(float(np.exp(log_spread)))


def loss(genomes: Sequence[Labelled], weights: ContextWeights, prevalence: float) -> float:
    """How unlikely the genes and false hits are, by their own log-odds and the neighbours.

    The genes of clusters weigh together as much as the clustered share of all genes, at the prevalence among
    the candidates of the genomes; each genome's as much as the root of their number. Its false hits count as
    much as the root of its size.
    """
    crowded = [[each for each in genome.genes if each.distances] for genome in genomes]
    total = sum(len(some) ** 0.5 for some in crowded)
    expected = (
        CLUSTERED
        * prevalence
        * CANDIDATES_PER_MB
        * sum(genome.unseen * root_of(genome) for genome in genomes)
    )
    lost = 0.0
    for genome, genes in zip(genomes, crowded, strict=True):
        lost += root_of(genome) * float(np.logaddexp(0, _log_odds(genome.false, weights)).sum())
        if genes:
            each = expected * len(genes) ** -0.5 / total
            lost += each * float(np.logaddexp(0, -_log_odds(genes, weights)).sum())
    return lost


def _log_odds(examples: Sequence[Around], weights: ContextWeights) -> Floats:
    """Natural log-odds with neighbours."""
    return np.array([each.log_odds + BIT * bits(each, weights) for each in examples], np.float64)


def bits(each: Around, weights: ContextWeights) -> float:
    """What the neighbours of a place weigh, 0..`MOST`."""
    near = zip(each.distances, each.others, each.rivals, strict=True)
    return weights.bits([weights.ratio(*numbers) for numbers in near])


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
