"""The pictures of an explanation, by name: for a page, or as files."""

from __future__ import annotations

from mirscan.explanation.content import Explanation
from mirscan.explanation.picture_files import PictureFolders, plain
from mirscan.explanation.pile_up import profile_of, tracks_of_reads
from mirscan.explanation.svg.hairpin import hairpin_svg
from mirscan.explanation.svg.image import image_svg
from mirscan.explanation.svg.tracks import Track, Tracks, tracks_svg
from mirscan.explanation.svg.tree import tree_svg
from mirscan.tree.rules import Tree


def tracks_of(explanation: Explanation) -> Tracks:
    """Attention above the sequence and, where substitutions were tried, what they cost below it."""
    hairpin, asked = explanation.hairpin, explanation.what_if
    harm = Track(asked.singles.most_harmful(), "harm") if asked else None
    attention = Track(explanation.attention, "heat")
    return Tracks(hairpin.sequence, hairpin.structure, attention, harm, explanation.arms)


def fold_picture(explanation: Explanation, alone: bool) -> str:
    """The fold in two dimensions with attention and arms."""
    hairpin = explanation.hairpin
    return hairpin_svg(
        hairpin.sequence,
        hairpin.structure,
        explanation.attention,
        explanation.arms,
        f"Fold of {explanation.subject.name}",
        alone,
    )


def pictures(explanation: Explanation, tree: Tree) -> dict[str, str]:
    """Every picture as a file of its own would hold it: name → SVG."""
    name = explanation.subject.name
    found = {
        "fold": fold_picture(explanation, alone=True),
        "sequence": tracks_svg(tracks_of(explanation), f"Sequence of {name}"),
        "image": image_svg(explanation.image, f"Image of {name}"),
        "reconstruction": image_svg(explanation.reconstruction, f"Reconstruction of {name}"),
        "tree": tree_svg(tree, explanation.rule, f"Path of {name}"),
    }
    if profile := profile_of(explanation):
        found["reads"] = tracks_svg(tracks_of_reads(explanation, profile), f"Reads of {name}")
    asked = explanation.what_if
    if asked and asked.bonds:
        found["other-bonds"] = image_svg(asked.bonds.image, f"{name} with other bonds")
    for kind, other in (("other-call", asked and asked.call), ("other-verdict", asked and asked.tree)):
        if other:
            found[kind] = image_svg(other.image, f"{name} with {other.change.text}")
    return found


def write_pictures(folders: PictureFolders, number: int, explanation: Explanation, tree: Tree) -> None:
    """Write every picture; the files begin with a number and what a name can hold of the ID.

    Raises:
        OutputError: A folder cannot be written.
    """
    folders.write(f"{number:04d}-{plain(explanation.subject.name)}", pictures(explanation, tree))
