"""The folder in which fetched data sets stand, each file held against its checksum."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import pooch

from mirscan.data.download import Patience, download
from mirscan.data.registry import Dataset, File, sequences_sha256
from mirscan.errors import InputError, OutputError
from mirscan.runtime.user_folders import cache_folder

FOLDER_VARIABLE = "MIRSCAN_DATA"
RECORDS = "checksums.json"  # what arrived first, where the registry knows no checksum
# The first bytes of each kind of file: what a login page or an error page does not begin with.
BEGINNINGS = {".fa": b">", ".npz": b"PK\x03\x04"}


def folder() -> Path:
    """Where the data sets stand: `$MIRSCAN_DATA`, else `mirscan/data` in the user's cache."""
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else cache_folder() / "data"


class Store:
    """The data sets of one folder.

    Attributes:
        root: The folder; `root / NAME` holds the data set NAME.
    """

    def __init__(self, root: Path | None = None, patience: Patience | None = None) -> None:
        self.root = root or folder()
        self._patience = patience

    def path(self, dataset: Dataset) -> Path:
        """The folder of a data set that has been fetched.

        Raises:
            InputError: It has not, or not wholly.
        """
        missing = [
            file.path for file in dataset.files if not (self.root / dataset.name / file.path).is_file()
        ]
        if missing:
            raise InputError(
                str(self.root / dataset.name),
                f"{len(missing)} of the {len(dataset.files)} files of {dataset.name} are not there",
                hint=f"Run `mirscan data fetch {dataset.name}`.",
            )
        return self.root / dataset.name

    def present(self, dataset: Dataset) -> int:
        """How many files of a data set are there."""
        return sum((self.root / dataset.name / file.path).is_file() for file in dataset.files)

    def fetch(
        self,
        dataset: Dataset,
        mirror: str | None = None,
        trust: bool = False,
        say: Callable[[str], None] | None = None,
    ) -> Path:
        """Fetch what is missing of a data set, check all of it, and return its folder.

        Args:
            dataset: What to fetch.
            mirror: An address that is tried first; the file PATH of the set NAME is at `MIRROR/NAME/PATH`.
            trust: Take and record what is not what the registry or an earlier fetch says.
            say: Called with a line for each file that was fetched.

        Raises:
            DownloadError: A file could not be fetched.
            InputError: A file is not what it should be.
            OutputError: The folder cannot be written.
        """
        home = self.root / dataset.name
        try:
            home.mkdir(parents=True, exist_ok=True)
            for file in dataset.files:
                self._fetch(home, file, mirror and f"{mirror.rstrip('/')}/{dataset.name}", trust, say)
        except OSError as error:
            raise OutputError(
                str(home), f"cannot be written ({error.strerror})", f"a folder, named by {FOLDER_VARIABLE}"
            ) from error
        return home

    def _fetch(
        self, home: Path, file: File, mirror: str | None, trust: bool, say: Callable[[str], None] | None
    ) -> None:
        there = home / file.path
        expected = None if trust else file.sha256 or _records(home).get(file.path)
        if there.is_file():  # perhaps put there by hand: checked, and never replaced
            _check_sha256(there, expected, file)
        else:
            urls = ((f"{mirror}/{file.path}",) if mirror else ()) + file.urls
            source = self._retrieve(urls, there, expected, file)
            if say:
                say(f"{file.path}: {there.stat().st_size:,} bytes from {source}")
        if expected is None:
            self._record(home, file, trust)

    def _retrieve(self, urls: Sequence[str], there: Path, expected: str | None, file: File) -> str:
        """Let pooch put the file in its place, once its checksum is right; the address it came from."""
        source = ""

        def resuming(_: str, destination: str, __: object) -> None:
            nonlocal source
            source, part = download(urls, there, self._patience)
            part.replace(destination)

        pooch.get_logger().setLevel("ERROR")  # what there is to tell is told here
        try:
            pooch.retrieve(urls[0], expected, there.name, there.parent, downloader=resuming)
        except ValueError as error:
            raise _other(there, str(error), f"{expected} ({_whose(file)})") from error
        return source

    def _record(self, home: Path, file: File, trust: bool) -> None:
        """Keep the checksum of a file seen for the first time, if it is what it should be."""
        path = home / file.path
        if not trust:
            try:
                _check_content(path, file)
            except InputError:
                path.unlink()
                raise
        found = pooch.file_hash(str(path), alg="sha256")
        content = json.dumps({**_records(home), file.path: found}, indent=1) + "\n"
        (home / RECORDS).write_text(content, encoding="utf-8")


def _check_sha256(path: Path, expected: str | None, file: File) -> None:
    if expected and (found := pooch.file_hash(str(path), alg="sha256")) != expected:
        raise _other(path, f"its SHA-256 is {found}", f"{expected} ({_whose(file)})")


def _check_content(path: Path, file: File) -> None:
    beginning = BEGINNINGS[path.suffix]
    with path.open("rb") as stream:
        start = stream.read(len(beginning))
    if start != beginning:
        raise _other(path, f"it begins with {start!r}", f"{beginning!r}, as {path.suffix} files do")
    if file.sequences and (found := sequences_sha256(path)) != file.sequences:
        raise _other(path, f"the SHA-256 of its sequences is {found}", f"{file.sequences} (this version's)")


def _records(home: Path) -> dict[str, str]:
    try:
        records: dict[str, str] = json.loads((home / RECORDS).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise InputError(
            str(home / RECORDS), f"unreadable ({error})", "the checksums of this folder"
        ) from error
    return records


def _whose(file: File) -> str:
    return "this version's" if file.sha256 else "recorded when it was first fetched"


def _other(path: Path, found: str, expected: str) -> InputError:
    hint = "Fetch it anew; if its authors have changed it and you want the new one, add --trust."
    return InputError(str(path), f"is not the file that was expected: {found}", expected, hint)
