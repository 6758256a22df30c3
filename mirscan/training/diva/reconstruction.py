"""The three errors of Table 1 of the DIVA paper."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from mirscan.encoding.drawing import BACKGROUND, LOWER, UPPER


@dataclass(frozen=True, slots=True)
class ReconstructionErrors:
    """Errors of n images against their most likely reconstruction (arg-max of height and colour).

    The paper names the errors and gives no formula. These definitions tie its numbers together: in each of
    the five rows of Table 1 the image error is the nucleotide error times the coloured share of the images
    (.21) plus the length error times 200 bars over 2,500 pixels (.08), to within .003 (.011 in row VAE).

    Attributes:
        image: Share of the 25 × 100 pixels whose colour differs, background being a colour. The mean over
            images.
        nucleotide: Of the bars that are there in the input, the share whose colour (gap, G, C, U, A) differs;
            a bar that is missing in the reconstruction differs. The mean over all bars of all images.
        length: |difference in pixels| of the heights of a bar. The mean over the 200 bars, absent ones
            having height 0, of all images.
    """

    image: float
    nucleotide: float
    length: float

    def values(self) -> dict[str, float]:
        """The errors by name."""
        return asdict(self)


def reconstruction_errors(
    images: NDArray[np.uint8], drawn: NDArray[np.uint8], weights: NDArray[np.float64] | None = None
) -> ReconstructionErrors:
    """Compare images with their reconstructions.

    Args:
        images: uint8 (n, 25, 100), n ≥ 1.
        drawn: uint8 (n, 25, 100).
        weights: (n,), how much each image counts; all the same if not given.
    """
    weights = np.ones(len(images)) if weights is None else weights
    colours = images[:, UPPER : LOWER + 1]
    there = colours != BACKGROUND
    wrong = there & (colours != drawn[:, UPPER : LOWER + 1])
    lengths = np.abs(_heights(images) - _heights(drawn))
    return ReconstructionErrors(
        image=float(np.average((images != drawn).mean((1, 2)), weights=weights)),
        nucleotide=float(weights @ wrong.sum((1, 2)) / max(weights @ there.sum((1, 2)), 1)),
        length=float(np.average(lengths.mean((1, 2)), weights=weights)),
    )


def _heights(images: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(n, 25, 100) → (n, 2, 100), pixels of the upper and the lower bar of each column."""
    coloured = images != BACKGROUND
    return np.stack([coloured[:, :LOWER].sum(1), coloured[:, LOWER:].sum(1)], axis=1)
