"""The folds of everything, which a scan does without: every local fold, and windows all along a sequence."""

from __future__ import annotations

from collections.abc import Iterator

import RNA

from mirscan.alphabet import on_strand, reverse_complement
from mirscan.folding.viennarna import fold
from mirscan.records import Hairpin

SPAN = 150  # of local folds
WINDOW, STEP = 160, 30
SHORTEST = 41  # of a local fold, nt; a precursor is longer


def local_folds(bases: str, contig: str, start: int) -> Iterator[Hairpin]:
    """Every local fold that `mfe_window` reports, on both strands."""
    for strand in "+-":
        sequence = on_strand(bases, strand)
        found: list[tuple[int, str, float]] = []
        md = RNA.md()
        md.window_size = md.max_bp_span = SPAN
        compound = RNA.fold_compound(sequence, md, RNA.OPTION_WINDOW)
        compound.mfe_window_cb(lambda first, _, structure, energy, into: into.append(
            (first, structure, energy)), found)  # fmt: skip
        for first, structure, energy in found:
            if len(structure) >= SHORTEST:
                letters = sequence[first - 1 : first - 1 + len(structure)]
                at = first - 1 if strand == "+" else len(sequence) - (first - 1) - len(structure)
                place = (start + at, start + at + len(letters))
                yield Hairpin(contig, *place, strand, letters, structure, round(energy, 2))


def window_folds(bases: str, contig: str, start: int) -> Iterator[Hairpin]:
    """Every window, folded, on both strands."""
    for first in range(0, len(bases) - WINDOW + 1, STEP):
        plus = bases[first : first + WINDOW]
        for strand, letters in (("+", plus), ("-", reverse_complement(plus))):
            place = (start + first, start + first + WINDOW)
            yield Hairpin(contig, *place, strand, letters, *fold(letters))
