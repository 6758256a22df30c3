"""Profiles of whole precursors, a family each: profile HMMs by HMMER, covariance models by Infernal.

The rows of a family are aligned as precursors are: flush at both ends, where the arms lie, with gaps in the
middle of the loop. The pairs of a covariance model are those of RNAalifold. HMMER runs without its filters.
Infernal is asked how well the whole hairpin fits, by the models of the families whose HMM fits it best.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from shutil import which
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.families.packing import ARM
from mirscan.families.species import members
from mirscan.training.families import sources
from mirscan.training.families.train import Gene, genes_of
from mirscan.training.scan.precursors import read_table

FEWEST_SPECIES = 3  # of a family with a profile
LOWEST = -10.0  # bits of a hairpin that fits no profile
NEAREST = 1  # families of a hairpin, by their HMMs, that Infernal is asked about

Floats = NDArray[np.float64]
Alignment = list[str]


def needed() -> None:
    """See that the programs are there, before anything is measured.

    Raises:
        SystemExit: One is missing.
    """
    try:
        import pyhmmer  # noqa: F401
    except ImportError as error:
        raise SystemExit("pyhmmer is not installed: pip install 'mirscan[benchmarks]'") from error
    for program in ("cmbuild", "cmalign"):
        if which(program) is None:
            raise SystemExit(f"{program} is not on the path: install Infernal (Debian: infernal)")


def known_genes(folder: Path) -> list[tuple[str, Gene]]:
    """The genes of MirGeneDB that may decide weights, with their species."""
    rows = read_table(folder / "precursors.tsv.gz")
    species = sorted({row["species"] for row in rows if row["source"] == sources.MIRGENEDB})
    return [(each, gene) for each in species for gene in genes_of(folder, each)]


def alignments(genes: Sequence[tuple[str, Gene]], clade: str) -> dict[str, Alignment]:
    """The rows of each family that enough species outside a clade hold, each sequence once."""
    outside: dict[str, dict[str, str]] = {}
    left_out = members(clade)
    for species, gene in genes:
        if species not in left_out and len(gene.sequence) > 2 * ARM:
            outside.setdefault(gene.family, {})[gene.sequence] = species
    several = {name: rows for name, rows in outside.items() if len({*rows.values()}) >= FEWEST_SPECIES}
    return {name: aligned([*rows]) for name, rows in several.items()}


def aligned(sequences: Sequence[str]) -> Alignment:
    """Precursors of one length by gaps in the middle of their loops."""
    longest = max(map(len, sequences))
    halves = [(each[: (len(each) + 1) // 2], each[(len(each) + 1) // 2 :]) for each in sequences]
    return [five + "-" * (longest - len(five) - len(three)) + three for five, three in halves]


def hmm_scores(families: Mapping[str, Alignment], sequences: Sequence[str]) -> Floats:
    """Bits by which each hairpin fits the profile HMM of each family, (n, families)."""
    from pyhmmer.easel import Alphabet, DigitalSequenceBlock, TextSequence
    from pyhmmer.plan7 import Background, Pipeline

    letters = Alphabet.rna()
    background = Background(letters)
    named = [TextSequence(name=str(row).encode(), sequence=each) for row, each in enumerate(sequences)]
    asked = DigitalSequenceBlock(letters, [each.digitize(letters) for each in named])
    found = np.full((len(sequences), len(families)), LOWEST)
    every: dict[str, Any] = {
        "bias_filter": False,
        "F1": 1.0,
        "F2": 1.0,
        "F3": 1.0,
        "T": LOWEST / 2,
        "domT": LOWEST / 2,
    }
    for column, (name, rows) in enumerate(families.items()):
        profile = _hmm(name, rows, letters, background)
        for hit in Pipeline(letters, background=background, **every).search_hmm(profile, asked):
            found[int(hit.name), column] = hit.score
    return found


def _hmm(name: str, rows: Alignment, letters: Any, background: Any) -> Any:
    from pyhmmer.easel import TextMSA, TextSequence
    from pyhmmer.plan7 import Builder

    numbered = [TextSequence(name=str(row).encode(), sequence=each) for row, each in enumerate(rows)]
    made = TextMSA(name=name.encode(), sequences=numbered).digitize(letters)
    return Builder(letters).build_msa(made, background)[0]


def cm_scores(families: Mapping[str, Alignment], sequences: Sequence[str], by_hmm: Floats) -> Floats:
    """Bits by which each hairpin fits a covariance model, the most among its nearest families, (n,)."""
    best = np.full(len(sequences), LOWEST)
    nearest = np.argsort(-by_hmm, axis=1, kind="stable")[:, :NEAREST]
    with tempfile.TemporaryDirectory() as scratch:
        for column, rows in enumerate(families.values()):
            asked = np.flatnonzero((nearest == column).any(1) & (by_hmm[:, column] > LOWEST))
            if len(asked):
                bits = _fits(rows, [sequences[row] for row in asked.tolist()], Path(scratch))
                best[asked] = np.maximum(best[asked], bits)
    return best


def _fits(rows: Alignment, sequences: Sequence[str], folder: Path) -> list[float]:
    """Bits of each sequence by the covariance model of some rows."""
    import RNA

    made, model, asked, table = (folder / name for name in ("rows.sto", "model.cm", "asked.fa", "scores.txt"))
    pairs = RNA.alifold(rows)[0]
    lines = [f"{number} {each}" for number, each in enumerate(rows)]
    made.write_text("\n".join(["# STOCKHOLM 1.0", *lines, f"#=GC SS_cons {pairs}", "//", ""]))
    asked.write_text("".join(f">{number}\n{each}\n" for number, each in enumerate(sequences)))
    _run("cmbuild", "-F", "-n", "family", str(model), str(made))
    _run(
        "cmalign", "--cpu", "0", "-o", str(folder / "aligned"), "--sfile", str(table), str(model), str(asked)
    )
    found = [line.split() for line in table.read_text().splitlines() if not line.startswith("#")]
    return [float(line[6]) for line in found]


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def processor_seconds() -> float:
    """Of this process and of those that it has started."""
    return sum(os.times()[:4])
