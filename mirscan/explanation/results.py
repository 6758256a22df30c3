"""The hits of a result file, as subjects to explain."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from mirscan.alphabet import LETTERS, UNKNOWN_LETTER, on_strand
from mirscan.errors import InputError, UsageError
from mirscan.evidence.registry import parse_evidence
from mirscan.explanation.subjects import Made, Subject, Subjects, Surroundings
from mirscan.folding.dot_bracket import pair_table
from mirscan.genome.access import Genome
from mirscan.genome.lines import read_lines
from mirscan.pipeline.annotators import registry
from mirscan.pipeline.clades import clade_of
from mirscan.pipeline.false_hits import AUTO, BETWEEN, CLADE, CLADES
from mirscan.pipeline.sensitivity import SENSITIVITIES
from mirscan.records import Hairpin
from mirscan.writers.reading import A_RESULT, read_document
from mirscan.writers.text import GFF_TYPES

SUFFIXES = (".json", ".tsv", ".gff3", ".gff")
COLUMNS = ("name", "contig", "start", "end", "strand", "mfe", "sequence", "structure")


def is_result(path: str) -> bool:
    """Whether a file name has the suffix of a result that can be explained."""
    return _suffix(path) in SUFFIXES


def of_result(path: str, wanted: Sequence[str] | None = None, genome: str | None = None) -> Subjects:
    """Hits of a `.json`, `.tsv` or `.gff3` of `mirscan scan`, by ID, or all of them.

    Args:
        path: The result.
        wanted: IDs; None for all.
        genome: The genome that was scanned: GFF3 holds no sequences, and with it the surroundings are known.

    Raises:
        InputError: Not such a result, of another version, or one without sequences and no genome given.
        UsageError: No hit of this ID; close ones are named.
    """
    made, read = _read(path, genome)
    hits = {subject.name: subject for subject in read}
    for name in wanted or ():
        if name not in hits:
            near = get_close_matches(name, hits, n=3)
            raise UsageError(f"`id` {name}", f"no such hit among the {len(hits):,} of {path}", _either(near))
    subjects = [hits[name] for name in (hits if wanted is None else wanted)]
    if genome:
        subjects, clades = placed(subjects, genome, path)
        made = made if made.model else replace(made, clades=clades)
    for subject in subjects:
        _check(subject, path)
    return Subjects(subjects, made)


def _check(subject: Subject, path: str) -> None:
    """Refuse what no scan writes, before a model stumbles over it."""
    one = subject.hairpin
    texts = (subject.name, one.contig, one.strand, one.sequence, one.structure)
    numbers = (one.start, one.end, one.mfe)
    if not all(isinstance(value, str) for value in texts) or not all(_is_number(value) for value in numbers):
        raise InputError(
            path, f"hit {subject.name!r}: text where numbers belong, or numbers for text", A_RESULT
        )
    if not one.sequence or set(one.sequence) - set(LETTERS + UNKNOWN_LETTER):
        raise InputError(path, f"hit {subject.name!r}: no RNA sequence", "letters of ACGUN")
    if not len(one.sequence) == len(one.structure) == one.end - one.start or one.strand not in ("+", "-"):
        found = f"{len(one.sequence)} letters and {len(one.structure)} brackets at {one.start}-{one.end}"
        raise InputError(path, f"hit {subject.name!r}: {found}, strand {one.strand!r}", A_RESULT)
    pair_table(one.structure)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _suffix(path: str) -> str:
    return Path(path.removesuffix(".gz")).suffix.lower()


def _either(names: list[str]) -> str | None:
    return f"an ID of that file, such as {' or '.join(names)}" if names else "an ID of that file"


def _read(path: str, genome: str | None) -> tuple[Made, list[Subject]]:
    suffix = _suffix(path)
    if suffix not in SUFFIXES:
        raise InputError(path, "holds no sequences", "the .json, .tsv or .gff3 of a scan")
    if suffix == ".json":
        return _of_json(path)
    lines = read_lines(path, A_RESULT)
    if suffix == ".tsv":
        return Made(), list(_of_tsv(path, lines))
    if genome is None:
        hint = "Give the genome with `genome`, or scan with -o hits.json."
        raise InputError(path, "holds no sequences", "the genome beside it, or the .json of the scan", hint)
    return _made_of_gff(lines), list(_of_gff(path, lines))


def _of_json(path: str) -> tuple[Made, list[Subject]]:
    content = read_document(path)
    try:
        made = _made(content["model"], content["model_sha256"], content["options"], content.get("tree"))
        hits = content["hits"]
        return made, [_hit(hit["name"], _hairpin(hit), registry.notes_of_json(hit)) for hit in hits]
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(path, f"unexpected content ({error!r})", A_RESULT) from error


def _hit(name: str, hairpin: Hairpin, notes: Mapping[str, Any]) -> Subject:
    return Subject(name, hairpin, hit=True, notes=notes)


def _hairpin(hit: dict[str, Any]) -> Hairpin:
    return Hairpin(**{field.name: hit[field.name] for field in fields(Hairpin)})


def _of_tsv(path: str, lines: list[str]) -> Iterator[Subject]:
    rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    missing = set(COLUMNS) - set(rows.fieldnames or ())
    if missing:
        raise InputError(path, f"no column {', '.join(sorted(missing))}", A_RESULT)
    for number, row in enumerate(rows, 2):
        try:
            start, end, mfe = int(row["start"]) - 1, int(row["end"]), float(row["mfe"])
        except (TypeError, ValueError) as error:
            raise InputError(path, f"line {number}: {error}", A_RESULT) from error
        text = (row["sequence"], row["structure"])
        hairpin = Hairpin(row["contig"], start, end, row["strand"], *text, mfe)
        yield _hit(row["name"], hairpin, registry.notes_of_texts(row))


def _made_of_gff(lines: Sequence[str]) -> Made:
    """What the comment lines of a GFF3 of ours say."""
    # the line of the arms has a checksum of its own
    trees = (line.split() for line in lines if line.startswith("#tree "))
    tree = next((words[1] for words in trees if len(words) > 1), None)
    comments = (line for line in lines if line.startswith(("#mirscan ", "#options ")))
    words = [word for line in comments for word in line.split()]
    attributes = dict(word.split("=", 1) for word in words if "=" in word)
    return _made(attributes.get("model"), attributes.get("sha256"), attributes, tree)


def _made(model: str | None, sha256: str | None, options: Mapping[str, Any], tree: str | None = None) -> Made:
    sensitivity = options.get("sensitivity")
    return Made(
        model,
        sha256,
        _share(options.get("min_score")),
        _share(options.get("prevalence")),
        sensitivity if sensitivity in SENSITIVITIES else None,
        _kinds(options.get("evidence")),
        tree,
        clades=_clades(options.get(CLADE)),
    )


def _kinds(names: Any) -> tuple[str, ...] | None:
    """The kinds of evidence that a result states; None where it states none, or one of another version."""
    if names is None:
        return None
    try:
        return parse_evidence(str(names))
    except UsageError:
        return None


def _clades(stated: Any) -> tuple[str, ...]:
    """The clades that a result took its genome for; all where it states none of ours."""
    clades = tuple(str(stated).split(BETWEEN))
    return clades if set(clades) <= set(CLADES) else CLADES


def _share(text: Any) -> float | None:
    """A number from 0 to 1 as a result states it; None where it states none."""
    try:
        share = float(text)
    except (TypeError, ValueError):
        return None
    return share if 0 <= share <= 1 else None


def _of_gff(path: str, lines: Iterable[str]) -> Iterator[Subject]:
    for number, line in enumerate(lines, 1):
        columns = line.split("\t")
        if line.startswith("#") or len(columns) != 9 or columns[2] not in GFF_TYPES.values():
            continue
        try:
            attributes = dict(pair.split("=", 1) for pair in columns[8].split(";"))
            place = (unquote(columns[0]), int(columns[3]) - 1, int(columns[4]), columns[6])
            hairpin = Hairpin(*place, "", unquote(attributes["structure"]), float(attributes["mfe"]))
            notes = registry.notes_of_texts({name: unquote(text) for name, text in attributes.items()})
            yield _hit(unquote(attributes["ID"]), hairpin, notes)
        except (KeyError, ValueError) as error:
            raise InputError(path, f"line {number}: no feature of ours ({error!r})", A_RESULT) from error


def placed(subjects: Sequence[Subject], genome: str, path: str) -> tuple[list[Subject], tuple[str, ...]]:
    """The subjects in their surroundings, with their sequences where the result has none.

    Args:
        subjects: Hits of a scan of this genome.
        genome: A FASTA file.
        path: Where they come from, for errors.

    Returns:
        The subjects; and the clades that the genome may be of, as a scan that is told none guesses them.

    Raises:
        InputError: The genome cannot be read, or holds something else where they lie.
    """
    with Genome.open(genome) as opened:
        names = {contig.name for contig in opened.contigs}
        found = [_in(opened, subject, names, path) for subject in subjects]
        return found, clade_of(AUTO, opened).names


def _in(genome: Genome, subject: Subject, names: set[str], path: str) -> Subject:
    hairpin = subject.hairpin
    if hairpin.contig not in names or hairpin.end > genome.length(hairpin.contig):
        raise InputError(path, f"hit {subject.name} lies outside the genome given", "the genome of that scan")
    sequence = on_strand(genome.fetch(hairpin.contig, hairpin.start, hairpin.end), hairpin.strand)
    if hairpin.sequence not in ("", sequence) or len(sequence) != len(hairpin.structure):
        raise InputError(path, f"hit {subject.name} reads otherwise in the genome given", "the same genome")
    around = Surroundings.of(genome, hairpin.contig, hairpin.start, hairpin.end)
    return replace(subject, hairpin=replace(hairpin, sequence=sequence), surroundings=around)
