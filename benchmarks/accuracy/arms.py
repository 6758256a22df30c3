"""Where the mature arms begin: errors on precursors of families never seen, and what simple rules would give.

    python -m benchmarks.accuracy.arms [--part mirscan] [--part rules] [--part known_families]

Precursors are planted in human sequence, sieved and folded as in a scan. The rules are a constant fitted to
the training families, so far from the middle of the loop, and gradient boosting on each base's surroundings.
`known_families`: how near the family and the network alone place the arms of genes of MirGeneDB, by an index
that lacks the whole clade. Intervals are of 1,000 draws of families. Parts that are not asked for stay as the
file has them; `--figure` draws the errors of the first.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.tools import arms_of_kin
from benchmarks.tools.arms_of_kin import starts_of
from benchmarks.tools.families_drawn import by_families
from benchmarks.tools.results import parser_for, write
from mirscan.encoding.positions import encode, loop_middle
from mirscan.folding.dot_bracket import pair_table
from mirscan.scoring.arms import ArmFinder
from mirscan.training.arms.data import Example
from mirscan.training.arms.geometry import CLOSE
from mirscan.training.arms.sources import LEARNT, Truth
from mirscan.training.arms.train import ArmSettings, measured
from mirscan.training.scan.attestation import FLANKED
from mirscan.version import __version__

Errors = NDArray[np.float64]
REACH = 8  # nt that boosting sees on either side, and across
NEGATIVES = 6  # bases that are no start, of each hairpin
ARMS = ("5′", "3′")
PARTS = (MIRSCAN, RULES, KIN) = ("mirscan", "rules", "known_families")
MOST = 10  # precursors of one family that the rules are fitted to


def truth_of(examples: Sequence[Example]) -> Errors:
    """First base of the 5′ and the 3′ arm, (n, 2); NaN where unknown."""
    starts = np.array([(example.bounds[0], example.bounds[2]) for example in examples], dtype=np.float64)
    return np.where(starts < -1000, np.nan, starts)


def by_distance(training: Sequence[Example], test: Sequence[Example]) -> Errors:
    """The median distance from the middle of the loop in the training families."""
    middles, others = (
        np.array([[loop_middle(pair_table(example.hairpin.structure))] for example in part])
        for part in (training, test)
    )
    return np.round(others + np.nanmedian(truth_of(training) - middles, axis=0))


def surroundings(example: Example) -> NDArray[np.float32]:
    """What boosting sees of each base: symbols about it and about the base it faces, and its place."""
    coded = encode(example.hairpin.sequence, example.hairpin.structure)
    padded = np.pad(coded.symbols, REACH)
    offsets = np.arange(2 * REACH + 1)
    at = np.arange(len(coded))
    near, across = padded[at[:, None] + offsets], padded[coded.facing[:, None] + offsets]
    return np.hstack([near // 15, near % 15, across // 15, across % 15, coded.places.T]).astype(np.float32)


def by_boosting(training: Sequence[Example], test: Sequence[Example]) -> Errors:
    """The base that a classifier of starts finds most likely."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    random = np.random.default_rng(0)
    found = np.full((len(test), 2), np.inf)
    views = [surroundings(example) for example in test]
    for arm in range(2):
        rows, labels = [], []
        for example, start in zip(training, truth_of(training)[:, arm], strict=True):
            if not 0 <= start < len(example.hairpin):
                continue
            wrong = random.choice(np.delete(np.arange(len(example.hairpin)), int(start)), NEGATIVES)
            rows.append(surroundings(example)[[int(start), *wrong]])
            labels += [1] + [0] * NEGATIVES
        model = HistGradientBoostingClassifier(max_iter=200, random_state=0).fit(np.concatenate(rows), labels)
        for row, view in enumerate(views):
            found[row, arm] = model.predict_proba(view)[:, 1].argmax()
    return found


