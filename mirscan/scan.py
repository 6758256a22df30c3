"""The line: genome → windows → sieve → folds → scores → hits. The only place that joins the stations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from time import perf_counter

from mirscan.errors import UsageError
from mirscan.genome import Genome
from mirscan.judging import Judge
from mirscan.loci import best_of_each_locus
from mirscan.records import Hit, Run, Window
from mirscan.runner import ordered_map
from mirscan.scoring import Scorer
from mirscan.search import Found, Search, Stretch
from mirscan.version import __version__
from mirscan.windows import Region, bundle, merge, tiles

CHUNK = (
    50_000  # bases owned by a task: seconds of folding, so that progress moves and little waits at the end
)
JUDGED_AT_ONCE = 64  # hits whose rules are worked out together
# Bases on both sides of a region whose calls compete with those inside, so that a region gives the same hits
# as the whole genome.
REGION_CONTEXT = 1_000


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """What decides which hits there are.

    Attributes:
        search: Strands and candidates.
        min_score: Lowest score of a hit, 0..1.
        require_rule: Keep only hits that the tree calls precursors too.
        min_contig: Shortest contig that is searched, nt.
        regions: Only hits that lie inside one of these; empty for the whole genome.
    """

    search: Search = field(default_factory=Search)
    min_score: float = 0.5
    require_rule: bool = False
    min_contig: int = 0
    regions: tuple[Region, ...] = ()


@dataclass(slots=True)
class Funnel:
    """How much reached each station, and the seconds spent there (in all processes together).

    Attributes:
        contigs: Contigs searched.
        bases: Bases searched, on one strand.
        windows: Windows searched.
        candidates: Hairpins that the sieve let through.
        folded: Candidates folded by ViennaRNA.
        scored: Hairpins scored.
        above_threshold: Scored hairpins at or above the lowest score.
        hits: What remains when overlapping calls are reduced to the best of each locus.
        seconds: By stage.
    """

    contigs: int = 0
    bases: int = 0
    windows: int = 0
    candidates: int = 0
    folded: int = 0
    scored: int = 0
    above_threshold: int = 0
    hits: int = 0
    seconds: dict[str, float] = field(
        default_factory=lambda: {
            "read": 0.0,
            "sieve": 0.0,
            "draft": 0.0,
            "fold": 0.0,
            "score": 0.0,
            "rules": 0.0,
        }
    )


class Scan:
    """One run over a genome.

    Attributes:
        funnel: Counts, complete when `hits` is exhausted.
    """

    def __init__(
        self,
        genome: Genome,
        scorer: Scorer,
        options: ScanOptions,
        judge: Judge | None = None,
        workers: int = 1,
        chunk: int = CHUNK,
    ) -> None:
        """Plan a run.

        Args:
            genome: What to search.
            scorer: The network that scores.
            options: What counts as a hit.
            judge: The tree that gives each hit its rule; None for hits without.
            workers: Processes that search and fold.
            chunk: Bases that a task owns; it changes no hit.

        Raises:
            UsageError: A rule is required and there is no tree.
        """
        if options.require_rule and judge is None:
            raise UsageError("--require-rule", "no tree gives the hits their rules", "a tree")
        self._judge = judge
        self._chunk = chunk
        self._genome = genome
        self._scorer = scorer
        self._options = options
        self._workers = workers
        self._intervals = self._wanted()
        self.funnel = Funnel(contigs=len(self._intervals))

    @property
    def bases(self) -> int:
        """Bases that the run will search, on one strand."""
        return sum(end - start for _, start, end in self._context())

    def describe(self) -> Run:
        """What a result says of this run."""
        options = self._options
        sieve = {f"sieve_{name}": value for name, value in asdict(options.search.sieve).items()}
        return Run(
            version=__version__,
            model=self._scorer.name,
            model_sha256=self._scorer.card.sha256,
            tree=self._judge.name if self._judge else None,
            tree_latent=str(self._judge.tree.latent.get("sha256")) if self._judge else None,
            options={
                "strand": "both" if len(options.search.strands) == 2 else options.search.strands,
                "min_score": options.min_score,
                "require_rule": options.require_rule,
                "min_contig": options.min_contig,
                "flank": options.search.flank,
                **({"draft_cut": options.search.cut} if options.search.draft else {}),
                **sieve,
            },
            lengths={contig.name: contig.length for contig in self._genome.contigs},
        )

    def hits(self, progress: Callable[[int], None] | None = None) -> Iterator[Hit]:
        """The hits in genome order.

        Args:
            progress: Called with the number of bases finished since the last call.

        Raises:
            WorkerError: A worker failed or died.
            InputError: The genome cannot be read any more.
        """
        for hit in self._ruled(filter(self._inside, best_of_each_locus(self.calls(progress)))):
            if not self._options.require_rule or (hit.rule and hit.rule.precursor):
                self.funnel.hits += 1
                yield hit

    def _ruled(self, hits: Iterator[Hit]) -> Iterator[Hit]:
        """The hits with their rules, asked for some at a time."""
        while some := list(islice(hits, JUDGED_AT_ONCE)):
            if self._judge is None:
                yield from some
                continue
            started = perf_counter()
            rules = self._judge.rules([hit.hairpin for hit in some])
            self.funnel.seconds["rules"] += perf_counter() - started
            yield from (replace(hit, rule=rule) for hit, rule in zip(some, rules, strict=True))

    def calls(self, progress: Callable[[int], None] | None = None) -> Iterator[Hit]:
        """Every scored hairpin at or above the lowest score, overlapping ones included; see `hits`."""
        found_in_order = ordered_map(
            self._options.search, self._stretches(), self._workers, preload=("mirscan.search",)
        )
        for found in found_in_order:
            self._count(found)
            yield from self._score(found)
            if progress:
                progress(found.bases)

    def _stretches(self) -> Iterator[Sequence[Stretch]]:
        for windows in bundle(self._windows(), self._chunk):
            started = perf_counter()
            stretches = [
                Stretch(window, self._genome.fetch(window.contig, window.start, window.end))
                for window in windows
            ]
            self.funnel.seconds["read"] += perf_counter() - started
            yield stretches

    def _windows(self) -> Iterator[Window]:
        for contig, start, end in self._context():
            yield from tiles(
                contig, self._genome.length(contig), start, end, self._chunk, self._options.search.margin
            )

    def _wanted(self) -> dict[str, list[tuple[int, int]]]:
        """Contig → the intervals asked for, in file order, merged."""
        asked: dict[str, list[tuple[int, int]]] = {}
        for region in self._options.regions:
            asked.setdefault(region.contig, []).append(self._genome.clip(region))
        return {
            contig.name: merge(asked.get(contig.name, [(0, contig.length)]))
            for contig in self._genome.contigs
            if (not asked or contig.name in asked) and contig.length >= max(1, self._options.min_contig)
        }

    def _context(self) -> list[tuple[str, int, int]]:
        """The intervals asked for with the surroundings whose calls compete with theirs."""
        return [
            (contig, start, end)
            for contig, intervals in self._intervals.items()
            for start, end in merge(
                (max(0, start - REGION_CONTEXT), min(self._genome.length(contig), end + REGION_CONTEXT))
                for start, end in intervals
            )
        ]

    def _inside(self, hit: Hit) -> bool:
        hairpin = hit.hairpin
        return any(
            start <= hairpin.start and hairpin.end <= end for start, end in self._intervals[hairpin.contig]
        )

    def _count(self, found: Found) -> None:
        funnel = self.funnel
        funnel.bases += found.bases
        funnel.windows += found.windows
        funnel.candidates += found.candidates
        funnel.folded += len(found.hairpins)
        for stage, seconds in found.seconds.items():
            funnel.seconds[stage] += seconds

    def _score(self, found: Found) -> Iterator[Hit]:
        started = perf_counter()
        scores = self._scorer.scores(found.hairpins)
        self.funnel.seconds["score"] += perf_counter() - started
        self.funnel.scored += len(scores)
        for hairpin, score in zip(found.hairpins, scores.tolist(), strict=True):
            if score >= self._options.min_score:
                self.funnel.above_threshold += 1
                yield Hit(
                    place_name(hairpin.contig, hairpin.start, hairpin.end, hairpin.strand), hairpin, score
                )


def place_name(contig: str, start: int, end: int, strand: str) -> str:
    """The name of a hit: its place, 1-based with the end included, as people and genome browsers write it."""
    return f"{contig}:{start + 1}-{end}:{strand}"
