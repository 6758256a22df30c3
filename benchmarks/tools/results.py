"""What every script here shares: its options, what made its figures, and a JSON file written whole."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from mirscan.version import __version__

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"
DATA = ROOT.parent / "shared" / "data"


class Model(Protocol):
    """A model with a name and a card, such as a `Scorer`."""

    name: str

    @property
    def card(self) -> Any: ...


def parser_for(doc: str | None, result: str, data: str = "", threads: int = 0) -> argparse.ArgumentParser:
    """A parser that knows `--data` and `--json`, so that a script runs without any option.

    Args:
        doc: The docstring of the script, which becomes its help.
        result: Name of its file in benchmarks/results.
        data: Folder below ../shared/data.
        threads: How many threads by default; with 0 there is no such option.
    """
    parser = _parser(doc, data, threads)
    parser.add_argument("--json", type=Path, default=RESULTS / result, help="default: %(default)s")
    return parser


def parser_of_parts(
    doc: str | None, parts: Iterable[str], data: str = "", threads: int = 0
) -> argparse.ArgumentParser:
    """A parser for a script of several parts, each with a result of its name; see `parser_for`."""
    parser = _parser(doc, data, threads)
    parser.add_argument("--only", action="append", choices=list(parts), help="a part; default: all")
    parser.add_argument("--results", type=Path, default=RESULTS, help="default: %(default)s")
    return parser


def write_parts(given: argparse.Namespace, parts: Mapping[str, Callable[[argparse.Namespace], Any]]) -> None:
    """Measure the parts that are asked for, and write each to NAME.json as soon as it is there."""
    for name, measure in parts.items():
        if not given.only or name in given.only:
            write(given.results / f"{name}.json", measure(given))


def _parser(doc: str | None, data: str, threads: int) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=doc, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("--data", type=Path, default=DATA / data, help="default: %(default)s")
    if threads:
        parser.add_argument("--threads", type=int, default=threads, help="default: %(default)s")
    return parser


def made_with(model: Model | None = None) -> dict[str, str]:
    """What the figures belong to: the version of mirscan, and the model by name and checksum."""
    facts = {"mirscan": __version__}
    return facts if model is None else {**facts, "model": model.name, "model_sha256": model.card.sha256}


def write(path: Path, content: Any) -> None:
    """Write JSON that is whole or not there, in UTF-8, a space a level."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def read(name: str) -> Any:
    """The content of a file in benchmarks/results."""
    return json.loads((RESULTS / name).read_text(encoding="utf-8"))
