"""The writers: a hit in, text lines out. Coordinates turn 1-based here where the format asks for it."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from heapq import heappop, heappush
from math import inf
from operator import itemgetter
from typing import Any, Protocol, TextIO
from urllib.parse import quote
from warnings import warn

from mirscan.errors import MirscanWarning
from mirscan.pipeline.annotators import registry
from mirscan.pipeline.annotators.annotator import Column, Options
from mirscan.pipeline.annotators.arms import arms_of
from mirscan.pipeline.loci import strength
from mirscan.records import Hit, Run

# What must be escaped in column 1 of GFF3: control characters, blanks, %, and what has a meaning in column 9.
# No reader undoes that (bedtools, tabix, gffread, gffutils), so that nothing else is: a # within a name, as
# pangenomes have it, is read by all of them.
GFF_SEQID_ESCAPED = re.compile(r"^[#>]|[\x00-\x20\x7f%;=&,]")
# What an attribute may hold as it is: not tab, newline, % ; = & and comma, and for old readers ASCII only.
GFF_ATTRIBUTE_PLAIN = " .:^*$@!+_?-|()/<>[]{}'\"~`#\\"
ARROW = " → "
GFF_TYPES = {"so": "pre_miRNA", "mirbase": "miRNA_primary_transcript"}  # SO:0001244, SO:0000647
JSON_FORMAT = "mirscan-hits"
JSON_VERSION = 1


class Writer(Protocol):
    """Writes hits, which arrive in genome order, to one open text stream."""

    def write(self, hit: Hit) -> None:
        """Write one hit."""

    def close(self) -> None:
        """Write whatever ends the format; the stream itself stays open."""


def gff_seqid(contig: str) -> str:
    """The name of a contig as column 1 of GFF3 holds it."""
    return GFF_SEQID_ESCAPED.sub(lambda letter: quote(letter[0], safe=""), contig)


def score_text(score: float) -> str:
    """A score as every text format prints it."""
    return f"{score:.6f}"


PLACE = (  # the columns that every hit has
    Column("name", "The place, which is the hit's ID", lambda hit: hit.name),
    Column("contig", "Name of the contig", lambda hit: hit.hairpin.contig),
    Column("start", "First base, from 1 on", lambda hit: str(hit.hairpin.start + 1), "integer"),
    Column("end", "Last base, included", lambda hit: str(hit.hairpin.end), "integer"),
    Column("strand", "+ or -", lambda hit: hit.hairpin.strand),
    Column("score", "Probability of a precursor, 0 to 1", lambda hit: score_text(hit.score), "number"),
    Column("length", "Length of the hairpin, nt", lambda hit: str(len(hit.hairpin)), "integer"),
    Column("mfe", "Minimum free energy, kcal/mol", lambda hit: f"{hit.hairpin.mfe:.2f}", "number"),
    Column("sequence", "RNA letters, 5′ to 3′ on the strand", lambda hit: hit.hairpin.sequence),
    Column("structure", "Dot-bracket of the fold", lambda hit: hit.hairpin.structure),
)


class Gff3Writer:
    """GFF3: a feature a hit and one for each mature arm; a `##sequence-region` before the first of a contig.

    Features leave sorted by their starts: an arm waits until no hit can begin before it.
    """

    def __init__(self, stream: TextIO, run: Run, dialect: str = "so") -> None:
        self._stream = stream
        self._lengths = run.lengths
        self._columns = registry.gff3_columns(run.options)
        self._type = GFF_TYPES[dialect]
        self._mirbase = dialect == "mirbase"
        self._warned = False
        self._contig: str | None = None
        stream.write(f"##gff-version 3\n#mirscan {run.version} model={run.model} sha256={run.model_sha256}\n")
        self._waiting: list[tuple[int, int, str]] = []
        self._written = 0
        if run.tree:
            latent = f" latent_sha256={run.tree_latent}" if run.tree_latent else ""
            stream.write(f"#tree {run.tree}{latent}\n")
        if run.arms:
            stream.write(f"#arms {run.arms} sha256={run.arms_sha256}\n")
        options = " ".join(f"{name}={value}" for name, value in run.options.items())
        stream.write(f"#options {options}\n")
        if self._mirbase:
            stream.write("#dialect miRBase\n")  # by which mirtop knows what it reads

    def write(self, hit: Hit) -> None:
        """Write one hit, and the arms that come before the next."""
        hairpin = hit.hairpin
        seqid = gff_seqid(hairpin.contig)
        if hairpin.contig != self._contig:
            self.close()
            self._contig = hairpin.contig
            self._warn_of(seqid)
            self._stream.write(f"##sequence-region {seqid} 1 {self._lengths[hairpin.contig]}\n")
        attributes = {
            **self._names(hit.name),
            "mfe": f"{hairpin.mfe:.2f}",
            "structure": hairpin.structure,
        }
        texts = ((column.name, column.text(hit)) for column in self._columns)
        attributes |= {name: text for name, text in texts if text}
        self._add(seqid, self._type, hairpin.start, hairpin.end, score_text(hit.score), hit, attributes)
        for side, (start, end) in arms_of(hit):
            name = f"{hit.name}-{side}"
            arm = {**self._names(name), "Name": name, "Derives_from": hit.name}
            self._add(seqid, "miRNA", start, end, ".", hit, arm)
        self._leave(hairpin.start)

    def _names(self, name: str) -> dict[str, str]:
        """What names a feature; miRBase gives an accession as ID and Alias, which a prediction has not."""
        return dict.fromkeys(("ID", "Alias", "Name") if self._mirbase else ("ID",), name)

    def _warn_of(self, seqid: str) -> None:
        """Say once that a name is escaped, as its readers will not find it."""
        if seqid != self._contig and not self._warned:
            self._warned = True
            found = f"GFF3 escapes the name {self._contig!r} as {seqid!r}"
            readers = "bedtools, tabix, gffread and gffutils do not find it by its name"
            warn(MirscanWarning(f"{found}: {readers}; BED and TSV keep it"), stacklevel=2)

    def _add(
        self,
        seqid: str,
        kind: str,
        start: int,
        end: int,
        score: str,
        hit: Hit,
        attributes: dict[str, str],
    ) -> None:
        column = ";".join(
            f"{name}={quote(value.replace(ARROW, ' -> '), safe=GFF_ATTRIBUTE_PLAIN)}"
            for name, value in attributes.items()
        )
        place = (str(start + 1), str(end), score, hit.hairpin.strand, ".")
        heappush(self._waiting, (start, self._written, "\t".join((seqid, "mirscan", kind, *place, column))))
        self._written += 1

    def _leave(self, until: float) -> None:
        """Write what waits and begins no later than `until`."""
        while self._waiting and self._waiting[0][0] <= until:
            self._stream.write(heappop(self._waiting)[2] + "\n")

    def close(self) -> None:
        """Write the arms that still wait."""
        self._leave(inf)


class BedWriter:
    """BED6; the score is the hit's score times 1000."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, hit: Hit) -> None:
        """Write one hit as one line."""
        hairpin = hit.hairpin
        score = round(1000 * hit.score)
        self._stream.write(
            f"{hairpin.contig}\t{hairpin.start}\t{hairpin.end}\t{hit.name}\t{score}\t{hairpin.strand}\n"
        )

    def close(self) -> None:
        """BED needs no end."""


