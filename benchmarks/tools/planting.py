"""Known precursors planted into real sequence, and how well candidates there cover them.

Animal precursors are planted into human, plant ones into Arabidopsis, 400 nt of it between any two. The truth
is the stretch between the outer cuts of Drosha where these are known (flanked_precursors), else the stretch
between the outer ends of the two mature arms.
"""

from __future__ import annotations

import csv
import gzip

import numpy as np

from mirscan.alphabet import encode

MARGIN = 12
GAP = 400
SEED = 1
EVERY_ANIMAL, EVERY_PLANT = 7, 2  # every so many-th precursor is taken
# fmt: off
PLANTS = {
    "aly", "ama", "aof", "aqc", "ata", "ath", "atr", "bdi", "bna", "bra", "cas", "ccl", "cca", "cln", "cme",
    "cpa", "cre", "csi", "ctr", "dpr", "eun", "far", "fve", "gma", "gra", "ghb", "ghr", "han", "har", "hbr",
    "hex", "hpa", "hpe", "htu", "hvu", "lja", "lus", "mdm", "mes", "mtr", "nta", "osa", "pab", "pde", "peu",
    "ppe", "ppt", "pta", "ptc", "pvu", "rgl", "rco", "sbi", "sly", "smo", "sof", "ssp", "ssl", "stu", "tae",
    "tcc", "vca", "vun", "vvi", "zma",
}
# fmt: on
BACKGROUND = {"animal": ("hsa_chr3_42-44M", "hsa_chr4_103-105M"), "plant": ("ath_1Mb", "ath_1pct")}


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


def backgrounds(genomes):
    """Codes of the sequence into which each kind of precursor is planted."""
    return {
        kind: np.concatenate([codes for name in names for codes in contigs(genomes / name).values()])
        for kind, names in BACKGROUND.items()
    }


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