def figures(errors: Errors, families: Sequence[str]) -> dict[str, Any]:
    """Shares of starts that are close, by arm, and how the errors spread."""
    known = [errors[~np.isnan(errors[:, arm]), arm] for arm in range(2)]
    both = np.concatenate(known)
    counts = {str(error): int((both == error).sum()) for error in range(-10, 11)}
    return {
        "starts": len(both),
        **{
            f"within_{distance}_nt": float((np.abs(both) <= distance).mean()) for distance in (0, 1, CLOSE, 5)
        },
        **{
            f"{name[0]}p_within_{CLOSE}_nt": float((np.abs(errors_of_arm) <= CLOSE).mean())
            for name, errors_of_arm in zip(ARMS, known, strict=True)
        },
        f"within_{CLOSE}_nt_interval": by_families(errors, families, CLOSE)["interval"],
        "errors": {**counts, "beyond": int((np.abs(both) > 10).sum())},
    }


def groups(test: Sequence[Example], truth: Truth) -> dict[str, NDArray[np.bool_]]:
    """Whose arms: by kingdom, those with known flanks and cuts, those that hold a precursor of MirGeneDB."""
    hosts = [truth.precursors[example.origin] for example in test]
    holds = np.array([truth.curated.place_in(host.sequence) is not None for host in hosts])
    plants = np.array([host.plant for host in hosts])
    flanked = np.array([host.source == FLANKED for host in hosts])
    everyone = np.ones(len(test), dtype=np.bool_)
    return {"all": everyone, "animals": ~plants, "plants": plants, "real_flanks": flanked, "MirGeneDB": holds}


def draw(errors: Errors, test_groups: dict[str, NDArray[np.bool_]], destination: Path) -> None:
    """Histograms of the model's errors."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9, 3.5), sharey=True)
    edges = np.arange(-10.5, 11.5)
    for axis, name in zip(axes, ("animals", "plants"), strict=True):
        for arm, colour in zip(range(2), ("#1b6ca8", "#d1662a"), strict=True):
            shown = errors[test_groups[name], arm]
            shown = np.clip(shown[~np.isnan(shown)], -10, 10)
            heights = np.histogram(shown, edges)[0] / max(len(shown), 1)
            axis.step(edges[:-1] + 0.5, heights, where="mid", label=f"{ARMS[arm]} arm", color=colour)
        axis.axvspan(-CLOSE - 0.5, CLOSE + 0.5, color="0.93")
        axis.set(title=name, xlabel="predicted − true start, nt (±10 and beyond)")
    axes[0].set_ylabel("share of arms")
    axes[0].legend(frameon=False)
    figure.tight_layout()
    figure.savefig(destination, metadata={"Date": None} if destination.suffix == ".svg" else None)


def main() -> None:
    """Measure and write."""
    parser = parser_for(__doc__, "arms.json")
    parser.add_argument("--part", action="append", choices=PARTS, help="default: all")
    parser.add_argument("--figure", type=Path)
    parser.add_argument("--model", default="arms")
    given = parser.parse_args()
    parts = given.part or PARTS
    finder, options = ArmFinder(given.model, "cpu"), ArmSettings()
    truth = Truth.read(given.data)
    test = measured(truth, options)
    who, families = groups(test, truth), truth.names[[example.origin for example in test]]
    found: dict[str, Errors] = {}
    if MIRSCAN in parts:
        found["mirscan"] = starts_of(test, finder) - truth_of(test)
    if RULES in parts:
        training = truth.plant(truth.drawn(LEARNT, options.seed, MOST).tolist(), options.seed, jitter=True)
        found["distance_from_the_loop"] = by_distance(training, test) - truth_of(test)
        found["gradient_boosting"] = by_boosting(training, test) - truth_of(test)
    content = json.loads(given.json.read_text()) if given.json.exists() else {}
    counted = {
        name: {group: figures(errors[rows], families[rows].tolist()) for group, rows in who.items()}
        for name, errors in found.items()
    }
    content |= {"mirscan": __version__, "model_sha256": finder.card.sha256, "hairpins": len(test)}
    content["rules"] = content.get("rules", {}) | counted
    if KIN in parts:
        content[KIN] = arms_of_kin.measured(truth, finder, options.seed + 3)
    write(given.json, content)
    if given.figure:
        draw(found["mirscan"], who, given.figure)


if __name__ == "__main__":
    main()
