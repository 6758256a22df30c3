"""MirMachine beside mirscan on pieces of real genomes: known loci, false hits, and what both cost.

    python -m venv /tmp/mirmachine && /tmp/mirmachine/bin/pip install mirmachine
    python -m benchmarks.accuracy.mirmachine --mirmachine /tmp/mirmachine

MirMachine's covariance models, families of a node, E-value and trusted cut-offs are those of its package;
its search is cmsearch, called as its workflow does, with the models of all families in one file. Infernal
has to be installed. mirscan runs as a command with its defaults. Both know the species of these genomes: the
models of MirMachine and the index of families are made from MirGeneDB, which lists them.

A known locus of MirGeneDB is found where a hit on its strand shares half of the shorter of the two; false are
the places of hits away from all known loci, miRBase's among them. Both are told that the pieces belong to a
whole genome: cmsearch by the size that E-values and filters go by, mirscan by the lowest score of a hit.
Processor seconds are those of the search.
With `--species` only some are searched anew, and the file keeps the others.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.accuracy.families import accepted_loci
from benchmarks.accuracy.known_loci import MIRSCAN
from benchmarks.tools.measured import run
from benchmarks.tools.results import made_with, parser_for, write
from mirscan.alphabet import UNKNOWN, encode
from mirscan.evidence.registry import DEFAULT
from mirscan.genome.access import Genome
from mirscan.genome.regions import same_locus
from mirscan.pipeline.start import lowest_score
from mirscan.scoring.scorer import Scorer
from mirscan.training.scan import data
from mirscan.training.scan.settings import MARGIN

Piece = tuple[str, int, int]  # a genome, and what is taken of each of its contigs


@dataclass(frozen=True)
class Search:
    """What is searched for a species of MirGeneDB.

    Attributes:
        node: MirMachine's, whose families are looked for.
        clade: mirscan's, whose lowest score of a hit counts.
        megabases: Of the species' genome: E-values, filters and lowest scores are those of a whole genome.
        pieces: Of genomes at hand.
    """

    node: str
    clade: str
    megabases: int
    pieces: tuple[Piece, ...]


SEARCHES = {
    "cel": Search(
        *("Caenorhabditis", "nematode", 100),
        (("cel_mir35_cluster", 0, 10_000), ("cel_chrI_1Mb", 0, 1_000_000)),
    ),
    "dme": Search("Drosophila", "insect", 144, (("dme_chr4", 0, 1_400_000),)),
    "hsa": Search(
        *("Catarrhini", "vertebrate", 3_100),
        (
            ("hsa_chr1_0-3M", 1_000_000, 1_500_000),
            ("hsa_chr20_0-7.39M", 3_500_000, 4_000_000),
            ("hsa_chr22_470kb", 0, 470_000),
            ("hsa_compara_1.7Mb", 40_000, 70_000),
        ),
    ),
}
E_VALUE = 0.2  # MirMachine's
SHORTEST = 50  # nt of a hit, as its workflow asks
FAMILIES = """
import runpy, sys
its = runpy.run_path(sys.argv[1])
nodes = its["_resolve_nodes_for_query"](sys.argv[2])
of = its["_collect_families_from_tsv"]
print(*sorted({*of(its["nodes_mirnas_file"], nodes)} - {*of(its["losses_mirnas_file"], nodes)}))
print(its["meta_directory"])
"""

Locus = tuple[str, int, int, str]


@dataclass(frozen=True)
class Models:
    """MirMachine's models of a node.

    Attributes:
        file: All of them, for cmsearch.
        cutoffs: Name of a model → lowest trusted score.
    """

    file: Path
    cutoffs: dict[str, float]


def models_of(environment: Path, node: str, scratch: Path) -> Models:
    """Gather the models that MirMachine would search for a node."""
    program = environment / "bin" / "MirMachine.py"
    command = [str(environment / "bin" / "python"), "-c", FAMILIES, str(program), node]
    *families, meta = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    folder = Path(meta) / "cms" / "combined"
    paths = [folder / f"{family.title()}.PRE.CM" for family in families]
    there = [path for path in paths if path.exists()]
    target = scratch / f"{node}.cm"
    target.write_text("".join(path.read_text() for path in there))
    table = Path(meta) / "cutoffs" / "combined" / "mirmachine_trusted_cutoffs.tsv"
    rows = [line.split() for line in table.read_text().splitlines()[1:]]
    trusted = {row[0]: float(row[1]) for row in rows}
    return Models(target, {path.name.removesuffix(".PRE.CM"): 0.0 for path in there} | trusted)


def joined(pieces: Sequence[Piece], shared: Path, target: Path) -> float:
    """Write pieces as one FASTA file, a contig each; their known bases, Mb."""
    known = 0
    with target.open("w") as stream:
        for name, first, last in pieces:
            with Genome.open(str(data.genome_file(shared / "genomes" / name))) as genome:
                for contig in genome.contigs:
                    letters = genome.fetch(contig.name, min(first, contig.length), min(last, contig.length))
                    known += int((encode(letters) < UNKNOWN).sum())
                    stream.write(f">{name}|{first}|{contig.name}\n{letters}\n" if letters else "")
    return known / 1e6


def mirmachine(genome: Path, models: Models, megabases: int, scratch: Path) -> tuple[list[Locus], float]:
    """The places that MirMachine trusts, and the processor seconds of the search."""
    table = scratch / "hits.tbl"
    size = ["-Z", str(2 * megabases)]  # both strands
    options = ["--incE", str(E_VALUE), *size, "--cpu", "1", "--noali", "--tblout", str(table)]
    measured = run(["cmsearch", *options, str(models.file), str(genome)])
    hits = []
    for line in table.read_text().splitlines():
        fields = line.split()
        if line.startswith("#") or fields[16] != "!":
            continue
        start, end = sorted((int(fields[7]), int(fields[8])))
        trusted = models.cutoffs.get(fields[2].removesuffix(".PRE"), 0.0)
        if float(fields[14]) >= trusted and end - start >= SHORTEST:
            hits.append((float(fields[14]), (fields[0], start - 1, end, fields[9])))
    return [locus for _, locus in sorted(hits, reverse=True)], measured.core_seconds


def mirscan(genome: Path, lowest: float, scratch: Path) -> tuple[list[Locus], float]:
    """The hits of the command from a lowest score on, else with its defaults, and its processor seconds."""
    result = scratch / "hits.bed"
    options = ["--min-score", f"{lowest:g}", "--threads", "1", "--force", "--quiet"]
    measured = run([MIRSCAN, "scan", str(genome), "-o", str(result), *options])
    rows = [line.split("\t") for line in result.read_text().splitlines() if not line.startswith("#")]
    return [(row[0], int(row[1]), int(row[2]), row[5]) for row in rows], measured.core_seconds


def placed(hits: Sequence[Locus]) -> list[Locus]:
    """Hits in the coordinates of their genomes; the contig says which genome."""
    places = []
    for contig, start, end, strand in hits:
        name, first, inside = contig.split("|", 2)
        places.append((f"{name}|{inside}", start + int(first), end + int(first), strand))
    return places


def counted(
    hits: Sequence[Locus], known: dict[str, Locus], listed: Sequence[Locus], megabases: float
) -> dict[str, Any]:
    """Loci found, and false places a Mb; of hits that share a place the first counts."""
    false: list[Locus] = []
    for hit in hits:
        near = any(hit[0] == locus[0] and _near(hit, locus) for locus in listed)
        if not near and not any(_same(hit, other) for other in false):
            false.append(hit)
    found = [name for name, locus in known.items() if any(_same(locus, hit) for hit in hits)]
    return {"found": found, "false": len(false), "false_per_mb": len(false) / megabases}


def _near(one: Locus, other: Locus) -> bool:
    return one[1] < other[2] + MARGIN and one[2] > other[1] - MARGIN


def _same(one: Locus, other: Locus) -> bool:
    strands = (one[0], one[3]) == (other[0], other[3])
    return strands and same_locus(one[1], one[2], other[1], other[2])


def loci_of(species: str, pieces: Sequence[Piece], shared: Path) -> tuple[dict[str, Locus], list[Locus]]:
    """The loci of MirGeneDB within some pieces by name, and all known loci of their genomes."""
    known: dict[str, Locus] = {}
    listed: list[Locus] = []
    for name, first, last in pieces:
        folder = shared / "genomes" / name
        for contig, start, end, strand, gene in accepted_loci(folder, shared / "scan", species):
            if first <= start < last:
                known[gene] = (f"{name}|{contig}", start, end, strand)
        for contig, loci in data.known_loci(folder).items():
            listed += [(f"{name}|{contig}", *locus) for locus in loci]
    return known, listed


def measure(species: str, given: Any, scratch: Path) -> dict[str, Any]:
    """Both programs on the pieces of a species."""
    asked, genome = SEARCHES[species], scratch / f"{species}.fa"
    models = models_of(given.mirmachine, asked.node, scratch)
    megabases = joined(asked.pieces, given.data, genome)
    known, listed = loci_of(species, asked.pieces, given.data)
    lowest = lowest_score(Scorer("scan", "cpu"), DEFAULT, 10**6 * asked.megabases, [asked.clade])
    results = {
        "mirmachine": mirmachine(genome, models, asked.megabases, scratch),
        "mirscan": mirscan(genome, lowest, scratch),
    }
    row: dict[str, Any] = {
        "pieces": [f"{name}:{first + 1}-{last}" for name, first, last in asked.pieces],
        "megabases": megabases,
        "known": [*known],
        "models": models.file.read_text().count("INFERNAL1"),
        "lowest_score": lowest,
    }
    for program, (hits, seconds) in results.items():
        found = counted(placed(hits), known, listed, megabases)
        row[program] = found | {"core_seconds": seconds, "core_seconds_per_mb": seconds / megabases}
    return row


def totals(rows: dict[str, Any]) -> dict[str, Any]:
    """All species together."""
    megabases = sum(row["megabases"] for row in rows.values())
    known = sum(len(row["known"]) for row in rows.values())
    summed: dict[str, Any] = {"megabases": megabases, "known": known}
    for program in ("mirmachine", "mirscan"):
        parts = [row[program] for row in rows.values()]
        summed[program] = {
            "found": sum(len(part["found"]) for part in parts),
            "false": sum(part["false"] for part in parts),
            "false_per_mb": sum(part["false"] for part in parts) / megabases,
        }
    return summed


def main() -> None:
    """Measure every piece and write."""
    parser = parser_for(__doc__, "mirmachine.json")
    parser.add_argument("--mirmachine", type=Path, required=True, help="environment that it is installed in")
    parser.add_argument("--species", action="append", choices=[*SEARCHES], help="default: all")
    given = parser.parse_args()
    pip = [str(given.mirmachine / "bin" / "python"), "-c"]
    version = "from importlib.metadata import version; print(version('mirmachine'))"
    found = subprocess.run([*pip, version], check=True, capture_output=True, text=True).stdout.strip()
    infernal = subprocess.run(["cmsearch", "-h"], check=True, capture_output=True, text=True).stdout.split(
        "\n"
    )
    made = {
        **made_with(Scorer("scan", "cpu")),
        "mirmachine": found,
        "infernal": infernal[1].removeprefix("# "),
    }
    rows: dict[str, Any] = json.loads(given.json.read_text())["species"] if given.species else {}
    with tempfile.TemporaryDirectory() as scratch:
        for species in given.species or SEARCHES:
            rows[species] = measure(species, given, Path(scratch))
            print(species, rows[species], flush=True)
            write(given.json, {**made, "species": rows, "all": totals(rows)})


if __name__ == "__main__":
    main()
