"""The JSON of a scan, read again."""

from __future__ import annotations

import json
import zlib
from dataclasses import fields
from typing import Any

from mirscan.errors import InputError
from mirscan.genome.fasta import open_stream
from mirscan.pipeline.annotators import registry
from mirscan.records import Hairpin, Hit
from mirscan.writers.text import JSON_FORMAT, JSON_VERSION

A_RESULT = "a result of `mirscan scan`"


def read_document(path: str) -> dict[str, Any]:
    """The whole JSON of a scan or a merger; that its members are what they should be is not looked into.

    Args:
        path: The `.json`, or `.json.gz`.

    Raises:
        InputError: Missing, cut short, no JSON, or not of this version of the format.
    """
    return read_format(path, JSON_FORMAT, JSON_VERSION, A_RESULT)


def read_hits(path: str) -> list[Hit]:
    """The hits of a scan or a merger with all that was noted of them, as the scan gave them.

    Args:
        path: See `read_document`.

    Raises:
        InputError: See `read_document`; or a hit lacks something.
    """
    try:
        return [_hit(record) for record in read_document(path)["hits"]]
    except (LookupError, TypeError, ValueError) as error:
        raise InputError(path, f"unexpected content ({error!r})", A_RESULT) from error


def _hit(record: dict[str, Any]) -> Hit:
    hairpin = Hairpin(**{field.name: record[field.name] for field in fields(Hairpin)})
    return Hit(record["name"], hairpin, record["score"], registry.restored(record))


def read_format(path: str, name: str, version: int, expected: str) -> dict[str, Any]:
    """A JSON file that states its format.

    Args:
        path: The file, plain or gzipped.
        name: The format that it must state.
        version: The version that it must state.
        expected: What it should be, for errors.

    Raises:
        InputError: See `read_document`.
    """
    try:
        with open_stream(path, expected) as stream:
            content = json.load(stream)
    except (OSError, EOFError, ValueError, RecursionError, zlib.error) as error:
        raise InputError(path, f"not a complete JSON file ({error})", expected) from error
    found = (content.get("format"), content.get("format_version")) if isinstance(content, dict) else None
    if found != (name, version):
        of_this = f"format {(name, version)} of this version"
        raise InputError(path, f"format {found}", of_this, "Scan again with this version.")
    document: dict[str, Any] = content
    return document
