"""Files of known microRNAs: GFF3, GFF2, GTF and BED of their places, FASTA of their sequences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote
from warnings import warn

from mirscan.alphabet import to_rna
from mirscan.errors import InputError, MirscanWarning
from mirscan.genome.fasta import foreign_letter, read_records, shown
from mirscan.genome.lines import bed_rows, read_lines
from mirscan.pipeline.known import WORD, Catalogue, Loci, Locus, Sequences
from mirscan.pipeline.known_features import (
    ARM,
    HAIRPIN,
    LONGEST_ARM,
    PARENTS,
    PRIMARY,
    Feature,
    attributes_of,
    distinct,
    kind_of,
    name_of,
)

GFF, BED = (".gff3", ".gff", ".gff2", ".gtf"), (".bed",)
FASTA = (".fa", ".fasta", ".fna", ".fas")
STRANDS = ("+", "-", ".", "?")
EXPECTED = f"known microRNAs as {' '.join((*GFF, *BED, *FASTA))}, also .gz"
LONGEST_INTERVAL = 1000  # nt of a hairpin in a BED file: what is longer is a transcript
MOST_NAMED = 3  # records or contigs that a message names


def read_known(path: str, contigs: Collection[str]) -> Catalogue:
    """Read known microRNAs; the suffix names the format.

    What cannot be used, or is taken for something else than it says, is a `MirscanWarning`.

    Args:
        path: GFF3, GFF2, GTF, BED (three columns or more), or FASTA of hairpins or mature sequences.
        contigs: Names of the genome's contigs.

    Raises:
        InputError: Missing, of another format, or without a microRNA in what it lists.
    """
    suffix = Path(path.removesuffix(".gz")).suffix.lower()
    if suffix in FASTA:
        return Sequences(_sequences(path))
    if suffix not in GFF + BED:
        raise InputError(path, f"the suffix {suffix!r} names no format", EXPECTED)
    loci = _gff(path) if suffix in GFF else _bed(path)
    if not loci:
        _say(path, "lists nothing: no microRNA is known")
    return Loci(_on_genome(path, loci, contigs))


def _say(path: str, message: str) -> None:
    warn(MirscanWarning(f"{path}: {message}"), stacklevel=3)


def _first_names(names: Collection[str]) -> str:
    return ", ".join(sorted(names)[:MOST_NAMED]) + (", …" if len(names) > MOST_NAMED else "")


# --- contigs


def _on_genome(path: str, loci: Sequence[Locus], contigs: Collection[str]) -> list[Locus]:
    """The loci with the genome's names of their contigs: `chr1` is taken for `1` if nothing else could be."""
    here = {locus.contig for locus in loci}
    names = _taken_for(here, contigs)
    if names:
        first = min(names)
        _say(path, f"contigs are named otherwise in the genome: {first} is taken for {names[first]}")
    if here and here.isdisjoint(contigs) and not names:
        found = (
            f"none of its contigs ({_first_names(here)}) is in the genome, which has {_first_names(contigs)}"
        )
        _say(path, f"{found}: every hit is new")
    return [
        Locus(one.name, names.get(one.contig, one.contig), one.start, one.end, one.strand) for one in loci
    ]


def _taken_for(here: Collection[str], contigs: Collection[str]) -> dict[str, str]:
    theirs, ours = _by_plain_name(contigs), _by_plain_name(here)
    return {
        names[0]: theirs[plain][0]
        for plain, names in ours.items()
        if len(names) == 1 and len(theirs.get(plain, ())) == 1 and names[0] != theirs[plain][0]
    }


