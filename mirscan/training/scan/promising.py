"""The background that a prefilter ranks highest, all that the readers behind it will ever be asked about; and
a sample of the rest."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import UNKNOWN, decode, reverse_complement_codes
from mirscan.alphabet import encode as codes_of
from mirscan.encoding.columns import SCALARS, encode_folds
from mirscan.genome.access import Genome
from mirscan.scoring.prefilter import Prefilter
from mirscan.sieve.candidates import Candidates, SieveSettings, brackets, candidates
from mirscan.training.scan import data
from mirscan.training.scan.data import LAYOUT, ScanExamples
from mirscan.training.scan.settings import MARGIN, PROMISING, REST

Codes = NDArray[np.uint8]
Floats = NDArray[np.float32]


def promising(
    folder: Path, first: Prefilter, settings: SieveSettings, cache: Path, rest: bool = False
) -> ScanExamples:
    """The candidates of a genome that a first prefilter ranks highest, `PROMISING` of all away from loci.

    Kept in `cache`, under a name made of what decides the result.

    Args:
        folder: Of the genome.
        first: Sees the structures of the sieve.
        settings: The sieve's.
        cache: Folder of kept work.
        rest: Whether to draw from the others instead, `REST` of them.
    """
    source = data.genome_file(folder)
    facts = repr((asdict(settings), MARGIN, SCALARS, LAYOUT, PROMISING, float(first.out.sum())))
    digest = hashlib.sha256(source.read_bytes() + facts.encode()).hexdigest()[:16]
    paths = [cache / f"{name}-{folder.name}-{digest}.npz" for name in ("promising", f"rest{REST:g}")]
    if not all(path.exists() for path in paths):
        for path, examples in zip(paths, _both(folder, first, settings), strict=True):
            data.save(path, examples)
    return data.load(paths[rest])


def _both(folder: Path, first: Prefilter, settings: SieveSettings) -> list[ScanExamples]:
    """What is promising, and some of the rest."""
    found: list[tuple[Codes, Candidates, NDArray[np.int64], bool, Floats]] = []
    loci, offset = data.known_loci(folder), 0
    with Genome.open(str(data.genome_file(folder))) as genome:
        for contig in genome.contigs:
            forward = codes_of(genome.fetch(contig.name, 0, contig.length))
            for minus in (False, True):
                codes = reverse_complement_codes(forward) if minus else forward
                some = _known(codes, candidates(codes, settings))
                start = len(codes) - some.end if minus else some.start
                away = ~_near(start, start + some.end - some.start, loci.get(contig.name, []))
                some, start = some.take(away), start[away]
                found.append((codes, some, start + offset, minus, first.of_traces(codes, some)))
            offset += contig.length
    logits = np.concatenate([np.zeros(0, np.float32), *(part[-1] for part in found)])
    wanted, random = int(PROMISING * len(logits)), np.random.default_rng(0)
    cut = np.partition(logits, -wanted)[-wanted] if wanted else np.inf
    highest = [part[-1] >= cut for part in found]
    others = [~rows & (random.random(len(rows)) < REST) for rows in highest]
    return [
        data.joined(_examples(*part[:-1], rows) for part, rows in zip(found, kept, strict=True))
        for kept in (highest, others)
    ]


def _known(codes: Codes, found: Candidates) -> Candidates:
    """Those that hold A, C, G and U only."""
    unknown = np.concatenate([[0], np.cumsum(codes >= UNKNOWN)])
    return found.take(unknown[found.end] == unknown[found.start])


def _near(
    start: NDArray[np.int64], end: NDArray[np.int64], loci: Sequence[tuple[int, int, str]]
) -> NDArray[np.bool_]:
    near = np.zeros(len(start), dtype=np.bool_)
    for first, last, _ in loci:
        near |= (start < last + MARGIN) & (end > first - MARGIN)
    return near


def _examples(
    codes: Codes, found: Candidates, start: NDArray[np.int64], minus: bool, kept: NDArray[np.bool_]
) -> ScanExamples:
    found, start = found.take(kept), start[kept]
    n = len(found)
    text, offsets = brackets(codes, found)
    letters = [decode(codes[a:b]) for a, b in zip(found.start.tolist(), found.end.tolist(), strict=True)]
    return ScanExamples(
        np.array(letters, dtype=np.bytes_),
        encode_folds(codes, found.start, offsets, text, found.energy),
        np.full(n, -1),
        start,
        np.full(n, minus),
    )
