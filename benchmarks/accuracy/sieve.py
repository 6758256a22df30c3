"""What the sieve and the prefilters let through of known precursors, and what their energies are worth.

    python -m benchmarks.accuracy.sieve [--only sieve_recall] [--only stage_recall] [--only shuffled_energy]

writes a file of each name in benchmarks/results. Precursors are planted as in `tools/planting.py`.

sieve_recall     how many reach the fold, at what number of candidates, by threshold and span. *found*: a
                 candidate, with FLANK on both sides as it goes to the fold, covers at least 60 % of the
                 truth; *fitted*: one shares at least half of its union with the truth widened by MARGIN on
                 both sides. The known loci of the genomes count as found where a candidate of the same
                 strand overlaps at least half of the shorter of the two. The correlation with ViennaRNA is
                 that of the best hairpin of a precursor with its minimum free energy, over precursors of at
                 most 180 nt.
stage_recall     how many are left at each stage of the scan, by the lowest score of a hit; the prefilters
                 need to let through only what scores as high as asked.
shuffled_energy  fits the numbers of `mirscan/encoding/shuffled_energy.py`: candidates of genomes are
                 shuffled with their dinucleotides, six times each, and folded; the mean energy is fitted
                 linearly to the counts of dinucleotides, the variance to the length. On candidates of other
                 genomes the estimate that ships is compared with the mean.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import RNA

from benchmarks.tools.planting import armed, backgrounds, best_shares, contigs, flanked, plant, rows
from benchmarks.tools.results import made_with, parser_of_parts, write_parts
from mirscan.alphabet import decode, encode, reverse_complement_codes
from mirscan.encoding.shuffled_energy import A_DINUCLEOTIDE, CONSTANT, dinucleotides
from mirscan.folding.quickfold import folds
from mirscan.pipeline.decoys import shuffled
from mirscan.pipeline.request import MODEL
from mirscan.pipeline.search import Search
from mirscan.pipeline.sensitivity import DEFAULT, search_for
from mirscan.records import Hairpin
from mirscan.scoring.scorer import Scorer
from mirscan.sieve.candidates import SieveSettings, candidates, strongest
from mirscan.training.scan.data import background
from mirscan.training.scan.folds import structures

FLANK = 15
EVERY_FOLDED, EVERY_STAGED = 50, 4  # every so many-th precursor is taken; of the flanked ones all are staged
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
COUNTED = ("hsa_chr20_0-7.39M", "cel_chrI_1Mb", "dme_chr4", "ath_1Mb", "ebv", "eco_K12", "sce_R64")
SCORES = (0.01, 0.03, 0.1, 0.3)  # of a hit
COVERED = 0.6
FITTED = ("hsa_chr3_42-44M", "cel_chrI_1Mb", "dme_chr4", "ebv")
COMPARED = ("hsa_chr4_103-105M", "ath_1pct", "hsv1")
EACH, SHUFFLES = 400, 6


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


def sieve_recall(given):
    """Recall and density of candidates by setting."""
    data = given.data
    genomes = data / "genomes"
    background = backgrounds(genomes)
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


def left(found, truth):
    """The share of precursors that a candidate covers well enough."""
    covered, _, _ = best_shares(found, truth, FLANK)
    return round(float((covered >= COVERED).mean()), 4)


def hairpins(codes, found):
    """Candidates with their quick folds."""
    quick = folds(codes, found.start, found.end)
    for row in range(len(found)):
        start, end = int(found.start[row]), int(found.end[row])
        letters = decode(codes[start:end])
        yield Hairpin("planted", start, end, "+", letters, quick.structure(row), quick.energy[row] / 100)


def stages(codes, truth, search, scorer, score):
    """The share of precursors that are left behind each prefilter, and behind the scorer."""
    found = candidates(codes, search.sieve)
    if search.first is None or search.second is None:
        raise SystemExit(f"{MODEL} has no prefilters for hits from {score} on")
    looked = found.take(search.first.of_traces(codes, found) >= search.first_cut)
    quick = folds(codes, looked.start, looked.end)
    again = looked.take(search.second.of_folds(codes, looked, quick) >= search.second_cut)
    scores = scorer.scores(list(hairpins(codes, looked)))
    every = looked.take(scores >= score)
    both = again.take(scorer.scores(list(hairpins(codes, again))) >= score)
    return {
        "first_prefilter": left(looked, truth),
        "second_prefilter": left(again, truth),
        "hit": left(both, truth),
        "hit_without_second_prefilter": left(every, truth),
    }


def stage_recall(given):
    """Shares left at each stage, by kind of precursor and lowest score."""
    ground = backgrounds(given.data / "genomes")
    planted = {
        "flanked": plant(flanked(given.data), ground["animal"]),
        "animal": plant(list(armed(given.data, "animal"))[::EVERY_STAGED], ground["animal"]),
        "plant": plant(list(armed(given.data, "plant"))[::EVERY_STAGED], ground["plant"]),
    }
    scorer = Scorer(MODEL, "cpu")
    searches = {score: search_for(DEFAULT, scorer, score) for score in SCORES}
    found = {"model_sha256": scorer.card.sha256}
    for kind, (codes, truth) in planted.items():
        by_score = {
            str(score): stages(codes, truth, search, scorer, score) for score, search in searches.items()
        }
        found[kind] = {
            "precursors": len(truth),
            "sieve": left(candidates(codes, Search().sieve), truth),
        } | by_score
    return found


def shuffles(given, names):
    """Counts of dinucleotides (n, 16) of candidates, and energies of their shuffles (n, 6)."""
    random = np.random.default_rng(0)
    sequences = []
    for name in names:
        letters = background(given.data / "genomes" / name, SieveSettings(), given.cache).letters()
        sequences += [letters[row] for row in random.permutation(len(letters))[:EACH]]
    mixed = [decode(shuffled(encode(letters), random)) for letters in sequences for _ in range(SHUFFLES)]
    energies = np.array([energy for _, energy in structures(mixed)]).reshape(-1, SHUFFLES)
    return np.array([dinucleotides(letters).ravel() for letters in sequences], dtype=np.float64), energies


def shuffled_energy(given):
    """Fit, and compare what ships."""
    counts, energies = shuffles(given, FITTED)
    design = np.column_stack([counts, np.ones(len(counts))])
    fitted = np.linalg.lstsq(design, energies.mean(1), rcond=None)[0]
    lengths = np.column_stack([counts.sum(1) + 1, np.ones(len(counts))])
    variance = np.linalg.lstsq(lengths, energies.var(1, ddof=1), rcond=None)[0]
    others, apart = shuffles(given, COMPARED)
    shipped = others @ A_DINUCLEOTIDE.ravel() + CONSTANT
    error = shipped - apart.mean(1)
    return made_with() | {
        "fitted": {
            "a_dinucleotide": fitted[:16].reshape(4, 4).round(3).tolist(),
            "constant": round(float(fitted[16]), 3),
        },
        "variance": {"a_base": round(float(variance[0]), 4), "constant": round(float(variance[1]), 3)},
        "shipped_on_other_genomes": {
            "correlation": float(np.corrcoef(shipped, apart.mean(1))[0, 1]),
            "mean_error": float(error.mean()),
            "standard_error": float(error.std()),
            "of_the_mean_of_shuffles": float(apart.std(1, ddof=1).mean() / np.sqrt(SHUFFLES)),
        },
    }


PARTS = {"sieve_recall": sieve_recall, "stage_recall": stage_recall, "shuffled_energy": shuffled_energy}


def main():
    parser = parser_of_parts(__doc__, PARTS)
    parser.add_argument("--cache", type=Path, default=Path(".cache"))
    write_parts(parser.parse_args(), PARTS)


if __name__ == "__main__":
    main()
