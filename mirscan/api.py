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
from contextlib import ExitStack, closing
from dataclasses import replace
from functools import lru_cache
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any

from mirscan.api_checks import Paths, check_ranges, check_sequence, list_of, paths
from mirscan.errors import InputError, UsageError
from mirscan.evidence.registry import DEFAULT as DEFAULT_EVIDENCE
from mirscan.evidence.registry import in_order
from mirscan.explanation.explainer import Explainer
from mirscan.explanation.notebook import Explained
from mirscan.explanation.request import ExplainRequest
from mirscan.explanation.results import placed
from mirscan.explanation.subjects import Made, Subject, Subjects
from mirscan.genome.access import Genome
from mirscan.pipeline.journal import Journal
from mirscan.pipeline.known import Recall
from mirscan.pipeline.loaded import LoadedModels, loaded_scorer
from mirscan.pipeline.predict import Prediction, fold_record
from mirscan.pipeline.predict import predict as predict_records
from mirscan.pipeline.request import ARMS, HAIRPIN_MODEL, MODEL, TREE, PredictRequest, ScanRequest
from mirscan.pipeline.scan import Scan
from mirscan.pipeline.sensitivity import DEFAULT
from mirscan.pipeline.start import check_models, ready, recall_of
from mirscan.records import Hairpin, Hit
from mirscan.runtime.documented import documented_by

if TYPE_CHECKING:
    from pandas import DataFrame

Sequences = Mapping[str, str] | Iterable[str] | str


@lru_cache(maxsize=4)  # they hold their networks, and some the reads of libraries
def _explainer(asked: ExplainRequest) -> Explainer:
    return Explainer(asked)


@documented_by(ScanRequest)
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
    clade_prevalence: bool = False,
    strand: str = "both",
    sensitivity: str = DEFAULT,
    min_contig: int = 0,
    require_rule: bool = False,
    known: str | PathLike[str] | None = None,
    model: str = MODEL,
    tree: str | None = TREE,
    arms: str | None = ARMS,
    evidence: Iterable[str] = DEFAULT_EVIDENCE,
    reads: Paths = (),
    criteria: str | None = None,
    device: str = "auto",
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
) -> Iterator[Hit]:
    """The pre-miRNA hairpins of a genome, in genome order; the hits that `mirscan scan` writes.

    >>> import mirscan
    >>> [hit.name for hit in mirscan.scan("demo.fa", region="demo3:1-10,000", strand="-")]
    ['demo3:2576-2662:-']

    Args:
        genome: A FASTA file, plain or gzipped.
        region: Only hits inside `contig`, `contig:start` or `contig:start-end` (1-based, end included,
            commas allowed); one or several, of none there are no hits; None for the whole genome.
        progress: Called with the number of bases finished since the last call.

    Returns:
        Hits, one after the other; coordinates 0-based and half-open. What is wrong with the genome or the
        options is raised at the call; the search begins when the first hit is asked for.

    Raises:
        InputError: The genome or a region cannot be read.
        UsageError: An argument asks for something that does not exist.
    """
    check_ranges(asked := {k: v for k, v in locals().items() if k not in ("genome", "progress")})
    return _begun(fspath(genome), _scan_request(**asked), progress)


def _begun(genome: str, asked: ScanRequest, progress: Callable[[int], None] | None) -> Iterator[Hit]:
    check_models(asked)
    with ExitStack() as stack:
        opened = stack.enter_context(Genome.open(genome))
        labels = recall_of(asked.known, opened.lengths)
        scan = ready(asked, opened, LoadedModels())
        return _hits(stack.pop_all(), scan, labels, progress)


def _scan_request(
    region: str | Iterable[str] | None,
    known: str | PathLike[str] | None,
    evidence: Iterable[str],
    reads: Paths,
    **same: Any,
) -> ScanRequest:
    """What the arguments of `scan` ask for."""
    return ScanRequest(
        known=None if known is None else fspath(known),
        evidence=in_order(list_of("evidence", evidence)),
        reads=paths(reads),
        regions=None if region is None else tuple((region,) if isinstance(region, str) else region),
        **same,
    )


