"""What a worker of a scan needs before its first task; importing it does it.

The server that workers are forked from imports this once, while the main process loads PyTorch: the machine
code of a search is then loaded, or compiled where it is not there yet, for all workers together.
"""

from __future__ import annotations

import numpy as np

from mirscan.alphabet import encode
from mirscan.encoding.columns import SCALARS, SYMBOLS
from mirscan.evidence.families import FamilyDetector, FamilyEvidence
from mirscan.folding.quickfold import folds
from mirscan.pipeline.decoy_search import SearchWithDecoys, Task
from mirscan.pipeline.decoys import shuffled
from mirscan.pipeline.search import Search
from mirscan.pipeline.stretches import Stretch
from mirscan.records import Window
from mirscan.runtime.compiled import beside
from mirscan.scoring.column_kernels import TAPS, TERMS
from mirscan.scoring.prefilter import Prefilter
from mirscan.sieve.candidates import SieveSettings, candidates

HAIRPIN = "UGUCGGGUAGCUUAUCAGACUGAUGUUGACUGUUGAAUCUCAUGGCAACACCAGUCGAUGGGCUGUCUGACA"


def _empty(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.zeros(shape, dtype=np.float32)


def _fold() -> None:
    """Fold it, and a helix that needs wider numbers."""
    for sequence in (HAIRPIN, "G" * 60 + "AAAA" + "C" * 60):
        folds(encode(sequence), np.zeros(1, np.int64), np.full(1, len(sequence)))


def warm() -> None:
    """Search one hairpin, that of a known family, with prefilters that let everything through.

    Workers share the index of families that this lays out. Folding is half of what there is to compile;
    another process does that, where there is a processor for it.
    """
    prefilter = Prefilter(
        _empty(TAPS * (SYMBOLS + 1) + 3),
        _empty(TAPS, 2, 1),
        _empty(2, 1, TERMS),
        _empty(2, 1),
        np.ones(1, dtype=np.int64),
        _empty(2 + len(SCALARS), 1),
        _empty(1),
        _empty(1),
        0.0,
    )
    codes = encode(HAIRPIN)
    with beside(_fold):
        prefilter.of_traces(codes, candidates(codes, SieveSettings()))
        shuffled(codes, np.random.default_rng(0))
    stretch = Stretch(Window("", 0, len(HAIRPIN), 0, len(HAIRPIN)), HAIRPIN)
    detectors = {FamilyEvidence.name: FamilyDetector()}
    SearchWithDecoys(Search(first=prefilter, second=prefilter, detectors=detectors))(Task([stretch]))


warm()
