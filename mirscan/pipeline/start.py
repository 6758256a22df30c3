"""From what a scan is asked for to a scan that is ready to run: its models, its search, its evidence."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mirscan.errors import UsageError
from mirscan.evidence.registry import in_order
from mirscan.genome.access import Genome
from mirscan.genome.regions import Region, parse_region
from mirscan.pipeline.clades import Clade, clade_of
from mirscan.pipeline.false_hits import Curve, false_hits
from mirscan.pipeline.priors import prevalence_of
from mirscan.pipeline.request import MODEL, READS, STRANDS, ScanRequest
from mirscan.pipeline.tiers import ALL, LIKELY, Limits, check_tier
from mirscan.scoring.calibration import shift

if TYPE_CHECKING:  # they load PyTorch, or numba
    from mirscan.pipeline.known import Recall
    from mirscan.pipeline.scan import Scan
    from mirscan.pipeline.scan_options import ScanOptions
    from mirscan.scoring.arms import ArmFinder
    from mirscan.scoring.scorer import Scorer
    from mirscan.tree.judge import Judge


FLANKS = "flanks"  # the kind of evidence that says nothing in some clades


class Models:
    """Loads the models of a scan. A program that scans often has one that keeps them."""

    def scorer(self, asked: ScanRequest) -> Scorer:
        """The network that scores."""
        from mirscan.scoring.scorer import Scorer

        return Scorer(asked.model, asked.device, asked.batch_size, asked.prevalence)

    def judge(self, asked: ScanRequest) -> Judge | None:
        """The tree that gives each hit its rule; None where none is asked for."""
        from mirscan.tree.judge import Judge

        return Judge(asked.tree, asked.device) if asked.tree else None

    def arms(self, asked: ScanRequest) -> ArmFinder | None:
        """The model that places mature arms; None where none is asked for."""
        from mirscan.scoring.arms import ArmFinder

        return ArmFinder(asked.arms, asked.device) if asked.arms else None


def check_models(asked: ScanRequest) -> None:
    """Find out whether there are models of these names, long before they are loaded.

    Raises:
        UsageError: There are not.
    """
    from mirscan.scoring.checkpoint import locate
    from mirscan.tree.file import locate_tree

    locate(asked.model)
    if asked.tree:
        locate_tree(asked.tree)
    if asked.arms:
        locate(asked.arms)


def ready(asked: ScanRequest, genome: Genome, models: Models | None = None) -> Scan:
    """A scan of a genome.

    Args:
        asked: What is asked for.
        genome: Open.
        models: Where the models come from.

    Raises:
        UsageError: Something asked for does not exist, or does not fit together.
        InputError: A region lies outside the genome.
        ModelError: A model is missing or damaged.
    """
    from mirscan.pipeline.scan import Scan

    source, clade = models or Models(), clade_of(asked.clade, genome)
    asked = _at_prevalence(asked, clade)
    scorer, judge, arms = source.scorer(asked), source.judge(asked), source.arms(asked)
    options = _options(asked, genome, scorer, clade)
    return Scan(genome, scorer, options, judge, asked.threads, shard=asked.shard, arms=arms)


def recall_of(known: str | None, contigs: Collection[str]) -> Recall | None:
    """The known microRNAs of a file, to label hits by; None where nobody named any.

    Args:
        known: The file.
        contigs: Names of those that are there.

    Raises:
        InputError: They cannot be read.
    """
    if known is None:
        return None
    from mirscan.pipeline.known import Recall
    from mirscan.pipeline.known_files import read_known

    return Recall(read_known(known, contigs))


def _at_prevalence(asked: ScanRequest, clade: Clade) -> ScanRequest:
    """What is asked for, with the prevalence of the clade as a number."""
    if not asked.clade_prevalence:
        return asked
    if asked.prevalence is not None:
        raise UsageError("`prevalence` and `clade_prevalence`", "both were given", "one of them")
    return replace(asked, prevalence=prevalence_of(clade.names))


def _options(asked: ScanRequest, genome: Genome, scorer: Scorer, clade: Clade) -> ScanOptions:
    from mirscan.pipeline.scan_options import ScanOptions
    from mirscan.pipeline.sensitivity import search_for

    if asked.criteria is not None and not asked.reads:
        raise UsageError("`criteria`", "there are no reads to judge by", "`reads` as well")
    if READS in asked.evidence and not asked.reads:
        raise UsageError(f"`evidence` {','.join(asked.evidence)}", "there are no reads", "`reads` as well")
    check_tier(asked.tier)
    evidence = in_order([*asked.evidence, *([READS] if asked.reads else [])])
    curve = curve_of(scorer, evidence, clade.names)
    if asked.tier not in (None, ALL) and curve is None:
        found = f"the false hits of {scorer.name} by {','.join(evidence)} were not measured"
        raise UsageError("`tier`", found, f"`model` {MODEL}, by default or by the hairpin")
    min_score, tier = asked.min_score, asked.tier
    if min_score is None:
        tier = tier or (LIKELY if curve else None)
        bases = sum(genome.lengths.values())
        min_score = lowest_score(scorer, evidence, bases, clade.names, asked.tier)
    search = search_for(asked.sensitivity, scorer, min_score, _strands(asked.strand))
    return ScanOptions(
        search=replace(search, sieve=clade.sieve(search.sieve)),
        min_score=min_score,
        require_rule=asked.require_rule,
        min_contig=asked.min_contig,
        regions=_regions(asked, genome),
        decoys=asked.decoys,
        fdr=asked.fdr,
        max_repeated=asked.max_repeated,
        evidence=evidence,
        evidence_choices={
            FLANKS: clade.names,
            **asked.evidence_choices,
            **({READS: asked.reads} if asked.reads else {}),
        },
        criteria=asked.criteria,
        top=asked.top,
        clade=clade,
        curve=curve,
        tier=None if tier == ALL else tier,
    )


def lowest_score(
    scorer: Scorer, evidence: Sequence[str], bases: int, clades: Sequence[str], tier: str | None = None
) -> float:
    """The lowest score of a hit where nobody says another: that of the tier `likely`.

    From there up half a false hit per Mb is expected, as counted in real DNA of the clade; in a genome of
    less than two megabases, such as a virus, one in all, but never more than ten per megabase. It depends on
    the size of the whole genome, so that regions and shards are searched with the same score.

    Args:
        scorer: The network that scores.
        evidence: The kinds of evidence of the run.
        bases: Of the genome.
        clades: Those that it may be of; see `clades.clade_of`.
        tier: The lowest tier that is wanted; None for `likely`.

    Returns:
        0..1; what the model's card says where its false hits were not counted.
    """
    curve = curve_of(scorer, in_order(evidence), clades)
    return scorer.min_score if curve is None else Limits.of(bases).lowest(curve, tier)


def curve_of(scorer: Scorer, evidence: Sequence[str], clades: Sequence[str]) -> Curve | None:
    """The false hits of real DNA to expect, on the scale of the scorer; None where nobody measured.

    Args:
        scorer: The network that scores.
        evidence: The kinds of evidence whose sum the scores are.
        clades: Those that the genome may be of.
    """
    measured = false_hits(scorer.folder, scorer.card.sha256)
    curve = measured.curve(evidence, clades) if measured else None
    return curve.moved(shift(scorer.prior, measured.prevalence)) if measured and curve else None


def _strands(strand: str) -> str:
    if strand not in STRANDS:
        raise UsageError(f"strand {strand!r}", "no such strand", f"one of {', '.join(STRANDS)}")
    return STRANDS[strand]


def _regions(asked: ScanRequest, genome: Genome) -> tuple[Region, ...] | None:
    if asked.regions is None:
        return None
    names = {contig.name for contig in genome.contigs}
    return tuple(
        region if isinstance(region, Region) else parse_region(region, names) for region in asked.regions
    )
