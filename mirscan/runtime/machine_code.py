"""Where compiled machine code is kept: on a machine, everything is compiled once.

numba's own cache knows a function by the file that defines it, keeps nothing where the package's folder
cannot be written to and there is no home, ends a program on a cut-short file, and reads nothing from a folder
that it cannot write to. Here a function is known by what is compiled into it (`identity.py`); each of several
folders is read, whoever wrote it, and the first that can be written to keeps what is new; and whatever is
damaged is compiled anew.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from numba.core import config
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _Cache, _CacheLocator
from numba.core.runtime import rtsys

from mirscan.errors import MirscanWarning
from mirscan.runtime.identity import identity
from mirscan.runtime.user_folders import can_be_written, home_cache, private_folder

END_OF_PICKLE = b"."  # the last byte of every whole file of the cache
NAMED = "NUMBA_CACHE_DIR"


def folders(source: Path) -> Iterator[Path]:
    """Where the code of a source file may be: where $NUMBA_CACHE_DIR says, else beside it, else in the user's
    cache, else, of a user without one, in a temporary folder that nobody else can write to.
    """
    place: str = _CacheLocator.get_suitable_cache_subpath(str(source))
    if config.CACHE_DIR:
        yield Path(config.CACHE_DIR) / place
        return
    usual = [source.parent / "__pycache__"]
    if (users := home_cache()) is not None:
        usual.append(users / "compiled" / place)
    yield from usual
    if not any(map(can_be_written, usual)) and (private := private_folder()) is not None:
        yield private / place


class _Place(_CacheLocator):  # type: ignore[misc]
    """A function's place in one folder."""

    def __init__(self, kernel: Any, folder: Path) -> None:
        self._folder, self._identity = str(folder), identity(kernel)
        self._py_file = kernel.py_func.__code__.co_filename  # numba names it in its warnings

    def get_cache_path(self) -> str:
        return self._folder

    def get_source_stamp(self) -> str:
        return self._identity

    def get_disambiguator(self) -> str:
        return "kernel"


class _Folder(FunctionCache):  # type: ignore[misc]
    """A function's code in one folder, as numba reads and writes it."""

    def __init__(self, kernel: Any, folder: Path) -> None:
        place = _Place(kernel, folder)

        class Finder:
            @staticmethod
            def from_function(*_: object) -> _Place:
                return place

        class Content(CompileResultCacheImpl):  # type: ignore[misc]
            _locator_classes = [Finder]  # noqa: RUF012

        self._impl_class = Content
        super().__init__(kernel.py_func)

    def load_overload(self, signature: Any, target: Any) -> Any:
        """The code for a signature; None where there is none.

        numba's version first gets ready to compile: it imports all that it knows of numpy, and SciPy's linear
        algebra, which takes longer than loading everything that is kept. Who compiles gets ready then. What
        is loaded needs numba's counting of references alone.
        """
        rtsys.initialize(target)
        with self._guard_against_spurious_io_errors():
            return self._load_overload(signature, target)

    def save_overload(self, signature: Any, code: Any) -> None:
        """Keep the code for a signature.

        What an earlier version left is removed first: numba's new index names a file before the new code is
        in it, and another process that reads meanwhile would run the old code.
        """
        if not self._cache_file._load_index():
            for path in self.files():
                path.unlink(missing_ok=True)
        super().save_overload(signature, code)

    def files(self) -> list[Path]:
        """The files that are there."""
        return sorted(Path(self.cache_path).glob(f"{self._impl.filename_base}.*nb[ci]"))


class MachineCode(_Cache):  # type: ignore[misc]
    """The kept code of one function; what numba asks for it."""

    def __init__(self, kernel: Any) -> None:
        self._kernel = kernel

    @cached_property
    def _folders(self) -> list[_Folder]:
        """Made when they are first asked for: what a function calls may stand behind it in its file."""
        source = Path(self._kernel.py_func.__code__.co_filename)
        return [_Folder(self._kernel, folder) for folder in folders(source)]

    @property
    def cache_path(self) -> str:
        """The first folder."""
        return str(self._folders[0].cache_path)

    def load_overload(self, signature: Any, target: Any) -> Any:
        """The code for a signature from the first folder that has it; None where none has."""
        for folder in self._folders:
            try:
                found = folder.load_overload(signature, target)
            except OSError:  # nothing there, or not for us
                continue
            except Exception:  # what a damaged file makes of pickle and LLVM
                warn_of_damage(folder.cache_path)
                continue
            if found is not None:
                return found
        return None

    def save_overload(self, signature: Any, code: Any) -> None:
        """Keep code in the first folder that can be written to."""
        for folder in self._folders:
            try:
                folder.save_overload(signature, code)
                return
            except OSError:
                continue
            except Exception:  # an index that cannot be read
                for path in folder.files():
                    path.unlink(missing_ok=True)
        warn_of_no_folder([str(folder.cache_path) for folder in self._folders])

    def is_kept(self) -> bool:
        """Whether any folder has code of this function, fresh or not."""
        return any(folder.files() for folder in self._folders)

    def damaged(self) -> str | None:
        """A folder with a file that ends too early; None where all are whole."""
        return next(
            (
                str(folder.cache_path)
                for folder in self._folders
                for path in folder.files()
                if not _is_whole(path)
            ),
            None,
        )

    def enable(self) -> None:
        """It is."""

    def disable(self) -> None:
        """It cannot be."""

    def flush(self) -> None:
        """Forget the code in all folders."""
        for folder in self._folders:
            folder.flush()


def _is_whole(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            stream.seek(-1, os.SEEK_END)
            return stream.read() == END_OF_PICKLE
    except OSError:  # empty, or gone
        return False


@cache
def warn_of_damage(folder: str) -> None:
    """Say once that the code in a folder cannot be read."""
    text = f"{folder}: the machine code kept there is damaged; it is compiled anew"
    warnings.warn(MirscanWarning(text), stacklevel=2)


@cache
def _warn_once(text: str) -> None:
    warnings.warn(MirscanWarning(text), stacklevel=2)


def warn_of_no_folder(tried: list[str]) -> None:
    """Say once that code can be kept nowhere."""
    names = " or ".join(tried)
    _warn_once(
        f"machine code cannot be kept in {names}: every process compiles it anew, which takes long; "
        f"let {NAMED} name a folder that can be written to"
    )
