"""The model behind `scan` in genomes that it has not seen, and any other model on the same candidates.

Background is every candidate of a genome away from its known loci. Those that a network of columns ranks
highest are scored, and a random sample of the rest with the weight of what it stands for: an estimate without
bias at a tenth of the scores. Of overlapping candidates the best counts, as in a scan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mirscan.errors import ModelError
from mirscan.genome.access import Genome
from mirscan.models import build
from mirscan.models.hairpin_stack import HairpinStack
from mirscan.pipeline.loci import best_of_each_locus, genome_order
from mirscan.records import Hairpin, Hit
from mirscan.scoring import checkpoint
from mirscan.scoring.scorer import Scorer
from mirscan.sieve.candidates import SieveSettings
from mirscan.training.scan import data
from mirscan.training.scan.data import ScanExamples
from mirscan.training.scan.folds import folded, structures
from mirscan.training.scan.logits import Scored, raw_logits, worth_folding
from mirscan.training.scan.material import Floats, Stage, Truth, read_truth, words_of_loci
from mirscan.training.scan.metrics import (
    Ground,
    average_precision,
    best_per_precursor,
    recall_at,
)
from mirscan.training.scan.settings import HELD_OUT, TEST_FOLD, ScanSettings
from mirscan.training.scan.train import KIND

HOST = (
    "hsa_chr20_0-7.39M"  # where the precursors of unseen families are planted, and their false hits counted
)
RANKED_PER_MB = 500  # candidates scored because the draft ranks them highest
SAMPLED = 3_000  # of each genome, of the rest
PRECURSORS_PER_MB = 0.6  # of human, both strands
LISTED = 1500  # precursors of the sample in which each counts the same


@dataclass(frozen=True, slots=True)
class Scene:
    """The folded candidates of one genome.

    Attributes:
        name: The genome's.
        megabases: Its known bases, Mb.
        candidates: All that the sieve finds away from known loci.
        background: Those that are scored.
        weights: float64 (n,), what each stands for.
        loci: Candidates at its known loci.
        locus: int64 (m,), the locus of each.
        known: Number of known loci.
    """

    name: str
    megabases: float
    candidates: int
    background: Sequence[Hairpin]
    weights: Floats
    loci: Sequence[Hairpin]
    locus: NDArray[np.int64]
    known: int


@dataclass(frozen=True, slots=True)
class Planted:
    """Precursors of unseen families in unseen background.

    Attributes:
        rows: int64 (m,), the precursors, sorted.
        groups: Name → bool (m,), who belongs to it.
        hairpins: Their folded candidates.
        origin: int64 (n,), the precursor of each.
    """

    rows: NDArray[np.int64]
    groups: dict[str, NDArray[np.bool_]]
    hairpins: Sequence[Hairpin]
    origin: NDArray[np.int64]


def load_network(folder: Path) -> Scored:
    """The network of columns of a checkpoint folder; of a stack its convolutions.

    Raises:
        ModelError: It holds another network.
    """
    card, state = checkpoint.load(folder, KIND)
    network = checkpoint.filled(lambda: build(card.architecture, card.config), state, str(folder))
    if isinstance(network, HairpinStack):
        return network.convolutions.eval()
    if not isinstance(network, Scored):
        raise ModelError(str(folder), f"a network {card.architecture!r}", "one that `train scan` makes")
    return network.eval()


def scene(folder: Path, draft: Scored, settings: SieveSettings, cache: Path, stage: Stage) -> Scene:
    """Sieve and fold a genome, choose what is worth a score."""
    background = data.background(folder, settings, cache)
    with Genome.open(str(data.genome_file(folder))) as genome:
        megabases = sum(contig.known for contig in genome.contigs) / 1e6
    coded = folded(background, cache, stage(f"folding {folder.name}", len(background)))
    ranked = raw_logits(draft, coded, stage(f"ranking {folder.name}", len(background)))
    rows, weights = worth_folding(ranked, int(RANKED_PER_MB * max(1.0, megabases)), SAMPLED, seed=0)
    loci = data.in_place(folder, settings)
    return Scene(
        folder.name,
        megabases,
        len(background),
        hairpins(background.take(rows), folder.name, stage),
        weights,
        hairpins(loci, folder.name, stage),
        loci.origin,
        sum(map(len, data.known_loci(folder).values())),
    )


def plant(truth: Truth, host: Path, settings: SieveSettings, cache: Path, stage: Stage) -> Planted:
    """Plant the precursors of the test families in a genome.

    Some of each family, so that all families count about the same; and a sample of all that animals have, in
    which a family counts as much as it has members.
    """
    few, listed = truth.rows(TEST_FOLD), as_listed(truth)
    rows = np.union1d(few, listed)
    found = data.planted_once(truth.precursors, rows, [host], settings, 0, cache)
    chosen = [truth.precursors[row] for row in rows.tolist()]
    plants = np.array([precursor.plant for precursor in chosen])
    source, balanced = np.array([precursor.source for precursor in chosen]), np.isin(rows, few)
    groups = {
        "animal": balanced & ~plants,
        "animal_mirgenedb": balanced & (source == "mirgenedb"),
        "animal_real_flanks": balanced & (source == "flanked"),
        "animal_as_listed": np.isin(rows, listed),
        "plant": balanced & plants,
    }
    return Planted(rows, groups, hairpins(found, "planted", stage), found.origin)


def as_listed(truth: Truth) -> NDArray[np.int64]:
    """A sample of the animals' precursors of the test families, each as likely as any other; sorted."""
    animals = np.flatnonzero((truth.fold == TEST_FOLD) & ~np.array([each.plant for each in truth.precursors]))
    return np.sort(np.random.default_rng(0).permutation(animals)[:LISTED])


