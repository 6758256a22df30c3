"""The journal of a scan: what each chunk of the genome gave, kept so that the rest can go on from it.

A scan writes a record a chunk and, when all are there, makes its hits of them. An interrupted scan goes on
behind the last record; a shard is a finished journal of some of the chunks; merging reads those of all shards
in order. All three come to the same hits because they all come from the same records.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mirscan.errors import InputError
from mirscan.pipeline.plan import REGION_CONTEXT, Interval, Plan, Shard
from mirscan.records import Call, Hairpin, Run
from mirscan.runtime.record_file import RecordFile

SUFFIX = ".journal"
SHARD_SUFFIX = ".shard"
END = "end"  # the key of a last record, which says that the shard is complete


@dataclass(frozen=True, slots=True)
class DecoyCalls:
    """What the decoys of one chunk gave.

    Attributes:
        decoy_known: Known bases of them.
        calls: As those of the chunk; each decoy is a contig of its own.
        places: Name of each such contig → contig and first base of what it was made from in the genome.
    """

    decoy_known: int
    calls: Sequence[Call] = ()
    places: Mapping[str, tuple[str, int]] = field(default_factory=dict)

    def placed(self) -> Iterator[tuple[Call, Hairpin]]:
        """Each call, and its hairpin where it would lie in the genome."""
        for call in self.calls:
            contig, first = self.places.get(call.hairpin.contig, (call.hairpin.contig, 0))
            hairpin = call.hairpin
            yield call, replace(hairpin, contig=contig, start=first + hairpin.start, end=first + hairpin.end)


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one chunk of the plan gave.

    Attributes:
        counts: How much reached each stage, by the names of the funnel.
        calls: Every scored hairpin that its evidence could make a hit, overlapping ones included, in genome
            order.
        decoys: What its decoys gave; None where none were asked for.
        known: Known bases of the genome that it owns.
    """

    counts: Mapping[str, int]
    calls: Sequence[Call]
    decoys: DecoyCalls | None = None
    known: int = 0

    def as_record(self) -> dict[str, Any]:
        """The chunk as JSON; numbers come back exactly."""
        calls = _call_records(self.calls)
        record: dict[str, Any] = {"counts": dict(self.counts), "known": self.known, "calls": calls}
        if self.decoys:
            record["decoys"] = {
                "decoy_known": self.decoys.decoy_known,
                "calls": _call_records(self.decoys.calls),
                "places": {name: list(place) for name, place in self.decoys.places.items()},
            }
        return record

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Chunk:
        """The chunk of a record."""
        found = record.get("decoys")
        decoys = _decoys_of(found) if found else None
        return cls(record["counts"], _calls_of(record["calls"]), decoys, record["known"])


def _decoys_of(record: Mapping[str, Any]) -> DecoyCalls:
    places = {name: (contig, first) for name, (contig, first) in record["places"].items()}
    return DecoyCalls(record["decoy_known"], _calls_of(record["calls"]), places)


def _call_records(calls: Sequence[Call]) -> list[list[Any]]:
    return [[call.log_odds, dict(call.measured), *asdict(call.hairpin).values()] for call in calls]


def _calls_of(records: Sequence[Sequence[Any]]) -> list[Call]:
    return [Call(Hairpin(*hairpin), log_odds, measured) for log_odds, measured, *hairpin in records]


