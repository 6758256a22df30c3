"""Hits a megabase of the shipped scan model in the stretches of each genome that none of its networks saw.

    python -m benchmarks.accuracy.kept_background

Some of its networks learn from the genomes that `genome.py` tests the blind ones on, yeast and E. coli among
them; a fifth of each genome, in stretches of 100 kb, is kept from all of them. The threshold comes from those
stretches in human, so that its rate there is what was asked for; in the others it is a result.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from scipy.special import expit

from benchmarks.tools.results import parser_for, write
from mirscan.runtime.user_folders import cache_folder
from mirscan.scoring import checkpoint
from mirscan.sieve.candidates import SieveSettings
from mirscan.training.scan.calibration import loci
from mirscan.training.scan.evaluation import load_network
from mirscan.training.scan.logits import raw_logits
from mirscan.training.scan.material import background
from mirscan.training.scan.settings import WHOLE
from mirscan.version import __version__


def main() -> None:
    """Measure and write."""
    parser = parser_for(__doc__, "kept_background.json")
    parser.add_argument("--model", default="scan")
    parser.add_argument("--cache", type=Path, default=cache_folder())
    given = parser.parse_args()
    folder = checkpoint.locate(given.model)
    card, network = checkpoint.read_card(folder), load_network(folder)
    scale, shift = (float(value) for value in network.calibration)
    genomes = {}
    for name in WHOLE.genomes:
        one = background(
            given.data / "genomes" / name, SieveSettings(), given.cache, lambda *_: lambda count: count
        )
        kept, folds = one.part(held_out=True)
        scores = expit(scale * raw_logits(network, folds) + shift)
        above = np.flatnonzero(scores >= card.metrics["min_score"])
        hits = loci(kept, np.zeros(len(kept), np.int64), scores, above)
        genomes[name] = {
            "megabases": one.megabases_held_out,
            "hits": len(hits),
            "hits_per_mb": len(hits) / one.megabases_held_out if one.megabases_held_out else None,
        }
    content = {
        "mirscan": __version__,
        "model": given.model,
        "model_sha256": card.sha256,
        "lowest_score_of_a_hit": card.metrics["min_score"],
        "stretches_held_out_of_all_networks": genomes,
    }
    write(given.json, content)


if __name__ == "__main__":
    main()
