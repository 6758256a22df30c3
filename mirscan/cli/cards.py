"""The card of a model or tree in ten lines: its use, what it learnt from, how good it is, its limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

DEEPEST = 2  # levels of the metrics that a card shows; --json has them all
LINES = 10
# By kind: what a model does, and what it cannot.
ABOUT = {
    "scan": (
        "scores the candidates of a genome in `mirscan scan`",
        "precursors of plants rank low; benchmarks/results says what its networks find",
    ),
    "lstm": (
        "scores ready hairpins in `mirscan predict`",
        "its scores are no probabilities in a genome, where nearly all hairpins are no precursors",
    ),
    "arms": ("places the mature arms of a hit", "arms of families never seen are often some nt off"),
    "diva": ("makes the latent space that `diva-tree` divides", "its pictures are rougher than the paper's"),
    "neighbours": ("the named precursors that `explain` compares with", "near in z_m is not related"),
    "families": ("the arms of known families", "knows a family only by the members that it holds"),
    "tree": ("gives each hit its rule", "a rule explains the score and does not make it"),
}
MEASURES = ("se", "sp", "f", "auroc", "aupr")  # of a classifier: --json has the others
HIDDEN = ("loss_", "objective", "dropped", "longer_than_seen", "sha256")  # how the names of the rest begin


def rows(name: str, card: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What people want to know of a model, a label and a text each; at most `LINES`.

    Args:
        name: What it is called.
        card: Its card, or the content of a tree's file with `kind` and `architecture`.
    """
    facts = list(_facts(name, card))
    yield from facts
    yield from list(_measures(card["metrics"]))[: LINES - len(facts)]


def trained_on(card: Mapping[str, Any]) -> str:
    """Its training data in a word or two."""
    latent = card.get("latent", {}).get("model")
    return str(card["provenance"].get("trained_on", f"the latents of {latent}" if latent else ""))


def _facts(name: str, card: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    made = card["provenance"]
    use, limits = ABOUT.get(card["kind"], ("", ""))
    versions = made.get("versions", {})
    texts = {
        "name": name,
        "kind": ", ".join(dict.fromkeys((card["kind"], card["architecture"]))),
        "use": use,
        "limits": limits,
        "nodes": str(len(card["nodes"])) if "nodes" in card else "",
        "trained on": trained_on(card),
        "command": made.get("command", ""),
        "made with": ", ".join(
            f"{each} {versions[each]}" for each in ("mirscan", "torch") if each in versions
        ),
        "weights": f"SHA-256 {card['sha256']}" if "sha256" in card else "",
    }
    yield from ((label, text) for label, text in texts.items() if text)


def _measures(
    metrics: Mapping[str, Any], name: str = "measured", depth: int = 0
) -> Iterator[tuple[str, str]]:
    """A row for each group of measures: its name, and its numbers with theirs."""
    shown = {key: value for key, value in metrics.items() if not key.startswith(HIDDEN)}
    if "auroc" in shown:
        shown = {key: shown[key] for key in MEASURES}
    numbers = [f"{key} {text}" for key, value in shown.items() if (text := _number(value))]
    if numbers:
        yield name, ", ".join(numbers)
    for key, value in shown.items():
        if isinstance(value, dict) and not _number(value) and depth < DEEPEST:
            yield from _measures(value, key if depth == 0 else f"{name}, {key}", depth + 1)


def _number(value: object) -> str:
    """A number, or a mean and its deviation; empty for what is neither."""
    if isinstance(value, dict) and set(value) == {"mean", "sd"}:
        return f"{value['mean']:.3g} ± {value['sd']:.2g}"
    return f"{value:.4g}" if isinstance(value, int | float) else ""
