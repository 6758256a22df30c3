"""What a worker of a scan needs before its first task; importing it does it.

The server that workers are forked from imports this once, while the main process loads PyTorch: the machine
code of a search is then loaded, or compiled where it is not there yet, for all workers together.
"""

from __future__ import annotations

import numpy as np

from mirscan.encoding.columns import SCALARS, SYMBOLS
from mirscan.pipeline.decoy_search import SearchWithDecoys, Task
from mirscan.pipeline.search import Search, Stretch
from mirscan.records import Window
from mirscan.scoring.prefilter import Draft

HAIRPIN = "UGUCGGGUAGCUUAUCAGACUGAUGUUGACUGUUGAAUCUCAUGGCAACACCAGUCGAUGGGCUGUCUGACA"


def _empty(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.zeros(shape, dtype=np.float32)


def warm() -> None:
    """Search one hairpin with looks that let everything through."""
    draft = Draft(
        _empty(1, SYMBOLS, 1),
        _empty(1, 2, 1),
        _empty(1),
        _empty(2, 3, 1),
        _empty(2, 1),
        np.ones(1, dtype=np.int64),
        _empty(2 + len(SCALARS), 1),
        _empty(1),
        _empty(1),
        0.0,
    )
    stretch = Stretch(Window("", 0, len(HAIRPIN), 0, len(HAIRPIN)), HAIRPIN)
    SearchWithDecoys(Search(draft=draft, second=draft))(Task([stretch]))


warm()