class TsvWriter:
    """A table with a header line; start and end are 1-based and included, as in GFF3 and in the name."""

    def __init__(self, stream: TextIO, options: Options | None = None, by_score: bool = False) -> None:
        """Write the header, of the columns that the results of a run with these options have.

        Args:
            stream: Where to.
            options: Those of the run.
            by_score: Whether the best hits come first; they then leave when all are there.
        """
        self._stream = stream
        self._columns = [*PLACE, *registry.columns(options or {})]
        self._by_score = by_score
        self._waiting: list[tuple[tuple[float, float], str]] = []
        stream.write("\t".join(column.name for column in self._columns) + "\n")

    def write(self, hit: Hit) -> None:
        """Write one hit as one line."""
        line = "\t".join(column.text(hit) for column in self._columns) + "\n"
        if self._by_score:
            self._waiting.append((strength(hit), line))
        else:
            self._stream.write(line)

    def close(self) -> None:
        """Write what waits, the best first, as the hits are ranked."""
        best_first = sorted(self._waiting, key=itemgetter(0), reverse=True)
        self._stream.writelines(line for _, line in best_first)


def json_head(run: Run) -> dict[str, Any]:
    """What the JSON of a run says before its hits."""
    return {
        "format": JSON_FORMAT,
        "format_version": JSON_VERSION,
        "mirscan": run.version,
        "model": run.model,
        "model_sha256": run.model_sha256,
        "tree": run.tree,
        "tree_latent": run.tree_latent,
        "arms": run.arms,
        "arms_sha256": run.arms_sha256,
        "options": dict(run.options),
        "coordinates": "0-based, half-open, plus strand",
    }


def json_record(hit: Hit, options: Options) -> dict[str, Any]:
    """A hit as the JSON of a run with these options holds it."""
    record = {"name": hit.name, "score": hit.score, **asdict(hit.hairpin)}
    return record | registry.members(hit, options)


class JsonWriter:
    """Everything: the run, each hit whole (0-based, half-open), and the lengths of the contigs with hits."""

    def __init__(self, stream: TextIO, run: Run) -> None:
        self._stream = stream
        self._run = run
        self._contigs: dict[str, int] = {}
        self._separator = "\n"
        stream.write(json.dumps(json_head(run), ensure_ascii=False)[:-1] + ', "hits": [')

    def write(self, hit: Hit) -> None:
        """Write one hit as one object on one line."""
        record = json_record(hit, self._run.options)
        self._stream.write(self._separator + json.dumps(record, ensure_ascii=False))
        self._separator = ",\n"
        self._contigs[hit.hairpin.contig] = self._run.lengths[hit.hairpin.contig]

    def close(self) -> None:
        """Close the list and add the contigs."""
        self._stream.write(f'\n], "contigs": {json.dumps(self._contigs, ensure_ascii=False)}}}\n')