@dataclass(frozen=True, slots=True)
class Header:
    """Everything that decides what the records of a journal are and which hits come of them.

    Attributes:
        run: Versions, models and options.
        genome_sha256: Checksum of the names and bases of the genome.
        regions: Contig → the intervals asked for; None for the whole genome.
        chunk: Bases that a chunk owns.
        margin: Bases that a window sees on either side of them.
        context: Bases on both sides of a region whose calls bear on those inside.
        shard: Which part of the scan this is.
        tree_sha256: Checksum of the tree that gives the rules; None without.
        viennarna: Version of ViennaRNA that folded.
    """

    run: Run
    genome_sha256: str
    regions: Mapping[str, Sequence[Interval]] | None
    chunk: int
    margin: int
    context: int = REGION_CONTEXT
    shard: Shard = field(default_factory=Shard)
    tree_sha256: str | None = None
    viennarna: str = field(default_factory=lambda: version("viennarna"))

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Header:
        """The header of a record."""
        facts = dict(record)
        return cls(run=Run(**facts.pop("run")), shard=Shard(**facts.pop("shard")), **facts)

    def plan(self) -> Plan:
        """The plan of the whole scan."""
        shortest = int(self.run.options["min_contig"])
        return Plan(self.run.lengths, self.margin, self.regions, shortest, self.chunk, self.context)

    def facts(self) -> dict[str, Any]:
        """What must be the same for a scan to go on, by a name that a message can use."""
        facts = asdict(self)
        run = facts.pop("run")
        del run["lengths"]  # the genome's checksum says it shorter
        options = {f"option {name}": value for name, value in run.pop("options").items()}
        return {**run, **facts, "shard": str(self.shard), **options}

    def differences(self, other: Header) -> list[str]:
        """What differs in another header, each with the value in this one (there) and in the other (here)."""
        there, here = self.facts(), other.facts()
        return [
            f"{name} ({_short(there.get(name))} there, {_short(here.get(name))} here)"
            for name in {**there, **here}
            if _plain(there.get(name)) != _plain(here.get(name))
        ]


class Journal:
    """A header and the chunks behind it, in a file.

    Attributes:
        header: The header.
        finished: How many chunks are in it.
        complete: Whether its last record says that nothing is missing.
    """

    def __init__(self, file: RecordFile, header: Header) -> None:
        self.header = header
        self.finished = 0
        self.complete = False
        self._file = file

    @classmethod
    def new(cls, header: Header, path: Path | None = None) -> Journal:
        """Begin a journal; without a path, one that vanishes with the process.

        Raises:
            OutputError: It cannot be written, or another scan is writing it.
        """
        file = RecordFile.new(path)
        file.append(asdict(header))
        return cls(file, header)

    @classmethod
    def open(cls, path: Path, to_write: bool = False) -> Journal | None:
        """Open a journal and count its chunks; None where not even its header is whole.

        Raises:
            InputError: Missing, unreadable, or no journal of this version.
            OutputError: To be written, and another scan is writing it.
        """
        file = RecordFile.open(path, to_write)
        try:
            first = next(file.records(), None)
            journal = cls(file, Header.from_record(first)) if first else None
            if journal:
                journal.finished = sum(1 for _ in journal.chunks())
        except (KeyError, TypeError, ValueError) as error:
            found = f"is no journal of this version of mirscan ({error!r})"
            raise InputError(str(path), found, hint="`force` starts anew.") from error
        if journal is None:
            file.close()
        return journal

    def append(self, chunk: Chunk) -> None:
        """Add a chunk; from then on it outlives this process.

        Raises:
            OutputError: The disk is full, or gone.
        """
        self._file.append(chunk.as_record())
        self.finished += 1

    def chunks(self) -> Iterator[Chunk]:
        """The chunks in the order of the plan; of damaged ones and what follows them nothing."""
        records = self._file.records()
        next(records, None)
        for count, record in enumerate(records):
            if END in record:
                self.complete = record[END] == count
                return
            yield Chunk.from_record(record)

    def end(self) -> None:
        """Say that nothing is missing, and wait until everything is on the disk."""
        if not self.complete:
            self._file.append({END: self.finished})
        self._file.sync()
        self.complete = True

    def name(self, path: Path) -> None:
        """Give a finished journal its final name.

        Raises:
            OutputError: The folder does not allow it.
        """
        self._file.rename(path)

    def close(self) -> None:
        """Close the file; where it has no name, it is gone."""
        self._file.close()


def _plain(value: Any) -> Any:
    """A value as JSON brings it back."""
    if isinstance(value, Mapping):
        return {key: _plain(member) for key, member in value.items()}
    return [_plain(member) for member in value] if isinstance(value, (list, tuple)) else value


def _short(value: Any, length: int = 16) -> str:
    text = str(value)
    return text if len(text) <= length else text[:length] + "…"
