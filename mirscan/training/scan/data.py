"""What the model behind `scan` learns from: precursors planted in real genomes, and what else a scan finds.

Both come from the sieve that the scan itself uses, so that boundaries are what it will meet. Each candidate
has a draft, the columns of the sieve's own structure (`sieve.trace`), which the first prefilter sees; all of
them are folded later (`folds.py`).
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mirscan.alphabet import UNKNOWN, decode, on_strand, reverse_complement_codes
from mirscan.alphabet import encode as codes_of
from mirscan.encoding.columns import SCALARS, Columns, concatenate, encode
from mirscan.errors import InputError
from mirscan.genome.access import Genome
from mirscan.runtime.rowwise import Rowwise
from mirscan.runtime.whole_file import whole_file
from mirscan.sieve.candidates import SieveSettings, candidates, traces
from mirscan.training.common.kept import arrays_of
from mirscan.training.scan.precursors import Precursor
from mirscan.training.scan.settings import ENDS_FOUND, MARGIN

LAYOUT = 2  # of the cached files: a change of what they hold gives them new names


@dataclass(frozen=True, slots=True)
class ScanExamples(Rowwise):
    """Candidates of the sieve.

    Attributes:
        sequences: bytes (n,), RNA letters.
        drafts: Their encoding with the sieve's own structure and energy.
        origin: int64 (n,), index of the planted precursor, -1 for background.
        start: int64 (n,), first base on the plus strand of its genome, contigs laid end to end; 0 where
            planted.
        strand: bool (n,), minus.
    """

    sequences: NDArray[np.bytes_]
    drafts: Columns
    origin: NDArray[np.int64]
    start: NDArray[np.int64]
    strand: NDArray[np.bool_]

    def letters(self) -> list[str]:
        """The sequences as text."""
        return [sequence.decode() for sequence in self.sequences.tolist()]


def known_loci(folder: Path) -> dict[str, list[tuple[int, int, str]]]:
    """Contig → start, end, strand of the known precursors of a genome; empty where no file says any."""
    loci: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    path = folder / "known_loci.bed"
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        row = line.split("\t")
        loci[row[0]].append((int(row[1]), int(row[2]), row[5]))
    return dict(loci)


def known_sequences(folder: Path) -> list[str]:
    """The sequences of the known precursors of a genome, RNA letters, 5′ to 3′."""
    with Genome.open(str(genome_file(folder))) as genome:
        found = [
            (genome.fetch(contig, start, end), strand)
            for contig, loci in known_loci(folder).items()
            for start, end, strand in loci
        ]
    return [on_strand(letters, strand) for letters, strand in found]


def genome_file(folder: Path) -> Path:
    """The FASTA of one of the genomes' folders.

    Raises:
        InputError: There is none.
    """
    for name in ("genome.fa", "genome.fa.gz"):
        if (folder / name).exists():
            return folder / name
    raise InputError(str(folder), "no genome.fa or genome.fa.gz", "a folder of the genomes")


def megabases(folder: Path) -> float:
    """Known bases of a genome, Mb."""
    with Genome.open(str(genome_file(folder))) as genome:
        return sum(contig.known for contig in genome.contigs) / 1e6


def background(folder: Path, settings: SieveSettings, cache: Path) -> ScanExamples:
    """Every candidate of a genome that is not near a known locus, and holds A, C, G and U only.

    Kept in `cache`, under a name made of what decides the result.
    """
    source = genome_file(folder)
    digest = hashlib.sha256(source.read_bytes() + repr((asdict(settings), MARGIN, SCALARS, LAYOUT)).encode())
    path = cache / f"background-{folder.name}-{digest.hexdigest()[:16]}.npz"
    if path.exists():
        return load(path)
    loci, parts, offset = known_loci(folder), [], 0
    with Genome.open(str(source)) as genome:
        for contig in genome.contigs:
            for found in _drafted(genome.fetch(contig.name, 0, contig.length), "+-", settings):
                parts.append(_moved(_away_from(loci.get(contig.name, []), found), offset))
            offset += contig.length
    examples = joined(parts)
    save(path, examples)
    return examples


def _drafted(sequence: str, strands: str, settings: SieveSettings) -> Iterator[ScanExamples]:
    """The candidates of each strand of a sequence."""
    forward = codes_of(sequence)
    for strand in strands:
        codes = forward if strand == "+" else reverse_complement_codes(forward)
        found = candidates(codes, settings)
        places = list(zip(found.start.tolist(), found.end.tolist(), traces(codes, found), strict=True))
        known = np.array([bool((codes[a:b] < UNKNOWN).all()) for a, b, _ in places], dtype=np.bool_)
        rows = [place for place, fine in zip(places, known, strict=True) if fine]
        letters = [decode(codes[a:b]) for a, b, _ in rows]
        drafts = encode(letters, [structure for *_, structure in rows], (found.energy[known] / 100).tolist())
        start = found.start[known] if strand == "+" else len(codes) - found.end[known]
        n = len(letters)
        yield ScanExamples(
            np.array(letters, dtype=np.bytes_), drafts, np.full(n, -1), start, np.full(n, strand == "-")
        )


def _moved(examples: ScanExamples, offset: int) -> ScanExamples:
    return replace(examples, start=examples.start + offset)


def _away_from(loci: Iterable[tuple[int, int, str]], examples: ScanExamples) -> ScanExamples:
    end = examples.start + np.char.str_len(examples.sequences)
    near = np.zeros(len(examples), dtype=np.bool_)
    for first, last, _ in loci:
        near |= (examples.start < last + MARGIN) & (end > first - MARGIN)
    return examples.take(np.flatnonzero(~near))


def planted(
    precursors: Sequence[Precursor],
    rows: NDArray[np.int64],
    genomes: Sequence[Path],
    settings: SieveSettings,
    seed: int,
) -> ScanExamples:
    """The candidates that are examples of precursors, each planted at a random place of a random genome.

    Args:
        precursors: All of them.
        rows: Those to plant; one may be there several times.
        genomes: Folders of genomes.
        settings: The sieve's.
        seed: Of the places.
    """
    random = np.random.default_rng(seed)
    grounds = [known_stretches(folder) for folder in genomes]
    parts = []
    for row in rows.tolist():
        one = precursors[row]
        ground = grounds[random.integers(len(grounds))]
        reach = settings.reach + settings.max_span
        place = int(random.integers(len(ground) - 2 * reach - len(one.sequence)))
        host = ground[place : place + 2 * reach + len(one.sequence)]
        sequence = host[:reach] + one.sequence + host[reach + len(one.sequence) :]
        parts.append(_found_at(sequence, reach + one.start, reach + one.end, row, settings))
    return joined(parts)


def in_place(folder: Path, settings: SieveSettings) -> ScanExamples:
    """The candidates that are examples of a genome's own known precursors; `origin` counts the loci."""
    reach, parts = settings.reach + settings.max_span, []
    with Genome.open(str(genome_file(folder))) as genome:
        loci = [(contig, *place) for contig, places in known_loci(folder).items() for place in places]
        for row, (contig, start, end, strand) in enumerate(loci):
            first, last = max(0, start - reach), min(genome.length(contig), end + reach)
            sequence = genome.fetch(contig, first, last)
            here = (start - first, end - first) if strand == "+" else (last - end, last - start)
            stranded = on_strand(sequence, strand)
            parts.append(_found_at(stranded, *here, row, settings))
    return joined(parts)


