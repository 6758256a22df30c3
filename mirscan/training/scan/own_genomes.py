"""Genomes of anybody's with their known microRNAs, in the form that the training of the scan's model reads.

The known precursors are examples where they stand and planted elsewhere in the same genomes; what lies away
from them is background. Relatives stay together: of their groups, every fifth calibrates and measures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mirscan.alphabet import on_strand
from mirscan.encoding.columns import Columns, concatenate
from mirscan.errors import InputError
from mirscan.genome.access import Genome
from mirscan.models.column_ensemble import ANIMAL, PLANT
from mirscan.pipeline.known import Loci
from mirscan.pipeline.known_files import read_known
from mirscan.sieve.candidates import SieveSettings
from mirscan.training.common.relatives import groups
from mirscan.training.scan import data
from mirscan.training.scan.data import ScanExamples
from mirscan.training.scan.draw import TrainingSet, numbered, training_set
from mirscan.training.scan.folds import folded
from mirscan.training.scan.material import Background, Rows, Stage, background
from mirscan.training.scan.precursors import Precursor
from mirscan.training.scan.settings import ScanSettings

FEWEST = 10  # groups of relatives: with fewer, two would calibrate
HELD_OUT = 5  # of so many groups of relatives one calibrates
FLANK = 40  # nt beside a precursor, which come with it where it is planted


@dataclass(frozen=True, slots=True)
class OwnMaterial:
    """What networks learn from and are calibrated on.

    Attributes:
        precursors: Candidates of precursors to learn from.
        calibration: Candidates of precursors that no network sees.
        backgrounds: A genome each.
        loci: Known precursors that are used.
        groups: Groups of relatives among them.
    """

    precursors: ScanExamples
    calibration: ScanExamples
    backgrounds: Sequence[Background]
    loci: int
    groups: int

    def background(self, held_out: bool) -> ScanExamples:
        """The background that is held out, or that is not."""
        return data.joined(each.part(held_out)[0] for each in self.backgrounds)

    def place_held_out(self) -> Rows:
        """The number of the genome of each candidate of `background(held_out=True)`."""
        counts = [int(each.held_out.sum()) for each in self.backgrounds]
        return np.repeat(np.arange(len(counts)), counts)

    @property
    def megabases_held_out(self) -> float:
        """Background that no network sees, Mb."""
        return sum(each.megabases_held_out for each in self.backgrounds)


def laid_out(genomes: Sequence[tuple[Path, Path]], cache: Path) -> list[Path]:
    """Folders as `data.py` reads them, one a genome: the genome under its usual name, and its known loci.

    They stand in a folder of `cache` named by genomes and loci; what is made of them is kept there, too.

    Args:
        genomes: FASTA files, each with the places of its known precursors as GFF3, GTF or BED.
        cache: Where work is kept.

    Raises:
        InputError: A file cannot be read, says no places, or names none in its genome.
    """
    tables = ["".join(_rows(genome, known)) for genome, known in genomes]
    digest = hashlib.sha256("".join(tables).encode())
    for genome, _ in genomes:
        facts = genome.resolve().stat()
        digest.update(f"{genome.resolve()} {facts.st_size} {facts.st_mtime_ns}".encode())
    place, folders = cache / f"own-{digest.hexdigest()[:16]}", []
    for number, ((genome, _), table) in enumerate(zip(genomes, tables, strict=True), 1):
        folder = place / f"{number}-{genome.name.split('.')[0]}"
        folder.mkdir(parents=True, exist_ok=True)
        link = folder / ("genome.fa.gz" if genome.suffix in (".gz", ".bgz") else "genome.fa")
        link.unlink(missing_ok=True)
        link.symlink_to(genome.resolve())
        (folder / "known_loci.bed").write_text(table, encoding="utf-8")
        folders.append(folder)
    return folders


def _rows(genome: Path, known: Path) -> list[str]:
    """The lines of `known_loci.bed` of a genome."""
    with Genome.open(str(genome)) as opened:
        lengths = {contig.name: contig.length for contig in opened.contigs}
    catalogue = read_known(str(known), list(lengths))
    if not isinstance(catalogue, Loci):
        raise InputError(str(known), "sequences do not say where they stand", "places as GFF3, GTF or BED")
    rows = [
        f"{locus.contig}\t{locus.start}\t{locus.end}\t{locus.name}\t0\t{locus.strand}\n"
        for locus in catalogue.loci
        if locus.strand in "+-" and locus.end <= lengths.get(locus.contig, 0)
    ]
    if not rows:
        found = f"none of its {len(catalogue.loci):,} loci lies on a strand of {genome.name}"
        raise InputError(str(known), found, "loci with a strand in this genome")
    return rows


def precursors_of(folder: Path, plant: bool) -> list[Precursor]:
    """The known precursors of a genome, with their flanks; in the order of `data.in_place`."""
    found = []
    with Genome.open(str(data.genome_file(folder))) as genome:
        for contig, loci in data.known_loci(folder).items():
            for start, end, strand in loci:
                first, last = max(0, start - FLANK), min(genome.length(contig), end + FLANK)
                sequence = on_strand(genome.fetch(contig, first, last), strand)
                before = start - first if strand == "+" else last - end
                name = f"{contig}:{start + 1}-{end}:{strand}"
                found.append(Precursor(name, "own", name, sequence, before, before + end - start, plant))
    return found


def gather(
    folders: Sequence[Path], settings: ScanSettings, plant: bool, cache: Path, stage: Stage
) -> OwnMaterial:
    """Sieve and fold genomes, and split their known precursors.

    Raises:
        InputError: Too few groups of relatives.
    """
    sieve = SieveSettings()
    rows = [row for folder in folders for row in precursors_of(folder, plant)]
    group = groups([row.sequence[row.start : row.end] for row in rows])
    count = int(group.max(initial=-1)) + 1
    if count < FEWEST:
        raise InputError(
            "known",
            f"{len(rows):,} precursors in {count:,} groups of relatives",
            f"{FEWEST} groups or more",
            "Name more genomes, each with its --known.",
        )
    held_out = np.random.default_rng(settings.seed).permutation(count) % HELD_OUT == 0
    calibrates = held_out[group]
    here = _in_place(folders, sieve)
    training = np.flatnonzero(~calibrates)
    planted = data.planted_once(
        rows, np.tile(training, settings.plantings), folders, sieve, settings.seed, cache
    )
    return OwnMaterial(
        data.joined([planted, here.take(np.flatnonzero(~calibrates[here.origin]))]),
        here.take(np.flatnonzero(calibrates[here.origin])),
        [background(folder, sieve, cache, stage) for folder in folders],
        len(rows),
        count,
    )


def _in_place(folders: Sequence[Path], sieve: SieveSettings) -> ScanExamples:
    """The candidates of all known precursors where they stand; `origin` counts through the genomes."""
    parts, before = [], 0
    for folder in folders:
        here = data.in_place(folder, sieve)
        parts.append(replace(here, origin=here.origin + before))
        before += sum(map(len, data.known_loci(folder).values()))
    return data.joined(parts)


def training_set_of(material: OwnMaterial, plant: bool, cache: Path, stage: Stage) -> TrainingSet[Columns]:
    """What the networks learn from."""
    precursors = material.precursors
    columns = folded(precursors, cache, stage("folding precursors", len(precursors)))
    parts = [folded(some, cache) for each in material.backgrounds for some in [each.part(held_out=False)[0]]]
    kinds = np.full(len(precursors), PLANT if plant else ANIMAL, np.int64)
    none: Rows = np.zeros(0, np.int64)
    return training_set(columns, kinds, numbered([precursors.origin]), columns.take(none), concatenate(parts))
