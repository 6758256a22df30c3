"""Hits or predictions as a pandas DataFrame, with numbers as numbers."""

from __future__ import annotations

import io
from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING, Any

from mirscan.errors import UsageError
from mirscan.evidence.registry import DEFAULT
from mirscan.pipeline.annotators import registry
from mirscan.pipeline.annotators.annotator import Options
from mirscan.pipeline.predict import Prediction
from mirscan.records import Hit
from mirscan.writers.text import PLACE, TsvWriter

if TYPE_CHECKING:
    from pandas import DataFrame


def frame_of(results: Iterable[Hit] | Iterable[Prediction]) -> DataFrame:
    """A row a result; see `mirscan.to_frame`.

    Raises:
        UsageError: pandas is not installed, or these are not results.
    """
    try:
        from pandas import DataFrame
    except ImportError as error:
        raise UsageError("to_frame", "pandas is not installed", "pandas", "pip install pandas") from error
    remaining = iter(results)
    for first in remaining:
        everything = chain([first], remaining)
        if isinstance(first, Hit):
            return _hits_frame(everything, registry.options_of(first))  # type: ignore[arg-type]
        if not isinstance(first, Prediction):
            raise UsageError("results", f"{type(first).__name__} {first!r:.40}", "hits or predictions")
        return DataFrame([_row(prediction) for prediction in everything])  # type: ignore[arg-type]
    columns = registry.columns({"evidence": ",".join(DEFAULT)})  # those of a scan by default
    return DataFrame(columns=[column.name for column in (*PLACE, *columns)])


def _row(prediction: Prediction) -> dict[str, Any]:
    hairpin = prediction.hairpin
    return {
        "name": prediction.name,
        "length": len(hairpin) if hairpin else None,
        "sequence": hairpin.sequence if hairpin else None,
        "structure": hairpin.structure if hairpin else None,
        "mfe": hairpin.mfe if hairpin else None,
        "score": prediction.score,
        "note": prediction.note,
    }


def _hits_frame(hits: Iterable[Hit], options: Options) -> DataFrame:
    """What the table of the command line holds, with numbers as numbers."""
    from pandas import read_csv

    table = io.StringIO()
    writer = TsvWriter(table, options)
    for hit in hits:
        writer.write(hit)
    table.seek(0)
    names = dict.fromkeys(("name", "contig"), str)
    return read_csv(table, sep="\t", quoting=3, keep_default_na=False, na_values=[""], dtype=names)
