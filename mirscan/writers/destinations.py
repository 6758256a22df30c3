"""Where results go: which format a name asks for, and what would go wrong there, found out beforehand."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mirscan.errors import OutputError, UsageError

MATURE = "mature"
FORMATS = {  # the first suffix that fits names the format
    ".gff3": "gff3",
    ".gff": "gff3",
    ".bed": "bed",
    ".tsv": "tsv",
    ".json": "json",
    ".mature.fa": MATURE,
    ".mature.fasta": MATURE,
    ".fa": "fasta",
    ".fasta": "fasta",
    ".dbn": "dbn",
}
PAGES = (".html", ".htm")
SUFFIXES = (*FORMATS, *PAGES, ".csv", ".svg", ".png", ".pdf")  # what people know as names of formats
STDOUT = "-"
STANDARD = (Path("/dev/stdout"), Path("/dev/stderr"))


def format_of(name: str) -> str:
    """The format that a file name asks for by its suffix, `.gz` aside.

    Raises:
        UsageError: No format has this suffix.
    """
    plain = _plain(name)
    for suffix, kind in FORMATS.items():
        if plain.endswith(suffix):
            return kind
    found = f"no format for the suffix {Path(plain).suffix!r}"
    raise UsageError(f"output {name!r}", found, f"one of {' '.join(FORMATS)}")


def check_suffix(name: str, what: str, suffixes: Sequence[str]) -> None:
    """See that a name is that of the only format that is written there; standard output has none.

    Args:
        name: The file as it was named.
        what: What is written, as in `a page is HTML`.
        suffixes: The names' endings, `.gz` aside.

    Raises:
        UsageError: It ends otherwise.
    """
    if name != STDOUT and not _plain(name).endswith(tuple(suffixes)):
        raise UsageError(f"output {name!r}", what, f"a name that ends in {' or '.join(suffixes)}")


def check_not_another(name: str | None, what: str, suffix: str) -> None:
    """See that a name does not promise another format; pipes and names without a suffix promise none.

    Raises:
        UsageError: It does.
    """
    if name is not None and _plain(name).endswith(SUFFIXES):
        check_suffix(name, what, [suffix])


def _plain(name: str) -> str:
    return name.lower().removesuffix(".gz")


def check_destinations(outputs: Sequence[str], files: Sequence[str], force: bool) -> None:
    """Find out before hours of work what would fail after them.

    Args:
        outputs: Results, each with a suffix that names a format, or `-`.
        files: Everything that will be written, `outputs` included.
        force: Existing files may be replaced.

    Raises:
        UsageError: A suffix of no format, or a destination given twice.
        OutputError: A destination exists, is a folder, or its folder is missing or not writable.
    """
    for name in outputs:
        if name != STDOUT:
            format_of(name)
    for name in files:
        if files.count(name) > 1 or _same_place(name, files):
            raise UsageError(f"output {name!r}", "given twice", "a different file for each result")
        if name != STDOUT:
            _check_destination(Path(name), force)


def _same_place(name: str, files: Sequence[str]) -> bool:
    """Whether another of the files goes to the same place, by another spelling or a link."""
    if name == STDOUT or len(files) == 1:
        return False
    target = target_of(Path(name))
    others = (target_of(Path(each)) for each in files if each not in (STDOUT, name))
    return not target.stream and target in others


def check_spared(inputs: Iterable[str | None], files: Iterable[str]) -> None:
    """See that nothing that is read would be written, not even with `--force`.

    Raises:
        UsageError: It would.
    """
    read = [Path(name) for name in inputs if name and Path(name).exists()]
    for name in files:
        if any(Path(name).exists() and Path(name).samefile(path) for path in read):
            raise UsageError(f"output {name!r}", "is an input", "another file")


@dataclass(frozen=True, slots=True)
class Target:
    """Where a result really goes.

    Attributes:
        path: The file, links followed; or the pipe or device as it was named.
        stream: Whether it is a pipe or device, which is written through and never replaced.
    """

    path: Path
    stream: bool = False


def target_of(destination: Path) -> Target:
    """Follow a destination to where its content goes; of a dangling link, to the file it promises.

    Raises:
        OutputError: It is a folder, a disk, a socket, or a link that leads nowhere.
    """
    try:
        mode = destination.stat().st_mode
    except FileNotFoundError:
        return Target(Path(os.path.realpath(destination)))
    except OSError as error:
        found = f"cannot be reached ({error.strerror})"
        raise OutputError(str(destination), found, "a file name") from error
    if stat.S_ISDIR(mode):
        raise OutputError(str(destination), "is a folder", "a file name")
    if stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
        kind = "a disk" if stat.S_ISBLK(mode) else "a socket"
        raise OutputError(str(destination), f"is {kind}", "a file, a pipe or a terminal")
    if stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or _is_open_already(destination):
        return Target(destination, stream=True)
    return Target(Path(os.path.realpath(destination)))


def _is_open_already(destination: Path) -> bool:
    """Whether it is a descriptor of this process, as /dev/stdout is."""
    parent = destination.parent.resolve()
    return destination in STANDARD or parent.match("/proc/*/fd") or parent == Path("/dev/fd")


def has_a_folder(name: str) -> bool:
    """Whether a file can lie beside a result: not beside standard output, a device or an open descriptor."""
    path = Path(name)
    return name != STDOUT and not path.is_char_device() and not _is_open_already(path)


def check_regular(path: Path, what: str) -> Path:
    """The file that a path leads to, which is renamed or removed later and so must be a file.

    Raises:
        OutputError: A pipe or device, or nothing that can be a file.
    """
    target = target_of(path)
    if target.stream:
        raise OutputError(str(path), f"is a pipe or device, which {what} cannot be", "a file")
    return target.path


def _check_destination(path: Path, force: bool) -> None:
    target = target_of(path)
    if target.stream:
        if not os.access(path, os.W_OK):
            raise OutputError(str(path), "is not writable", "a pipe or device that is")
        return
    if target.path.exists() and not force:
        raise OutputError(str(path), "exists already", hint="Use `force` to replace it.")
    folder = target.path.parent
    if not folder.is_dir():
        link = f", to which the link {path} leads" if path.is_symlink() else ""
        raise OutputError(str(path), f"there is no folder {folder}{link}", "an existing folder")
    if not os.access(folder, os.W_OK):
        raise OutputError(str(path), f"the folder {folder} is not writable", "a writable folder")
