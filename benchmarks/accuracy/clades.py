"""How often the guess of a genome's clade is right: on the pieces of genomes, and on parts of them.

    python -m benchmarks.accuracy.clades

A guess that leaves several clades open is right where the true clade is among them. No number of the guess
was fitted on these genomes; the families of their species are in the index, as those of relatives are of most
genomes.

`long_plants` asks what the longer candidates of plants bring: of precursors of 250 to 400 nt, planted in
Arabidopsis, those of which the sieve offers four fifths or more, and what it offers in all.

`prevalence` is what `mirscan/pipeline/priors.py` holds: genes a megabase over candidates a megabase of both
strands. Animals have the genes of MirGeneDB over the genome of the species, plants and viruses the known loci
of the pieces, which are those of miRBase. In bacteria and fungi none are known.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.tools import tiers
from benchmarks.tools.pieces import GENOMES, known_loci
from benchmarks.tools.results import made_with, parser_for, write
from mirscan.alphabet import UNKNOWN, encode, reverse_complement_codes
from mirscan.genome.access import Genome
from mirscan.genome.composition import sample
from mirscan.pipeline.clades import LONGEST, Clade, clade_of
from mirscan.sieve.candidates import SieveSettings, candidates
from mirscan.training.scan import data
from mirscan.training.scan import precursors as known

SAMPLED = 400_000  # nt of each piece in which candidates are counted
SIZES = (1_000_000, 200_000)  # nt of the parts
HOST, SEED = "ath_1Mb", 1
PLANTED, FLANK, MOST, MEGABASE = 300, 500, 0.8, 1_000_000
SURE, AMONG, WRONG = "the_clade", "among_several", "another"


def verdict(guess: Clade, clade: str) -> str:
    """What a guess is worth."""
    if clade not in guess.names:
        return WRONG
    return SURE if len(guess.names) == 1 else AMONG


def guessed(path: Path, clade: str) -> dict[str, Any]:
    """The guess of a whole genome, and how often those of its parts are right."""
    with Genome.open(str(path)) as genome:
        whole = clade_of(None, genome)
        parts = {f"{size:,}": dict(_of_parts(genome, size, clade)) for size in SIZES}
    return {
        "clade": clade,
        "guess": list(whole.names),
        "why": whole.why,
        "verdict": verdict(whole, clade),
        "parts_of_nt": parts,
    }


def _of_parts(genome: Genome, size: int, clade: str) -> Counter[str]:
    """Verdicts of all whole parts of a size, each as a genome of its own."""
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as scratch:
        for contig in genome.contigs:
            for start in range(0, contig.length - size + 1, size):
                part = Path(scratch) / "part.fa"
                part.write_text(f">part\n{genome.fetch(contig.name, start, start + size)}\n")
                with Genome.open(str(part)) as opened:
                    found[verdict(clade_of(None, opened), clade)] += 1
    return found


def long_plants(shared: Path) -> dict[str, Any]:
    """What the sieve offers of long precursors of plants, by the longest candidate."""
    lengths = range(SieveSettings().max_span, LONGEST["plant"] + 1)
    rows = known.read_precursors(shared / "scan")
    long = [row.sequence for row in rows if row.plant and len(row.sequence) in lengths]
    drawn = np.random.default_rng(SEED).permutation(len(long))[:PLANTED].tolist()
    host = data.known_stretches(shared / "genomes" / HOST)
    found = {}
    for longest in (lengths[0], lengths[-1]):
        settings = replace(SieveSettings(), max_span=longest)
        offered = [_offered(long[row], host, settings, number) for number, row in enumerate(drawn)]
        in_all = len(candidates(encode(host[:MEGABASE]), settings))
        found[str(longest)] = {
            "offered": round(sum(offered) / len(offered), 4),
            "candidates_per_mb_of_a_strand": round(in_all / min(len(host), MEGABASE) * 1e6),
        }
    return {
        "precursors": len(long),
        "of_plants": sum(row.plant for row in rows),
        "planted": len(drawn),
        "by_longest": found,
    }


def _offered(sequence: str, host: str, settings: SieveSettings, number: int) -> bool:
    """Whether the sieve offers most of a precursor between bases of the host."""
    at = number * 3 * FLANK % (len(host) - 2 * FLANK)
    found = candidates(encode(host[at : at + FLANK] + sequence + host[at + FLANK : at + 2 * FLANK]), settings)
    shared = np.minimum(found.end, FLANK + len(sequence)) - np.maximum(found.start, FLANK)
    return bool((shared >= MOST * len(sequence)).any())


def prevalence(shared: Path) -> dict[str, Any]:
    """Genes and candidates a megabase of each clade, and their ratio."""
    offered: dict[str, list[float]] = {}
    for name, clade in GENOMES.items():
        with Genome.open(str(next((shared / "genomes" / name).glob("genome.fa*")))) as genome:
            codes, bases = sample(genome, SAMPLED), sum(genome.lengths.values())
        settings = Clade((clade,)).sieve(SieveSettings())
        found = sum(len(candidates(each, settings)) for each in (codes, reverse_complement_codes(codes)))
        loci = len(known_loci(shared / "genomes" / name))
        row = [found, float((codes < UNKNOWN).sum()) / 1e6, loci, bases / 1e6]
        offered[clade] = [a + b for a, b in zip(offered.get(clade, [0.0] * 4), row, strict=True)]
    rows = {}
    for clade, (found, searched, loci, megabases) in offered.items():
        genes = tiers.genes_per_mb(clade) if clade in tiers.GENES else loci / megabases
        candidates_per_mb = found / searched
        share = genes / candidates_per_mb
        rows[clade] = {
            "genes_per_mb": round(genes, 4),
            "candidates_per_mb": round(candidates_per_mb),
            "prevalence": float(f"{share:.2g}") if share else None,
        }
    return rows


def main() -> None:
    """Guess and write."""
    given = parser_for(__doc__, "clades.json").parse_args()
    genomes = given.data / "genomes"
    rows = {
        name: guessed(next((genomes / name).glob("genome.fa*")), clade) for name, clade in GENOMES.items()
    }
    totals = {
        size: dict(sum((Counter(row["parts_of_nt"][size]) for row in rows.values()), Counter()))
        for size in (f"{each:,}" for each in SIZES)
    }
    whole = dict(Counter(row["verdict"] for row in rows.values()))
    content = {**made_with(), "whole": whole, "parts_of_nt": totals, "genomes": rows}
    content["prevalence"] = prevalence(given.data)
    write(given.json, {**content, "long_plants": long_plants(given.data)})


if __name__ == "__main__":
    main()
