"""Write the tables of the README and of docs/ from the results that the other scripts left.

Each table stands between `<!-- NAME -->` and `<!-- /NAME -->`, on one page at least. With --check nothing is
written, and the exit status says whether the pages are up to date.

    python -m benchmarks.tools.doc_tables [--check]
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from typing import Any

from benchmarks.tools import number_tables
from benchmarks.tools.cost_table import training
from benchmarks.tools.evidence_tables import (
    arms,
    arms_of_kin,
    clades,
    families,
    mirmachine,
    noise,
    readers,
    reads,
    unseen,
    worm,
)
from benchmarks.tools.pages import markdown, pages
from benchmarks.tools.results import ROOT, read
from mirscan.writers.columns import documented

EXPLAINED = {
    "one_hairpin": "one hairpin",
    "one_hairpin_with_what_if": "one hairpin, with what would turn the decisions",
    "page_of_1000_hits": "page of 1,000 hits",
}
SHAPES = {"many_contigs": "1.4 million contigs", "long_line": "a line of 1 Gb"}
TESTS = {"cross_species": "cross_species/test", "human": "human/test"}


def genomes() -> str:
    """Known loci and hits of real genomes."""
    content = read("known_loci.json")
    rows = [
        [
            row["genome"],
            f"{row['funnel']['bases'] / 1e6:.3f}",
            str(row["known"]),
            str(row["known_among_candidates"]),
            str(row["known_among_hits"]),
            f"{row['hits']:,}",
            " + ".join(str(row["tiers"][tier]) for tier in ("high", "likely")),
            " or ".join(row["clades"]),
        ]
        for row in content["genomes"]
    ]
    header = [
        *("genome", "Mb", "known loci", "offered by the sieve", "are hits", "hits", "high + likely"),
        "clade, as guessed",
    ]
    return markdown(header, rows)


def benchmarks() -> str:
    """What the cards of the shipped scorers say of their test sets."""
    rows = []
    for path in sorted((ROOT / "weights").glob("*/card.json")):
        card = json.loads(path.read_text())
        name = path.parent.name
        test = TESTS.get(name.removesuffix("-paper"))
        if test in card["metrics"]:
            rows.append([f"`{name}`", test, *_scores(card["metrics"][test])])
    return markdown(["model", "test set", "AUROC", "AUPR", "F", "cleaned: AUROC", "AUPR", "F"], rows)


def _scores(found: dict[str, Any]) -> list[str]:
    views = (found["published"], found["cleaned"])
    return [f"{view[name]:.3f}" for view in views for name in ("auroc", "aupr", "f")]


def thresholds() -> str:
    """What the model behind `scan` finds at each rate of false hits."""
    content = read("held_out.json")
    scan = next(model for model in content["models"] if model["model"] == "scan-held-out")
    planted, ebv = scan["planted"], scan["genomes"]["ebv"]["recall_at_false_hits_per_mb"]
    rows = []
    for rate in ("1", "10", "50", "100"):
        animal, listed, plant = (
            planted[kind]["recall_at_false_hits_per_mb"][rate]
            for kind in ("animal", "animal_as_listed", "plant")
        )
        low, high = animal["interval_95"]
        found = f"{round(ebv[rate]['recall'] * 25)} of 25"
        animals = f"{animal['recall']:.2f} ({low:.2f}–{high:.2f})"
        others = [f"{row['recall']:.2f}" for row in (listed, plant)]
        rows.append([rate, f"{animal['threshold']:.3f}", animals, *others, found])
    header = [
        "false hits per Mb",
        "`--min-score` in human",
        "unseen animal families found",
        "the same, each precursor counting alike",
        "unseen plant families found",
        "EBV loci found at that rate in EBV",
    ]
    return markdown(header, rows)


def sensitivity() -> str:
    """What the prefilters save and lose."""
    content = read("sensitivity.json")
    rows = [
        [
            genome,
            name,
            f"{run['funnel']['candidates']:,}",
            f"{run['funnel']['folded']:,}",
            f"{run['exhaustive_hits_found']} of {run['exhaustive_hits']}",
            f"{run['seconds']:.0f}",
        ]
        for genome, runs in content.items()
        for name, run in runs.items()
    ]
    header = ["genome", "`--sensitivity`", "candidates", "folded", "hits of the exhaustive scan", "seconds"]
    return markdown(header, rows)


def explain() -> str:
    """What an explanation costs."""
    content = read("explain_speed.json")
    rows = [
        [
            EXPLAINED[name],
            f"{run['seconds']:.1f}",
            f"{run['cpu_seconds']:.1f}",
            f"{run['page_bytes'] / 1e6:.2f}",
        ]
        for name, run in content["runs"].items()
    ]
    seconds = f"seconds ({content['cores']} cores, load {content['load']:.0f})"
    return markdown(["", seconds, "of processor", "MB of page"], rows)


def reliability() -> str:
    """What was done to the scan, and what came of it."""
    soaks = read("soak.json")
    fuzz = read("fuzz.json")
    endurance = read("endurance.json")
    hours, runs, rounds, differ = (
        sum(soak[name] for soak in soaks) for name in ("hours", "runs", "rounds", "rounds_whose_bytes_differ")
    )
    struck = sum(sum(soak["interruptions"].values()) for soak in soaks)
    targets = fuzz["targets"].values()
    inputs, failures = (
        sum(target["inputs"] for target in targets),
        sum(target["failure"] is not None for target in targets),
    )
    slowest = max(target["slowest_seconds"] for target in targets)

    def grown(name: str) -> str:
        return f"from {soaks[-1][name]['first']:.0f} to {soaks[-1][name]['last']:.0f}"

    journal = endurance["journal"]
    rows = [
        [
            f"{runs} scans in {hours:.1f} hours, {struck} of them killed or interrupted, and resumed",
            f"{differ} of {rounds} results differ",
        ],
        [
            "the same scan again and again in one process",
            f"{grown('resident_megabytes')} MB, {grown('resident_open_files')} open files",
        ],
        [
            f"{inputs:,} fuzzed inputs in {fuzz['minutes']:.0f} minutes",
            f"{failures} failures; the slowest took {slowest:.1f} s",
        ],
        [
            "the journal of a megabase of human",
            f"{journal['bytes'] / 1000:.1f} kB, {journal['share_of_time']:.1%} of the time",
        ],
    ]
    for name, one in endurance["shapes"].items():
        took = f"{one['cpu_seconds_reading']:.0f} s of processor, {one['peak_megabytes']:,} MB"
        rows.append([f"reading a genome of {SHAPES[name]} ({one['bases'] / 1e9:.2f} Gb)", took])
    return markdown(["what was done", "what came of it"], rows)


def speed() -> str:
    """The scan against folding everything, and how it grows."""
    content = read("speed.json")
    mirscan = content["mirscan"]
    ways = (
        ("windows of 160 nt, step 30, RNAfold, scored", content["windows"]["core_seconds_per_megabase"]),
        ("`mfe_window`, span 150, scored", content["mfe_window"]["core_seconds_per_megabase"]),
        ("`mirscan scan`", mirscan["core_seconds_per_megabase"]),
    )
    ours = mirscan["core_seconds_per_megabase"]
    rows = [[way, f"{spent:,.1f}", f"{spent / ours:,.0f}"] for way, spent in ways]
    return markdown(["both strands of human", "core-seconds per Mb", "times the scan"], rows)


def scaling() -> str:
    """Time and memory of the scan on inputs of several shapes."""
    content = read("speed.json")
    grown = content["scaling"]
    runs = [
        ("chromosome 20, 7.39 Mb", content["mirscan"]),
        *((f"{run['megabases']:.0f} Mb of it", run) for run in grown["megabases"]),
        (f"{grown['threads'][0]['megabases']:.0f} Mb of it, one thread", grown["threads"][0]),
        ("10 Mb in one contig", grown["one_contig"]),
        ("10 Mb in 10,000 contigs", grown["many_contigs"]),
        ("63 Mb, all but 1.1 Mb of it N", grown["mostly_unknown"]),
        ("the 1.1 Mb alone", grown["its_known_bases"]),
    ]
    rows = [[name, f"{run['seconds']:.1f}", f"{run['peak_megabytes']:,.0f}"] for name, run in runs]
    return markdown(["`mirscan scan`, whole command, 2 threads", "seconds", "peak MB"], rows)


TABLES = {
    "columns": documented,
    "speed": speed,
    "scaling": scaling,
    "reliability": reliability,
    "thresholds": thresholds,
    "readers": readers,
    "tiers": number_tables.tiers,
    "false_hits": number_tables.false_hits,
    "qvalues": number_tables.qvalues,
    "natural": number_tables.natural,
    "rates": number_tables.rates,
    "stable": number_tables.stable,
    "prevalence": number_tables.prevalence,
    "arms": arms,
    "arms_of_kin": arms_of_kin,
    "sensitivity": sensitivity,
    "genomes": genomes,
    "benchmarks": benchmarks,
    "explain": explain,
    "families": families,
    "clades": clades,
    "reads": reads,
    "noise": noise,
    "worm": worm,
    "training": training,
    "unseen": unseen,
    "mirmachine": mirmachine,
}


def filled(texts: Sequence[str]) -> list[str]:
    """The pages with every table as the results have it.

    Raises:
        SystemExit: A table has no place.
    """
    done = list(texts)
    for name, table in TABLES.items():
        pattern = re.compile(f"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
        if not any(map(pattern.search, done)):
            raise SystemExit(f"no page has a place for the table {name!r}")
        made = table()
        done = [pattern.sub(lambda found, made=made: f"{found[1]}{made}\n{found[2]}", text) for text in done]
    return done


def main() -> None:
    """Fill or check the pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    given = parser.parse_args()
    before = [page.read_text() for page in pages()]
    after = filled(before)
    if given.check:
        sys.exit(before != after)
    for page, text in zip(pages(), after, strict=True):
        page.write_text(text)


if __name__ == "__main__":
    main()
