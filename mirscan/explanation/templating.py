"""The templates of the pages: whatever they are given is text, unless it is a picture of ours."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from jinja2 import BaseLoader, Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from mirscan.explanation.glossary import glossed
from mirscan.explanation.svg.elements import minus, printable

FOLDER = "templates"
ROOMS = ("mirscan.explanation", "mirscan.report")  # each with a folder of templates; no name is in both


def file_text(name: str) -> str:
    """The text of a file in the folders of templates."""
    paths = [files(room) / FOLDER / name for room in ROOMS]
    return next(path for path in paths if path.is_file()).read_text(encoding="utf-8")


def render(name: str, **values: Any) -> str:
    """A template with its values filled in; text is escaped, and rid of what no page can hold."""
    return _environment().get_template(name).render(**values)


@cache
def _environment() -> Environment:
    loader: BaseLoader = FunctionLoader(file_text)
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(glossed=glossed, number=_number, measured=_measured, quantity=_quantity)
    return environment


def _printable(value: Any) -> Any:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _number(value: float | None, digits: int = 4) -> str:
    return "" if value is None else minus(f"{value:.{digits}g}")


def _measured(value: Any) -> str:
    """The value that a question is held against."""
    if value is None:
        return ""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:.3g}" if is_number else str(value)


def _quantity(value: Any, unit: str) -> str:
    """A concept's value in words."""
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, bool):
        return "yes" if plain else "no"
    if plain == "" or plain != plain:
        return "–"
    return f"{plain if isinstance(plain, str) else _number(plain, 3)} {unit}".strip()
