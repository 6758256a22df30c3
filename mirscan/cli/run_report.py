"""The page of a run that has just ended (`--report`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mirscan.records import Hit, Run
    from mirscan.writers.outputs import Outputs
    from mirscan.writers.result_files import ResultFiles

STDOUT = "-"
EXPLAINABLE = (".json", ".tsv")  # results of which `explain` needs no genome, the fuller first


class ReportedHits:
    """Keeps the hits of a run for its page."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._records: list[dict[str, Any]] = []

    def add(self, hit: Hit) -> None:
        """Keep a hit."""
        from mirscan.writers.text import json_record

        self._records.append(json.loads(json.dumps(json_record(hit, self._run.options))))

    def write(
        self, facts: Mapping[str, Any], results: ResultFiles, outputs: Outputs, genome: str | None = None
    ) -> None:
        """Write the page, beside the results.

        Args:
            facts: The summary of the run.
            results: Which files the run writes; one is the page.
            outputs: These files, being written.
            genome: The file that was searched; None where it is not known.
        """
        from mirscan.report.build import Surroundings, report_of
        from mirscan.report.page import write_report
        from mirscan.writers.text import json_head

        written = [Path(name).name for name in results.files if name != STDOUT]
        document = {**json_head(self._run), "hits": self._records, "contigs": self._run.lengths}
        explain = _explain(results.outputs, genome)
        named = [genome] if genome and genome != STDOUT else written
        source = Path(named[0]).name if named else "scan"
        around = Surroundings(source, facts, results.clade, written, explain)
        with outputs.beside(str(results.report)) as stream:
            write_report(stream, report_of(document, around))


def _explain(outputs: Sequence[str], genome: str | None) -> tuple[str, ...]:
    """What stands between `mirscan explain` and the name of a hit, where the results lie."""
    for suffix in EXPLAINABLE:
        for name in outputs:
            if name.lower().removesuffix(".gz").endswith(suffix):
                return (Path(name).name, "--id")
    return (Path(genome).name,) if genome and genome != STDOUT else ()