def _found_at(sequence: str, start: int, end: int, row: int, settings: SieveSettings) -> ScanExamples:
    """The candidates on the given strand that are examples of a precursor there."""
    found = next(_drafted(sequence, "+", settings))
    here = found.take(_examples_of(found, start, end))
    nowhere = np.zeros(len(here), np.int64)
    return replace(here, origin=nowhere + row, start=nowhere)


def planted_once(
    precursors: Sequence[Precursor],
    rows: NDArray[np.int64],
    genomes: Sequence[Path],
    settings: SieveSettings,
    seed: int,
    cache: Path,
) -> ScanExamples:
    """`planted`, kept in `cache` under a name made of what decides the result."""
    ends = [(one.sequence, one.start, one.end) for one in (precursors[row] for row in rows.tolist())]
    facts = repr(
        (ends, rows.tolist(), [genome.name for genome in genomes], asdict(settings), seed, ENDS_FOUND)
    )
    path = (
        cache / f"planted-{hashlib.sha256((facts + repr((SCALARS, LAYOUT))).encode()).hexdigest()[:16]}.npz"
    )
    if not path.exists():
        save(path, planted(precursors, rows, genomes, settings, seed))
    return load(path)


def known_stretches(folder: Path) -> str:
    """The first contig of a genome without its N, and without its known loci."""
    with Genome.open(str(genome_file(folder))) as genome:
        contig = max(genome.contigs, key=lambda contig: contig.known)
        sequence = genome.fetch(contig.name, 0, contig.length)
    for start, end, _ in sorted(known_loci(folder).get(contig.name, []), reverse=True):
        sequence = sequence[:start] + sequence[end:]
    return re.sub("[^ACGU]", "", sequence)


def _examples_of(found: ScanExamples, start: int, end: int) -> NDArray[np.int64]:
    stop = found.start + np.char.str_len(found.sequences)
    shared = np.minimum(stop, end) - np.maximum(found.start, start)
    whole, of_candidate = ENDS_FOUND
    fits = (shared >= whole * (end - start)) & (shared >= of_candidate * (stop - found.start))
    return np.flatnonzero(fits)


def joined(parts: Iterable[ScanExamples]) -> ScanExamples:
    """Examples one after the other."""
    parts = [part for part in parts if len(part)]
    return ScanExamples(
        np.concatenate([np.zeros(0, "S1"), *(part.sequences for part in parts)]),
        concatenate([part.drafts for part in parts]),
        np.concatenate([np.zeros(0, np.int64), *(part.origin for part in parts)]),
        np.concatenate([np.zeros(0, np.int64), *(part.start for part in parts)]),
        np.concatenate([np.zeros(0, np.bool_), *(part.strand for part in parts)]),
    )


def save(path: Path, examples: ScanExamples) -> None:
    """Keep examples in a compressed file that appears whole or not at all."""
    with whole_file(path) as temporary, temporary.open("wb") as stream:
        np.savez_compressed(
            stream,
            sequences=examples.sequences,
            symbols=examples.drafts.symbols,
            scalars=examples.drafts.scalars,
            origin=examples.origin,
            start=examples.start,
            strand=examples.strand,
        )


def load(path: Path) -> ScanExamples:
    """Examples from a file that `save` wrote."""
    file = arrays_of(path)
    drafts = Columns(file["symbols"], file["scalars"])
    return ScanExamples(file["sequences"], drafts, file["origin"], file["start"], file["strand"])
