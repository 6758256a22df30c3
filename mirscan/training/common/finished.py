"""Networks that were finished before a training was interrupted, for it to take up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from mirscan.errors import TrainingError
from mirscan.training.deepmirgene.epochs import Examples


class Kept:
    """A folder of finished networks.

    Args:
        folder: Where; None keeps nothing.
        settings: Plain values that determine the networks beside their data.
        examples: Their data.
    """

    def __init__(self, folder: Path | None, settings: Mapping[str, Any], examples: Examples) -> None:
        self._folder = folder
        digest = hashlib.sha256()
        for tensor in (examples.symbols, examples.labels):
            digest.update(tensor.cpu().numpy().tobytes())
        self._identity = json.dumps({"settings": settings, "data": digest.hexdigest()}, sort_keys=True)

    def keep(self, name: str, network: nn.Module) -> None:
        """Write a finished network, whole or not at all."""
        if self._folder is None:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        temporary = self._folder / f"{name}.partial"
        save_file(network.state_dict(), temporary, {"identity": self._identity})
        temporary.replace(self._path(self._folder, name))

    def take(self, name: str, network: nn.Module) -> bool:
        """Fill a network with what was kept under a name; False if nothing was.

        Raises:
            TrainingError: What is there is unreadable, or belongs to other settings or data.
        """
        if self._folder is None or not (path := self._path(self._folder, name)).exists():
            return False
        try:
            with safe_open(path, "pt") as stream:
                identity = (stream.metadata() or {}).get("identity")
                state = {key: stream.get_tensor(key) for key in stream.keys()}  # noqa: SIM118
        except (OSError, SafetensorError) as error:
            raise TrainingError(
                str(path), f"unreadable ({error})", hint="Remove it to start anew."
            ) from error
        if identity != self._identity:
            raise TrainingError(
                str(path),
                "a network of a training with other settings or data",
                hint="Give the options it was started with, or another --out.",
            )
        network.load_state_dict(state)
        return True

    @staticmethod
    def _path(folder: Path, name: str) -> Path:
        return folder / f"{name}.safetensors"
