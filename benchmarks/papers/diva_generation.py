"""How well the images that a DIVA generates follow the bonds asked for, by where their latents come from.

    python -m benchmarks.papers.diva_generation [--model diva-wide] [--images 1024]

writes benchmarks/results/diva_wide_generation.json: agreement as `mirscan evaluate diva` measures it, on rows
evenly spread over the open test split, for their own bonds, with five pairs opened, and for those of another.

z_m_drawn           The other latents are the image's and z_m is drawn from its prior (section 3.2).
z_m_the_mean        z_m is the mean of its prior.
best_of_4_draws     Of four draws of z_m, the image that follows best.
all_drawn           Without an image: all latents are drawn from their priors, z_y's under the row's class.
all_the_mean        Without an image: all latents are the means of their priors.

`strong_pairs` is the share of the paired columns of the images under their own bonds that pair G and C, and
that of the rows themselves: what follows a request best need not be a hairpin of nature.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.tools.results import parser_for, write
from mirscan.encoding.drawing import LOWER, UPPER
from mirscan.encoding.image import bond_vectors
from mirscan.models.diva import DIVA
from mirscan.scoring.diva_checkpoint import load_network
from mirscan.training.diva.evaluation import Generation, generate, requests
from mirscan.training.diva.metrics import Reading, read
from mirscan.training.diva.modmirbase import Examples, load_open_split

DRAWS = 4
STRONG = ((2, 3), (3, 2))  # colours of G and C


def measured(network: DIVA, rows: Examples) -> dict[str, Any]:
    """Agreement by the kind of request and the origin of the latents."""
    reading = read(network, rows)
    drawn, mean = (
        replace(reading, latents=of_priors(network, reading, rows, draw)) for draw in (True, False)
    )
    found: dict[str, Any] = {"strong_pairs": {"rows": strong_pairs(rows.images)}}
    for kind, asked in requests(rows.bonds).items():
        draws = [generate(network, reading, asked, seed) for seed in range(DRAWS)]
        images = {
            "z_m_drawn": draws[0],
            "z_m_the_mean": generate(network, reading, asked, None),
            f"best_of_{DRAWS}_draws": nearest(draws, asked),
            "all_drawn": generate(network, drawn, asked, 0),
            "all_the_mean": generate(network, mean, asked, None),
        }
        found[kind] = {name: rounded(Generation(asked, those).agreement()) for name, those in images.items()}
        if kind == "own":
            found["strong_pairs"] |= {name: strong_pairs(those) for name, those in images.items()}
    return found


def of_priors(network: DIVA, reading: Reading, rows: Examples, draw: bool) -> dict[str, NDArray[np.float32]]:
    """All latents but z_m from their priors, z_y's under the class of the row: drawn, or the means."""
    generator, found = torch.Generator().manual_seed(0), dict(reading.latents)
    for name in sorted(set(found) - {"m"}):
        with torch.inference_mode():
            mean, std = network.latent(name).prior.parameters_for(torch.from_numpy(rows.labels).float())
        noise = torch.randn(found[name].shape, generator=generator) * float(draw)
        found[name] = (mean + std * noise).numpy()
    return found


def nearest(draws: list[NDArray[np.uint8]], asked: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Of several images for each request, that with the fewest columns that do not follow it."""
    wrong = np.stack([(bond_vectors(drawn) != asked).sum(1) for drawn in draws])
    best: NDArray[np.uint8] = np.stack(draws)[wrong.argmin(0), np.arange(len(asked))]
    return best


def strong_pairs(images: NDArray[np.uint8]) -> float:
    """Of the paired columns of images, the share that pairs G and C."""
    paired, upper, lower = bond_vectors(images) == 1, images[:, UPPER], images[:, LOWER]
    strong = sum(((upper == one) & (lower == other) & paired).sum() for one, other in STRONG)
    return round(float(strong / max(paired.sum(), 1)), 3)


def rounded(agreement: dict[str, float]) -> dict[str, float]:
    return {name: round(share, 4) for name, share in agreement.items()}


def main() -> None:
    parser = parser_for(__doc__, "diva_wide_generation.json", "modmirbase", threads=1)
    parser.add_argument("--model", default="diva-wide")
    parser.add_argument("--images", type=int, default=1024)
    given: argparse.Namespace = parser.parse_args()
    torch.set_num_threads(given.threads)
    test = load_open_split(given.data, given.threads).test
    rows = test.take(np.linspace(0, len(test) - 1, min(given.images, len(test))).astype(int))
    card, network = load_network(given.model, torch.device("cpu"))
    write(given.json, {"model_sha256": card.sha256, "images": len(rows), **measured(network, rows)})


if __name__ == "__main__":
    main()
