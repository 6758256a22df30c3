"""What can go wrong, said so that the reader can mend it.

Each error names where it was found, what was found, what was expected, and a way out. The command line prints
it as one line and leaves with `exit_code`.
"""

from __future__ import annotations


class MirscanError(Exception):
    """The base of every error that mirscan raises on purpose.

    Args:
        where: The file, option or record concerned.
        found: What is wrong there.
        expected: What would have been right.
        hint: What to do about it.
    """

    exit_code = 1

    def __init__(self, where: str, found: str, expected: str | None = None, hint: str | None = None) -> None:
        super().__init__(where, found, expected, hint)
        self.where = where
        self.found = found
        self.expected = expected
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.where}: {self.found}"
        if self.expected:
            text += f"; expected {self.expected}"
        if self.hint:
            text += f". {self.hint}"
        return text


class InputError(MirscanError):
    """The data given cannot be read as what they should be."""


class OutputError(MirscanError):
    """A result cannot be written where it was asked for."""


class ModelError(MirscanError):
    """A checkpoint is missing, damaged or of another kind."""


class TrainingError(MirscanError):
    """A training run cannot go on (diverged, interrupted, resumed with other options)."""


class WorkerError(MirscanError):
    """A worker process failed or was killed."""


class DeviceError(MirscanError):
    """A processor failed, or ran out of memory, while a network ran on it."""


class MirscanWarning(UserWarning):
    """Something is not as one may think, and no reason to stop; the command line says it on stderr."""


class UsageError(MirscanError):
    """The command line asks for something that does not exist or does not fit together."""

    exit_code = 2
