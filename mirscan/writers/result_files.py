"""Which files a run is to write."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mirscan.errors import UsageError
from mirscan.writers.destinations import (
    MATURE,
    PAGES,
    STDOUT,
    check_destinations,
    check_not_another,
    check_spared,
    check_suffix,
    format_of,
)
from mirscan.writers.multiqc import plot_path


@dataclass(frozen=True, slots=True)
class ResultFiles:
    """The results and reports of a scan or a merger.

    Attributes:
        outputs: Results, each with a suffix that names a format, or `-` for standard output.
        stdout_format: Format of standard output.
        gff_dialect: `so` or `mirbase`, of GFF3.
        summary: Where the counts go as JSON; None for nowhere.
        multiqc: Where the table of a MultiQC report goes, with the plot beside it; None for nowhere.
        report: Where the run goes as a page; None for nowhere.
        families: Where the table of families goes; None for nowhere.
        clade: Whose families the table expects; None for that of the run, or to guess it from those found.
        counts: Where the reads of each arm and library go as a table; None for nowhere.
        sort: Order of a table, `score` or `position`.
        force: Existing files may be replaced.
    """

    outputs: tuple[str, ...] = (STDOUT,)
    stdout_format: str = "gff3"
    gff_dialect: str = "so"
    summary: str | None = None
    multiqc: str | None = None
    report: str | None = None
    families: str | None = None
    clade: str | None = None
    counts: str | None = None
    sort: str = "score"
    force: bool = False

    @property
    def reports(self) -> list[str]:
        """The files that tell of the run.

        Raises:
            UsageError: MultiQC would not find a file of this name, or a name promises another format.
        """
        plot = None if self.multiqc is None else plot_path(self.multiqc)
        if self.report is not None:
            check_suffix(self.report, "a page is HTML", PAGES)
        check_not_another(self.summary, "a summary is JSON", ".json")
        for table in (self.families, self.counts):
            check_not_another(table, "this table is tab-separated", ".tsv")
        reports = (self.summary, self.multiqc, plot, self.report, self.families, self.counts)
        return [name for name in reports if name is not None]

    @property
    def files(self) -> list[str]:
        """All of them."""
        return [*self.outputs, *self.reports]

    def check(self, inputs: Iterable[str | None], formats: bool = True, arms: bool = True) -> None:
        """Find out before hours of work what would fail after them.

        Args:
            inputs: What is read, and must not be written.
            formats: Whether the results must have the suffix of a format.
            arms: Whether the hits have mature arms.

        Raises:
            UsageError: A suffix of no format, a destination given twice, one that is an input, or mature
                arms of hits that have none.
            OutputError: A destination exists, is a folder, or its folder is missing or not writable.
        """
        check_spared(inputs, self.files)
        check_destinations(self.outputs if formats else [], self.files, self.force)
        if formats and not arms:
            self._check_arms()

    def _check_arms(self) -> None:
        for name in self.outputs:
            kind = self.stdout_format if name == STDOUT else format_of(name)
            if kind == MATURE:
                found = "mature arms of hits that have none"
                raise UsageError(f"output {name!r}", found, "`arms` or `reads`")