def _hits(
    opened: ExitStack, scan: Scan, labels: Recall | None, progress: Callable[[int], None] | None
) -> Iterator[Hit]:
    with opened, closing(Journal.new(scan.header())) as journal:
        scan.search(journal, progress)
        yield from scan.finish(journal, labels).hits()


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
    check_ranges({"threads": threads})
    asked = PredictRequest(model, device=device, threads=threads)
    return list(predict_records(_named(sequences), loaded_scorer(asked.model, asked.device), asked.threads))


def _named(sequences: Sequences) -> Iterator[tuple[str, bytes]]:
    if isinstance(sequences, str):
        sequences = [sequences]
    named = sequences.items() if isinstance(sequences, Mapping) else enumerate(sequences, 1)
    for name, sequence in named:
        letters = check_sequence("sequences", sequence, "texts of DNA or RNA letters")
        yield str(name), letters.encode("ascii", "replace")


def explain(
    hairpin: str | Hairpin | Hit | Prediction,
    *,
    genome: str | PathLike[str] | None = None,
    reads: Paths = (),
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
        hairpin: A sequence, or what `scan`, `read` or `predict` gave.
        genome: The FASTA file that was scanned: the hairpin is then followed along the stages of a scan.
        reads: Small RNA reads of the genome, a file or several, as in `scan`; they need `genome`. Without
            any, what the hit holds of reads counts.
        min_score: Lowest score at which it is called; None for what the model's card says.
        what_if: Also look for the smallest changes that would turn the decisions; seconds a hairpin.
        model: A model's name or its folder.
        tree: A tree's name or its folder; None for that of scans for a hit, else that of ready hairpins.
        device: `auto`, `cpu`, `cuda` or `cuda:n`.

    Raises:
        InputError: The sequence cannot be folded, or the genome holds something else at its place.
        ModelError: The models are missing, damaged, or do not belong together.
        UsageError: Reads without a genome, or an argument asks for something that does not exist.
    """
    check_ranges({"min_score": min_score})
    folded = _hairpin(hairpin)
    name = hairpin.name if isinstance(hairpin, Hit | Prediction) else folded.contig
    notes = hairpin.notes if isinstance(hairpin, Hit) else {}
    subjects = [Subject(name, folded, hit=isinstance(hairpin, Hit), notes=notes)]
    asked = ExplainRequest(model, tree, min_score=min_score, what_if=what_if, device=device)
    if genome is not None:
        asked = replace(asked, genome=fspath(genome), reads=paths(reads))
    elif reads:
        raise UsageError("reads", "there is no genome to lay them on", "genome, the FASTA file of the scan")
    followed = _followed(subjects, asked.genome)
    explainer = _explainer(replace(asked.about(followed), what_if=None))  # the models are the same
    return Explained(next(explainer.explain(followed.subjects, what_if)), explainer)


def _followed(subjects: list[Subject], genome: str | None) -> Subjects:
    """The subjects, with their places and the clades of the genome if there is one."""
    if genome is None:
        return Subjects(subjects)
    found, clades = placed(subjects, genome, "hairpin")
    return Subjects(found, Made(clades=clades))


def _hairpin(given: str | Hairpin | Hit | Prediction) -> Hairpin:
    if isinstance(given, Hairpin):
        return given
    if isinstance(given, Hit):
        return given.hairpin
    if isinstance(given, Prediction):
        prediction = given
    else:
        letters = check_sequence("hairpin", given, "a sequence, or what scan, read or predict gave")
        prediction = fold_record(("hairpin", letters.encode("ascii", "replace")))
    if prediction.hairpin is None:
        raise InputError(prediction.name, prediction.note, "a sequence that can be folded")
    return prediction.hairpin


def read(path: str | PathLike[str]) -> list[Hit]:
    """The hits of a `.json` of `mirscan scan` or `mirscan merge`, as `scan` gave them.

    With them `explain` and `to_frame` go on where the command line ended. A `.tsv` is read by pandas alone.

    >>> import mirscan
    >>> hit, = mirscan.read("found.json")
    >>> hit.name, hit.notes["family"]["family"]
    ('demo3:2576-2662:-', 'Mir-21')
    >>> hit.evidence.bits == round(hit.evidence.prior + sum(term.bits for term in hit.evidence.terms), 2)
    True

    Args:
        path: The `.json`, or `.json.gz`.

    Raises:
        InputError: Missing, cut short, or no result of this version.
    """
    from mirscan.writers.reading import read_hits

    return read_hits(fspath(path))


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
