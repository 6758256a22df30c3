"""ViennaRNA's minimum free energy fold, one sequence at a time; it holds the GIL, so it runs in workers."""

from __future__ import annotations

from mirscan.errors import InputError

LONGEST = 5_000  # nt, far beyond any precursor; folding takes time with the cube of it


def fold(sequence: str) -> tuple[str, float]:
    """The minimum free energy structure at 37 °C, default energy model (Turner 2004).

    Args:
        sequence: RNA letters; anything but ACGU pairs with nothing.

    Returns:
        Dot-bracket of the same length, and its energy in kcal/mol.

    Raises:
        InputError: Longer than `LONGEST`.
    """
    import RNA

    if len(sequence) > LONGEST:
        raise InputError("sequence", f"{len(sequence):,} nt are too long to fold", f"at most {LONGEST:,}")
    structure, energy = RNA.fold_compound(sequence, RNA.md()).mfe()
    # ViennaRNA computes in single precision: two decimals are what it means
    return structure, round(float(energy), 2) + 0.0