def hairpins(examples: ScanExamples, contig: str, stage: Stage) -> list[Hairpin]:
    """Candidates with their minimum free energy folds."""
    letters = examples.letters()
    folds = structures(letters, stage(f"folding {contig}", len(letters)))
    strands = np.where(examples.strand, "-", "+").tolist()
    return [
        Hairpin(contig, start, start + len(sequence), strand, sequence, *fold)
        for sequence, start, strand, fold in zip(
            letters, examples.start.tolist(), strands, folds, strict=True
        )
    ]


def measure(scorer: Scorer, scenes: Sequence[Scene], planted: Planted) -> dict[str, object]:
    """All figures of one model."""
    scores = {scene.name: scorer.scores(scene.background) for scene in scenes}
    grounds = {scene.name: ground(scene, scores[scene.name]) for scene in scenes}
    best = best_per_precursor(planted.origin, scorer.scores(planted.hairpins), planted.rows)
    host = [grounds[HOST]]
    return {
        "model": scorer.name,
        "sha256": scorer.card.sha256,
        "lowest_score_of_a_hit": scorer.min_score,
        "planted": {
            name: _planted(best[group], host, scenes, scorer.min_score)
            for name, group in planted.groups.items()
            if group.any()
        },
        "genomes": {scene.name: _genome(scene, grounds[scene.name], scorer) for scene in scenes},
    }


def ground(scene: Scene, scores: Floats) -> Ground:
    """The background of a genome, the best candidate of each locus."""
    hits = [
        Hit(str(row), hairpin, score)
        for row, (hairpin, score) in enumerate(zip(scene.background, scores.tolist(), strict=True))
    ]
    kept = [int(hit.name) for hit in best_of_each_locus(sorted(hits, key=genome_order))]
    return Ground(scores[kept], scene.weights[kept], scene.megabases)


def _planted(
    best: Floats, host: Sequence[Ground], scenes: Sequence[Scene], lowest: float
) -> dict[str, object]:
    scene = next(scene for scene in scenes if scene.name == HOST)
    prevalence = PRECURSORS_PER_MB * scene.megabases / scene.candidates
    return {
        "precursors": len(best),
        "reach_the_scorer": float(np.isfinite(best).mean()),
        "called": float((best >= lowest).mean()),
        "average_precision_at_true_imbalance": average_precision(best, host, prevalence),
        "recall_at_false_hits_per_mb": recall_at(best, host),
    }


def _genome(scene: Scene, its_ground: Ground, scorer: Scorer) -> dict[str, object]:
    figures: dict[str, object] = {
        "megabases": scene.megabases,
        "candidates": scene.candidates,
        "background_hits_per_mb": its_ground.false_per_mb(scorer.min_score),
    }
    if scene.known:
        best = best_per_precursor(scene.locus, scorer.scores(scene.loci), np.arange(scene.known))
        figures["known_loci"] = scene.known
        figures["known_loci_called"] = int((best >= scorer.min_score).sum())
        figures["recall_at_false_hits_per_mb"] = recall_at(best, [its_ground])
    return figures


def evaluate(
    genomes: Path,
    precursors: Path,
    models: Sequence[str],
    draft: Path,
    cache: Path,
    stage: Stage,
    device: str = "cpu",
) -> dict[str, object]:
    """Measure models in the held-out genomes.

    Args:
        genomes: Folder of genomes; those of `HELD_OUT` are used.
        precursors: Folder of the scan set.
        models: Names or folders.
        draft: Folder of the network that ranks the candidates.
        cache: Where sieved genomes and planted precursors are kept.
        stage: Shows how far it is.
        device: Where the models run.

    Returns:
        Plain values for a JSON file.
    """
    settings, network = SieveSettings(), load_network(draft)
    truth = read_truth(precursors, ScanSettings(), words_of_loci(genomes / "ebv"))
    planted = plant(truth, genomes / HOST, settings, cache, stage)
    scenes = [scene(genomes / name, network, settings, cache, stage) for name in HELD_OUT]
    return {
        "test_families": len({truth.families[row] for row in planted.rows.tolist()}),
        "models": [measure(Scorer(model, device), scenes, planted) for model in models],
    }
