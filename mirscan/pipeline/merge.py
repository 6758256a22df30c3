"""The shards of a scan joined: the chunks of all in the order of the plan, and what is made of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from mirscan.errors import InputError, ModelError
from mirscan.evidence.kind import NOT_ASKED, Setup
from mirscan.evidence.registry import load_kinds
from mirscan.evidence.score import HAIRPIN
from mirscan.evidence.weighing import Evidence
from mirscan.pipeline.false_hits import of_facts
from mirscan.pipeline.finish import Finish, annotators_of, reads_of
from mirscan.pipeline.funnel import Funnel
from mirscan.pipeline.journal import Chunk, Header, Journal
from mirscan.pipeline.plan import Shard
from mirscan.pipeline.request import MergeRequest
from mirscan.pipeline.start import recall_of
from mirscan.records import Run
from mirscan.scoring.arms import ArmFinder
from mirscan.tree.judge import Judge
from mirscan.version import __version__

Model = TypeVar("Model", Judge, ArmFinder)
Opened = dict[Path, Journal]


@dataclass(frozen=True, slots=True)
class Shards:
    """All shards of one scan, in order.

    Attributes:
        header: What they have in common.
        journals: The shards.
    """

    header: Header
    journals: Sequence[Journal]

    @classmethod
    @contextmanager
    def open(cls, files: Sequence[str]) -> Iterator[Shards]:
        """Open shards, in any order, and check that they make one scan.

        Raises:
            InputError: One is damaged, unfinished, of another scan or version, given twice, or missing.
        """
        _check_each_once(files)
        with ExitStack() as stack:
            opened = {Path(file): _opened(Path(file), stack) for file in files}
            first = next(iter(opened.values())).header
            _check_belong(opened, first)
            _check_all_there(opened, first.shard.of)
            journals = sorted(opened.values(), key=lambda journal: journal.header.shard.number)
            yield cls(replace(first, shard=Shard()), journals)

    @property
    def run(self) -> Run:
        """What a result says of the scan."""
        return self.header.run

    def chunks(self) -> Iterator[Chunk]:
        """The chunks of the whole scan."""
        for journal in self.journals:
            yield from journal.chunks()

    def judge(self, asked: MergeRequest) -> Judge | None:
        """The judge that the scan was made for; None where it was made without a tree.

        Raises:
            ModelError: Another tree than that of the shards.
        """
        if (tree := self.run.tree) is None:
            return None
        return _same("tree", Judge(asked.tree or tree, asked.device), self.header.tree_sha256)

    def arm_finder(self, asked: MergeRequest) -> ArmFinder | None:
        """The model that placed the arms of the scan, as `judge`."""
        if (arms := self.run.arms) is None:
            return None
        return _same("arms", ArmFinder(asked.arms or arms, asked.device), self.run.arms_sha256)

    def finish(self, asked: MergeRequest, judge: Judge | None) -> Finish:
        """What becomes of the chunks of the whole scan.

        Args:
            asked: What is asked for.
            judge: See `judge`.

        Raises:
            InputError: The known microRNAs cannot be read.
            ModelError: A model or the evidence is not that of the shards.
        """
        arms, known = self.arm_finder(asked), recall_of(asked.known, self.run.lengths)
        plan = self.header.plan()
        funnel = Funnel(contigs=plan.contigs)
        options = self.run.options
        required, fdr = bool(options["require_rule"]), options.get("fdr")
        evidence, criteria, top = self._evidence(), options.get("criteria"), options.get("top")
        tier = options.get("tier")
        reads = reads_of(evidence.names, None if criteria is None else str(criteria))
        return Finish(
            plan,
            self.chunks,
            funnel,
            float(options["min_score"]),
            evidence,
            None if fdr is None else float(fdr),
            None if top is None else int(top),
            of_facts(options),
            None if tier is None else str(tier),
            annotators_of(judge, required, arms, known, reads),
        )

    def _evidence(self) -> Evidence:
        """What weighs the calls, as the shards have it.

        Raises:
            ModelError: A kind of evidence has other weights than when the shards were made.
        """
        options = self.run.options
        names = str(options.get("evidence", HAIRPIN)).split(",")
        prior = float(options.get("prior", 0.5))
        evidence = Evidence(load_kinds(names, Setup(prior)), prior)
        for name, here in evidence.facts().items():
            if options.get(name) not in (here, NOT_ASKED):
                expected = f"{options.get(name)!r}, as in the shards"
                raise ModelError(f"evidence: {name}", f"is {here!r} here", expected)
        return evidence


def _same(argument: str, model: Model, expected: str | None) -> Model:
    """A model, which is that of the shards.

    Args:
        argument: The name of the request that says where it is.
        model: As it was found.
        expected: The checksum of that of the shards, SHA-256.

    Raises:
        ModelError: It is another one.
    """
    if model.sha256 != expected:
        hint = f"`{argument}` says where that is."
        raise ModelError(model.name, "is not that of the shards", f"SHA-256 {expected}", hint)
    return model


def _check_each_once(files: Sequence[str]) -> None:
    """Refuse a shard that is named twice, which may stand where another was meant."""
    twice = next((file for at, file in enumerate(files) if Path(file) in map(Path, files[:at])), None)
    if twice is not None:
        hint = "Name it once, and the others if one of them was meant."
        raise InputError(twice, "is named twice", "each shard once", hint)


def _opened(path: Path, stack: ExitStack) -> Journal:
    journal = Journal.open(path)
    if journal:
        stack.enter_context(closing(journal))
    if journal is None or not journal.complete:
        hint = "Make it again: mirscan scan … --shard … --resume"
        raise InputError(str(path), "is damaged or unfinished", "a finished shard", hint)
    if journal.header.run.version != __version__:
        found = f"was made by mirscan {journal.header.run.version}"
        raise InputError(str(path), found, f"mirscan {__version__}, as here")
    return journal


def _check_belong(opened: Opened, first: Header) -> None:
    for path, journal in opened.items():
        expected = replace(first, shard=replace(journal.header.shard, of=first.shard.of))
        if differences := journal.header.differences(expected):
            found = f"is of another scan than {next(iter(opened))}: {', '.join(differences)}"
            raise InputError(str(path), found, "shards of one scan")


def _check_all_there(opened: Opened, of: int) -> None:
    seen: dict[int, Path] = {}
    for path, journal in opened.items():
        number = journal.header.shard.number
        if number in seen:
            raise InputError(str(path), f"is shard {number}/{of}, as is {seen[number]}", "each shard once")
        seen[number] = path
    if missing := [str(number) for number in range(1, of + 1) if number not in seen]:
        raise InputError("shards", f"of {of}, missing: {', '.join(missing)}", f"all {of}")
