"""Small genomes as files."""

from __future__ import annotations

from pathlib import Path

from mirscan.alphabet import reverse_complement


def complement(sequence: str) -> str:
    """The reverse complement of DNA or RNA, as RNA."""
    return reverse_complement(sequence.replace("T", "U"))


def write(path: Path, contigs: dict[str, str]) -> str:
    """Write contigs as FASTA; the path as a scan takes it."""
    path.write_text("".join(f">{name}\n{sequence}\n" for name, sequence in contigs.items()))
    return str(path)
