"""What the reads on a hairpin weigh, top to bottom: hairpins, simulated reads, a monotonic fit.

Genes: human genes of MirGeneDB and precursors of miRBase with their real flanks and known cuts. Background:
what the sieve finds in stretches of genomes without known microRNAs. Each gets reads of its kind
(`simulate.py`) at a depth drawn from 1 to 30,000, evenly by order. The bits are the log-likelihood ratio of a
logistic model with as many of either. How often a gene is silent is not learnt from reads: see `SILENT`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import decode, encode
from mirscan.errors import TrainingError
from mirscan.folding.viennarna import fold
from mirscan.genome.access import Genome
from mirscan.reads.background import standing_out
from mirscan.reads.signature import Signature, signature
from mirscan.reads.weights import FEATURES, FILE, FORMAT, ReadWeights, matrix
from mirscan.records import Hairpin
from mirscan.runtime.whole_file import whole_file
from mirscan.sieve.candidates import SieveSettings, candidates
from mirscan.training.reads.simulate import Arm, Library, gene, noise
from mirscan.training.scan.precursors import family_of, fold_of, read_table

FLANK = 12  # nt of real sequence on both sides of Drosha's cuts: what a candidate has beside its arms
ARM = 22  # nt, of an arm whose inner end nobody knows
DEPTHS = (0.0, 4.5)  # decimal orders of the reads to expect
HALF = 2.0  # reads at which a signature has half of its weight
MOST = 14.0  # bits for or against, shape and number together: more was not simulated
SILENT = log2(
    0.5 / 0.95
)  # half of the genes are silent in a library, 19 of 20 background hairpins have no reads
RIDGE = 2e-4  # of the squared weights, so that features that say the same share it
BURIED = 0.2  # of the genes, which lie in noise as deep as their reads
TEST_FOLD = 0  # of the families: they are not learnt from
BACKGROUND = ("hsa_chr3_42-44M", "cel_chrIII_1-2M")  # no known microRNA
STRETCHES, STRETCH, OF_EACH = 8, 20_000, 60  # of each genome; nt; candidates of each
AT = 10_000  # where an example lies on its contig: far from its beginning


@dataclass(frozen=True, slots=True)
class Gene:
    """A precursor with real flanks, folded.

    Attributes:
        hairpin: As it would lie on a contig.
        arms: Of the 5′ and of the 3′ strand, 0-based and half-open in the hairpin.
        family: Its family.
    """

    hairpin: Hairpin
    arms: tuple[Arm, Arm]
    family: str


def read_genes(folder: Path) -> list[Gene]:
    """The precursors with real flanks of the scan set.

    Raises:
        InputError: A table is missing or damaged.
    """
    rows = []
    for row in read_table(folder / "human_primary.tsv.gz"):
        start, end = int(row["start"]), int(row["end"])
        arms = (start, start + ARM), (end - ARM, end)
        rows.append(_gene(row["sequence"], arms, family_of(row["family"])))
    for row in read_table(folder / "flanked_precursors.tsv.gz"):
        cuts = [int(row[cut].split(",")[0]) for cut in ("drosha5p", "dicer5p", "dicer3p", "drosha3p")]
        family = family_of(row["name"].split("-", 1)[1])
        rows.append(_gene(row["sequence"], ((cuts[0], cuts[1]), (cuts[2], cuts[3])), family))
    return rows


def read_background(folder: Path, seed: int) -> list[Hairpin]:
    """Candidates of the sieve, drawn from stretches spread over genomes without known microRNAs, folded.

    Args:
        folder: The genomes.
        seed: Of the draw.

    Raises:
        InputError: A genome is missing or damaged.
    """
    rng = np.random.default_rng(seed)
    drawn = []
    for name in BACKGROUND:
        path = next(iter(sorted((folder / name).glob("genome.fa*"))), folder / name / "genome.fa")
        with Genome.open(str(path)) as genome:
            contig = max(genome.contigs, key=lambda each: each.length)
            for start in np.linspace(0, contig.length - STRETCH, STRETCHES).astype(int).tolist():
                codes = encode(genome.fetch(contig.name, start, start + STRETCH))
                found = candidates(codes, SieveSettings())
                for row in rng.permutation(len(found))[:OF_EACH].tolist():
                    drawn.append(
                        _candidate(contig.name, start, codes, int(found.start[row]), int(found.end[row]))
                    )
    return drawn


def _candidate(contig: str, offset: int, codes: NDArray[np.uint8], first: int, last: int) -> Hairpin:
    bases = decode(codes[first:last])
    return Hairpin(contig, offset + first, offset + last, "+", bases, *fold(bases))


def _gene(sequence: str, arms: tuple[Arm, Arm], family: str) -> Gene:
    first, last = max(arms[0][0] - FLANK, 0), min(arms[1][1] + FLANK, len(sequence))
    bases = sequence[first:last]
    structure, mfe = fold(bases)
    hairpin = Hairpin(family, AT, AT + len(bases), "+", bases, structure, mfe)
    five, three = ((start - first, end - first) for start, end in arms)
    return Gene(hairpin, (five, three), family)


def signatures(
    genes: Sequence[Gene], background: Sequence[Hairpin], rng: np.random.Generator, depth: float | None = None
) -> tuple[list[Signature], NDArray[np.bool_]]:
    """One simulated library of every gene and of every background hairpin.

    Args:
        genes: Precursors.
        background: Hairpins that are none.
        rng: Of the draws.
        depth: Reads to expect at each; drawn from `DEPTHS` if not given.

    Returns:
        The signatures that have reads on either strand, and which are of genes.
    """
    found, labels = [], []
    everything: list[Gene | Hairpin] = [*genes, *background]
    for number, each in enumerate(everything):
        library = Library()
        expected = 10 ** rng.uniform(*DEPTHS) if depth is None else depth
        hairpin = each.hairpin if isinstance(each, Gene) else each
        if isinstance(each, Gene):
            gene(library, hairpin, each.arms, expected, rng)
        if not isinstance(each, Gene) or rng.random() < BURIED:
            noise(library, hairpin, expected, rng)
        seen = signature(hairpin, standing_out(hairpin, library.pile()))
        if seen.reads:
            found.append(seen)
            labels.append(number < len(genes))
    return found, np.array(labels, np.bool_)


def fit(found: Sequence[Signature], labels: NDArray[np.bool_], half: float = HALF) -> ReadWeights:
    """The weights under which genes and background are most likely, both classes weighing the same.

    Raises:
        TrainingError: The search for them does not end.
    """
    from scipy.optimize import minimize

    values = matrix(list(found))
    grown = np.array([each.reads / (each.reads + half) for each in found])
    design = np.column_stack([np.ones(len(values)), values]) * grown[:, None]
    weight = np.where(labels, 0.5 / labels.sum(), 0.5 / (~labels).sum())
    sign = np.where(labels, 1.0, -1.0)

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = sign * (design @ parameters)
        value = weight @ np.logaddexp(0, -margin) + RIDGE * parameters[1:] @ parameters[1:]
        slope = design.T @ (-weight * sign / (1 + np.exp(margin)))
        slope[1:] += 2 * RIDGE * parameters[1:]
        return float(value), slope

    bounds = [(None, None)] + [(0.0, None)] * len(FEATURES)
    done = minimize(
        loss, np.zeros(len(bounds)), jac=True, bounds=bounds, method="L-BFGS-B", options={"maxiter": 2000}
    )
    if not done.success:
        raise TrainingError("training", f"the fit does not end ({done.message})")
    offset, *weights = (done.x / np.log(2)).round(4).tolist()
    return ReadWeights(offset, dict(zip(FEATURES, weights, strict=True)), half, round(SILENT, 4), MOST)


def train(
    data: Path,
    seed: int,
    provenance: Mapping[str, Any],
    say: Callable[[str], None],
) -> dict[str, Any]:
    """The card of the weights: numbers, how they were made, and how they do on families they have not seen.

    Args:
        data: Holds `scan/` and `genomes/`.
        seed: Of all draws.
        provenance: What the card says of the command and the data.
        say: Takes a line on what goes on.
    """
    genes, background = read_genes(data / "scan"), read_background(data / "genomes", seed)
    held_out = np.array([fold_of(each.family) == TEST_FOLD for each in genes])
    parts = [
        [each for each, out in zip(genes, held_out, strict=True) if out == test] for test in (False, True)
    ]
    say(f"{len(parts[0])} genes and {len(background)} background hairpins; {len(parts[1])} genes measure")
    learnt = [hairpin for number, hairpin in enumerate(background) if number % 5]
    rng = np.random.default_rng(seed)
    weights = fit(*signatures(parts[0] * 3, learnt * 3, rng))
    metrics = {
        f"at_{depth:g}_reads": measure(weights, *signatures(parts[1], background[::5], rng, depth))
        for depth in (1, 3, 10, 50, 1000)
    }
    return {
        "format": FORMAT,
        "offset": weights.offset,
        "weights": dict(weights.weights),
        "half": weights.half,
        "silent": weights.silent,
        "most": weights.most,
        "metrics": metrics,
        "provenance": {**provenance, "genes": len(parts[0]), "background": len(learnt)},
    }


def measure(weights: ReadWeights, found: Sequence[Signature], labels: NDArray[np.bool_]) -> dict[str, float]:
    """How well the bits tell genes from noise: area under the curve, mean bits, shares above 3 bits."""
    from sklearn.metrics import roc_auc_score

    bits = np.array([weights.bits(each, 0.0) for each in found])
    return {
        "auroc": round(float(roc_auc_score(labels, bits)), 4),
        "bits_of_genes": round(float(bits[labels].mean()), 2),
        "bits_of_noise": round(float(bits[~labels].mean()), 2),
        "genes_above_3_bits": round(float((bits[labels] > 3).mean()), 4),
        "noise_above_3_bits": round(float((bits[~labels] > 3).mean()), 4),
    }


def write(folder: Path, card: Mapping[str, Any]) -> Path:
    """Write the card into a folder, whole or not at all; its path comes back."""
    with whole_file(folder / FILE) as temporary:
        temporary.write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    return folder / FILE
