"""How many known precursors reach the fold, at what number of candidates, by threshold and span.

    python -m benchmarks.accuracy.sieve_recall

Precursors are planted into real sequence, 400 nt of it between any two, and the whole is sieved at once:
animal ones into human, plant ones into Arabidopsis. The truth is the stretch between the outer cuts of Drosha
where these are known (flanked_precursors), else the stretch between the outer ends of the two mature arms.

found    one candidate, with FLANK on both sides as it goes to the fold, covers at least 60 % of the truth
fitted   a candidate shares at least half of its union with the truth widened by MARGIN on both sides

The known loci of the genomes count as found where a candidate of the same strand overlaps at least half of
the shorter of the two. The correlation with ViennaRNA is that of the best hairpin of a precursor with its
minimum free energy, over precursors of at most 180 nt without flanks.
"""

from __future__ import annotations

import csv
import gzip
from dataclasses import asdict, replace

import numpy as np
import RNA

from benchmarks.tools.results import parser_for, write
from mirscan.alphabet import encode, reverse_complement_codes
from mirscan.sieve.candidates import SieveSettings, candidates, strongest

FLANK = 15
MARGIN = 12
GAP = 400
SEED = 1
EVERY_ANIMAL, EVERY_PLANT, EVERY_FOLDED = 7, 2, 50  # every so many-th precursor is taken
DENSITY = 1_000_000  # bases of a genome on which candidates are counted
FLANKS = (0, 5, 10, 15, 20, 25, 30, 40)
GRID = {
    "max_span": (120, 150, 200, 250, 300, 400),
    "max_score": (-14.0, -12.0, -10.0, -8.0, -6.0, -4.0, -2.0),
    "max_long_score": (-30.0, -20.0, -15.0, -10.0, -5.0),
    "radius": (10, 20, 30, 40),
    "long_radius": (30, 60, 90),
    "length_cost": (0.0, 0.1, 0.2),
    "long_cost": (0.2, 0.25, 0.3, 0.35),
    "short_span": (90, 120, 150),
    "long_span": (121, 150, 170, 190),
    "max_energy": (-20.0, -16.0, -12.0, -8.0),
}
PLANTS = (
    *(
        "aly",
        "ama",
        "aof",
        "aqc",
        "ata",
        "ath",
        "atr",
        "bdi",
        "bna",
        "bra",
        "cas",
        "ccl",
        "cca",
        "cln",
        "cme",
    ),
    *(
        "cpa",
        "cre",
        "csi",
        "ctr",
        "dpr",
        "eun",
        "far",
        "fve",
        "gma",
        "gra",
        "ghb",
        "ghr",
        "han",
        "har",
        "hbr",
    ),
    *(
        "hex",
        "hpa",
        "hpe",
        "htu",
        "hvu",
        "lja",
        "lus",
        "mdm",
        "mes",
        "mtr",
        "nta",
        "osa",
        "pab",
        "pde",
        "peu",
    ),
    *(
        "ppe",
        "ppt",
        "pta",
        "ptc",
        "pvu",
        "rgl",
        "rco",
        "sbi",
        "sly",
        "smo",
        "sof",
        "ssp",
        "ssl",
        "stu",
        "tae",
    ),
    *("tcc", "vca", "vun", "vvi", "zma"),
)
BACKGROUND = {"animal": ("hsa_chr3_42-44M", "hsa_chr4_103-105M"), "plant": ("ath_1Mb", "ath_1pct")}
COUNTED = ("hsa_chr20_0-7.39M", "cel_chrI_1Mb", "dme_chr4", "ath_1Mb", "ebv", "eco_K12", "sce_R64")


def rows(path):
    with gzip.open(path, "rt") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def contigs(folder):
    """Name → codes of a genome."""
    path = next(folder.glob("genome.fa*"))
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        records = file.read().split(">")[1:]
    parted = (record.partition("\n") for record in records)
    return {head.split()[0]: encode(body.replace("\n", "")) for head, _, body in parted}


