"""Where the journal of a scan lives: beside its result while the scan lasts, and gone when it is done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from mirscan.errors import InputError, OutputError, UsageError
from mirscan.pipeline.journal import SHARD_SUFFIX, SUFFIX, Header, Journal

STDOUT = "-"


def journal_path(outputs: Sequence[str], asked: str | None = None) -> Path | None:
    """The journal's path: the one asked for, else beside the first result that is a file, else none.

    Raises:
        UsageError: What was asked for is a result as well.
    """
    if asked in outputs:
        raise UsageError(f"`journal` {asked!r}", "is a result as well", "a file of its own")
    if asked is not None:
        return Path(asked)
    return next((Path(name + SUFFIX) for name in outputs if name != STDOUT), None)


def check_journal(path: Path | None, resume: bool, force: bool) -> None:
    """Find out before the genome is read whether the journal can be where it should be.

    Raises:
        UsageError: To go on, and results go to standard output only.
        OutputError: A journal of an earlier scan is there.
    """
    if path is None and resume:
        raise UsageError("`resume`", "standard output has no journal beside it", "`journal` FILE")
    if path and path.exists() and not (resume or force):
        found = "holds what an interrupted scan had done"
        raise OutputError(str(path), found, hint="`resume` goes on with it, `force` starts anew.")


def check_shard(outputs: Sequence[str], reports: Sequence[str]) -> None:
    """A shard is one file; results and their summary come out of merging.

    Raises:
        UsageError: Anything else is asked for.
    """
    if len(outputs) != 1 or not outputs[0].endswith(SHARD_SUFFIX) or reports:
        found = "a part of a scan has no results of its own"
        expected = f"one -o NAME{SHARD_SUFFIX} and no `summary` or `multiqc`"
        raise UsageError("`shard`", found, expected, "`mirscan merge` makes the results.")


@contextmanager
def kept(header: Header, path: Path | None = None, resume: bool = False) -> Iterator[Journal]:
    """The journal of a scan: continued or begun, removed after success, kept after failure.

    Args:
        header: What decides this scan.
        path: Where the journal lives; None for one that vanishes with the process.
        resume: Go on with a journal that is there.

    Raises:
        InputError: The journal there is that of another scan, or none at all.
        OutputError: It cannot be written, or another scan is writing it.
    """
    journal = (_continued(header, path) if path and resume else None) or Journal.new(header, path)
    try:
        yield journal
    except BaseException:
        if path and not journal.finished:
            path.unlink(missing_ok=True)
        raise
    else:
        if path:
            path.unlink(missing_ok=True)
    finally:
        journal.close()


def _continued(header: Header, path: Path) -> Journal | None:
    if not path.exists():
        return None
    journal = Journal.open(path, to_write=True)
    differences = journal.header.differences(header) if journal else ()
    if journal and differences:
        journal.close()
        found = f"is the journal of another scan: {', '.join(differences)}"
        expected = "the same genome, options and weights"
        raise InputError(str(path), found, expected, "Without `resume`, `force` starts anew.")
    return journal
