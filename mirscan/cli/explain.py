"""`mirscan explain`: why a hairpin was called, or was not."""

from __future__ import annotations

import click

from mirscan.cli import options


@click.command()
@click.argument("source")
@click.argument("places", nargs=-1)
@click.option("--id", "ids", multiple=True, metavar="ID", help="A hit of the result file SOURCE; repeatable.")
@options.model
@options.min_score
@options.device
def command(
    source: str,
    places: tuple[str, ...],
    ids: tuple[str, ...],
    model: str,
    min_score: float | None,
    device: str,
) -> None:
    """Show sequence, structure, energy, scores and attention of hairpins.

    The attention is that of MODEL or, where it has none, of the network of deepMiRGene.

    \b
    mirscan explain hits.json --id chr1:1001-1080:+    a hit (.json or .tsv; without --id all of them)
    mirscan explain genome.fa chr1:1001-1080:+         a place, called or not
    mirscan explain hairpins.fa                        the records of a FASTA file
    """
    from rich.console import Console

    from mirscan.explain.hairpins import of_fasta, of_genome, of_result
    from mirscan.explain.terminal import panel
    from mirscan.scoring import Scorer

    if places and ids:
        raise click.UsageError("Give places of a genome, or --id of a result file, not both.")
    if places:
        hairpins = of_genome(source, places)
    elif ids or source.removesuffix(".gz").endswith((".json", ".tsv")):
        hairpins = of_result(source, ids)
    else:
        hairpins = of_fasta(source)
    scorers = [Scorer(name, device) for name in dict.fromkeys((model, options.ATTENTION_MODEL))]
    attentive = next(scorer for scorer in scorers if scorer.has_attention)
    scores = {each.name: each.scores([hairpin for _, hairpin in hairpins]).tolist() for each in scorers}
    lowest = scorers[0].min_score if min_score is None else min_score
    console = Console(highlight=False)
    for index, (name, hairpin) in enumerate(hairpins):
        own = {model: values[index] for model, values in scores.items()}
        console.print(panel(name, hairpin, own, attentive.attention(hairpin), lowest), soft_wrap=True)
