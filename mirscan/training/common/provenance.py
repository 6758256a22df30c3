"""What the card of a model says of its making: command line, data, versions; no clock, no path, no host."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

PACKAGES = ("mirscan", "torch", "numpy", "numba", "scikit-learn", "viennarna")


def provenance(command: str, trained_on: str, data_sha256: str, **more: Any) -> dict[str, Any]:
    """The provenance of a card.

    Args:
        command: The command line that makes the same weights again.
        trained_on: The data in a word or two, for lists of models.
        data_sha256: Checksum of what the weights were fitted to.
        **more: Whatever else, above all `settings`.
    """
    versions = {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}}
    return {
        "command": command,
        "trained_on": trained_on,
        "data_sha256": data_sha256,
        **more,
        "versions": versions,
    }


def sha256(parts: Iterable[bytes | memoryview]) -> str:
    """The checksum of some data, one part after the other."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()
