"""Figures 5, 6 and 7 of the DIVA paper. matplotlib and scikit-learn are imported where they draw."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mirscan.encoding.concepts import compute
from mirscan.models.diva import DIVA
from mirscan.training.diva.evaluation import Generation, generate, requests
from mirscan.training.diva.metrics import Reading
from mirscan.training.diva.modmirbase import Examples

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PathCollection
    from matplotlib.figure import Figure

POINTS = 3000
SAMPLES = 5
# background, gap, G, C, U, A as in the official images
PALETTE = ("#ffffff", "#000000", "#d62728", "#1f4e9c", "#2ca02c", "#f2c60c")
CLASSES = (("not a precursor", "#3b4cc0"), ("precursor", "#f2a20c"))
MAPPED = (
    ("base_pairs_in_stem", "fraction of base pairs in the stem"),
    ("loop_width", "terminal loop, columns"),
    ("stem_length", "stem, columns"),
)
HIGHEST = 0.98  # quantile of a concept's values that has the brightest colour
COLOUR_NAMES = ("gap", "G", "C", "U", "A")
BONDED, UNBONDED = "#444444", "#e6e6e6"
SIDE = 3  # columns of background to the right of the longest image
REQUESTS = {"own": "its own m", "opened": "m with five pairs opened", "another": "m of another hairpin"}
LATENT_NAMES = {
    "m": "z_m (bonds)",
    "y": "z_y (class)",
    "x": "z_x (the rest)",
    "x2": "z_x2 (more of the rest)",
}


def draw_figures(
    folder: Path, network: DIVA, reading: Reading, examples: Examples, seed: int = 0
) -> list[Path]:
    """Draw figures 5, 6 and 7 into a folder.

    Args:
        folder: Where `figure5.png`, `figure6.png` and `figure7.png` go; made if need be.
        network: DIVA, in evaluation mode.
        reading: What it made of `examples`.
        examples: The test part; a sample of 3,000 is mapped.
        seed: Of the sample, the maps and the draws.
    """
    from matplotlib import pyplot

    folder.mkdir(parents=True, exist_ok=True)
    chosen = np.sort(np.random.default_rng(seed).permutation(len(examples))[:POINTS])
    maps = {name: _tsne(z[chosen], seed) for name, z in reading.latents.items()}
    figures = {
        "figure5.png": classes_figure(maps, examples.labels[chosen]),
        "figure6.png": concepts_figure(maps["m"], examples.images[chosen]),
        "figure7.png": generation_figure(network, reading, examples, seed),
    }
    for name, figure in figures.items():
        figure.savefig(folder / name, dpi=150, metadata={"Software": None})
        pyplot.close(figure)
    return [folder / name for name in figures]


def _tsne(z: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    """(n, d) → (n, 2) by t-SNE from the principal components on."""
    from sklearn.manifold import TSNE

    mapped: NDArray[np.float32] = TSNE(
        perplexity=min(30, (len(z) - 1) / 3), init="pca", random_state=seed
    ).fit_transform(z)
    return mapped


def classes_figure(maps: dict[str, NDArray[np.float32]], labels: NDArray[np.int64]) -> Figure:
    """Figure 5: each latent as a map, coloured by class; maps (n, 2) by latent, labels (n,)."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(maps), figsize=(4.2 * len(maps), 4.6), layout="constrained")
    for axis, (name, points) in zip(np.atleast_1d(axes), maps.items(), strict=True):
        for label, (words, colour) in enumerate(CLASSES):
            _scatter(axis, points[labels == label], color=colour, label=words)
        axis.set_title(LATENT_NAMES[name])
    handles = np.atleast_1d(axes)[0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=2, markerscale=4)
    figure.suptitle("Latent spaces, t-SNE, open test split")
    return figure


def concepts_figure(points: NDArray[np.float32], images: NDArray[np.uint8]) -> Figure:
    """Figure 6: the map (n, 2) of z_m coloured by three concepts of the images (n, 25, 100)."""
    from matplotlib import pyplot

    values = compute(images)
    figure, axes = pyplot.subplots(1, len(MAPPED), figsize=(4.4 * len(MAPPED), 4.2), layout="constrained")
    for axis, (name, words) in zip(axes, MAPPED, strict=True):
        value = np.asarray(values[name], dtype=float)
        known = np.isfinite(value)
        _scatter(axis, points[~known], color="#d0d0d0")
        top = float(np.quantile(value[known], HIGHEST)) if known.any() else 1.0
        shown = _scatter(axis, points[known], c=value[known], cmap="viridis", vmax=top)
        beyond = "max" if (value[known] > top).any() else "neither"
        figure.colorbar(shown, ax=axis, shrink=0.8, extend=beyond)
        axis.set_title(words)
    figure.suptitle("z_m, t-SNE, coloured by concept (grey: the hairpin has none)")
    return figure


