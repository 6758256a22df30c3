"""Arms by the known family and by the network alone: of species whose clade the index lacks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.tools.families_drawn import by_families
from mirscan.families import store
from mirscan.families.naming import kinship
from mirscan.families.placing import known_starts
from mirscan.records import in_hairpin
from mirscan.scoring.arm_decoding import Starts
from mirscan.scoring.arms import ArmFinder
from mirscan.training.arms.data import UNKNOWN, Example
from mirscan.training.arms.sources import TEST_FOLD, Truth
from mirscan.training.families.train import CLADES
from mirscan.training.scan.precursors import fold_of

NEAR = (0, 1, 2)  # nt
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Kin:
    """Hairpins of one clade that are of a family which another clade has.

    Attributes:
        families: The merged family of each, n of them.
        unseen: bool (n,), whether the network has seen no member of it.
        errors: By who places the arms: predicted minus curated start of both arms, nt, (n, 2); NaN where
            MirGeneDB lists no such arm.
        hairpins: How many there were, with a family or without.
    """

    families: Sequence[str]
    unseen: NDArray[np.bool_]
    errors: dict[str, Floats]
    hairpins: int


def starts_of(
    examples: Sequence[Example], finder: ArmFinder, known: Sequence[Starts] | None = None
) -> Floats:
    """The starts that the model of the arms gives, (n, 2); infinite where a hairpin has no arms."""
    starts = np.full((len(examples), 2), np.inf)
    hairpins = [example.hairpin for example in examples]
    for row, (hairpin, arms) in enumerate(zip(hairpins, finder.all_arms(hairpins, known), strict=True)):
        if arms:
            starts[row] = [in_hairpin(hairpin, arm)[0] for arm in (arms.five_prime, arms.three_prime)]
    return starts


def measured(truth: Truth, finder: ArmFinder, seed: int) -> dict[str, Any]:
    """How near the arms of known families come, clade by clade, to where MirGeneDB puts them.

    Args:
        truth: The precursors that have flanks of their own.
        finder: The network.
        seed: Of the places where they are planted.

    Returns:
        Plain values for a JSON file.
    """
    found = {}
    hosts = [row for row in truth.rows.tolist() if truth.curated.place_in(truth.precursors[row].sequence)]
    for clade, (species, _) in CLADES.items():
        rows = [row for row in hosts if truth.precursors[row].name.lower().startswith(f"{species}-")]
        if rows:
            found[clade] = _clade(clade, truth.plant(rows, seed), truth, finder)
    whole = _joined([*found.values()])
    return {
        "index_sha256": store.load().sha256,
        "clades": {clade: _figures(kin) for clade, kin in found.items()},
        "all": _figures(whole),
        "families_unseen_by_network": _figures(whole, whole.unseen),
    }


def _joined(parts: Sequence[Kin]) -> Kin:
    errors = {name: np.concatenate([part.errors[name] for part in parts]) for name in parts[0].errors}
    return Kin(
        [family for part in parts for family in part.families],
        np.concatenate([part.unseen for part in parts]),
        errors,
        sum(part.hairpins for part in parts),
    )


def _clade(clade: str, examples: Sequence[Example], truth: Truth, finder: ArmFinder) -> Kin:
    """The hairpins of one clade's species, by an index without the clade."""
    shipped = store.load()
    index = shipped.index([clade])
    kept, known = [], []
    for example in examples:
        hairpin = example.hairpin
        kin = kinship(hairpin.sequence, hairpin.structure, index, shipped.weights)
        if kin:
            kept.append(example)
            known.append(known_starts(kin.as_json(), len(hairpin)))
    right = np.array([_curated_starts(example, truth) for example in kept])
    errors = {
        "family": starts_of(kept, finder, known) - right,
        "network": starts_of(kept, finder) - right,
    }
    families = [str(truth.names[example.origin]) for example in kept]
    unseen = np.array([fold_of(family) == TEST_FOLD for family in families], dtype=np.bool_)
    return Kin(families, unseen, errors, len(examples))


def _curated_starts(example: Example, truth: Truth) -> list[float]:
    """Where MirGeneDB has the arms begin that it lists, in the hairpin's bases."""
    host = truth.precursors[example.origin].sequence
    place = truth.curated.place_in(host)
    assert place is not None
    before = next(
        here - there
        for here, there in zip(example.bounds, truth.bounds[host], strict=True)
        if there != UNKNOWN
    )
    arms = truth.curated.arms[host[slice(*place)]]
    return [np.nan if arm is None else float(place[0] + before + arm[0]) for arm in arms]


def _figures(kin: Kin, rows: NDArray[np.bool_] | None = None) -> dict[str, Any]:
    """Shares of the starts that are near, with 95 % intervals over families."""
    rows = np.ones(len(kin.families), np.bool_) if rows is None else rows
    families = [family for family, row in zip(kin.families, rows.tolist(), strict=True) if row]
    return {
        "hairpins": kin.hairpins if rows.all() else int(rows.sum()),
        "with_a_family": int(rows.sum()),
        "starts": int((~np.isnan(kin.errors["family"][rows])).sum()),
        **{
            name: {f"within_{near}_nt": by_families(errors[rows], families, near) for near in NEAR}
            for name, errors in kin.errors.items()
        },
    }
