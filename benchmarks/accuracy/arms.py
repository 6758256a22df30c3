"""Where the mature arms begin: errors on precursors of families never seen, and what simple rules would give.

    python -m benchmarks.accuracy.arms --figure arms.svg

Precursors are planted in human sequence, sieved and folded as in a scan. The rules are a constant fitted to
the training families, so far from the middle of the loop, and gradient boosting on each base's surroundings.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.tools.results import parser_for, write
from mirscan.encoding.positions import encode, loop_middle
from mirscan.folding.dot_bracket import pair_table
from mirscan.records import in_hairpin
from mirscan.runtime.cpus import available_cpus
from mirscan.runtime.user_folders import cache_folder
from mirscan.scoring.arms import ArmFinder
from mirscan.training.arms.data import Example
from mirscan.training.arms.geometry import CLOSE
from mirscan.training.arms.train import FOLDS, TEST_FOLD, ArmSettings, Truth
from mirscan.version import __version__

Errors = NDArray[np.float64]
REACH = 8  # nt that boosting sees on either side, and across
NEGATIVES = 6  # bases that are no start, of each hairpin
ARMS = ("5′", "3′")


def truth_of(examples: Sequence[Example]) -> Errors:
    """First base of the 5′ and the 3′ arm, (n, 2); NaN where unknown."""
    starts = np.array([(example.bounds[0], example.bounds[2]) for example in examples], dtype=np.float64)
    return np.where(starts < -1000, np.nan, starts)


def by_network(examples: Sequence[Example], finder: ArmFinder) -> Errors:
    """The starts that the model of the arms gives."""
    starts = np.full((len(examples), 2), np.inf)
    hairpins = [example.hairpin for example in examples]
    for row, (hairpin, arms) in enumerate(zip(hairpins, finder.all_arms(hairpins), strict=True)):
        if arms:
            starts[row] = [in_hairpin(hairpin, arm)[0] for arm in (arms.five_prime, arms.three_prime)]
    return starts


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


def figures(errors: Errors) -> dict[str, Any]:
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
        "errors": {**counts, "beyond": int((np.abs(both) > 10).sum())},
    }


def groups(test: Sequence[Example], truth: Truth) -> dict[str, NDArray[np.bool_]]:
    """Whose arms: by kingdom, those with known flanks and cuts, those that hold a precursor of MirGeneDB."""
    curated = [precursor.sequence for precursor in truth.precursors if precursor.source == "mirgenedb"]
    hosts = [truth.precursors[example.origin].sequence for example in test]
    holds = np.array([any(letters in host for letters in curated) for host in hosts])
    plants = np.array([truth.precursors[example.origin].plant for example in test])
    flanked = np.array([truth.precursors[example.origin].source == "flanked" for example in test])
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
    parser = parser_for(__doc__, "arms.json", threads=available_cpus())
    parser.add_argument("--figure", type=Path)
    parser.add_argument("--model", default="arms")
    parser.add_argument("--cache", type=Path, default=cache_folder())
    given = parser.parse_args()
    finder, options = ArmFinder(given.model, "cpu"), ArmSettings()
    truth = Truth.read(given.data)
    others = [fold for fold in range(FOLDS) if fold > TEST_FOLD + 1]
    work = (given.threads, given.cache)
    training = truth.plant(others, options.seed, options.most, *work, jitter=True)
    test = truth.plant([TEST_FOLD], options.seed + 2, options.measured, *work)
    rules: dict[str, Callable[[], Errors]] = {
        "mirscan": lambda: by_network(test, finder),
        "distance_from_the_loop": lambda: by_distance(training, test),
        "gradient_boosting": lambda: by_boosting(training, test),
    }
    errors = {name: rule() - truth_of(test) for name, rule in rules.items()}
    who = groups(test, truth)
    content = {
        "mirscan": __version__,
        "model_sha256": finder.card.sha256,
        "hairpins": len(test),
        "rules": {
            name: {group: figures(found[rows]) for group, rows in who.items()}
            for name, found in errors.items()
        },
    }
    write(given.json, content)
    if given.figure:
        draw(errors["mirscan"], who, given.figure)


if __name__ == "__main__":
    main()
