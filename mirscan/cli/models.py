"""`mirscan models`: what there is to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from mirscan.cli.cards import rows, trained_on
from mirscan.cli.completion import CARD, TREE

COLUMNS = ("name", "kind", "architecture", "trained on")


@click.command()
@click.argument("name", required=False, type=CARD)
@click.option("--json", "as_json", is_flag=True, help="Print all that is known, as JSON.")
def command(name: str | None, as_json: bool) -> None:
    """List the models and trees that come with mirscan, or show the card of one (NAME, or its folder)."""
    import json

    from mirscan.cli.tables import table
    from mirscan.scoring.checkpoint import shipped

    if name is None:
        found = {each: described(each) for each in sorted({**shipped(), **shipped(TREE)})}
    else:
        found = {name: described(name)}
    if as_json:
        content = found if name is None else found[name]
        click.echo(json.dumps(content, indent=2, ensure_ascii=False))
    elif name is None:
        table(COLUMNS, [(each, *_summary(card)) for each, card in found.items()])
    else:
        table(("", ""), rows(Path(name).name, found[name]))


def described(name: str) -> dict[str, Any]:
    """The card of a model, or the content of a tree's file with `kind` and `architecture` as cards have them.

    Raises:
        UsageError: No such model and no such folder.
        ModelError: Its file is damaged.
    """
    import json
    from dataclasses import asdict

    from mirscan.errors import ModelError
    from mirscan.scoring.checkpoint import locate, read_card, shipped

    path = shipped(TREE).get(name, Path(name)) / TREE
    if not path.is_file():
        return asdict(read_card(locate(name)))
    try:
        tree = json.loads(path.read_bytes())
        return {"kind": "tree", "architecture": f"over {tree['latent']['name']}", **tree}
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise ModelError(str(path), f"unreadable ({error})", "the JSON of a tree") from error


def _summary(card: Mapping[str, Any]) -> tuple[str, str, str]:
    return card["kind"], card["architecture"], trained_on(card)