def _by_plain_name(names: Collection[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in names:
        plain = name.lower().removeprefix("chr").removeprefix("_")
        found["m" if plain == "mt" else plain].append(name)
    return found


# --- places


def _gff(path: str) -> list[Locus]:
    features, others = [], set()
    for number, line in enumerate(read_lines(path, EXPECTED), 1):
        if line.startswith("##FASTA"):
            break
        if not line.strip() or line.startswith("#"):
            continue
        columns = line.split("\t")
        feature = _feature(path, number, columns)
        if feature:
            features.append(feature)
        else:
            others.add(columns[2])
    if others and not features:
        expected = "features of a type such as pre_miRNA, miRNA_primary_transcript or miRNA"
        raise InputError(path, f"holds {_first_names(others)}", expected)
    return _distinct(path, features)


def _distinct(path: str, features: Sequence[Feature]) -> list[Locus]:
    loci, lost = distinct(features)
    if lost:
        found = f"{len(lost):,} primary transcripts say not where their hairpins are ({_first_names(lost)})"
        _say(path, f"{found}: left out")
    return loci


def _feature(path: str, number: int, columns: list[str]) -> Feature | None:
    """The microRNA of a line; None where it is something else."""
    if len(columns) not in (8, 9):
        raise _odd(path, number, columns, "nine columns of GFF3, GFF2 or GTF")
    attributes = attributes_of(columns[8] if len(columns) == 9 else "")
    length = int(columns[4]) - int(columns[3]) + 1 if columns[3].isdecimal() and columns[4].isdecimal() else 0
    kind = kind_of(columns[2], attributes, length)
    if kind is None:
        return None
    contig = unquote(columns[0])
    name = name_of(attributes, f"{contig}:{columns[3]}-{columns[4]}")
    locus = _locus(path, number, columns, (name, contig, columns[3], columns[4], columns[6]), first=1)
    return Feature(locus, kind, next((attributes[key] for key in PARENTS if key in attributes), ""))


def _bed(path: str) -> list[Locus]:
    """The intervals, without those that are arms within others."""
    features = []
    for number, columns in bed_rows(path, EXPECTED):
        if len(columns) < 3:
            raise _odd(path, number, columns, "three columns of BED or more")
        contig, start, end = columns[:3]
        name = columns[3] if len(columns) > 3 else f"{contig}:{start}-{end}"
        strand = columns[5] if len(columns) > 5 else "."
        locus = _locus(path, number, columns, (name, contig, start, end, strand), first=0)
        length = locus.end - locus.start
        kind = ARM if length <= LONGEST_ARM else PRIMARY if length > LONGEST_INTERVAL else HAIRPIN
        features.append(Feature(locus, kind))
    return _distinct(path, features)


def _locus(
    path: str, number: int, columns: list[str], fields: tuple[str, str, str, str, str], first: int
) -> Locus:
    name, contig, start, end, strand = fields
    if not (start.isdecimal() and end.isdecimal() and first <= int(start) < int(end) + first):
        raise _odd(path, number, columns, "a start and an end after it")
    if strand not in STRANDS:
        raise _odd(path, number, columns, "the strand, + or - or .")
    return Locus(name, contig, int(start) - first, int(end), strand.replace("?", "."))


def _odd(path: str, number: int, columns: list[str], expected: str) -> InputError:
    return InputError(path, f"line {number}: {shown(chr(9).join(columns).encode())}", expected)


# --- sequences


def _sequences(path: str) -> list[tuple[str, str]]:
    """The records that can be used: the others are named."""
    used: list[tuple[str, str]] = []
    short: list[str] = []
    foreign: list[str] = []
    for name, bases in read_records(path, may_be_empty=True):
        if foreign_letter(bases):
            foreign.append(name)
        elif len(bases) < WORD:
            short.append(f"{name} has {len(bases)} nt")
        else:
            used.append((name, to_rna(bases)))
    for left_out, why in ((short, f"shorter than {WORD} nt"), (foreign, "no nucleotides")):
        if left_out:
            found = f"{len(left_out):,} sequences are {why} ({_first_names(left_out)})"
            if not used:
                raise InputError(path, found, f"nucleotides, {WORD} nt or more")
            _say(path, f"{found}: left out, {len(used):,} are used")
    if not used:
        _say(path, "holds no record: no microRNA is known")
    return used
