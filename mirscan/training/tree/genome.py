"""The tree of the genome: what `mirscan train genome-tree` does.

It is grown like the benchmark's, one named question at a split, but in the space of the concepts themselves,
where a hyperplane is a threshold: z_m carries less of what parts genes from a genome's other hairpins
(`mirscan evaluate tree --genome` has the figures of both).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import DecisionTreeRegressor

from mirscan.encoding.stem_concepts import EVERY_CONCEPT, STEM_CONCEPTS, matrix
from mirscan.training.tree.genome_material import Material, Part
from mirscan.training.tree.teacher import Bools, Classes, Floats, out_of_group
from mirscan.tree.question import Question
from mirscan.tree.rates import Rates, bits_of
from mirscan.tree.rules import Node, Split, Tree
from mirscan.tree.spaces import CONCEPTS_SPACE

# of the concepts of the image those that say something of their own, in words
OF_THE_IMAGE = (
    "palindrome_score", "large_asymmetric_bulge", "stem_length", "base_pairs_in_stem",
    "base_pairs_wobbles_in_stem", "AU_pair_begin_maturemiRNA", "UGU", "asymmetric",
)  # fmt: skip
NAMES = (*(concept.name for concept in STEM_CONCEPTS), *OF_THE_IMAGE)
LABELS = {  # beside a count of pairs, shares are named as such
    "base_pairs_in_stem": "share of stem in CG and AU pairs",
    "base_pairs_wobbles_in_stem": "share of stem in pairs",
}
_CONCEPTS = {concept.name: concept for concept in EVERY_CONCEPT}
STRETCHES = 4  # groups that the teachers leave out in turn, of families and of stretches of background
STRETCH = 60  # candidates of the background side by side in one group
UNCERTAIN = 0.5  # weight of what only the teacher speaks of
HALF = 0.5  # added to counts, so that a leaf that none of them reached has finite bits
EVEN = 10.0  # candidates of the background that each side of a split begins with, before any is counted


@dataclass(frozen=True, slots=True)
class Growth:
    """How the tree grows.

    Attributes:
        max_depth: Questions on the longest path.
        min_leaf: Candidates in a leaf, at least.
        min_bits: Sister leaves whose bits differ by less are joined.
    """

    max_depth: int = 7
    min_leaf: int = 60
    min_bits: float = 1.0


def train_genome_tree(
    material: Material, provenance: Mapping[str, Any], growth: Growth | None = None
) -> Tree:
    """Grow the tree and count what comes to its nodes."""
    growth = growth or Growth()
    classes = classes_of(material)
    others = matrix(material.precursors.values, NAMES)[~material.flanked & (material.fold > 0)]
    inside, of_others = out_of_group(classes, others)
    points = np.concatenate([classes.points, others])
    grown = DecisionTreeRegressor(
        max_depth=growth.max_depth, min_samples_leaf=growth.min_leaf, random_state=0
    )
    weights = np.concatenate([classes.weights, np.full(len(others), UNCERTAIN)])
    grown.fit(points, np.concatenate([inside, of_others]), sample_weight=weights)
    spread = points.std(axis=0)
    spread[spread == 0] = 1.0
    tree = Tree(nodes_of(grown.tree_, classes, spread), len(NAMES))
    tree = joined(counted(tree, material), growth.min_bits)
    return replace(
        tree,
        latent={"name": CONCEPTS_SPACE, "concepts": list(NAMES)},
        parameters=asdict(growth),
        provenance={
            **provenance,
            "precursors": int(material.learnt.sum()),
            "background": {part.name: len(part) for part in material.fitted},
            "counted_on": _counted_on(material),
        },
    )


def recounted(tree: Tree, material: Material, provenance: Mapping[str, Any]) -> Tree:
    """A tree with the same questions, for another network's candidates: what comes to its nodes is new."""
    questions = tree.provenance.get("questions", tree.provenance)
    made = {**provenance, "counted_on": _counted_on(material), "questions": questions}
    return replace(counted(tree, material), provenance=made)


def _counted_on(material: Material) -> dict[str, float]:
    return {
        "precursors": int(material.test.sum()),
        "megabases": round(sum(part.megabases for part in material.fitted if part.human), 2),
    }


