"""`mirscan concepts`: named features of hairpins as a table."""

from __future__ import annotations

from collections import Counter

import click

from mirscan.cli import options


@click.command()
@click.argument("hairpins", type=click.Path())
@options.output("A table (.csv, or .csv.gz); `-`, the default, is standard output.", default="-")
@options.threads
@options.force
@options.quiet
def command(hairpins: str, output: str, threads: int, force: bool, quiet: bool) -> None:
    """Measure the concepts of the hairpins in HAIRPINS.

    HAIRPINS is a FASTA file, folded here by ViennaRNA (`-` is standard input), or an .npz archive of ready
    images under `images` (n × 25 × 100, whole numbers 0..5). The table has a row for each hairpin, in order.
    """
    import csv
    from pathlib import Path

    from tqdm import tqdm

    from mirscan.writers.concept_table import of_fasta, of_images
    from mirscan.writers.destinations import check_destinations, check_suffix
    from mirscan.writers.text_file import open_text

    check_suffix(output, "concepts are a table with commas", [".csv"])
    check_destinations([], [output], force)
    seen: Counter[str] = Counter()
    ready = Path(hairpins).suffix == ".npz"
    rows = of_images(Path(hairpins)) if ready else of_fasta(hairpins, threads, seen)
    bar = tqdm(rows, unit=" hairpins", desc="measuring", disable=options.progress_hidden(quiet))
    with open_text(output, force) as stream:
        csv.writer(stream, lineterminator="\n").writerows(bar)
    for name, count in seen.items():
        options.say(f"{name:<22}{count:>12,}", quiet)
