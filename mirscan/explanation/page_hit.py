"""The part of a page that explains one hairpin, as HTML."""

from __future__ import annotations

from typing import Any

import numpy as np

from mirscan.encoding.concepts import CONCEPTS
from mirscan.explanation import words
from mirscan.explanation.content import Explanation, OtherSequence, WhatIf
from mirscan.explanation.neighbours import Neighbours
from mirscan.explanation.page_parts import figure, minus, rows_table, section
from mirscan.explanation.pictures import fold_picture, tracks_of
from mirscan.explanation.svg.elements import text
from mirscan.explanation.svg.image import image_svg
from mirscan.explanation.svg.tracks import block_svgs
from mirscan.explanation.svg.tree import tree_svg
from mirscan.tree.rules import Step, Tree


def article(explanation: Explanation, tree: Tree, table: Neighbours | None, anchor: str) -> str:
    """One hairpin, explained.

    Args:
        explanation: What is said of it.
        tree: The tree.
        table: The named precursors; None where there are none to compare with.
        anchor: ID of the element.
    """
    parts = [
        _head(explanation),
        _fold(explanation),
        _line(explanation),
        _rule(explanation, tree),
        _images(explanation),
        _neighbours(explanation, table),
        _what_if(explanation),
        _concepts(explanation),
    ]
    return f'<article class="hit" id="{anchor}">{"".join(parts)}</article>'


def _head(explanation: Explanation) -> str:
    hairpin, tone = explanation.hairpin, "yes" if explanation.called else "no"
    facts = [
        ("length", f"{len(hairpin)} nt"),
        ("minimum free energy", f"{minus(f'{hairpin.mfe:.2f}')} kcal/mol"),
        *((f"score, {name}", f"{score:.6f}") for name, score in explanation.scores.items()),
    ]
    listed = "".join(f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in facts)
    limits = "".join(f'<p class="note">{text(limit)}</p>' for limit in words.limits(explanation))
    return (
        f"<h2>{text(explanation.subject.name)}</h2>"
        f'<p class="verdict {tone}">{text(words.verdict(explanation))} '
        f"{text(words.tree_says(explanation.rule))}</p><dl>{listed}</dl>{limits}"
    )


def _fold(explanation: Explanation) -> str:
    attention = explanation.attention
    highest = float(np.nanmax(attention)) if np.isfinite(attention).any() else 0.0
    caption = (
        f"Minimum-energy fold. Orange: attention of {explanation.attention_model}, full colour where it is "
        f"highest ({highest:.3g})."
    )
    if explanation.attention_model != next(iter(explanation.scores)):
        caption += f" That network reads along with {next(iter(explanation.scores))}, which has no attention."
    if explanation.arms:
        caption += " Blue: the predicted mature arms."
    blocks = "".join(f"<span>{block}</span>" for block in block_svgs(tracks_of(explanation)))
    legend = "Above the letters the attention; below the brackets"
    if explanation.what_if:
        worst = explanation.what_if.singles.most_harmful()
        fall = float(np.nanmax(worst)) if np.isfinite(worst).any() else 0.0
        legend += (
            " (blue) how far the worst substitution of each base lowers the log-odds of the score, "
            f"at most by {fall:.2f}."
        )
    else:
        legend = "Above the letters the attention."
    return section(
        "Fold and attention",
        figure(fold_picture(explanation, styled=False), caption),
        f'<figure><div class="tracks">{blocks}</div><figcaption>{text(legend)}</figcaption></figure>',
        _copyable(explanation),
    )


def _copyable(explanation: Explanation) -> str:
    hairpin = explanation.hairpin
    return (
        "<details><summary>Sequence and structure as text</summary>"
        f"<pre>{text(hairpin.sequence)}\n{text(hairpin.structure)}</pre></details>"
    )


def _line(explanation: Explanation) -> str:
    if explanation.stations is None:
        return ""
    rows = [
        (
            f'<span class="{_tone(station.passed)}">{words.mark(station.passed)}</span> {text(station.name)}',
            text(station.text),
            _number(station.value),
            _number(station.threshold),
        )
        for station in explanation.stations
    ]
    return section(
        "On the line of a scan", rows_table(("station", "what it finds", "value", "asked"), rows, "line")
    )


def _tone(passed: bool | None) -> str:
    return "soft" if passed is None else "yes" if passed else "no"