def flanked(data):
    """(sequence, left, right) of the precursors whose Drosha cuts are known."""
    for row in rows(data / "scan" / "flanked_precursors.tsv.gz"):
        yield row["sequence"], int(row["drosha5p"].split(",")[0]), int(row["drosha3p"].split(",")[0])


def armed(data, kind):
    """(sequence, left, right) of the precursors of animals or plants whose arms are both known."""
    known = [row for row in rows(data / "scan" / "precursors.tsv.gz") if row["arm5p"] and row["arm3p"]]
    chosen = [row for row in known if (row["species"] in PLANTS) == (kind == "plant")]
    for row in chosen[:: EVERY_PLANT if kind == "plant" else EVERY_ANIMAL]:
        yield row["sequence"], int(row["arm5p"].split("-")[0]), int(row["arm3p"].split("-")[1])


def plant(items, background):
    """Codes of the planted sequence, and the (left, right) of each truth in it."""
    random = np.random.default_rng(SEED)
    parts, truth, position = [], [], 0
    for sequence, left, right in items:
        start = int(random.integers(0, len(background) - GAP))
        parts += [background[start : start + GAP], encode(sequence)]
        truth.append((position + GAP + left, position + GAP + right))
        position += GAP + len(sequence)
    return np.concatenate([*parts, background[:GAP]]), np.array(truth)


def overlapping(found, left, right, longest):
    """Starts and ends of the candidates that share a base with left..right."""
    first = np.searchsorted(found.start, left - longest)
    last = np.searchsorted(found.start, right)
    start, end = found.start[first:last], found.end[first:last]
    touching = end > left
    return start[touching], end[touching]


def best_shares(found, truth, flank):
    """For each truth its best covered share, its best share of union, and the best fit's two offsets."""
    longest = int((found.end - found.start).max(initial=0)) + flank
    covered, fitted = np.zeros(len(truth)), np.zeros(len(truth))
    offsets = np.full((len(truth), 2), np.nan)
    for index, (left, right) in enumerate(truth):
        start, end = overlapping(found, left - flank, right + flank, longest)
        if not len(start):
            continue
        shared = np.minimum(end + flank, right) - np.maximum(start - flank, left)
        covered[index] = shared.max() / (right - left)
        near = np.minimum(end, right + MARGIN) - np.maximum(start, left - MARGIN)
        union = (end - start) + (right - left + 2 * MARGIN) - near
        best = int((near / union).argmax())
        fitted[index] = (near / union)[best]
        offsets[index] = left - start[best], end[best] - right
    return covered, fitted, offsets


def recall(codes, truth, settings):
    covered, fitted, _ = best_shares(candidates(codes, settings), truth, FLANK)
    return {
        "found": round(float((covered >= 0.6).mean()), 4),
        "fitted": round(float((fitted >= 0.5).mean()), 4),
    }


def density(sequences, settings):
    """Candidates a kb a strand, and the median of their lengths."""
    found = [candidates(s, settings) for codes in sequences for s in (codes, reverse_complement_codes(codes))]
    spans = np.concatenate([each.end - each.start for each in found])
    bases = 2 * sum(len(codes) for codes in sequences)
    return {"per_kb": round(1000 * len(spans) / bases, 2), "median_span": float(np.median(spans))}


def first_bases(folder):
    sequences, wanted = [], DENSITY
    for codes in contigs(folder).values():
        sequences.append(codes[:wanted])
        wanted -= len(sequences[-1])
        if wanted <= 0:
            break
    return sequences


