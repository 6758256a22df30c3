"""What is to be explained: hits of a result file, a place in a genome, or hairpins of a FASTA file."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import fields
from difflib import get_close_matches
from pathlib import Path

from mirscan.errors import InputError, UsageError
from mirscan.fasta import open_stream, read_records
from mirscan.folding import fold
from mirscan.genome import Genome
from mirscan.predict import fold_record
from mirscan.records import Hairpin
from mirscan.search import COMPLEMENT
from mirscan.windows import Region, parse_region
from mirscan.writers.text import JSON_FORMAT, JSON_VERSION, TsvWriter

LONGEST_PLACE = 1000  # bases that can be folded as one hairpin in reasonable time
PLACE = re.compile(r"(?P<region>.+:[\d,]+-[\d,]+)(:(?P<strand>[+-]))?")


def of_result(path: str, wanted: tuple[str, ...]) -> list[tuple[str, Hairpin]]:
    """Hits of a `.json` or `.tsv` result of `mirscan scan`, by ID, or all of them where none is named.

    Raises:
        InputError: Not such a result, or one without sequences.
        UsageError: No hit of this ID; close ones are named.
    """
    suffix = Path(path.removesuffix(".gz")).suffix
    if suffix not in (".json", ".tsv"):
        raise InputError(path, "holds no sequences", "the .json or .tsv of a scan", "Scan with -o hits.json.")
    hits = dict(_of_json(path) if suffix == ".json" else _of_tsv(path))
    for name in wanted:
        if name not in hits:
            near = get_close_matches(name, hits, n=3)
            raise UsageError(f"--id {name}", f"no such hit among the {len(hits):,} of {path}", _either(near))
    return [(name, hits[name]) for name in wanted or hits]


def _either(names: list[str]) -> str | None:
    return f"an ID of that file, such as {' or '.join(names)}" if names else "an ID of that file"


def _of_json(path: str) -> Iterator[tuple[str, Hairpin]]:
    try:
        with open_stream(path) as stream:
            content = json.load(stream)
    except (OSError, EOFError, ValueError) as error:
        raise InputError(path, f"not a complete JSON file ({error})", "a result of `mirscan scan`") from error
    found = (content.get("format"), content.get("format_version")) if isinstance(content, dict) else None
    if found != (JSON_FORMAT, JSON_VERSION):
        raise InputError(path, f"format {found}", f"format {(JSON_FORMAT, JSON_VERSION)} of this version")
    for hit in content["hits"]:
        yield hit["name"], Hairpin(**{field.name: hit[field.name] for field in fields(Hairpin)})


def _of_tsv(path: str) -> Iterator[tuple[str, Hairpin]]:
    with open_stream(path) as stream:
        rows = csv.DictReader(stream.read().decode().splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    missing = set(TsvWriter.COLUMNS) - set(rows.fieldnames or ())
    if missing:
        raise InputError(path, f"no column {', '.join(sorted(missing))}", "a result of `mirscan scan`")
    for row in rows:
        start, end, mfe = int(row["start"]) - 1, int(row["end"]), float(row["mfe"])
        yield (
            row["name"],
            Hairpin(row["contig"], start, end, row["strand"], row["sequence"], row["structure"], mfe),
        )


def of_genome(path: str, places: tuple[str, ...]) -> list[tuple[str, Hairpin]]:
    """Places `contig:start-end:strand` of a genome, folded whatever they hold.

    Raises:
        UsageError: Not a place, or no contig of this name.
        InputError: Outside the contig, or too long to be a hairpin.
    """
    with Genome.open(path) as genome:
        names = {contig.name for contig in genome.contigs}
        return [(place, _fold_place(genome, place, names)) for place in places]


def _fold_place(genome: Genome, place: str, names: set[str]) -> Hairpin:
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
    strand = match["strand"] or "+"
    sequence = genome.fetch(region.contig, start, end)
    if strand == "-":
        sequence = sequence.translate(COMPLEMENT)[::-1]
    return Hairpin(region.contig, start, end, strand, sequence, *fold(sequence))


def of_fasta(path: str) -> list[tuple[str, Hairpin]]:
    """The records of a hairpin FASTA, folded.

    Raises:
        InputError: Not FASTA, or a record that cannot be folded.
    """
    hairpins = []
    for record in read_records(path):
        prediction = fold_record(record)
        if prediction.hairpin is None:
            raise InputError(
                path, f"record {prediction.name!r}: {prediction.note}", "a sequence that can be folded"
            )
        hairpins.append((prediction.name, prediction.hairpin))
    return hairpins
