"""The part of a page that explains one hairpin, as HTML."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from mirscan.encoding.concepts import CONCEPTS
from mirscan.explanation import words
from mirscan.explanation.content import Explanation, OtherSequence, WhatIf
from mirscan.explanation.links import links_of
from mirscan.explanation.neighbours import Neighbours
from mirscan.explanation.pictures import fold_picture, tracks_of
from mirscan.explanation.pile_up import lengths_text, profile_of, tracks_of_reads
from mirscan.explanation.svg.elements import arm_colour, minus
from mirscan.explanation.svg.image import image_svg
from mirscan.explanation.svg.tracks import block_svgs
from mirscan.explanation.svg.tree import tree_svg
from mirscan.explanation.templating import render
from mirscan.pipeline.annotators.known import KnownLabel
from mirscan.tree.rules import Tree

Picture = tuple[Markup, str]  # SVG and caption


def article(explanation: Explanation, tree: Tree, table: Neighbours | None, anchor: str) -> str:
    """One hairpin, explained.

    Args:
        explanation: What is said of it.
        tree: The tree.
        table: The named precursors; None where there are none to compare with.
        anchor: ID of the element.
    """
    return render(
        "hit.html",
        anchor=anchor,
        explanation=explanation,
        words=words,
        facts=_facts(explanation),
        fold=_fold(explanation),
        reads=_reads(explanation),
        arms=_arms(explanation),
        databases=links_of(_names(explanation)),
        tree=_svg(tree_svg(tree, explanation.rule, alone=False)),
        tree_caption=words.tree_caption(explanation.rule),
        image=_image(explanation),
        usual=table and _usual(table),
        others=list(_others(explanation.what_if)) if explanation.what_if else [],
        concepts=CONCEPTS,
    )


def _svg(picture: str) -> Markup:
    """A picture of ours, whose texts are escaped already."""
    return Markup(picture)


def _facts(explanation: Explanation) -> list[tuple[str, str]]:
    hairpin = explanation.hairpin
    return [
        ("length", f"{len(hairpin)} nt"),
        ("minimum free energy", f"{minus(f'{hairpin.mfe:.2f}')} kcal/mol"),
        *((name, f"{score:.6f}") for name, score in words.scores(explanation)),
        *((f"bits, {name}", minus(f"{bits:+.2f}")) for name, bits in explanation.readers.items()),
    ]


def _fold(explanation: Explanation) -> dict[str, Any]:
    return {
        "picture": _svg(fold_picture(explanation, alone=False)),
        "caption": _fold_caption(explanation),
        "blocks": [_svg(block) for block in block_svgs(tracks_of(explanation))],
        "legend": _legend(explanation),
    }


def _reads(explanation: Explanation) -> dict[str, Any] | None:
    """The pile-up of reads and what it shows; None without reads."""
    profile = profile_of(explanation)
    if profile is None:
        return None
    return {
        "blocks": [_svg(block) for block in block_svgs(tracks_of_reads(explanation, profile))],
        "legend": "Above: small RNA reads that cover each base. Below: reads that begin there. "
        f"{lengths_text(profile)}.",
    }


def _arms(explanation: Explanation) -> list[dict[str, Any]]:
    """The mature arms with their sequences, and where they lie in the hairpin, 1-based."""
    return [
        {
            "name": name,
            "colour": arm_colour(name),
            "sequence": explanation.hairpin.sequence[start:end],
            "place": f"bases {start + 1} to {end}",
        }
        for start, end, name in explanation.arms
    ]


def _names(explanation: Explanation) -> list[str]:
    """What the hairpin is known as: the names at its place, then the nearest gene of its family."""
    label = explanation.subject.notes.get(KnownLabel.name)
    nearest = [explanation.kin.nearest] if explanation.kin else []
    return [*(label.names if label else ()), *nearest]


def _fold_caption(explanation: Explanation) -> str:
    caption = (
        f"Minimum-energy fold. Orange: attention of {explanation.attention_model}, full colour where it is "
        f"highest ({_highest(explanation.attention):.3g})."
    )
    caller = next(iter(explanation.scores))
    if explanation.attention_model != caller:
        caption += f" That network reads along with {caller}, which has no attention."
    if explanation.arms:
        caption += " Blue and violet: the mature arms, 5p and 3p."
    return caption


def _legend(explanation: Explanation) -> str:
    if not explanation.what_if:
        return "Above the letters the attention."
    fall = _highest(explanation.what_if.singles.most_harmful())
    return (
        "Above the letters the attention; below the brackets (blue) how far the worst substitution of each "
        f"base lowers the log-odds of the score, at most by {fall:.2f}."
    )


def _highest(values: NDArray[np.float64]) -> float:
    """The largest of numbers that may all be missing; 0 without any."""
    return float(np.nanmax(values)) if np.isfinite(values).any() else 0.0


def _image(explanation: Explanation) -> dict[str, Any]:
    image, again = explanation.image, explanation.reconstruction
    coloured = (image > 0) | (again > 0)
    return {
        "drawn": _svg(image_svg(image, alone=False)),
        "again": _svg(image_svg(again, "Reconstruction", alone=False)),
        "same": float((image == again)[coloured].mean()) if coloured.any() else 1.0,
    }


def _usual(table: Neighbours) -> dict[str, float]:
    """How many precursors have names, and within which distance half and a twentieth have their nearest."""
    return {"names": len(table.names), "half": table.usual[50], "twentieth": table.usual[5]}


def _others(asked: WhatIf) -> Iterator[Picture]:
    """The hairpins that would turn a decision, each mutant once."""
    found = {other.change.text: other for other in (asked.call, asked.tree) if other}
    yield from map(_mutant, found.values())
    if asked.bonds:
        picture = image_svg(asked.bonds.image, "With other bonds", alone=False)
        yield _svg(picture), "Drawn by the decoder from the changed z_m, other columns bound as said above."


def _mutant(other: OtherSequence) -> Picture:
    changed = f"With {other.change.text}"
    picture = image_svg(other.image, changed, alone=False)
    return _svg(picture), f"{changed}, folded anew. {words.tree_says(other.rule)}"
