"""What the functions for scripts refuse at the call: numbers out of range, a text for a list, no sequence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import inf
from numbers import Real
from os import PathLike, fspath
from typing import Any

from mirscan.errors import UsageError

Paths = str | PathLike[str] | Iterable[str | PathLike[str]]
RANGES = {  # argument → its lowest and highest value, those of the command line
    "min_score": (0.0, 1.0),
    "fdr": (0.0, 1.0),
    "max_repeated": (0.0, 1.0),
    "prevalence": (1e-9, 0.5),
    "top": (1, inf),
    "threads": (1, inf),
    "min_contig": (0, inf),
    "decoys": (0.0, inf),
}


def check_ranges(given: Mapping[str, Any]) -> None:
    """See that each number that is given lies in its range.

    Args:
        given: Argument → value; None stands for an argument that nobody gave.

    Raises:
        UsageError: A number is too small or too large, or it is not a number.
    """
    for name, (low, high) in RANGES.items():
        value = given.get(name)
        if value is None:
            continue
        expected = f"a number from {low:g} to {high:g}" if high < inf else f"a number, {low:g} or more"
        if not isinstance(value, Real) or not low <= float(value) <= high:
            raise UsageError(name, repr(value), expected)


def check_sequence(argument: str, given: object, expected: str) -> str:
    """A sequence as text.

    Args:
        argument: Its name, for the error.
        given: What stands there.
        expected: What is taken instead, for the error.

    Raises:
        UsageError: It is not a text.
    """
    if not isinstance(given, str):
        raise UsageError(argument, f"{type(given).__name__} {given!r:.40}", expected)
    return given


def paths(given: Paths) -> tuple[str, ...]:
    """The paths of one file or of several."""
    return tuple(fspath(each) for each in ((given,) if isinstance(given, str | PathLike) else given))


def list_of(name: str, given: Iterable[str]) -> Iterable[str]:
    """What is a list of texts, and not a text: that would be taken letter by letter.

    Args:
        name: Of the argument, for the error.
        given: What stands there.

    Raises:
        UsageError: It is a text.
    """
    if isinstance(given, str):
        raise UsageError(name, f"the text {given!r}", f"a list of texts, such as [{given!r}]")
    return given