def classes_of(material: Material) -> Classes:
    """What the tree is fitted on: precursors and background weigh the same altogether."""
    learnt = material.learnt
    precursors = matrix(material.precursors.values, NAMES)[learnt]
    background = np.concatenate([matrix(each.values, NAMES) for each in material.fitted])
    weights = material.weights()[learnt]
    _, family_groups = np.unique(material.fold[learnt], return_inverse=True)
    return Classes(
        np.concatenate([precursors, background]),
        np.repeat([True, False], [len(precursors), len(background)]),
        np.concatenate([weights * len(background) / weights.sum(), np.ones(len(background))]),
        np.concatenate([family_groups, np.arange(len(background)) // STRETCH % STRETCHES]),
    )


def nodes_of(grown: Any, classes: Classes, spread: Floats) -> tuple[Node, ...]:
    """The nodes of scikit-learn's tree, parents before children, with the classes counted in each."""
    nodes = []
    reached = {0: np.ones(len(classes.y), dtype=np.bool_)}
    for index in range(grown.node_count):
        here = reached[index]
        node = _counts(classes, here)
        no, yes = int(grown.children_left[index]), int(grown.children_right[index])
        if no >= 0:
            at = int(grown.feature[index])
            split = threshold_split(at, float(grown.threshold[index]), spread)
            above = split.margins(classes.points) > 0
            reached[no], reached[yes] = here & ~above, here & above
            node = replace(node, split=split, no=no, yes=yes)
        nodes.append(node)
    return tuple(nodes)


def _counts(classes: Classes, here: Bools) -> Node:
    """A node of the candidates that come to it."""
    precursors = int((here & classes.y).sum())
    total = float(classes.weights[here].sum())
    share = float(classes.weights[here & classes.y].sum()) / total if total else HALF
    return Node((int(here.sum()) - precursors, precursors), share)


def threshold_split(at: int, threshold: float, spread: Floats) -> Split:
    """The hyperplane of a concept's threshold: yes above it, the margin in standard deviations."""
    concept = _CONCEPTS[NAMES[at]]
    boolean = concept.kind == "boolean"
    rounded = round(threshold, 3)
    question = Question(
        concept.name,
        LABELS.get(concept.name, concept.label),
        concept.unit,
        concept.kind,
        None if boolean else rounded,
    )
    weights = np.zeros(len(NAMES))
    weights[at] = 1 / spread[at]
    return Split(question, tuple(weights.tolist()), -rounded / float(spread[at]), 1.0)


def counted(tree: Tree, material: Material) -> Tree:
    """The tree with what comes to each node: of the unseen families, and per Mb of the human background.

    The background is that of the genomes beside which the tree was fitted, as the unseen one is kept to
    measure it.
    """
    precursors = reaching(tree, matrix(material.precursors.values, NAMES)[material.test])
    human = [each for each in material.fitted if each.human]
    background = reaching(tree, np.concatenate([points_of(each) for each in human]))
    shares = shrunk(tree, background)
    a_megabase = int(background[0]) / sum(each.megabases for each in human)
    nodes = [
        replace(node, rates=_rates(came, int(precursors[0]), share, a_megabase))
        for node, came, share in zip(tree.nodes, precursors.tolist(), shares.tolist(), strict=True)
    ]
    return replace(tree, nodes=tuple(nodes))


def shrunk(tree: Tree, came: NDArray[np.int64]) -> Floats:
    """The share of the background that comes to each node, from counts (n,): few say little of a split.

    The tree was grown beside this background, and parts it more sharply than another: each side of a split
    begins with `EVEN` candidates.
    """
    shares = np.ones(len(tree.nodes))
    for index, node in enumerate(tree.nodes):
        if node.split is not None:
            for child in (node.no, node.yes):
                shares[child] = shares[index] * (came[child] + EVEN) / (came[index] + 2 * EVEN)
    return shares


def _rates(came: int, of_all: int, share: float, a_megabase: float) -> Rates:
    bits = bits_of((came + HALF) / (of_all + HALF), share)
    return Rates(round(100 * came / of_all, 2), round(share * a_megabase, 2), bits)


def reaching(tree: Tree, points: Floats) -> NDArray[np.int64]:
    """How many of points (n, c) come to each node."""
    came = np.bincount(tree.walk(points), minlength=len(tree.nodes))
    for index in range(len(tree.nodes) - 1, -1, -1):
        node = tree.nodes[index]
        if node.split is not None:
            came[index] = came[node.no] + came[node.yes]
    return came


def joined(tree: Tree, min_bits: float) -> Tree:
    """The tree with sister leaves of like worth joined, from the leaves up."""
    nodes = list(tree.nodes)
    for index in range(len(nodes) - 1, -1, -1):
        node = nodes[index]
        if node.split is None or nodes[node.no].split or nodes[node.yes].split:
            continue
        if abs(_worth(nodes[node.yes]) - _worth(nodes[node.no])) < min_bits:
            nodes[index] = replace(node, split=None, no=-1, yes=-1)
    return replace(tree, nodes=_renumbered(nodes))


def _worth(node: Node) -> float:
    """Bits of a node by the classes that it was fitted on."""
    inside = min(max(node.share, 0.01), 0.99)
    return float(np.log2(inside / (1 - inside)))


def _renumbered(nodes: list[Node]) -> tuple[Node, ...]:
    """The nodes that the root still leads to, parents before children."""
    kept: list[Node] = []

    def add(index: int) -> int:
        node, at = nodes[index], len(kept)
        kept.append(node)
        if node.split is not None:
            no, yes = add(node.no), add(node.yes)
            kept[at] = replace(node, no=no, yes=yes)
        return at

    add(0)
    return tuple(kept)


def points_of(part: Part) -> Floats:
    """The points (n, c) of candidates in the space of the tree."""
    return matrix(part.values, NAMES)
