"""The example genome: seeded random contigs that carry a few well-known precursors on both strands."""

from __future__ import annotations

import random
from dataclasses import dataclass

from mirscan.alphabet import on_strand

SEED = 1993  # the year of lin-4 (Lee, Feinbaum & Ambros, Cell 75:843)
CONTIG_LENGTHS = {"demo1": 60_000, "demo2": 40_000, "demo3": 20_000}
# Order-0 background: A, C, G and U as frequent as in the human genome.
COMPOSITION = {"A": 0.295, "C": 0.205, "G": 0.205, "U": 0.295}

# Stem-loops as in miRBase 22 (Kozomara et al., Nucleic Acids Res. 47:D155, 2019), by name.
PRECURSORS = {
    "hsa-let-7a-1": "UGGGAUGAGGUAGUAGGUUGUAUAGUUUUAGGGUCACACCCACCACUGGGAGAUAACUAUACAAUCUACUGUCUUUCCUA",
    "hsa-mir-21": "UGUCGGGUAGCUUAUCAGACUGAUGUUGACUGUUGAAUCUCAUGGCAACACCAGUCGAUGGGCUGUCUGACA",
    "hsa-mir-155": "CUGUUAAUGCUAAUCGUGAUAGGGGUUUUUGCCUCCAACUGACUCCUACAUAUUAGCAUUAACAG",
    "cel-let-7": (
        "UACACUGUGGAUCCGGUGAGGUAGUAGGUUGUAUAGUUUGGAAUAUUACCACCGGUGAACUAUGCAAUUUUCUACCUUACCGGAGACAGAACUCUUCGA"
    ),
    "cel-lin-4": (
        "AUGCUUCCGGCCUGUUCCCUGAGACCUCAAGUGUGAGUGUACUAUUGAUGCUUCACACCUGGGCUCUCCGGGUACCAGGACGGUUUGAGCAGAU"
    ),
    "dme-bantam": "AUUUGACUACGAAACCGGUUUUCGAUUUGGUUUGACUGUUUUUCAUACAAGUGAGAUCAUUUUGAAAGCUGAUUUUGUCAA",
    "hsa-mir-1-1": "UGGGAAACAUACUUCUUUAUAUGCCCAUAUGGACCUGCUAAGCUAUGGAAUGUAAAGAAGUAUGUAUCUCA",
    "hsa-mir-17": "GUCAGAAUAAUGUCAAAGUGCUUACAGUGCAGGUAGUGAUAUGUGCAUCUACUGCAGUGAAGGCACUUGUAGCAUUAUGGUGAC",
}


@dataclass(frozen=True, slots=True)
class Planted:
    """A precursor in the example genome; 0-based, half-open, plus strand.

    Attributes:
        contig: Name of the contig.
        start: First base.
        end: One past the last base.
        name: miRBase name.
        strand: `+` or `-`.
    """

    contig: str
    start: int
    end: int
    name: str
    strand: str


def example_genome(seed: int = SEED) -> tuple[dict[str, str], list[Planted]]:
    """Contigs as DNA letters, and the precursors planted in them, alternating strands, in genome order."""
    dice = random.Random(seed)
    letters, weights = zip(*COMPOSITION.items(), strict=True)
    contigs = {
        name: "".join(dice.choices(letters, weights, k=length)) for name, length in CONTIG_LENGTHS.items()
    }
    planted = [
        _plant(contigs, name, sequence, "+-"[index % 2], dice)
        for index, (name, sequence) in enumerate(PRECURSORS.items())
    ]
    dna = {name: sequence.replace("U", "T") for name, sequence in contigs.items()}
    return dna, sorted(planted, key=lambda place: (list(contigs).index(place.contig), place.start))


def _plant(contigs: dict[str, str], name: str, sequence: str, strand: str, dice: random.Random) -> Planted:
    """Replace background by a precursor; each has its own slot, so that none overlaps another."""
    slots = len(PRECURSORS)
    contig = dice.choices(list(contigs), list(CONTIG_LENGTHS.values()))[0]
    slot = list(PRECURSORS).index(name)
    width = CONTIG_LENGTHS[contig] // slots
    start = slot * width + dice.randrange(width - len(sequence))
    placed = on_strand(sequence, strand)
    background = contigs[contig]
    contigs[contig] = background[:start] + placed + background[start + len(placed) :]
    return Planted(contig, start, start + len(placed), name, strand)