def known_loci(folder, settings):
    """Known loci of a genome and how many of them are candidates."""
    genome = contigs(folder)
    strands = {(name, "+"): candidates(codes, settings) for name, codes in genome.items()}
    strands |= {
        (n, "-"): candidates(reverse_complement_codes(codes), settings) for n, codes in genome.items()
    }
    lines = [line.split("\t") for line in (folder / "known_loci.bed").read_text().splitlines()]
    found = 0
    for name, start, end, _, _, strand in lines:
        left, right = int(start), int(end)
        if strand == "-":
            left, right = len(genome[name]) - right, len(genome[name]) - left
        hairpins = strands[name, strand]
        shared = np.minimum(hairpins.end, right) - np.maximum(hairpins.start, left)
        found += bool((shared >= 0.5 * np.minimum(hairpins.end - hairpins.start, right - left)).any())
    return {"loci": len(lines), "found": found}


def percentiles(values):
    return dict(zip(("p5", "p50", "p95"), np.percentile(values, (5, 50, 95)).round(1), strict=True))


def ends(codes, truth, settings):
    """How far outside the truth the best fitting candidate ends, and what a flank adds."""
    found = candidates(codes, settings)
    _, fitted, offsets = best_shares(found, truth, 0)
    offsets = offsets[fitted >= 0.5]
    by_flank = {}
    for flank in FLANKS:
        covered, _, _ = best_shares(found, truth, flank)
        by_flank[flank] = {
            "found": round(float((covered >= 0.6).mean()), 4),
            "holds_both_ends_if_fitted": round(float((offsets + flank >= 0).all(axis=1).mean()), 4),
        }
    outside = {"outside_5p_nt": percentiles(offsets[:, 0]), "outside_3p_nt": percentiles(offsets[:, 1])}
    return outside | {"by_flank": by_flank}


def agreement(data):
    """Correlation with ViennaRNA's minimum free energy, and the mean difference in kcal/mol."""
    sequences = [row["sequence"] for row in rows(data / "scan" / "precursors.tsv.gz")[::EVERY_FOLDED]]
    sequences = [sequence for sequence in sequences if len(sequence) <= 180]
    plain = SieveSettings(max_span=180, short_span=180, long_span=181, length_cost=0, long_cost=0)
    ours = np.array([strongest(encode(sequence), plain)[0, 0].min() for sequence in sequences]) / 10
    theirs = np.array([RNA.fold(sequence)[1] for sequence in sequences])
    return {
        "precursors": len(sequences),
        "correlation": round(float(np.corrcoef(ours, theirs)[0, 1]), 4),
        "mean_difference": round(float((ours - theirs).mean()), 2),
    }


def settings_to_try():
    """The default, then one field changed at a time."""
    default = SieveSettings()
    yield {}, default
    for field, values in GRID.items():
        for value in values:
            if value != getattr(default, field):
                yield {field: value}, replace(default, **{field: value})


def measure(data):
    genomes = data / "genomes"
    background = {
        kind: np.concatenate([codes for name in names for codes in contigs(genomes / name).values()])
        for kind, names in BACKGROUND.items()
    }
    planted = {
        "flanked": plant(flanked(data), background["animal"]),
        "animal": plant(armed(data, "animal"), background["animal"]),
        "plant": plant(armed(data, "plant"), background["plant"]),
    }
    counted = {name: first_bases(genomes / name) for name in COUNTED}
    table = []
    for changed, settings in settings_to_try():
        row = {"changed": changed} | {name: recall(*each, settings) for name, each in planted.items()}
        row["candidates"] = {name: density(sequences, settings) for name, sequences in counted.items()}
        table.append(row)
    with_loci = sorted(path.parent for path in genomes.glob("*/known_loci.bed") if path.stat().st_size)
    default = SieveSettings()
    return {
        "default": asdict(default),
        "viennarna": agreement(data),
        "planted": {name: len(truth) for name, (_, truth) in planted.items()},
        "by_setting": table,
        "known_loci": {folder.name: known_loci(folder, default) for folder in with_loci},
        "ends": {name: ends(*each, default) for name, each in planted.items()},
    }


def main():
    given = parser_for(__doc__, "sieve_recall.json").parse_args()
    write(given.json, measure(given.data))


if __name__ == "__main__":
    main()