def _scatter(axis: Axes, points: NDArray[np.float32], **style: Any) -> PathCollection:
    """Points (n, 2) without ticks."""
    axis.set_xticks([])
    axis.set_yticks([])
    return axis.scatter(points[:, 0], points[:, 1], s=4, linewidths=0, **style)


def generation_figure(network: DIVA, reading: Reading, examples: Examples, seed: int = 0) -> Figure:
    """Figure 7: one precursor, and images generated from it for its own and for other bond vectors."""
    from matplotlib import pyplot

    row = _example(examples)
    asked = {kind: bonds[row] for kind, bonds in requests(examples.bonds, seed).items()}
    one = reading.take(np.full(SAMPLES, row))
    drawn = {kind: _mean_and_draws(network, one, bonds, seed) for kind, bonds in asked.items()}
    shown = _columns(examples.images[row][None], *drawn.values())
    figure, axes = pyplot.subplots(
        1 + len(asked), SAMPLES, figsize=(3.4 * SAMPLES, 8.4), layout="constrained"
    )
    for axis in axes.flat:
        axis.axis("off")
    own = examples.bonds[row]
    _picture(axes[0, 0], examples.images[row], own, shown, f"{examples.names[row]}, as it is")
    _key(axes[0, 1])
    for line, (kind, bonds) in zip(axes[1:], asked.items(), strict=True):
        for number, (axis, image) in enumerate(zip(line, drawn[kind], strict=True)):
            kept = Generation(bonds[None], image[None]).agreement()["columns"]
            title = f"{REQUESTS[kind]}, {f'draw {number}' if number else 'mean'}: {kept:.0%} follow"
            _picture(axis, image, bonds, shown, title)
    figure.suptitle(
        "Images generated with z_m the mean of its prior under the bonds of the strip, and drawn from it; "
        "the share of columns whose bond is the one asked for"
    )
    return figure


def _mean_and_draws(network: DIVA, one: Reading, bonds: NDArray[np.uint8], seed: int) -> NDArray[np.uint8]:
    """The image of the prior's mean, then those of draws from it: (n, 25, 100) for n times the same image."""
    asked = np.repeat(bonds[None], len(one.drawn), 0)
    first = one.take(np.arange(1))
    return np.concatenate(
        [generate(network, first, asked[:1], None), generate(network, one, asked, seed)[:-1]]
    )


def _columns(*images: NDArray[np.uint8]) -> int:
    """Columns to show: the longest of several sets of images (n, 25, 100) and a little more."""
    coloured = np.concatenate(images).any((0, 1))
    return min(int(np.flatnonzero(coloured).max(initial=0)) + 1 + SIDE, coloured.size)


def _key(axis: Axes) -> None:
    """What the colours mean, in place of a picture."""
    from matplotlib.patches import Patch

    named = [*zip(COLOUR_NAMES, PALETTE[1:], strict=True), ("bond asked for", BONDED), ("no bond", UNBONDED)]
    handles = [Patch(facecolor=colour, edgecolor="#808080", label=words) for words, colour in named]
    axis.legend(handles=handles, loc="center left", ncols=2, frameon=False, fontsize=11)
    axis.text(0, 1, "loop on the left, 5′ strand above", transform=axis.transAxes, fontsize=11, va="top")


def _example(examples: Examples) -> int:
    """A precursor of middling length with a terminal loop: the median of them."""
    lengths = (examples.images[:, 12] > 0).sum(1)
    precursors = np.flatnonzero((examples.labels == 1) & (examples.bonds.sum(1) > 15))
    return int(precursors[np.argsort(lengths[precursors], kind="stable")[len(precursors) // 2]])


def _picture(
    axis: Axes, image: NDArray[np.uint8], bonds: NDArray[np.uint8], columns: int, title: str
) -> None:
    """The first columns of an image with its bond vector as a strip below."""
    from matplotlib.colors import ListedColormap

    strip = np.where(bonds[None] > 0, 6, 7).repeat(2, 0)
    space = np.zeros((2, image.shape[1]), int)
    palette = ListedColormap([*PALETTE, BONDED, UNBONDED])
    shown = np.concatenate([image, space, strip])[:, :columns]
    axis.imshow(shown, cmap=palette, vmin=0, vmax=7, interpolation="nearest", aspect="auto")
    axis.set_title(title, fontsize=9.5)
