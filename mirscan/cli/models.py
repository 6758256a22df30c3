"""`mirscan models`: what there is to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mirscan.scoring.checkpoint import Card

COLUMNS = ("name", "kind", "architecture", "trained on")


@click.command()
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """List the models that come with mirscan, or print the card of model NAME (or of a folder) as JSON."""
    import json
    from dataclasses import asdict

    from mirscan.scoring.checkpoint import locate, read_card, shipped

    if name:
        click.echo(json.dumps(asdict(read_card(locate(name))), indent=2, ensure_ascii=False))
        return
    rows = [COLUMNS, *(_row(model, read_card(folder)) for model, folder in shipped().items())]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _row(name: str, card: Card) -> tuple[str, ...]:
    return name, card.kind, card.architecture, str(card.provenance.get("trained_on", ""))
