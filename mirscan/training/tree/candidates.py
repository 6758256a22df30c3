"""What a scan meets: candidates that its prefilter leaves and its network gives a chance, true and false.

Background is the best candidate of each locus of a genome away from its known loci, as a scan would list it.
A precursor is planted, with its real flanks where they are known, in real sequence, and is represented by the
candidate that the scan would list there: not by its annotated ends.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.evidence.score import HAIRPIN
from mirscan.genome.access import Genome
from mirscan.pipeline.loci import best_of_each_locus
from mirscan.pipeline.scan import Scan
from mirscan.pipeline.scan_options import ScanOptions
from mirscan.pipeline.search import Search
from mirscan.pipeline.sensitivity import DEFAULT, search_for
from mirscan.pipeline.stretches import Stretch
from mirscan.records import Hairpin, Window
from mirscan.runtime.rowwise import Rowwise
from mirscan.scoring.scorer import Scorer
from mirscan.training.common.kept import arrays_of
from mirscan.training.scan.data import genome_file, known_loci, known_stretches
from mirscan.training.scan.precursors import Precursor
from mirscan.training.scan.settings import ENDS_FOUND, MARGIN

LOWEST = 0.01  # lowest score at which the network gives a candidate a chance
SEARCHED = 0.03  # lowest score of the scan: its prefilter leaves nine in ten of those from `LOWEST` on
AT_ONCE = 64  # precursors searched together
LAYOUT = 2  # of the cached files: a change of what they hold gives them new names

Watch = Callable[[int], object]


@dataclass(frozen=True, slots=True)
class Candidates(Rowwise):
    """n candidates of a scan.

    Attributes:
        hairpins: Their places, sequences and folds.
        scores: float64 (n,), what the scan's network says.
        origin: int64 (n,), index of the planted precursor, -1 for background.
    """

    hairpins: Sequence[Hairpin]
    scores: NDArray[np.float64]
    origin: NDArray[np.int64]


def searched(model: str) -> tuple[Scorer, Search]:
    """The network and the prefilter that decide what a scan meets."""
    scorer = Scorer(model, "cpu")
    return scorer, search_for(DEFAULT, scorer, SEARCHED)


def background(folder: Path, scorer: Scorer, search: Search, cache: Path) -> Candidates:
    """The best candidate of each locus of a genome away from the known loci, kept in `cache`.

    Args:
        folder: A genome's.
        scorer: The scan's network.
        search: The scan's sieve and prefilter.
        cache: Folder of kept work.
    """
    source = genome_file(folder)
    made_of = [
        source.read_bytes(),
        repr((scorer.card.sha256, SEARCHED, LOWEST, MARGIN, LAYOUT)).encode(),
    ]
    path = _cached(cache, f"met-{folder.name}", made_of)
    if not path.exists():
        with Genome.open(str(source)) as genome:
            options = ScanOptions(search=search, min_score=LOWEST, evidence=(HAIRPIN,))
            calls = Scan(genome, scorer, options).calls()
            hits = [hit for hit in best_of_each_locus(calls) if not _known(hit.hairpin, known_loci(folder))]
        scores = np.array([hit.score for hit in hits])
        _save(path, Candidates([hit.hairpin for hit in hits], scores, np.full(len(hits), -1)))
    return _load(path)


def planted(
    precursors: Sequence[Precursor],
    hosts: Sequence[Path],
    scorer: Scorer,
    search: Search,
    cache: Path,
    watch: Watch | None = None,
) -> Candidates:
    """The candidate of each planted precursor that a scan would list, where there is one, kept in `cache`.

    Args:
        precursors: Those to plant; each once, at a random place of a random host.
        hosts: Folders of genomes.
        scorer: The scan's network.
        search: The scan's sieve and prefilter.
        cache: Folder of kept work.
        watch: Called with the number of each lot that is done.
    """
    ends = [(precursor.sequence, precursor.start, precursor.end) for precursor in precursors]
    facts = (
        ends,
        [host.name for host in hosts],
        scorer.card.sha256,
        SEARCHED,
        LOWEST,
        ENDS_FOUND,
        LAYOUT,
    )
    path = _cached(cache, "met-planted", [repr(facts).encode()])
    if not path.exists():
        grounds = [known_stretches(host) for host in hosts]
        random = np.random.default_rng(0)
        parts = []
        for first in range(0, len(precursors), AT_ONCE):
            lot = list(enumerate(precursors))[first : first + AT_ONCE]
            parts.append(_found(lot, grounds, scorer, replace(search, strands="+"), random))
            if watch:
                watch(len(lot))
        _save(path, _joined(parts))
    return _load(path)


def _found(
    lot: Sequence[tuple[int, Precursor]],
    grounds: Sequence[str],
    scorer: Scorer,
    search: Search,
    random: np.random.Generator,
) -> Candidates:
    """The best candidate of each of some precursors, planted."""
    reach = search.margin
    stretches, ends = [], {}
    for number, precursor in lot:
        ground = grounds[int(random.integers(len(grounds)))]
        place = int(random.integers(len(ground) - 2 * reach - len(precursor.sequence)))
        host = ground[place : place + 2 * reach + len(precursor.sequence)]
        sequence = host[:reach] + precursor.sequence + host[reach + len(precursor.sequence) :]
        name, length = str(number), len(sequence)
        stretches.append(Stretch(Window(name, 0, length, 0, length), sequence))
        ends[name] = reach + precursor.start, reach + precursor.end
    hairpins = [hairpin for hairpin in search(stretches).hairpins if _example(hairpin, *ends[hairpin.contig])]
    scores = scorer.scores(hairpins)
    best: dict[str, int] = {}
    for row in np.argsort(scores, kind="stable").tolist():
        if scores[row] >= LOWEST:
            best[hairpins[row].contig] = row
    rows = np.array(sorted(best.values()), dtype=np.int64)
    kept = [hairpins[row] for row in rows.tolist()]
    return Candidates(kept, scores[rows], np.array([int(hairpin.contig) for hairpin in kept], dtype=np.int64))


def _example(hairpin: Hairpin, start: int, end: int) -> bool:
    """Whether a candidate shares enough with a precursor to be an example of it."""
    shared = min(hairpin.end, end) - max(hairpin.start, start)
    whole, of_candidate = ENDS_FOUND
    return shared >= whole * (end - start) and shared >= of_candidate * len(hairpin)


def _known(hairpin: Hairpin, loci: dict[str, list[tuple[int, int, str]]]) -> bool:
    return any(
        hairpin.start < end + MARGIN and hairpin.end > start - MARGIN
        for start, end, _ in loci.get(hairpin.contig, ())
    )


def _cached(cache: Path, name: str, made_of: Iterable[bytes]) -> Path:
    return cache / f"{name}-{hashlib.sha256(b'|'.join(made_of)).hexdigest()[:16]}.npz"


def _joined(parts: Iterable[Candidates]) -> Candidates:
    parts = list(parts)
    return Candidates(
        [hairpin for part in parts for hairpin in part.hairpins],
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.origin for part in parts]),
    )


def _save(path: Path, found: Candidates) -> None:
    """Keep candidates in a compressed file that appears whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}")
    fields = {
        name: np.array([getattr(hairpin, name) for hairpin in found.hairpins])
        for name in ("contig", "start", "end", "strand", "sequence", "structure", "mfe")
    }
    with temporary.open("wb") as stream:
        fields |= {"scores": found.scores, "origin": found.origin}
        np.savez_compressed(stream, **fields)  # type: ignore[arg-type]
    temporary.replace(path)


def _load(path: Path) -> Candidates:
    file = arrays_of(path)
    return Candidates(list(_hairpins(file)), file["scores"], file["origin"])


def _hairpins(file: Mapping[str, NDArray[Any]]) -> Iterator[Hairpin]:
    names = ("contig", "start", "end", "strand", "sequence", "structure", "mfe")
    for row in zip(*(file[name].tolist() for name in names), strict=True):
        yield Hairpin(*row)
