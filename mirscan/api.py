"""mirscan for scripts and notebooks: what the command line does, as functions that return objects.

>>> import mirscan
>>> mir_21 = "UGUCGGGUAGCUUAUCAGACUGAUGUUGACUGUUGAAUCUCAUGGCAACACCAGUCGAUGGGCUGUCUGACA"
>>> prediction, = mirscan.predict([mir_21])
>>> prediction.hairpin.structure[:20]
'((((((((((((((((.((('
>>> 0.9 < prediction.score <= 1
True
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from functools import cache
from os import PathLike, fspath
from typing import TYPE_CHECKING

from mirscan.errors import InputError
from mirscan.evidence.registry import DEFAULT as DEFAULT_EVIDENCE
from mirscan.evidence.registry import in_order
from mirscan.explanation.explainer import Explainer, Settings
from mirscan.explanation.notebook import Explained
from mirscan.explanation.subjects import Subject
from mirscan.genome.access import Genome
from mirscan.pipeline.journal import Journal
from mirscan.pipeline.known import Recall
from mirscan.pipeline.predict import Prediction, fold_record
from mirscan.pipeline.predict import predict as predict_records
from mirscan.pipeline.request import ARMS, MODEL, READY_TREE, TREE, ScanRequest
from mirscan.pipeline.scan import Scan
from mirscan.pipeline.sensitivity import DEFAULT
from mirscan.pipeline.start import Models, ready, recall_of
from mirscan.records import Hairpin, Hit
from mirscan.scoring.arms import ArmFinder
from mirscan.scoring.scorer import Scorer
from mirscan.tree.judge import Judge

if TYPE_CHECKING:
    from pandas import DataFrame

HAIRPIN_MODEL = "cross_species"  # the better scorer of ready hairpins

Sequences = Mapping[str, str] | Iterable[str] | str


@cache
def _scorer(model: str, device: str, prevalence: float | None = None) -> Scorer:
    return Scorer(model, device, prevalence=prevalence)


@cache
def _explainer(settings: Settings) -> Explainer:
    return Explainer(settings)


@cache
def _arm_finder(arms: str, device: str) -> ArmFinder:
    return ArmFinder(arms, device)


@cache
def _judge(tree: str, device: str) -> Judge:
    return Judge(tree, device)


class _Kept(Models):
    """The models of a program that may scan again: loaded once."""

    def scorer(self, asked: ScanRequest) -> Scorer:
        return _scorer(asked.model, asked.device, asked.prevalence)

    def judge(self, asked: ScanRequest) -> Judge | None:
        return _judge(asked.tree, asked.device) if asked.tree else None

    def arms(self, asked: ScanRequest) -> ArmFinder | None:
        return _arm_finder(asked.arms, asked.device) if asked.arms else None


def scan(
    genome: str | PathLike[str],
    *,
    region: str | Iterable[str] | None = None,
    min_score: float | None = None,
    fdr: float | None = None,
    top: int | None = None,
    tier: str | None = None,
    clade: str | None = None,
    decoys: float | None = None,
    max_repeated: float | None = None,
    prevalence: float | None = None,
    strand: str = "both",
    sensitivity: str = DEFAULT,
    min_contig: int = 0,
    require_rule: bool = False,
    known: str | PathLike[str] | None = None,
    model: str = MODEL,
    tree: str | None = TREE,
    arms: str | None = ARMS,
    evidence: Iterable[str] = DEFAULT_EVIDENCE,
    reads: str | PathLike[str] | Iterable[str | PathLike[str]] = (),
    criteria: str | None = None,
    device: str = "auto",
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Hit]:
    """The pre-miRNA hairpins of a genome, in genome order; the hits that `mirscan scan` writes.

    >>> import mirscan
    >>> for hit in mirscan.scan("demo.fa", region="demo3:1-10,000", strand="-"):
    ...     print(hit.name, len(hit.hairpin), hit.hairpin.strand)
    demo3:2576-2662:- 87 -

    Args:
        genome: A FASTA file, plain or gzipped.
        region: Only hits inside `contig`, `contig:start` or `contig:start-end` (1-based, end included,
            commas allowed); one or several, of none there are no hits; None for the whole genome.
        min_score: Lowest score of a hit, 0..1; None for that of the tier.
        fdr: Highest q-value of a hit, 0..1; None for any.
        top: Keep only so many of the best hits; None for all.
        tier: Only hits of this tier or a higher one: `high`, `likely`, `candidate` or `all`; None for
            `likely`, or all that reach `min_score`.
        clade: The clade of the genome, such as `vertebrates`, whose false hits are expected; None for a
            guess.
        decoys: Megabases of shuffled sequence that are searched as well, for q-values; 0 for none, None for
            as many as the search is worth.
        max_repeated: Largest share of a hit's sequence that stands in many places of the genome, 0..1; None
            for any.
        prevalence: Precursors among the sieve's candidates, at which a score is a probability; None for what
            the model's card says.
        strand: `both`, `+` or `-`.
        sensitivity: `fast`, `default`, or `exhaustive` to fold every candidate.
        min_contig: Shortest contig that is searched, nt.
        require_rule: Keep only hits that the tree calls precursors too.
        known: Known microRNAs (GFF3, BED or FASTA), beside which each hit is known, antisense or new.
        model: A model's name or its folder.
        tree: The tree that gives each hit its rule: a name or its folder; None for hits without.
        arms: The model that places the mature arms of each hit: a name or its folder; None for hits without.
        evidence: Kinds of evidence whose bits add up to a score.
        reads: Small RNA reads, which are evidence too (BAM, CRAM, SAM, FASTA or FASTQ); one file or several.
        criteria: Keep only hits whose reads meet all points of these curators, `mirgenedb` or `plant`.
        device: `auto`, `cpu`, `cuda` or `cuda:n`.
        threads: Processes that search and fold.
        progress: Called with the number of bases finished since the last call.

    Yields:
        Hits; coordinates 0-based and half-open.

    Raises:
        InputError: The genome or a region cannot be read.
        UsageError: An option asks for something that does not exist.
        WorkerError: A worker failed or died.
    """
    asked = ScanRequest(
        model=model,
        tree=tree,
        arms=arms,
        known=None if known is None else fspath(known),
        evidence=in_order(evidence),
        reads=tuple(fspath(each) for each in ((reads,) if isinstance(reads, str | PathLike) else reads)),
        criteria=criteria,
        min_score=min_score,
        fdr=fdr,
        top=top,
        tier=tier,
        clade=clade,
        decoys=decoys,
        max_repeated=max_repeated,
        prevalence=prevalence,
        require_rule=require_rule,
        sensitivity=sensitivity,
        strand=strand,
        regions=None if region is None else tuple(_several(region)),
        min_contig=min_contig,
        device=device,
        threads=threads,
    )
    with Genome.open(fspath(genome)) as opened:
        labels = recall_of(asked, opened)
        yield from _hits(ready(asked, opened, _Kept()), labels, progress)


def _hits(scan: Scan, labels: Recall | None, progress: Callable[[int], None] | None) -> Iterator[Hit]:
    with closing(Journal.new(scan.header())) as journal:
        scan.search(journal, progress)
        yield from scan.finish(journal, labels).hits()


def _several(texts: str | Iterable[str]) -> Iterable[str]:
    return (texts,) if isinstance(texts, str) else texts


def predict(
    sequences: Sequences, *, model: str = HAIRPIN_MODEL, device: str = "auto", threads: int = 1
) -> list[Prediction]:
    """The scores of ready hairpins, one prediction a sequence, in order.

    >>> import mirscan
    >>> one, two = mirscan.predict({"poly-A": "A" * 60, "empty": ""})
    >>> one.name, one.hairpin.mfe
    ('poly-A', 0.0)
    >>> two.score, two.note
    (None, 'no sequence')

    Args:
        sequences: Name → sequence, or sequences, which are then named 1, 2, …, or a single one; DNA or RNA
            letters.
        model: A model's name or its folder.
        device: `auto`, `cpu`, `cuda` or `cuda:n`.
        threads: Processes that fold; see `scan`.

    Returns:
        Predictions. What cannot be scored has the score None, and `note` says why; what is not a hairpin,
        as a mature sequence alone, has the score 0.
    """
    return list(predict_records(_named(sequences), _scorer(model, device), threads))


def _named(sequences: Sequences) -> Iterator[tuple[str, bytes]]:
    if isinstance(sequences, str):
        sequences = [sequences]
    named = sequences.items() if isinstance(sequences, Mapping) else enumerate(sequences, 1)
    for name, sequence in named:
        yield str(name), sequence.encode("ascii", "replace")


def explain(
    hairpin: str | Hairpin | Hit | Prediction,
    *,
    min_score: float | None = None,
    what_if: bool = False,
    model: str = MODEL,
    tree: str | None = None,
    device: str = "auto",
) -> Explained:
    """Why a hairpin is called, or is not. In a notebook the answer is the page of `mirscan explain`.

    >>> import mirscan
    >>> mir_21 = "UGUCGGGUAGCUUAUCAGACUGAUGUUGACUGUUGAAUCUCAUGGCAACACCAGUCGAUGGGCUGUCUGACA"
    >>> why = mirscan.explain(mir_21).explanation
    >>> why.called
    True
    >>> round(float(why.attention.sum()), 6)
    1.0

    Args:
        hairpin: A sequence, or what `scan` or `predict` gave.
        min_score: From which score on it is called; None for what the model's card says.
        what_if: Also look for the smallest changes that would turn the decisions; seconds a hairpin.
        model: A model's name or its folder.
        tree: The tree that gives the rule: a name or its folder; None for that of scans where the hairpin is
            a hit, and for that of ready hairpins otherwise.
        device: `auto`, `cpu`, `cuda` or `cuda:n`.

    Raises:
        InputError: The sequence cannot be folded.
        ModelError: The models are missing, damaged, or do not belong together.
    """
    folded = _hairpin(hairpin)
    name = hairpin.name if isinstance(hairpin, Hit | Prediction) else folded.contig
    notes = hairpin.notes if isinstance(hairpin, Hit) else {}
    tree = tree or (TREE if isinstance(hairpin, Hit) else READY_TREE)
    explainer = _explainer(Settings(model=model, tree=tree, min_score=min_score, device=device))
    explanation = next(explainer.explain([Subject(name, folded, notes=notes)], what_if))
    return Explained(explanation, explainer)


def _hairpin(given: str | Hairpin | Hit | Prediction) -> Hairpin:
    if isinstance(given, Hairpin):
        return given
    if isinstance(given, Hit):
        return given.hairpin
    prediction = given if isinstance(given, Prediction) else fold_record(("hairpin", given.encode()))
    if prediction.hairpin is None:
        raise InputError(prediction.name, prediction.note, "a sequence that can be folded")
    return prediction.hairpin


def to_frame(results: Iterable[Hit] | Iterable[Prediction]) -> DataFrame:
    """Hits or predictions as a pandas DataFrame.

    >>> import mirscan
    >>> frame = mirscan.to_frame(mirscan.scan("demo.fa", region="demo3:1-10,000", strand="-"))
    >>> frame[["contig", "start", "end", "strand"]].values.tolist()
    [['demo3', 2576, 2662, '-']]

    Returns:
        A row a result. Of hits the columns of the `.tsv` (start and end 1-based and included), of
        predictions `name`, `length`, `sequence`, `structure`, `mfe`, `score` and `note`.

    Raises:
        UsageError: pandas is not installed.
    """
    from mirscan.writers.frame import frame_of

    return frame_of(results)
