"""The weights of the flanks: a logistic mixture over cuts, whose offset is what the network says.

What the network knows already gets no second weight: its log-odds stand in the sum from the start. Beside
genes against background there are genes against the hairpins of their own other strand, so that the motifs
that tell the strand weigh what they are worth. No weight may be negative.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from mirscan.errors import TrainingError
from mirscan.flanks.cuts import FEATURES
from mirscan.flanks.weights import FlankWeights
from mirscan.training.flanks.examples import Background, Gene, Seen, log_odds_of

CANDIDATES_PER_MB = 10_000  # of the sieve, on both strands
MOST = 12  # genes of a family that count as one each
STRANDS = 4.0  # what all pairs of strands count, against all genes at their natural frequency
RIDGE = 0.5  # of the squared weights: what is rarely seen is held small
DECIMALS = 3

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Mixtures:
    """n hairpins as arrays over their cuts, with room for c each.

    Attributes:
        log_prior: float64 (n, c), -inf where there is no such cut.
        features: float64 (n, c, f).
        log_odds: float64 (n,).
    """

    log_prior: Floats
    features: Floats
    log_odds: Floats

    @classmethod
    def of(cls, seen: Sequence[Seen]) -> Mixtures:
        """Hairpins; without cuts they have one that says nothing."""
        room = max((len(each.cuts) for each in seen if each.cuts), default=1)
        log_prior = np.full((len(seen), room), -np.inf)
        features = np.zeros((len(seen), room, len(FEATURES)))
        log_prior[:, 0] = 0.0
        for row, each in enumerate(seen):
            if each.cuts:
                log_prior[row, : len(each.cuts)] = each.cuts.log_prior
                features[row, : len(each.cuts)] = each.cuts.features
        return cls(log_prior, features, log_odds_of(seen))

    def logs(self, weights: Floats) -> tuple[Floats, Floats]:
        """Natural log of what the mixture weighs, (n,), and its slope by weight, (n, f)."""
        each = self.log_prior + self.features @ weights
        total = np.logaddexp.reduce(each, axis=1)
        return total, np.einsum("nc,ncf->nf", np.exp(each - total[:, None]), self.features)


def fit(genes: Sequence[Gene], background: Sequence[Background], prevalence: float) -> FlankWeights:
    """Fit the weights.

    A gene counts as much as makes genes the prevalence among all candidates of the background, so that the
    sum of log-odds and bits is again a probability at that prevalence.

    Args:
        genes: Planted, those that were not found included.
        background: Genomes that the network has not seen.
        prevalence: Precursors among candidates at which the network's log-odds are calibrated.

    Raises:
        TrainingError: The search for the weights does not end.
    """
    found = [gene for gene in genes if gene.right]
    pairs = [gene for gene in found if gene.wrong]
    size = Counter(gene.family for gene in found)
    counts = np.array([min(1.0, MOST / size[gene.family]) for gene in found])
    of_pairs = np.array([min(1.0, MOST / size[gene.family]) for gene in pairs])
    candidates = CANDIDATES_PER_MB * sum(part.megabases for part in background)
    counts *= prevalence * candidates / len(genes)
    right = Mixtures.of([gene.right for gene in found if gene.right])
    other = Mixtures.of([each for part in background for each in _listed(part)])
    on_strand = Mixtures.of([gene.right for gene in pairs if gene.right])
    off_strand = Mixtures.of([gene.wrong for gene in pairs if gene.wrong])
    of_pairs *= STRANDS * counts.sum() / max(of_pairs.sum(), 1e-9)

    def loss(parameters: Floats) -> tuple[float, Floats]:
        """Logistic loss of weights and offset, and its gradient: of hairpins, then of pairs of strands."""
        weights, offset = parameters[:-1], parameters[-1]
        value, slope = RIDGE * float(weights @ weights), np.append(2 * RIDGE * weights, 0.0)
        for part, sign, count in ((right, 1.0, counts), (other, -1.0, np.ones(len(other.log_odds)))):
            total, by_weight = part.logs(weights)
            margin = sign * (part.log_odds + total + offset)
            value += float(count @ np.logaddexp(0, -margin))
            slope -= np.append(by_weight.T @ (g := sign * count * expit(-margin)), g.sum())
        first, second = on_strand.logs(weights), off_strand.logs(weights)
        margin = on_strand.log_odds + first[0] - off_strand.log_odds - second[0]
        value += float(of_pairs @ np.logaddexp(0, -margin))
        slope[:-1] -= (first[1] - second[1]).T @ (of_pairs * expit(-margin))
        return value, slope

    bounds = [(0.0, None)] * len(FEATURES) + [(None, None)]
    done = minimize(loss, np.zeros(len(bounds)), jac=True, bounds=bounds, method="L-BFGS-B")
    if not done.success:
        raise TrainingError("training", f"the fit does not end ({done.message})")
    *weights, offset = (done.x / np.log(2)).round(DECIMALS).tolist()
    return FlankWeights(offset, tuple(weights))


def _listed(part: Background) -> list[Seen]:
    return [part.hairpins[row] for row in part.listed(log_odds_of(part.hairpins)).tolist()]


def bits_of(weights: FlankWeights, seen: Sequence[Seen]) -> Floats:
    """The bits of hairpins, (n,); none for those without a cut."""
    return np.array([weights.bits(each.cuts) if each.cuts else 0.0 for each in seen], np.float64)
