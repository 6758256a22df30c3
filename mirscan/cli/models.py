"""`mirscan models`: what there is to choose from."""

from __future__ import annotations

import click


@click.command()
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the models that come with mirscan, or print the card of model NAME (or of a folder) as JSON."""
    import json
    from dataclasses import asdict

    from mirscan.checkpoint import locate, read_card, shipped

    if name:
        click.echo(json.dumps(asdict(read_card(locate(name))), indent=2, ensure_ascii=False))
        return
    for model, folder in shipped().items():
        card = read_card(folder)
        click.echo(f"{model}\t{card.kind}\t{card.architecture}\t{card.provenance.get('summary', '')}")
