"""From the open split of modmiRBase and a trained DIVA to the tree: what `mirscan train tree` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from mirscan.encoding.concepts import compute
from mirscan.errors import ModelError
from mirscan.models.diva import DIVA, encode_zm
from mirscan.scoring import checkpoint
from mirscan.scoring.diva_checkpoint import latent_checksum, load_network
from mirscan.training.diva.modmirbase import Examples, OpenSplit, joined
from mirscan.training.tree.choice import Trial, choose, held_out, trial_on, weighted
from mirscan.training.tree.evaluation import Points, report, scores
from mirscan.training.tree.fit import fit
from mirscan.training.tree.hyperplanes import Settings
from mirscan.tree.rules import Tree

LATENT = "z_m"


@dataclass(frozen=True, slots=True)
class Encoder:
    """A trained DIVA as the tree needs it.

    Attributes:
        name: Name of the checkpoint's folder.
        sha256: Checksum of its z_m (`latent_checksum`).
        network: The network, in evaluation mode.
    """

    name: str
    sha256: str
    network: DIVA

    @classmethod
    def load(cls, name_or_folder: str, device: torch.device) -> Encoder:
        """Load a checkpoint of kind `diva`, by shipped name or folder.

        Raises:
            ModelError: Missing, damaged, of another kind, or without a latent z_m.
        """
        card, network = load_network(name_or_folder, device)
        sha256 = latent_checksum(network, "m")
        if sha256 is None:
            raise ModelError(
                name_or_folder, f"a {card.architecture} without {LATENT}", "a checkpoint of DIVA"
            )
        return cls(checkpoint.locate(name_or_folder).name, sha256, network)

    @property
    def latent(self) -> dict[str, str]:
        """What a tree says of the space it lives in."""
        return {"name": LATENT, "model": self.name, "sha256": self.sha256}

    def points(self, examples: Examples, weights: NDArray[np.float64]) -> Points:
        """Labelled hairpins as latent points and concepts."""
        z = encode_zm(self.network, examples.images)
        return Points(z, examples.labels == 1, compute(examples.images), weights)


def training_weights(examples: Examples) -> NDArray[np.float64]:
    """How many published training records each row stands for, float64 (n,).

    The published training set is even, and nearly all of its records that cannot be had are neghsa: those
    neghsa rows that are there stand for as many as make the classes even again.
    """
    neghsa = examples.sources == "neghsa"
    precursors, others = int(examples.labels.sum()), int(((examples.labels == 0) & ~neghsa).sum())
    return np.where(neghsa, max((precursors - others) / max(int(neghsa.sum()), 1), 1.0), 1.0)


def training_points(split: OpenSplit, encoder: Encoder) -> Points:
    """The training part of the open split."""
    return encoder.points(split.train, training_weights(split.train))


def choose_settings(
    split: OpenSplit,
    encoder: Encoder,
    train: Points,
    settings: Settings,
    on_trial: Callable[[], object] | None = None,
) -> list[Trial]:
    """What is best chosen for the tree, by families held out: the trees tried, the chosen one last."""
    aside = held_out(split.train.names)
    validation = encoder.points(split.validation, split.validation.weights)
    weights = training_weights(joined(split.train.take(aside), split.validation))
    judged = replace(train.take(aside).joined(validation), weights=weights)
    return choose(trial_on(train.take(~aside), judged), settings, on_trial)


def train_tree(
    split: OpenSplit,
    encoder: Encoder,
    train: Points,
    settings: Settings,
    provenance: Mapping[str, Any],
    on_node: Callable[[], object] | None = None,
    precursors: float = 1.0,
) -> Tree:
    """Fit the tree on the training part of the open split; its scores on the other parts come with it.

    Args:
        split: The open split.
        encoder: The DIVA.
        train: `training_points`.
        settings: How the tree grows.
        provenance: What its file tells of where it comes from.
        on_node: Called before a node is split.
        precursors: How much more a precursor weighs than by its own weight.
    """
    weights = weighted(train, precursors)
    nodes = fit(train.z, train.y, train.concepts, None, settings, weights, on_node)
    tree = Tree(nodes, size=train.z.shape[1])
    judged = {"validation": split.validation, "test_weighted": split.test}
    return replace(
        tree,
        latent=encoder.latent,
        parameters={**asdict(settings), "precursors": precursors},
        metrics={name: _scores(tree, encoder, examples) for name, examples in judged.items()},
        provenance={**provenance, "data_sha256": split.sha256, "training_hairpins": len(train.y)},
    )


def _scores(tree: Tree, encoder: Encoder, examples: Examples) -> dict[str, float]:
    called = tree.predict(encode_zm(encoder.network, examples.images))
    return asdict(scores(called, examples.labels, examples.weights))


def evaluate_tree(split: OpenSplit, encoder: Encoder, tree: Tree) -> dict[str, Any]:
    """The tree, and the classifiers it is compared with, on the test part of the open split.

    Raises:
        ModelError: The tree was fitted on another model's latent.
    """
    tree.require_latent(encoder.sha256)
    return report(
        tree, training_points(split, encoder), encoder.points(split.test, split.test.weights), ~split.in_both
    )
