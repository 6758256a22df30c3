"""The networks of columns behind `scan`: what fewer of them or one distilled lose, and attestation brings.

    python -m benchmarks.accuracy.networks [--only fewer_networks] [--only distilled] [--only attestation]

writes a file of each name in benchmarks/results. `tools/contest.py` says what is counted.

fewer_networks  One or two of the four networks that `scan-held-out` has, on families and background of the
                test; the same of `scan`, on the families and stretches that calibrate. Nothing is trained.
distilled       One network that learns what the four of `scan-held-out` say (`tools/pupil.py`), beside one,
                two and all of them, on the families and stretches that calibrate and on those of the test;
                and what reading a hairpin costs. How it is taught was chosen on the former.
attestation     Networks that learn precursors by the weights of `mirscan train scan --curated --lone`,
                against networks that learn them alike, on the same data: precursors and other RNAs as the
                blind networks have them, and of animals' background what the first prefilter ranks highest.
                They take fewer steps than those that ship, so that a trial costs minutes. A setting is chosen
                on the families and stretches that calibrate, by the recall of MirGeneDB's precursors (mean
                over the rates), and compared once on the test. --runs keeps states: what was interrupted goes
                on.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.tools import pupil as pupils
from benchmarks.tools.contest import RATES, Panel, Panels, Said, compared
from benchmarks.tools.results import parser_of_parts, write_parts
from mirscan.encoding.columns import Columns
from mirscan.models.columns import ColumnNetwork
from mirscan.runtime.user_folders import cache_folder
from mirscan.scoring import checkpoint
from mirscan.sieve.candidates import SieveSettings
from mirscan.training.common.one_cycle import Watch, unwatched
from mirscan.training.scan import data
from mirscan.training.scan.attestation import attestation as attestation_of
from mirscan.training.scan.attestation import shares
from mirscan.training.scan.data import ScanExamples
from mirscan.training.scan.draw import TrainingSet, numbered, training_set
from mirscan.training.scan.evaluation import load_network
from mirscan.training.scan.folds import folded
from mirscan.training.scan.logits import raw_logits
from mirscan.training.scan.material import Rows, gather, kinds_of, training_set_of
from mirscan.training.scan.precursors import Precursor, balanced, read_other
from mirscan.training.scan.settings import BLIND, OTHER_OF_A_KIND, TRAINING, ScanSettings
from mirscan.training.scan.train import train_network
from mirscan.version import __version__

BLIND_MODEL, WHOLE_MODEL = "scan-held-out", "scan"
PLAIN = "plain"
SETTINGS = {  # curated, lone
    PLAIN: (1.0, 1.0),
    "lone_0.25": (1.0, 0.25),
    "curated_3_lone_0.25": (3.0, 0.25),
}
READ_AT_ONCE, READINGS = 64, 20  # hairpins of a batch as a scan reads them, and how often for a measurement
STEPS = 600  # batches for each network of a trial
CHOSEN_BY = "animal_mirgenedb"


def networks_of(model: str) -> list[ColumnNetwork]:
    """The networks of columns of a model."""
    return load_network(checkpoint.locate(model)).networks()


def made_of(model: str) -> dict[str, Any]:
    """What the figures belong to."""
    card = checkpoint.read_card(checkpoint.locate(model))
    return {"mirscan": __version__, "model": model, "model_sha256": card.sha256}


def panels_of(given: argparse.Namespace) -> Panels:
    """The panels, by the first prefilter of the blind model."""
    return Panels(given.data, checkpoint.locate(BLIND_MODEL), given.cache)


def facts(panel: Panel) -> dict[str, Any]:
    """The size of a panel."""
    precursors = {name: int(group.sum()) for name, group in panel.groups.items()}
    return {"megabases": round(panel.megabases, 2), "precursors": precursors}


def fewer_networks(given: argparse.Namespace) -> dict[str, Any]:
    """Recall of all subsets of the networks of a model."""
    panels = panels_of(given)
    result: dict[str, Any] = {"mirscan": __version__}
    for model, panel in ((BLIND_MODEL, panels.test()), (WHOLE_MODEL, panels.validation())):
        said = [panel.said_by(network) for network in networks_of(model)]
        teams = {f"{size}_of_{len(said)}": some for size, some in subsets(said).items()}
        figures = compared(panel, teams, against=f"{len(said)}_of_{len(said)}")
        result[model] = {**made_of(model), **facts(panel), "networks": figures}
    return result


def distilled(given: argparse.Namespace) -> dict[str, Any]:
    """Recall of one network that learnt what four say, and what it saves."""
    panels, settings, teachers = panels_of(given), ScanSettings(), networks_of(BLIND_MODEL)
    material = gather(given.data, panels.truth, settings, given.cache, unwatched_stage, BLIND)
    training = training_set_of(material, panels.truth, settings, given.cache, unwatched_stage)
    pupil = pupils.distilled(teachers, training, settings.seed, given.runs)
    result: dict[str, Any] = {**made_of(BLIND_MODEL), "steps": pupils.STEPS}
    for name, panel in (("validation", panels.validation()), ("test", panels.test())):
        said = [panel.said_by(network) for network in teachers]
        teams = {f"{size}_of_{len(said)}": some for size, some in subsets(said).items()}
        figures = compared(
            panel, teams | {"distilled": [[panel.said_by(pupil)]]}, f"{len(said)}_of_{len(said)}"
        )
        result[name] = {**facts(panel), "networks": figures}
    batch = panels.validation().known.take(np.arange(READ_AT_ONCE))
    result["milliseconds_a_hairpin"] = {
        "4_of_4": cost(teachers, batch),
        "distilled": cost([pupil], batch),
    }
    return result


def unwatched_stage(*_: object) -> Watch:
    """Shows nothing."""
    return unwatched


def cost(networks: Sequence[ColumnNetwork], batch: Columns) -> float:
    """Processor time for which some networks read a hairpin, ms."""
    began = time.process_time()
    for _ in range(READINGS):
        for network in networks:
            raw_logits(network, batch)
    return round(1e3 * (time.process_time() - began) / READINGS / len(batch), 3)


def subsets(said: Sequence[Said]) -> dict[int, list[Sequence[Said]]]:
    """Size → the subsets of so many networks, for one, for halves of them and for all."""
    sizes = (1, len(said) // 2, len(said))
    return {size: [list(some) for some in combinations(said, size)] for size in sizes}


def attestation(given: argparse.Namespace) -> dict[str, Any]:
    """Recall of networks that learn precursors by weight, against others that learn them alike."""
    panels = panels_of(given)
    training = {name: material_of(given, panels, settings_of(name)) for name in SETTINGS}
    numbers = range(given.seeds)
    made: dict[str, list[ColumnNetwork]] = {name: [] for name in SETTINGS}
    for number in numbers:  # a seed of each first: a run that is stopped has pairs
        for name, some in training.items():
            made[name].append(train_network(some, settings_of(name), number, given.runs / name))
    panel = panels.validation()
    chosen_on = compared(panel, heard(panel, made), PLAIN)
    best = max(SETTINGS, key=lambda name: mean_recall(chosen_on[name][CHOSEN_BY]))
    result = {
        "mirscan": __version__,
        "networks": given.seeds,
        "steps": STEPS,
        "settings": {
            name: dict(zip(("curated", "lone"), pair, strict=True)) for name, pair in SETTINGS.items()
        },
        "validation": {**facts(panel), "recall": chosen_on},
        "chosen": best,
    }
    if best != PLAIN:
        panel = panels.test()
        both = {name: made[name] for name in (PLAIN, best)}
        result["test"] = {**facts(panel), "recall": compared(panel, heard(panel, both), PLAIN)}
    return result


def heard(panel: Panel, made: dict[str, list[ColumnNetwork]]) -> dict[str, list[list[Said]]]:
    """What the networks of each setting say together."""
    return {name: [[panel.said_by(network) for network in some]] for name, some in made.items()}


def settings_of(name: str) -> ScanSettings:
    """Those of the training, but for the weights and the steps."""
    curated, lone = SETTINGS[name]
    return ScanSettings(curated=curated, lone=lone, steps=STEPS)


def material_of(given: argparse.Namespace, panels: Panels, settings: ScanSettings) -> TrainingSet[Columns]:
    """Planted precursors of the blind families, other RNAs, promising background of animals."""
    hosts = [given.data / "genomes" / name for name in TRAINING]
    truth, seed = panels.truth, settings.seed

    def planted(some: Sequence[Precursor], rows: Rows, seed: int) -> ScanExamples:
        return data.planted_once(some, rows, hosts, SieveSettings(), seed, given.cache)

    seen = balanced(truth.families, settings.most, np.random.default_rng(seed))
    rows = seen[np.isin(truth.fold[seen], BLIND.folds)]
    flanked = [row for row in rows.tolist() if truth.precursors[row].source == "flanked"]
    twice = np.concatenate([rows, np.array(flanked, np.int64)] * settings.plantings)
    known = planted(truth.precursors, twice, seed)  # as `gather` plants them
    others = read_other(given.data / "scan")
    few = balanced([rna.source for rna in others], OTHER_OF_A_KIND, np.random.default_rng(seed))
    weight = attestation_of(truth.precursors, truth.families, settings.curated, settings.lone)
    shown = [truth.precursors[row] for row in known.origin]
    return training_set(
        folded(known, given.cache),
        kinds_of(known, truth),
        numbered([known.origin]),
        folded(planted(others, few, seed + 2), given.cache),
        panels.learnt(),
        shares(weight[known.origin], shown),
    )


def mean_recall(by_rate: dict[str, dict[str, Any]]) -> float:
    """The mean over the rates."""
    return float(np.mean([by_rate[f"{rate:g}"]["recall"] for rate in RATES]))


PARTS = {"fewer_networks": fewer_networks, "distilled": distilled, "attestation": attestation}


def main() -> None:
    parser = parser_of_parts(__doc__, PARTS, threads=1)
    parser.add_argument("--cache", type=Path, default=cache_folder())
    parser.add_argument("--runs", type=Path, default=Path("runs") / "networks", help="default: %(default)s")
    parser.add_argument("--seeds", type=int, default=2, help="networks of a setting; default: 2")
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    write_parts(given, PARTS)


if __name__ == "__main__":
    main()
