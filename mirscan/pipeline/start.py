"""From what a scan is asked for to a scan that is ready to run: its models, its search, its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mirscan.errors import UsageError
from mirscan.evidence.registry import in_order
from mirscan.genome.access import Genome
from mirscan.genome.regions import Region, parse_region
from mirscan.pipeline.annotators.tier import check_tier
from mirscan.pipeline.false_hits import Curve, clades_of, false_hits
from mirscan.pipeline.request import MODEL, READS, STRANDS, ScanRequest

if TYPE_CHECKING:  # they load PyTorch, or numba
    from mirscan.pipeline.known import Recall
    from mirscan.pipeline.scan import Scan
    from mirscan.pipeline.scan_options import ScanOptions
    from mirscan.scoring.arms import ArmFinder
    from mirscan.scoring.scorer import Scorer
    from mirscan.tree.judge import Judge


USUAL = "vertebrate"  # the clade whose false hits set the default threshold where none is asked for
RARE, TOTAL, FREQUENT = 0.5, 1.0, 10.0  # false hits: a megabase; in a small genome; a megabase of a tiny one
SCORE_DECIMALS = 3  # of a default threshold


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
        ModelError: There are not.
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

    source = models or Models()
    scorer, judge, arms = source.scorer(asked), source.judge(asked), source.arms(asked)
    options = _options(asked, genome, scorer)
    return Scan(genome, scorer, options, judge, asked.threads, shard=asked.shard, arms=arms)


def recall_of(asked: ScanRequest, genome: Genome) -> Recall | None:
    """The known microRNAs, to label hits by; None where nobody named any.

    Raises:
        InputError: They cannot be read.
    """
    if asked.known is None:
        return None
    from mirscan.pipeline.known import Recall
    from mirscan.pipeline.known_files import read_known

    return Recall(read_known(asked.known, genome.lengths))


def _options(asked: ScanRequest, genome: Genome, scorer: Scorer) -> ScanOptions:
    from mirscan.pipeline.scan_options import ScanOptions
    from mirscan.pipeline.sensitivity import search_for

    if asked.criteria is not None and not asked.reads:
        raise UsageError("`criteria`", "there are no reads to judge by", "`reads` as well")
    evidence = in_order([*asked.evidence, *([READS] if asked.reads else [])])
    min_score = asked.min_score
    if min_score is None:
        min_score = lowest_score(scorer, evidence, sum(genome.lengths.values()), asked.clade)
    return ScanOptions(
        search=search_for(asked.sensitivity, scorer, min_score, _strands(asked.strand)),
        min_score=min_score,
        require_rule=asked.require_rule,
        min_contig=asked.min_contig,
        regions=_regions(asked, genome),
        decoys=asked.decoys,
        fdr=asked.fdr,
        max_repeated=asked.max_repeated,
        evidence=evidence,
        evidence_choices={**asked.evidence_choices, **({READS: asked.reads} if asked.reads else {})},
        criteria=asked.criteria,
        top=asked.top,
        curve=_curve(asked, scorer, evidence),
        tier=asked.tier,
    )


def lowest_score(scorer: Scorer, evidence: Sequence[str], bases: int, clade: str | None = None) -> float:
    """The lowest score of a hit where nobody says another, by the false hits that it lets expect.

    Half a false hit a megabase, as counted in vertebrates or in the clade given; in a genome of less than two
    megabases, such as a virus, one in all, but never more than ten a megabase. It depends on the size of the
    whole genome, so that regions and shards are searched with the same score.

    Args:
        scorer: The network that scores.
        evidence: The kinds of evidence of the run; reads were not counted and change nothing.
        bases: Of the genome.
        clade: See `false_hits.clades_of`; None for vertebrates.

    Returns:
        0..1; what the model's card says where its false hits were not counted.
    """
    measured = false_hits(scorer.folder, scorer.card.sha256)
    counted = tuple(name for name in in_order(evidence) if name != READS)
    curve = measured.curve(counted, clade or USUAL) if measured else None
    if measured is None or curve is None:
        return scorer.min_score
    rate = min(FREQUENT, max(RARE, TOTAL / (max(bases, 1) / 1e6)))
    return round(curve.moved(measured.prevalence, scorer.prior).score(rate), SCORE_DECIMALS)


def _curve(asked: ScanRequest, scorer: Scorer, evidence: Sequence[str]) -> Curve | None:
    """The false hits of real DNA to expect, on the scale of the run's scores; None where nobody measured.

    Raises:
        UsageError: There is no such clade or tier, or a tier is asked for and nobody measured.
    """
    check_tier(asked.tier)
    clades_of(asked.clade)
    measured = false_hits(scorer.folder, scorer.card.sha256)
    curve = measured.curve(evidence, asked.clade) if measured else None
    if asked.tier is not None and curve is None:
        found = f"the false hits of {scorer.name} by {','.join(evidence)} were not measured"
        raise UsageError("`tier`", found, f"`model` {MODEL}, by the hairpin alone or with families")
    return curve.moved(measured.prevalence, scorer.prior) if measured and curve else None


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
