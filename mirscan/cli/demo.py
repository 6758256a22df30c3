"""`mirscan demo`: a small example genome."""

from __future__ import annotations

from pathlib import Path

import click

from mirscan.cli import options

WIDTH = 60


@click.command()
@click.argument("fasta", default="demo.fa")
@options.force
@options.quiet
def command(fasta: str, force: bool, quiet: bool) -> None:
    """Write an example genome to FASTA and, beside it, where its precursors are (.bed).

    Three random contigs carry eight well-known precursors of miRBase, on both strands; the same everywhere.
    """
    from mirscan.demo import example_genome
    from mirscan.writers.destinations import check_destinations, check_not_another
    from mirscan.writers.text_file import open_text

    check_not_another(fasta, "the genome is FASTA", ".fa")
    bed = str(Path(fasta).with_suffix(".bed"))
    check_destinations([], [fasta, bed], force)
    contigs, planted = example_genome()
    with open_text(fasta, force) as stream:
        for name, sequence in contigs.items():
            lines = [sequence[first : first + WIDTH] for first in range(0, len(sequence), WIDTH)]
            stream.write("\n".join([f">{name}", *lines, ""]))
    with open_text(bed, force) as stream:
        for place in planted:
            stream.write(f"{place.contig}\t{place.start}\t{place.end}\t{place.name}\t0\t{place.strand}\n")
    bases = sum(len(sequence) for sequence in contigs.values())
    options.say(f"{fasta}: {len(contigs)} contigs, {bases:,} bases; {bed}: {len(planted)} precursors", quiet)
