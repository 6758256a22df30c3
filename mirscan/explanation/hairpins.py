"""Places in a genome, and hairpins of a FASTA file, as subjects to explain."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mirscan.alphabet import on_strand
from mirscan.errors import InputError, UsageError
from mirscan.explanation.subjects import Made, Subject, Subjects, Surroundings
from mirscan.folding.viennarna import fold
from mirscan.genome.access import Genome
from mirscan.genome.fasta import read_records
from mirscan.genome.regions import Region, parse_region
from mirscan.genome.repeats import Repeats
from mirscan.pipeline.clades import clade_of
from mirscan.pipeline.false_hits import AUTO
from mirscan.pipeline.predict import fold_record
from mirscan.records import Hairpin

LONGEST_PLACE = 1000  # bases that can be folded as one hairpin in reasonable time
PLACE = re.compile(r"(?P<region>.+:[\d,]+-[\d,]+)(:(?P<strand>[+-]))?")


def of_genome(path: str, places: Sequence[str]) -> Subjects:
    """Places `contig:start-end:strand` of a genome, folded whatever they hold.

    Raises:
        UsageError: Not a place, or no contig of this name.
        InputError: Outside the contig, or too long to be a hairpin.
    """
    with Genome.open(path) as genome:
        names = {contig.name for contig in genome.contigs}
        repeats = Repeats(genome)
        made = Made(bases=sum(genome.lengths.values()), clades=clade_of(AUTO, genome).names)
        return Subjects([_subject(genome, repeats, place, names) for place in places], made)


def _subject(genome: Genome, repeats: Repeats, place: str, names: set[str]) -> Subject:
    match = PLACE.fullmatch(place)
    if match is None:
        raise UsageError(
            f"place {place!r}", "not understood", "contig:start-end:strand, as in chr1:1001-1080:+"
        )
    region: Region = parse_region(match["region"], names)
    start, end = genome.clip(region)
    if end - start > LONGEST_PLACE:
        raise InputError(
            f"place {place}", f"{end - start:,} bases", f"a hairpin of at most {LONGEST_PLACE:,}"
        )
    around = Surroundings.of(genome, region.contig, start, end)
    hairpin = _fold(around, start, end, match["strand"] or "+")
    return Subject(place, hairpin, around, notes={"repeated": repeats.share(hairpin.sequence)})


def _fold(around: Surroundings, start: int, end: int, strand: str) -> Hairpin:
    sequence = on_strand(around.sequence[start - around.start : end - around.start], strand)
    return Hairpin(around.contig, start, end, strand, sequence, *fold(sequence))


def of_fasta(path: str) -> Subjects:
    """The records of a hairpin FASTA, folded; each is taken for a small genome of its own.

    Raises:
        InputError: Not FASTA, or a record that cannot be folded.
    """
    subjects = []
    for record in read_records(path, may_be_empty=True):
        prediction = fold_record(record)
        hairpin = prediction.hairpin
        if hairpin is None:
            raise InputError(
                path, f"record {prediction.name!r}: {prediction.note}", "a sequence that can be folded"
            )
        around = Surroundings(hairpin.contig, 0, hairpin.sequence)
        subjects.append(Subject(prediction.name, hairpin, around))
    return Subjects(subjects)
