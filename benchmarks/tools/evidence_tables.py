"""Tables of what known families and small RNA reads bring; see `doc_tables`."""

from __future__ import annotations

from typing import Any

from benchmarks.tools.pages import label, markdown
from benchmarks.tools.results import read

RATES = {  # false hits per megabase, in the results and in words
    "0.1": "0.1 false hits per Mb",
    "1": "1 false hit per Mb",
    "10": "10 false hits per Mb",
}
TOGETHER = ("all", "families_unseen_by_network")
PLACED_BY = {"family": "by the family, within 0 / 1 / 2 nt", "network": "by the network alone"}


def families() -> str:
    """What a scan with known families finds of genes whose clade the index lacks, means of species."""
    means = read("families.json")["by_species"]["means"]
    rows = [
        [f"{name}, mean of the species", *(f"{means[name][rate]:.2f}" for rate in RATES)]
        for name in ("vertebrates", "arthropods")
    ]
    rows.append(["all species", *(f"{means['all'][rate]:.2f}" for rate in RATES)])
    return markdown(["genes of MirGeneDB found in", *RATES.values()], rows)


def clades() -> str:
    """The same by species, with the genes whose family the index holds, and names that are right."""
    rows = [
        [
            f"{name} ({clade['species']})",
            str(clade["genes"]["all"]),
            str(clade["genes"]["family_in_index"]),
            *(_recall(clade["recall"]["all"][rate]) for rate in RATES),
            _recall(clade["recall"]["family_in_index"]["1"]),
            f"{clade['named_right']} of {clade['named']}",
        ]
        for name, clade in read("families.json")["by_species"]["clades"].items()
    ]
    found = [f"found at {rate}" for rate in RATES.values()]
    return markdown(["clade", "genes", "family known", *found, "of known families at 1", "named right"], rows)


def unseen() -> str:
    """False hits of default scans in genomes that the networks have not seen, or in part."""
    rows = [
        [
            name,
            f"{genome['megabases']:.1f}",
            "in part" if genome["fitted_on"] else "no",
            genome["default_scan"]["clade"],
            f"{genome['default_scan']['lowest_score']:.3f}",
            f"{genome['default_scan']['false_per_mb']:.2f}",
        ]
        for name, genome in read("families.json")["false_hits"]["genomes"].items()
    ]
    header = ["genome", "Mb", "seen in training", "clade guessed", "lowest score", "false hits per Mb"]
    return markdown(header, rows)


def mirmachine() -> str:
    """MirMachine beside mirscan, both with their defaults."""
    content = read("mirmachine.json")["species"]
    rows = [
        [
            f"{program}, {species}",
            f"{row['megabases']:.2f}",
            f"{len(row[program]['found'])} of {len(row['known'])}",
            str(row[program]["false"]),
            f"{row[program]['core_seconds_per_mb']:.0f}",
        ]
        for species, row in content.items()
        for program in ("mirmachine", "mirscan")
    ]
    header = ["program, species", "Mb", "loci of MirGeneDB found", "false hits", "core-seconds per Mb"]
    return markdown(header, rows)


def _recall(measured: dict[str, Any]) -> str:
    low, high = measured["interval_95"]
    return f"{measured['recall']:.2f} ({low:.2f}–{high:.2f})"


def reads() -> str:
    """What reads bring, simulated."""
    rows = [
        [
            row["reads"],
            f"{row['found']} of {row['genes']}",
            f"{row['found_of_these']} of {row['left_out_by_prefilters']}",
            f"{row['false_per_megabase']:.2f}",
            f"{row['recall_above_every_false_hit']:.2f}",
        ]
        for row in read("reads.json")["simulated"]
    ]
    return markdown(
        [
            "reads",
            "genes found",
            "of those that the prefilters drop",
            "false hits per Mb",
            "found above every false hit",
        ],
        rows,
    )


def noise() -> str:
    """False hits of real DNA with and without reads of noise."""
    rows = [
        [
            most,
            str(row["without"]),
            ", ".join(map(str, row["with_noise"])),
            "–".join(f"{end:.2g}" for end in row["interval_95_of_the_mean"]),
        ]
        for most, row in read("reads.json")["noise"]["by_false_per_mb"].items()
    ]
    header = [
        "from the score of so many per Mb up",
        "without reads",
        "with each library",
        "95 % of their mean",
    ]
    return markdown(header, rows)


def worm() -> str:
    """What the real library of the worm's cluster brings."""
    found = read("reads.json")["worm"]
    placed = sum(row["arms_by_reads"] for row in found["rows"])
    rows = [[f"{found['found']} of {found['loci']}", str(placed), str(found["false"])]]
    return markdown(["loci found", "of these, arms placed by reads", "other hits"], rows)


def readers() -> str:
    """What each reader of the scan's model finds of unseen families, alone and together."""
    content = read("readers.json")["readers"]
    groups = {"animal_mirgenedb": "MirGeneDB", "animal": "all animals"}
    rates = ("1", "10", "100")
    rows = [
        [
            label(name),
            *(
                f"{found['recall_at_false_hits_per_mb'][group][rate]['recall']:.3f}"
                for group in groups
                for rate in rates
            ),
        ]
        for name, found in content.items()
    ]
    header = ["readers", *(f"{group}, {rate}" for group in groups.values() for rate in rates)]
    return markdown(header, rows)


def arms() -> str:
    """How near the starts of the arms are."""
    content = read("arms.json")
    near = [f"within_{distance}_nt" for distance in (0, 1, 2, 5)]
    rows = [
        [
            label(rule if group == "all" else f"{rule}, {group}"),
            f"{figures['starts']:,}",
            *(_share(figures, name) for name in near),
        ]
        for rule, groups in content["rules"].items()
        for group, figures in groups.items()
        if rule == "mirscan" or group == "all"
    ]
    return markdown(["placed by", "known starts", *map(label, near)], rows)


def _share(figures: dict[str, Any], name: str) -> str:
    """A share, with its interval where that was counted."""
    ends = figures.get(f"{name}_interval")
    return f"{figures[name]:.2f}" + (f" ({ends[0]:.2f}–{ends[1]:.2f})" if ends else "")


def arms_of_kin() -> str:
    """How near arms come by the known family and by the network alone, with the whole clade left out."""
    found = read("arms.json")["known_families"]
    rows = [
        [label(name), str(row["with_a_family"]), str(row["starts"]), *(_near(row, by) for by in PLACED_BY)]
        for name, row in {**found["clades"], **{key: found[key] for key in TOGETHER}}.items()
    ]
    return markdown(["clade", "hairpins of known families", "starts", *PLACED_BY.values()], rows)


def _near(row: dict[str, Any], by: str) -> str:
    return " / ".join(f"{row[by][f'within_{distance}_nt']['share']:.2f}" for distance in (0, 1, 2))