def _number(value: float | None) -> str:
    return "" if value is None else minus(f"{value:.4g}")


def _rule(explanation: Explanation, tree: Tree) -> str:
    rule = explanation.rule
    steps = rows_table(
        ("question", "latent says", "margin", "measured", "asked"),
        [_step(step) for step in rule.steps],
        "path",
    )
    caption = (
        "The tree over z_m; the hairpin’s path is lit, yes above no. A box with an orange edge: the latent "
        "answers otherwise than the measured concept."
    )
    picture = figure(tree_svg(tree, rule, styled=False), caption, "tree")
    return section("The tree", steps if rule.steps else "", picture)


def _step(step: Step) -> tuple[str, ...]:
    measured = (
        "" if step.value is None else text(f"{step.value:.3g}" if _is_number(step.value) else str(step.value))
    )
    asked = "" if step.question.threshold is None else f"&gt; {step.question.threshold:g}"
    said = "yes" if step.yes else "no"
    odd = ' <b class="odd">measured otherwise</b>' if step.disagrees else ""
    return text(step.question.label), f"{said}{odd}", minus(f"{step.margin:.3g}"), measured, asked


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _images(explanation: Explanation) -> str:
    image, again = explanation.image, explanation.reconstruction
    coloured = (image > 0) | (again > 0)
    same = float((image == again)[coloured].mean()) if coloured.any() else 1.0
    pair = figure(
        image_svg(image, styled=False), "The hairpin as 25 × 100 pixels: loop left, 5′ strand above."
    )
    pair += figure(
        image_svg(again, "Reconstruction", styled=False),
        f"What DIVA draws from its latents of it: {100 * same:.0f} % of the coloured pixels are the same.",
    )
    return section("Image and reconstruction", f'<div class="pair">{pair}</div>')


def _neighbours(explanation: Explanation, table: Neighbours | None) -> str:
    if table is None or not explanation.neighbours:
        return ""
    furthest = max(near.distance for near in explanation.neighbours) or 1.0
    rows = [
        (
            text(near.name),
            f"{near.distance:.2f}",
            f'<i class="bar" style="width:{100 * near.distance / furthest:.0f}%"></i>',
        )
        for near in explanation.neighbours
    ]
    usual = table.usual
    said = (
        f"The nearest of {len(table.names):,} named training precursors in z_m. Half of those have their "
        f"nearest of another family within {usual[50]:.2f}, one in twenty within {usual[5]:.2f}."
    )
    return section(
        "Neighbours", f"<p>{text(said)}</p>", rows_table(("precursor", "distance", ""), rows, "near")
    )


def _what_if(explanation: Explanation) -> str:
    asked = explanation.what_if
    if asked is None:
        return ""
    said = "".join(f"<li>{text(sentence)}</li>" for sentence in words.what_if(explanation))
    figures = "".join(_others(asked))
    return section(
        "What would turn the decisions",
        f"<ul>{said}</ul>",
        f'<div class="pair">{figures}</div>' if figures else "",
    )


def _others(asked: WhatIf) -> list[str]:
    figures = [_other(other) for other in _distinct(asked.call, asked.tree)]
    if asked.bonds:
        caption = "Drawn by the decoder from the changed z_m, other columns bound as said above."
        figures.append(figure(image_svg(asked.bonds.image, "With other bonds", styled=False), caption))
    return figures


def _distinct(*others: OtherSequence | None) -> list[OtherSequence]:
    """Those that were found, each mutant once."""
    return list({other.change.text: other for other in others if other}.values())


def _other(other: OtherSequence) -> str:
    caption = f"With {other.change.text}, folded anew. {words.tree_says(other.rule)}"
    return figure(image_svg(other.image, f"With {other.change.text}", styled=False), caption)


def _concepts(explanation: Explanation) -> str:
    rows = [
        (
            text(concept.label),
            text(_value(explanation.concepts[concept.name], concept.unit)),
            text(concept.meaning),
        )
        for concept in CONCEPTS
    ]
    listed = rows_table(("concept", "measured", "meaning"), rows, "concepts")
    return f"<details><summary>All concepts as measured</summary>{listed}</details>"


def _value(value: Any, unit: str) -> str:
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, bool):
        return "yes" if plain else "no"
    if plain == "" or plain != plain:
        return "–"
    shown = plain if isinstance(plain, str) else minus(f"{plain:.3g}")
    return f"{shown} {unit}".strip()
