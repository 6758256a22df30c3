"""How many candidates are precursors in the genomes of a clade, for scores that are probabilities there.

Genes a megabase, of those in MirGeneDB or of known loci, over what the sieve offers a megabase of both
strands: `benchmarks/accuracy/clades.py` measures both. Where nobody asks, scores stand at the prevalence of
the model's card, so that those of different genomes compare.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from mirscan.errors import UsageError

PRECURSORS = {"vertebrate": 7.5e-6, "nematode": 9.7e-5, "insect": 1.0e-4, "plant": 2.2e-4, "virus": 4.2e-3}


def prevalence_of(clades: Sequence[str]) -> float:
    """The share of candidates that are precursors; the mean where a genome may be of several clades.

    >>> prevalence_of(["vertebrate"])
    7.5e-06

    Args:
        clades: Of `false_hits.CLADES`.

    Raises:
        UsageError: No precursor of one of them is known.
    """
    unknown = [clade for clade in clades if clade not in PRECURSORS]
    if unknown:
        found = f"how many candidates are precursors is not known of a {unknown[0]}"
        raise UsageError(
            "`clade_prevalence`", found, "`clade` of animals, plants or viruses, or `prevalence`"
        )
    return fmean(PRECURSORS[clade] for clade in clades)
