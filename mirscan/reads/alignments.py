"""Reads that somebody aligned: BAM, CRAM or SAM of any aligner, boiled down to `Places`."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pysam
from pysam.utils import SamtoolsError

from mirscan.errors import InputError, OutputError
from mirscan.genome import htslib
from mirscan.reads.contigs import match_contigs
from mirscan.reads.name_counts import NameCounts, lots
from mirscan.reads.places import LONGEST, SHORTEST, Pile, Places

EXPECTED = "alignments of small RNA reads (.bam, .cram or .sam)"
LEFT_OUT = pysam.FUNMAP | pysam.FQCFAIL | pysam.FSUPPLEMENTARY
COUNT = re.compile(r"_x(\d+)$")  # of a collapsed library, as miRDeep2 writes names
TOGETHER = 1 << 18  # places that are written at once
JUDGED_AFTER = 10_000  # reads: from then on a library with none of a small RNA's length is refused


@dataclass(slots=True)
class _Seen:
    """What the alignments looked at were.

    Attributes:
        reads: Alignments that count.
        fitting: Of these, those of a length that is looked at.
        longest: The longest, nt.
    """

    reads: int = 0
    fitting: int = 0
    longest: int = 0

    def refuse(self, source: str) -> None:
        """Refuse a library without a single read of a small RNA's length.

        Raises:
            InputError: It is one.
        """
        if self.reads and not self.fitting:
            found = f"not one of its first {self.reads:,} reads has {SHORTEST} to {LONGEST} nt"
            hint = (
                f"The longest has {self.longest:,} nt: are the adapters still there, or are they long reads?"
            )
            raise InputError(source, found, "small RNA reads without adapters", hint)


def read_alignments(source: str, sample: str, lengths: Mapping[str, int], genome: str) -> Places:
    """The places of the reads of a file of alignments.

    A file that is not sorted by position is sorted aside, never beside the file. An alignment counts as
    one read, or as the n of a name that ends in `_xn`, shared among the places that its NH tag tells, or else
    among as many as there are alignments of its name.

    Args:
        source: A path.
        sample: What the library is called.
        lengths: Contig of the genome → bases.
        genome: Where the genome lies; a CRAM is read against it.

    Raises:
        InputError: Unreadable, damaged, of another genome, paired, or without reads of 18 to 30 nt.
        OutputError: No room to sort it.
    """
    places = Places(sample)
    try:
        with htslib.silent(), tempfile.TemporaryDirectory(prefix="mirscan-reads-") as folder:
            genome = _aside(genome, folder)
            path = source if _is_sorted(source, genome) else _sorted(source, folder, genome)
            counts = _name_counts(path, folder, genome)
            with _opened(path, genome) as alignments:
                named = match_contigs(
                    source, dict(zip(alignments.references, alignments.lengths, strict=True)), lengths
                )
                for contig, pile in _piles(source, _weighed(source, alignments, counts)):
                    if contig in named:
                        places.add(named[contig], pile)
    except (OSError, ValueError) as error:
        places.close()
        found = "is cut short or damaged" if "truncated" in str(error) else f"cannot be read ({error})"
        raise InputError(source, found, EXPECTED) from error
    except BaseException:
        places.close()
        raise
    return places.ready()


def _aside(genome: str, folder: str) -> str:
    """A name in a folder for the file of a genome: htslib leaves an index beside the FASTA of a CRAM."""
    if not Path(genome).is_file():
        return genome
    link = Path(folder) / "genome.fa"
    link.symlink_to(Path(genome).resolve())
    return str(link)


def _opened(path: str, genome: str) -> pysam.AlignmentFile:
    return pysam.AlignmentFile(path, check_sq=False, reference_filename=genome)


def _is_sorted(source: str, genome: str) -> bool:
    """Whether the alignments lie contig by contig, in the order of their starts.

    Raises:
        InputError: No such file, or one without a header.
    """
    if not Path(source).exists():
        raise InputError(source, "no such file", EXPECTED)
    with _opened(source, genome) as alignments:
        if not alignments.references:
            raise InputError(source, "names no contig in its header", EXPECTED)
        return bool(alignments.header.to_dict().get("HD", {}).get("SO") == "coordinate")


def _sorted(source: str, folder: str, genome: str) -> str:
    path = f"{folder}/sorted.bam"
    try:
        pysam.sort("-o", path, "-T", f"{folder}/part", "--reference", genome, source)
    except SamtoolsError as error:
        words = " ".join(str(error).split())
        if "space" in words:
            raise OutputError(
                folder, f"no room to sort {source}", hint="TMPDIR says where it goes."
            ) from error
        raise InputError(source, f"cannot be sorted ({words})", EXPECTED) from error
    return path


def _name_counts(path: str, folder: str, genome: str) -> NameCounts | None:
    """How often each name occurs; None where NH tags tell in how many places each read lies."""
    with _opened(path, genome) as alignments:
        first = islice((read for read in alignments if not read.flag & LEFT_OUT), JUDGED_AFTER)
        if all(read.has_tag("NH") for read in first):
            return None
    with _opened(path, genome) as alignments:
        names = (_name(read) for read in alignments if not read.flag & LEFT_OUT)
        return NameCounts((name for name in names if name), folder)


def _name(read: pysam.AlignedSegment) -> str:
    """The name of a read; empty for none."""
    name = read.query_name
    return "" if name is None or name == "*" else name


def _weighed(
    source: str, alignments: Iterable[pysam.AlignedSegment], counts: NameCounts | None
) -> Iterator[tuple[pysam.AlignedSegment, float]]:
    """Each alignment that counts, with how many reads it stands for at its place."""
    counting = (read for read in alignments if not read.flag & LEFT_OUT)
    for some in lots(counting):
        names = [_name(read) for read in some]
        places = counts.of(names).tolist() if counts else [1] * len(some)
        for read, name, number in zip(some, names, places, strict=True):
            if read.flag & pysam.FPAIRED:
                hint = "Align the first of each pair."
                raise InputError(source, "holds paired reads", "single reads of small RNAs", hint)
            found = COUNT.search(name) if "_x" in name else None
            places = int(read.get_tag("NH")) if read.has_tag("NH") else number
            yield read, (int(found[1]) if found else 1) / max(places, 1)


def _piles(source: str, weighed: Iterable[tuple[pysam.AlignedSegment, float]]) -> Iterator[tuple[str, Pile]]:
    """Contig and places, each once, in lots that end between two first bases."""
    seen = _Seen()
    contig, last, done = "", -1, set[str]()
    here: Counter[tuple[int, int, bool]] = Counter()
    for read, weight in weighed:
        start, name = read.reference_start, read.reference_name or ""
        if here and (name != contig or (start != last and len(here) >= TOGETHER)):
            yield contig, _pile(here)
            here = Counter()
        if name in done or (name == contig and start < last):
            raise InputError(
                source, "says that it is sorted and is not", EXPECTED, "`samtools sort` sorts it."
            )
        if name != contig:
            done.add(contig)
        contig, last = name, start
        length = read.reference_length or 0
        seen.reads += 1
        seen.longest = max(seen.longest, length)
        if SHORTEST <= length <= LONGEST:
            seen.fitting += 1
            here[start, length, read.is_reverse] += weight  # type: ignore[assignment]
        elif seen.reads == JUDGED_AFTER:
            seen.refuse(source)
    seen.refuse(source)
    if here:
        yield contig, _pile(here)


def _pile(counts: Mapping[tuple[int, int, bool], float]) -> Pile:
    keys = sorted(counts)
    start, length, minus = zip(*keys, strict=True)
    weight = np.array([counts[key] for key in keys], np.float32)
    return Pile(np.array(start, np.int32), np.array(length, np.uint8), np.array(minus, np.bool_), weight)
