"""What an annotator is, and what a column is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from time import perf_counter
from typing import Any, ClassVar

from mirscan.records import Hit

AT_ONCE = 256  # hits that a network gets together: what a GPU does at once
Options = Mapping[str, Any]  # those of a run, as its results state them


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table, which is an attribute in GFF3 as well.

    Attributes:
        name: As its header says it.
        description: What it holds, in plain English.
        text: From a hit to what is written; empty where there is nothing to say.
        kind: Its type in JSON: `string`, `number` or `integer`.
        in_gff3: Whether it is an attribute of the hit's feature in GFF3.
    """

    name: str
    description: str
    text: Callable[[Hit], str]
    kind: str = "string"
    in_gff3: bool = True


@dataclass(frozen=True, slots=True)
class Count:
    """A line of the funnel: how many hits have something in common.

    Attributes:
        name: As the summary says it.
        description: What is counted.
        of: Whether a hit counts.
    """

    name: str
    description: str
    of: Callable[[Hit], bool]


class Annotator:
    """Something that is said of hits. Each method has a default that fits a note of a single value.

    Attributes:
        name: Of the note (`Hit.notes`), and of the member in JSON.
        description: What the columns hold together, in a line for people.
        columns: How the note is written in tables and GFF3.
        schema: JSON Schema of the member; None to take the kind of the first column, or null.
        absent: The note of a hit that has none.
        counts: What the summary counts of it.
        stage: Under which name its seconds are counted; None where they are not worth it.
        gff3_rank: Attributes of a higher rank come behind those of a lower one.
        explained: Whether `explain` repeats it of the hits of a result.
        listed: Whether the index of its page does; so for all that it repeats.
        seconds: What it took so far.
    """

    name: ClassVar[str]
    description: ClassVar[str]
    columns: ClassVar[Sequence[Column]]
    schema: ClassVar[Mapping[str, Any] | None] = None
    absent: ClassVar[Any] = None
    counts: ClassVar[Sequence[Count]] = ()
    stage: ClassVar[str | None] = None
    gff3_rank: ClassVar[int] = 0
    explained: ClassVar[bool] = True
    listed: ClassVar[bool] = False
    seconds: float = 0.0

    def annotate(self, hits: Iterable[Hit]) -> Iterator[Hit]:
        """The hits with their notes, in order; those left out that do not pass."""
        yield from hits

    @classmethod
    def shown(cls, options: Options) -> bool:  # noqa: ARG003, for those that depend on them
        """Whether the results of a run have it."""
        return True

    @classmethod
    def columns_of(cls, options: Options) -> Sequence[Column]:  # noqa: ARG003, as above
        """Its columns in the results of a run."""
        return cls.columns

    @classmethod
    def as_json(cls, note: Any) -> Any:
        """A note as JSON holds it."""
        return note

    @classmethod
    def from_json(cls, value: Any) -> Any:
        """The note that a result's JSON tells, as JSON; None where it tells none, or no sense."""
        return value

    @classmethod
    def restored(cls, value: Any) -> Any:
        """The note as `annotate` makes it, from a result's JSON; None where it tells none, or no sense."""
        return cls.from_json(value)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """JSON Schema of the member."""
        described = {"description": cls.description}
        return {**(cls.schema or {"type": [cls.columns[0].kind, "null"]}), **described}

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> Any:
        """The note that a table or a GFF3 tells by its columns; None where it tells none, or no sense."""
        column = cls.columns[0]
        text = texts.get(column.name, "")
        if not text or column.kind == "string":
            return text or None
        try:
            return int(text) if column.kind == "integer" else float(text)
        except ValueError:
            return None

    @classmethod
    def sentences(cls, note: Any) -> list[str]:
        """What `explain` says of a note that a result has."""
        return [] if note is None else [f"{cls.columns[0].description}: {note}."]

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Count the seconds inside."""
        started = perf_counter()
        try:
            yield
        finally:
            self.seconds += perf_counter() - started


class ShareAnnotator(Annotator):
    """An annotator whose note is a number from 0 to 1; anything else that a result holds is none."""

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> Any:
        """See `Annotator`."""
        return cls.from_json(super().from_texts(texts))

    @classmethod
    def from_json(cls, value: Any) -> Any:
        """See `Annotator`."""
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return value if number and 0 <= value <= 1 else None


def together(hits: Iterable[Hit]) -> Iterator[list[Hit]]:
    """Hits in batches, in order."""
    remaining = iter(hits)
    while batch := list(islice(remaining, AT_ONCE)):
        yield batch
