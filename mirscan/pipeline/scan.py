"""The line: genome → windows → sieve → folds → scores → journal; `finish.py` makes hits of what it holds."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import islice
from time import perf_counter
from typing import Any

import torch

from mirscan.errors import UsageError
from mirscan.evidence.kind import Setup
from mirscan.evidence.registry import load_kinds
from mirscan.evidence.weighing import Evidence
from mirscan.genome.access import Genome
from mirscan.genome.regions import Region, facts_of
from mirscan.genome.repeats import Repeats
from mirscan.pipeline.decoy_search import (
    Sampling,
    Searched,
    SearchWithDecoys,
    Task,
    default_megabases,
    place_of,
)
from mirscan.pipeline.finish import Finish, annotators_of, reads_of
from mirscan.pipeline.funnel import Funnel
from mirscan.pipeline.in_question import log_odds_of, weakest
from mirscan.pipeline.journal import Chunk, DecoyCalls, Header, Journal
from mirscan.pipeline.known import Recall
from mirscan.pipeline.plan import REGION_CONTEXT, WORKERS_NEED, Plan, Shard, chunk_of, owned
from mirscan.pipeline.presieve import presieved
from mirscan.pipeline.scan_options import ScanOptions
from mirscan.pipeline.search import Search
from mirscan.pipeline.stretches import Stretch
from mirscan.records import REPEATS, Call, Hairpin, Hit, Run, Window
from mirscan.runtime.gather import gather
from mirscan.runtime.workers import ordered_map
from mirscan.scoring.arms import ArmFinder
from mirscan.scoring.scorer import Scorer
from mirscan.sieve.gpu import TorchSieve, can_sieve
from mirscan.tree.judge import Judge
from mirscan.version import __version__

FEW = 128  # hairpins scored together, if there are as many: a chunk brings four, and batches want to be full


class Scan:
    """One run over a genome.

    Attributes:
        plan: What is looked at.
        funnel: Counts, complete when `hits` is exhausted.
    """

    def __init__(
        self,
        genome: Genome,
        scorer: Scorer,
        options: ScanOptions,
        judge: Judge | None = None,
        workers: int = 1,
        chunk: int | None = None,
        shard: Shard | None = None,
        arms: ArmFinder | None = None,
    ) -> None:
        """Plan a run.

        Args:
            genome: What to search.
            scorer: The network that scores.
            options: What counts as a hit.
            judge: The tree that gives each hit its rule; None for hits without.
            workers: Processes that search and fold.
            chunk: Bases that a task owns; it changes no hit. None for `plan.chunk_of` the genome.
            shard: The part of the genome that is this run's to search; None for all of it.
            arms: Places the mature arms of each hit; None for hits without.

        Raises:
            UsageError: A rule is required and there is no tree, or a false discovery rate and no decoys.
        """
        if options.require_rule and judge is None:
            raise UsageError("`require_rule`", "no tree gives the hits their rules", "a tree")
        if options.fdr is not None and options.decoys == 0:
            raise UsageError("`fdr`", "there are no decoys to estimate it by", "`decoys` of some megabases")
        self._genome, self._repeats = genome, Repeats(genome)
        self._scorer, self._judge, self._arms = scorer, judge, arms
        self._options = options
        self._chunk = chunk_of(sum(genome.lengths.values())) if chunk is None else chunk
        self._workers, self._shard = workers, shard or Shard()
        self._regions = genome.intervals(options.regions)
        setup = Setup(scorer.prior, genome, device=str(scorer.device))
        self._evidence = Evidence(load_kinds(options.evidence, setup, options.evidence_choices), scorer.prior)
        self._search = replace(options.search, detectors=self._evidence.detectors())
        self._context = max(REGION_CONTEXT, self._evidence.reach)
        self.plan = Plan(
            genome.lengths, self._search.margin, self._regions, options.min_contig, self._chunk, self._context
        )
        self._decoys = default_megabases(self.plan.bases) if options.decoys is None else options.decoys
        self._sampling = Sampling(1e6 * self._decoys / max(self.plan.bases, 1))
        self._weakest = weakest(options.min_score)
        self.funnel = Funnel(contigs=self.plan.contigs)

    @property
    def device(self) -> torch.device:
        """Where the network that scores runs."""
        return self._scorer.device

    @property
    def calibrated(self) -> bool:
        """Whether scores are probabilities at a prevalence that the model's card tells."""
        return "calibration" in self._scorer.card.metrics

    @property
    def bases(self) -> int:
        """Bases that the run will search, on one strand."""
        return self.plan.bases if self._shard.of == 1 else sum(map(owned, self.plan.share(self._shard)))

    def describe(self) -> Run:
        """What a result says of this run."""
        asked = self._options.facts(self._decoys, self._scorer.prevalence)
        return Run(
            version=__version__,
            model=self._scorer.name,
            model_sha256=self._scorer.card.sha256,
            tree=self._judge.name if self._judge else None,
            tree_latent=self._judge.tree.latent.get("sha256") if self._judge else None,
            options={**asked, **facts_of(self._regions), **self._evidence.facts()},
            lengths=self._genome.lengths,
            arms=self._arms.name if self._arms else None,
            arms_sha256=self._arms.card.sha256 if self._arms else None,
        )

    def header(self) -> Header:
        """What the journal of this run says of it."""
        return Header(
            run=self.describe(),
            genome_sha256=self._genome.sha256,
            regions=self._regions,
            chunk=self._chunk,
            margin=self._search.margin,
            context=self._context,
            shard=self._shard,
            tree_sha256=self._judge.sha256 if self._judge else None,
        )

    def hits(self, progress: Callable[[int], None] | None = None) -> Iterator[Hit]:
        """The hits in genome order, when everything has been searched; see `search` and `finish`."""
        with closing(Journal.new(self.header())) as journal:
            self.search(journal, progress)
            yield from self.finish(journal).hits()

    def finish(self, journal: Journal, known: Recall | None = None) -> Finish:
        """What becomes of a journal with all chunks of the genome.

        Args:
            journal: Complete.
            known: Says which hits are known; None where nobody asked.
        """
        asked = self._options
        return Finish(
            self.plan,
            journal.chunks,
            self.funnel,
            asked.min_score,
            self._evidence,
            asked.fdr,
            asked.top,
            asked.curve,
            asked.tier,
            annotators_of(
                self._judge, asked.require_rule, self._arms, known, reads_of(asked.evidence, asked.criteria)
            ),
        )

    def search(self, journal: Journal, progress: Callable[[int], None] | None = None) -> None:
        """Fill a journal with the chunks of this run that it lacks.

        Args:
            journal: Where the chunks are kept, and perhaps were already.
            progress: Called with the number of bases finished since the last call.

        Raises:
            WorkerError: A worker failed or died.
            InputError: The genome cannot be read any more.
            OutputError: The journal cannot be written.
        """
        report = progress or (lambda _: None)
        report(sum(map(owned, islice(self.plan.share(self._shard), journal.finished))))
        with closing(self.chunks(journal.finished)) as chunks:  # whatever happens, the workers end here
            for chunk in chunks:
                journal.append(chunk)
                report(chunk.counts["bases"])

    def chunks(self, first: int = 0) -> Generator[Chunk]:
        """Search the chunks of this run, from number `first` on."""
        search = SearchWithDecoys(self._search)
        tasks = self._tasks(first)
        if can_sieve(self._scorer.device):
            sieve = TorchSieve(self._search.sieve, self._scorer.device)
            tasks = presieved(tasks, self._search, sieve, self.funnel)
        place = partial(place_of, self._genome.source)
        in_order = ordered_map(search, tasks, self._workers, WORKERS_NEED, place)
        enough = max(FEW, self._scorer.together)
        for batch in gather(in_order, lambda searched: len(searched.hairpins), enough):
            yield from self._scored(batch)

    def calls(self) -> Iterator[Hit]:
        """Every scored hairpin at or above the lowest score, overlapping ones included.

        The evidence must be such that each call is weighed by itself, as the network's is.
        """
        for chunk in self.chunks():
            hits = self._evidence.hits(chunk.calls)
            yield from (hit for hit in hits if hit.score >= self._options.min_score)

    def again(self, regions: Sequence[Region], min_score: float) -> Scan:
        """A scan of some places of the genome that folds and scores every candidate there.

        Args:
            regions: Where.
            min_score: Lowest score of a hit, 0..1.
        """
        usual = self._options.search
        asked = ScanOptions(
            search=Search(strands=usual.strands, sieve=usual.sieve),
            min_score=min_score,
            regions=tuple(regions),
            evidence=self._options.evidence,
            evidence_choices=self._options.evidence_choices,
        )
        return Scan(self._genome, self._scorer, asked)

    def _tasks(self, first: int) -> Iterator[Task]:
        for windows in islice(self.plan.share(self._shard), first, None):
            started = perf_counter()
            stretches = [self._stretch(window) for window in windows]
            blocks = [
                block
                for window in windows
                for block in self._sampling.blocks(window, self._genome.length(window.contig))
            ]
            bases = [self._genome.fetch(block.contig, block.start, block.end) for block in blocks]
            self.funnel.spend({"read": perf_counter() - started})
            yield Task(stretches, list(zip(blocks, bases, strict=True)))

    def _stretch(self, window: Window) -> Stretch:
        bases = self._genome.fetch(window.contig, window.start, window.end)
        return Stretch(window, bases, self._evidence.proposed(window))

    def _scored(self, batch: Sequence[Searched]) -> Iterator[Chunk]:
        """The chunks of what was searched; their hairpins are scored together."""
        started = perf_counter()
        log_odds = log_odds_of(batch, self._scorer, self._evidence, self._weakest, self._options.min_score)
        self.funnel.spend({"score": perf_counter() - started})
        for searched in batch:
            yield self._chunk_of(searched, log_odds)

    def _chunk_of(self, searched: Searched, log_odds: Iterator[float]) -> Chunk:
        """A chunk of what was searched, and the next log-odds."""
        found = searched.found
        for part in (found, searched.decoys):
            self.funnel.spend(part.seconds)
        calls = self._kept(found.hairpins, found.measured, log_odds)
        false = self._kept(searched.decoys.hairpins, searched.decoys.measured, log_odds, decoy=True)
        counts = {
            "bases": found.bases,
            "windows": found.windows,
            "candidates": found.candidates,
            "folded": found.folded,
            "scored": len(found.hairpins),
        }
        if not self._decoys:
            return Chunk(counts, calls, known=searched.known)
        made_from = {str(number): (block.contig, block.start) for number, block in enumerate(searched.blocks)}
        places = {call.hairpin.contig: made_from[call.hairpin.contig] for call in false}
        return Chunk(counts, calls, DecoyCalls(searched.decoy_known, false, places), searched.known)

    def _kept(
        self,
        hairpins: Sequence[Hairpin],
        measured: Sequence[Mapping[str, Any]],
        log_odds: Iterator[float],
        decoy: bool = False,
    ) -> list[Call]:
        """Those of some hairpins that are hits or nearly, by the next log-odds, if not too repeated."""
        scored = zip(hairpins, islice(log_odds, len(hairpins)), measured, strict=True)
        lowest = self._options.min_score if decoy else self._weakest
        calls = self._evidence.kept([Call(*each) for each in scored], lowest, decoy)
        highest = 1.0 if self._options.max_repeated is None else self._options.max_repeated
        known = (self._with_repeats(call) for call in calls)
        return [call for call in known if call.repeated <= highest]

    def _with_repeats(self, call: Call) -> Call:
        share = self._repeats.share(call.hairpin.sequence)
        return replace(call, measured={**call.measured, REPEATS: share})
