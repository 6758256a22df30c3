"""`mirscan models`: what there is to choose from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from mirscan.cli.completion import CARD, TREE

COLUMNS = ("name", "kind", "architecture", "trained on")
DEEPEST = 2  # levels of the metrics that a card shows; --json has them all


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
        table(("", ""), _rows(Path(name).name, found[name]))


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
    return card["kind"], card["architecture"], _trained_on(card)


def _trained_on(card: Mapping[str, Any]) -> str:
    latent = card.get("latent", {}).get("model")
    return str(card["provenance"].get("trained_on", f"the latents of {latent}" if latent else ""))


def _rows(name: str, card: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What people want to know of a model: what it is, where it comes from, how good it is."""
    made = card["provenance"]
    versions = made.get("versions", {})
    facts = {
        "name": name,
        "kind": ", ".join(dict.fromkeys((card["kind"], card["architecture"]))),
        "nodes": str(len(card["nodes"])) if "nodes" in card else "",
        "trained on": _trained_on(card),
        "command": made.get("command", ""),
        "made with": ", ".join(f"{package} {version}" for package, version in versions.items()),
        "data": f"SHA-256 {made['data_sha256']}" if "data_sha256" in made else "",
        "weights": f"SHA-256 {card['sha256']}" if "sha256" in card else "",
    }
    yield from ((label, value) for label, value in facts.items() if value)
    yield from _measures(card["metrics"])


def _measures(
    metrics: Mapping[str, Any], name: str = "measured", depth: int = 0
) -> Iterator[tuple[str, str]]:
    """A row for each group of measures: its name, and its numbers with theirs."""
    numbers = [f"{key} {shown}" for key, value in metrics.items() if (shown := _number(value))]
    if numbers:
        yield name, ", ".join(numbers)
    for key, value in metrics.items():
        if isinstance(value, dict) and not _number(value) and depth < DEEPEST:
            yield from _measures(value, key if depth == 0 else f"{name}, {key}", depth + 1)


def _number(value: object) -> str:
    """A number, or a mean and its deviation; empty for what is neither."""
    if isinstance(value, dict) and set(value) == {"mean", "sd"}:
        return f"{value['mean']:.3g} ± {value['sd']:.2g}"
    return f"{value:.4g}" if isinstance(value, int | float) else ""
