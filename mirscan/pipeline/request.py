"""What a scan, a merger and a prediction are asked for.

The command line and the functions of `mirscan.api` build the same requests, and all below reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mirscan.evidence.registry import DEFAULT as DEFAULT_EVIDENCE
from mirscan.genome.regions import Region
from mirscan.pipeline.plan import Shard

MODEL, TREE, ARMS = "scan", "genome-tree", "arms"
HAIRPIN_MODEL = "cross_species"  # the better scorer of ready hairpins
READY_TREE = "diva-tree"  # that of hairpins which no scan found
BATCH_SIZE = 1024
STRANDS = {"both": "+-", "plus": "+", "minus": "-", "+": "+", "-": "-"}

READS = "reads"  # the evidence of small RNA reads


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """What a scan is asked for.

    Attributes:
        model: A model's name or its folder.
        tree: The tree that gives each hit its rule: a name or its folder; None for hits without.
        arms: The model that places the mature arms of each hit: a name or its folder; None for hits without.
        known: A file of known microRNAs, beside which each hit is known, antisense or new; None for none.
        evidence: Kinds of evidence whose bits add up to a score; see `evidence/registry.py`.
        evidence_choices: What is asked of a kind, such as a model or files, by its name.
        reads: Files of small RNA reads, which are evidence too; none for none.
        criteria: Keep only hits whose reads meet all points of these curators, `mirgenedb` or `plant`; None
            for any.
        min_score: Lowest score of a hit, 0..1; None for that of the tier, or what the model's card says where
            there are no tiers.
        fdr: Highest q-value of a hit, 0..1; None for any.
        clade: The clade of the genome, whose false hits are expected; see `false_hits.clades_of`. None for
            a guess; see `clades.clade_of`.
        tier: Only hits of this tier or a higher one: `high`, `likely`, `candidate` or `all`; None for
            `likely`, or for all that reach `min_score`.
        decoys: Megabases of shuffled sequence that are searched as well, for q-values; 0 for none, None for
            as many as the search is worth.
        top: Keep only so many of the best hits; None for all.
        max_repeated: Largest share of a hit that the genome repeats, 0..1; None for any.
        prevalence: Share of precursors among the sieve's candidates, at which scores are probabilities; None
            for what the model's card says.
        clade_prevalence: Take the prevalence of the clade instead; see `priors.prevalence_of`.
        require_rule: Keep only hits that the tree calls precursors too.
        sensitivity: `fast`, `default`, or `exhaustive` to fold every candidate.
        strand: Which strands are searched, a key of `STRANDS`.
        regions: Only hits inside one of these, as texts or read already; None for the whole genome.
        min_contig: Shortest contig that is searched, nt.
        shard: The part of the genome that is searched; None for all of it.
        device: `auto`, `cpu`, `cuda` or `cuda:n`.
        batch_size: Hairpins scored at once.
        threads: Processes that search and fold.
    """

    model: str = MODEL
    tree: str | None = TREE
    arms: str | None = ARMS
    known: str | None = None
    evidence: tuple[str, ...] = DEFAULT_EVIDENCE
    evidence_choices: Mapping[str, Any] = field(default_factory=dict, hash=False)
    reads: tuple[str, ...] = ()
    criteria: str | None = None
    min_score: float | None = None
    fdr: float | None = None
    clade: str | None = None
    tier: str | None = None
    decoys: float | None = None
    top: int | None = None
    max_repeated: float | None = None
    prevalence: float | None = None
    clade_prevalence: bool = False
    require_rule: bool = False
    sensitivity: str = "default"
    strand: str = "both"
    regions: tuple[str | Region, ...] | None = None
    min_contig: int = 0
    shard: Shard | None = None
    device: str = "auto"
    batch_size: int = BATCH_SIZE
    threads: int = 1


@dataclass(frozen=True, slots=True)
class MergeRequest:
    """What a merger of the shards of a scan is asked for; what decides the hits, the shards say themselves.

    Attributes:
        shards: The files, in any order.
        tree: Where the tree of the shards is, if it does not come with mirscan; None where it does.
        arms: Where the model of the mature arms is, likewise.
        known: A file of known microRNAs, beside which each hit is known, antisense or new; None for none.
        device: `auto`, `cpu`, `cuda` or `cuda:n`.
    """

    shards: tuple[str, ...]
    tree: str | None = None
    arms: str | None = None
    known: str | None = None
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class PredictRequest:
    """What a prediction of ready hairpins is asked for.

    Attributes:
        model: A model's name or its folder.
        min_score: Lowest score of a precursor, 0..1; None for what the model's card says.
        device: `auto`, `cpu`, `cuda` or `cuda:n`.
        batch_size: Hairpins scored at once.
        threads: Processes that fold.
    """

    model: str = HAIRPIN_MODEL
    min_score: float | None = None
    device: str = "auto"
    batch_size: int = BATCH_SIZE
    threads: int = 1
