"""MirMachine beside mirscan on pieces of real genomes: known loci, false hits, and what both cost.

    python -m venv /tmp/mirmachine && /tmp/mirmachine/bin/pip install mirmachine
    python -m benchmarks.accuracy.mirmachine --mirmachine /tmp/mirmachine

MirMachine's covariance models, families of a node, E-value and trusted cut-offs are those of its package;
its search is cmsearch, called as its workflow does, with the models of all families in one file. Infernal
has to be installed. mirscan runs as a command with its defaults. Both know the species of these genomes: the
models of MirMachine and the index of families are made from MirGeneDB, which lists them.

A known locus of MirGeneDB is found where a hit on its strand shares half of the shorter of the two; false are
the places of hits away from all known loci, miRBase's among them. Processor seconds are those of the search.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.accuracy.families import accepted_loci
from benchmarks.accuracy.known_loci import MIRSCAN
from benchmarks.tools.measured import run
from benchmarks.tools.results import made_with, parser_for, write
from mirscan.alphabet import encode
from mirscan.genome.access import Genome
from mirscan.genome.regions import same_locus
from mirscan.records import Hairpin
from mirscan.scoring.scorer import Scorer
from mirscan.training.families.examples import near_known
from mirscan.training.scan import data

# genome: species in MirGeneDB, MirMachine's node, and the piece of each contig that is searched; None for all
PIECES: dict[str, tuple[str, str, tuple[int, int] | None]] = {
    "hsa_chr1_0-3M": ("hsa", "Catarrhini", (1_050_000, 1_150_000)),
    "hsa_chr20_0-7.39M": ("hsa", "Catarrhini", (3_850_000, 3_950_000)),
    "hsa_chr22_470kb": ("hsa", "Catarrhini", (200_000, 300_000)),
    "hsa_compara_1.7Mb": ("hsa", "Catarrhini", (50_000, 55_000)),
    "cel_mir35_cluster": ("cel", "Caenorhabditis", None),
    "cel_chrI_1Mb": ("cel", "Caenorhabditis", (500_000, 950_000)),
    "dme_chr4": ("dme", "Drosophila", (300_000, 700_000)),
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


def piece_of(folder: Path, piece: tuple[int, int] | None, target: Path) -> float:
    """Write a piece as plain FASTA; its known bases, Mb."""
    known = 0
    with Genome.open(str(data.genome_file(folder))) as genome, target.open("w") as stream:
        for contig in genome.contigs:
            first, last = piece or (0, contig.length)
            letters = genome.fetch(contig.name, first, min(last, contig.length))
            known += int((encode(letters) < 4).sum())
            stream.write(f">{contig.name}\n{letters}\n")
    return known / 1e6


def mirmachine(genome: Path, models: Models, scratch: Path) -> tuple[list[Locus], float]:
    """The places that MirMachine trusts, and the processor seconds of the search."""
    table = scratch / "hits.tbl"
    options = ["--incE", str(E_VALUE), "--cpu", "1", "--noali", "--tblout", str(table)]
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


def mirscan(genome: Path, scratch: Path) -> tuple[list[Locus], float]:
    """The hits of the command with its defaults, and its processor seconds."""
    result = scratch / "hits.bed"
    command = [MIRSCAN, "scan", str(genome), "-o", str(result), "--threads", "1", "--force", "--quiet"]
    measured = run(command)
    rows = [line.split("\t") for line in result.read_text().splitlines() if not line.startswith("#")]
    return [(row[0], int(row[1]), int(row[2]), row[5]) for row in rows], measured.core_seconds


def counted(
    hits: Sequence[Locus], known: dict[str, Locus], listed: dict[str, Any], megabases: float
) -> dict[str, Any]:
    """Loci found, and false places a Mb; of hits that share a place the first counts."""
    false: list[Locus] = []
    for hit in hits:
        hairpin = Hairpin(*hit, "", "", 0.0)
        if not near_known(hairpin, listed) and not any(_same(hit, other) for other in false):
            false.append(hit)
    found = [name for name, locus in known.items() if any(_same(locus, hit) for hit in hits)]
    return {"found": found, "false": len(false), "false_per_mb": len(false) / megabases}


def _same(one: Locus, other: Locus) -> bool:
    strands = (one[0], one[3]) == (other[0], other[3])
    return strands and same_locus(one[1], one[2], other[1], other[2])


def measure(name: str, given: Any, scratch: Path) -> dict[str, Any]:
    """Both programs on one piece."""
    species, node, piece = PIECES[name]
    folder, genome = given.data / "genomes" / name, scratch / f"{name}.fa"
    megabases = piece_of(folder, piece, genome)
    first, last = piece or (0, sys.maxsize)
    loci = [each for each in accepted_loci(folder, given.data / "scan", species) if first <= each[1] < last]
    known: dict[str, Locus] = {each[4]: each[:4] for each in loci}
    models = models_of(given.mirmachine, node, scratch)
    programs = {"mirmachine": mirmachine(genome, models, scratch), "mirscan": mirscan(genome, scratch)}
    row: dict[str, Any] = {
        "megabases": megabases,
        "known": [*known],
        "models": models.file.read_text().count("INFERNAL1"),
    }
    for program, (hits, seconds) in programs.items():
        moved = [(contig, start + first, end + first, strand) for contig, start, end, strand in hits]
        found = counted(moved, known, data.known_loci(folder), megabases)
        row[program] = found | {"core_seconds": seconds, "core_seconds_per_mb": seconds / megabases}
    return row


def totals(rows: dict[str, Any]) -> dict[str, Any]:
    """All pieces together."""
    megabases = sum(row["megabases"] for row in rows.values())
    summed: dict[str, Any] = {
        "megabases": megabases,
        "known": sum(len(row["known"]) for row in rows.values()),
    }
    for program in ("mirmachine", "mirscan"):
        parts = [row[program] for row in rows.values()]
        summed[program] = {
            "found": sum(len(part["found"]) for part in parts),
            "false_per_mb": sum(part["false"] for part in parts) / megabases,
            "core_seconds_per_mb": sum(part["core_seconds"] for part in parts) / megabases,
        }
    return summed


def main() -> None:
    """Measure every piece and write."""
    parser = parser_for(__doc__, "mirmachine.json")
    parser.add_argument("--mirmachine", type=Path, required=True, help="environment that it is installed in")
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
    rows: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for name in PIECES:
            rows[name] = measure(name, given, Path(scratch))
            print(name, rows[name], flush=True)
            write(given.json, {**made, "genomes": rows, "all": totals(rows)})


if __name__ == "__main__":
    main()
