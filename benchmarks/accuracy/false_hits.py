"""False hits a megabase by score and clade, in real background that the model did not learn from.

The model scans pieces of genomes of seven clades at a low threshold. Hits that lie on no known locus
count as false. Of these come the curves beside the model's weights (`mirscan scan` takes tiers and
`false_per_mb` from them), and a check: for each genome the false hits expected by curves that were fitted
without it, against those counted, at the scores from which on that curve has 10, 1, .5 and .1 a Mb. A clade
of which there is one genome is held against itself: each half of it against curves that saw the other.
What the tiers meant in these genomes is told as well (`tiers.py`).

    python -m benchmarks.accuracy.false_hits --curves weights/scan/false_hits.json

Networks learnt from the first four of five stretches of 100 kb of the genomes in the model's card: of
these only the others count. Families' weights learnt from the background of the genomes in their card:
these do not count for hits that have a family.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.accuracy import tiers
from benchmarks.tools.results import made_with, parser_for, write
from mirscan.evidence.kind import Setup
from mirscan.evidence.registry import load_kinds
from mirscan.evidence.weighing import Evidence
from mirscan.genome.access import Genome
from mirscan.genome.regions import same_locus
from mirscan.pipeline.clades import Clade
from mirscan.pipeline.false_hits import CLADES, FORMAT
from mirscan.pipeline.finish import Finish
from mirscan.pipeline.journal import Journal
from mirscan.pipeline.scan import Scan
from mirscan.pipeline.scan_options import ScanOptions
from mirscan.pipeline.sensitivity import search_for
from mirscan.records import Hit
from mirscan.scoring.scorer import Scorer
from mirscan.training.scan.false_hits import (
    SCORES,
    Floats,
    Piece,
    counted,
    curves,
    falling,
    poisson,
    score_at,
)
from mirscan.training.scan.settings import STRETCH

GENOMES = {
    "hsa_chr20_0-7.39M": "vertebrate",
    "hsa_chr1_0-3M": "vertebrate",
    "hsa_chr3_42-44M": "vertebrate",
    "hsa_chr4_103-105M": "vertebrate",
    "hsa_compara_1.7Mb": "vertebrate",
    "ptr_compara_1.3Mb": "vertebrate",
    "cel_chrI_1Mb": "nematode",
    "cel_start": "nematode",
    "cel_chrIII_1-2M": "nematode",
    "dme_chr4": "insect",
    "ath_1pct": "plant",
    "ath_1Mb": "plant",
    "sce_R64": "fungus",
    "eco_K12": "bacterium",
    "ebv": "virus",
    "hsv1": "virus",
    "vzv": "virus",
}
ALONE, FAMILIES, FLANKS = "hairpin", "hairpin,families", "hairpin,families,flanks"
ALL = "hairpin,families,flanks,repeats,neighbours"
EVIDENCE = {ALONE: False, FAMILIES: True, FLANKS: True, ALL: True}  # and whether families count
CUTS = (10.0, 1.0, 0.5, 0.1)  # false hits a Mb
HALF = 5 * STRETCH  # nt; every other of these is a half of a genome
BOTH = (0, 1)  # the halves
Hits = list[dict[str, Any]]


def scanned(name: str, data: Path, folder: Path, scorer: Scorer) -> dict[str, dict[str, Any]]:
    """Lengths of contigs and hits by each evidence, of one search; made unless the folder has it.

    Each genome is taken for what it is, so that flanks say nothing in clades where they are silent.
    """
    result = folder / f"{scorer.name}.{scorer.card.sha256[:8]}.{name}.json"
    if not result.exists():
        lowest = SCORES[0]
        search = search_for("default", scorer, lowest)
        search = replace(search, sieve=Clade((GENOMES[name],)).sieve(search.sieve))
        choices = {"flanks": (GENOMES[name],)}
        asked = ScanOptions(
            search=search,
            min_score=lowest,
            evidence=tuple(ALL.split(",")),
            evidence_choices=choices,
            decoys=0,
        )
        with Genome.open(str(next((data / name).glob("genome.fa*")))) as genome:
            scan = Scan(genome, scorer, asked)
            with closing(Journal.new(scan.header())) as journal:
                scan.search(journal)
                found = {
                    kinds: {
                        "contigs": genome.lengths,
                        "hits": weighed(scan.finish(journal), kinds, scorer, choices),
                    }
                    for kinds in EVIDENCE
                }
        result.write_text(json.dumps(found))
        print(name, *(len(found[kinds]["hits"]) for kinds in EVIDENCE), flush=True)
    content: dict[str, dict[str, Any]] = json.loads(result.read_text())
    return content


def weighed(finish: Finish, kinds: str, scorer: Scorer, choices: Mapping[str, Any]) -> Hits:
    """The hits of a search by some kinds of evidence."""
    loaded = load_kinds(kinds.split(","), Setup(scorer.prior), choices)
    hits = replace(finish, evidence=Evidence(loaded, scorer.prior)).hits()
    return [
        {
            "contig": hit.hairpin.contig,
            "start": hit.hairpin.start,
            "end": hit.hairpin.end,
            "score": hit.score,
            "families": bits_of(hit, "families"),
        }
        for hit in hits
    ]


def bits_of(hit: Hit, kind: str) -> float:
    """What a kind weighs for or against a hit; 0 where it was not asked."""
    term = hit.evidence.term(kind) if hit.evidence else None
    return term.bits if term else 0.0


def is_known(hit: dict[str, Any], loci: Sequence[tuple[str, int, int]]) -> bool:
    """Whether a hit lies on a known locus, on whatever strand."""
    return any(
        contig == hit["contig"] and same_locus(start, end, hit["start"], hit["end"])
        for contig, start, end in loci
    )


def known_loci(folder: Path) -> list[tuple[str, int, int]]:
    """The known loci of a genome; none where it has no file of them."""
    path = folder / "known_loci.bed"
    rows = [line.split("\t") for line in path.read_text().splitlines()] if path.exists() else []
    return [(row[0], int(row[1]), int(row[2])) for row in rows]


def megabases(lengths: dict[str, int], learnt: bool, halves: Sequence[int]) -> float:
    """Sequence that no network learnt from, of some halves, Mb."""
    length = STRETCH if learnt else HALF
    starts = (
        (lengths[contig], at)
        for contig in lengths
        for at in range(0, lengths[contig], HALF)
        if half_of(lengths, contig, at) in halves
    )
    return sum(min(at + length, n) - at for n, at in starts) / 1e6


def half_of(lengths: dict[str, int], contig: str, start: int) -> int:
    """The half that a place belongs to: every other stretch, and of small contigs every other contig."""
    return ([*lengths].index(contig) + start // HALF) % 2


def piece_of(
    name: str,
    scan: dict[str, Any],
    data: Path,
    learnt: Sequence[str],
    lent: Sequence[str],
    families: bool,
    halves: Sequence[int] = BOTH,
) -> Piece:
    """What was counted in a genome or a half of it, with what families say or by the network alone."""
    loci = known_loci(data / name)
    within = [hit for hit in scan["hits"] if half_of(scan["contigs"], hit["contig"], hit["start"]) in halves]
    false = [hit for hit in within if not is_known(hit, loci)]
    unseen = [hit for hit in false if name not in learnt or hit["start"] // STRETCH % 5 == 0]
    foreign: Hits = [] if name in lent else false
    return Piece(
        name,
        GENOMES[name],
        megabases(scan["contigs"], name in learnt, halves),
        megabases(scan["contigs"], False, halves) if families and name not in lent else 0.0,
        [hit["score"] for hit in unseen if not hit["families"]],
        [hit["score"] for hit in foreign if hit["families"]],
    )


def recall_of(
    name: str, scan: dict[str, Any], data: Path, cuts: Mapping[str, float | None]
) -> dict[str, Any]:
    """Scores of the known loci of a genome, the best hit of each, either strand.

    Also how many score as much as vertebrates have so many false hits a Mb from.
    """
    loci = known_loci(data / name)
    best = [
        max((hit["score"] for hit in scan["hits"] if is_known(hit, [locus])), default=None) for locus in loci
    ]
    scores = sorted((score for score in best if score is not None), reverse=True)
    found = {rate: sum(score >= cut for score in scores) for rate, cut in cuts.items() if cut is not None}
    return {"known": len(loci), "found_at_false_per_mb_of_vertebrates": found, "scores": scores}


def checked(
    parts: Sequence[Piece], others: Sequence[Sequence[Piece]], families: bool
) -> list[dict[str, Any]]:
    """Expected and counted in a genome at each cut, by curves fitted without it.

    Args:
        parts: The genome, or its halves.
        others: Of each part what its curves are fitted to.
        families: Whether families are evidence.
    """
    fits = [curves(fitted_to)[part.clade] for part, fitted_to in zip(parts, others, strict=True)]
    rows = []
    for most in CUTS:
        counts = [_at(most, part, *fit, families) for part, fit in zip(parts, fits, strict=True)]
        reached = [count for count in counts if count is not None]
        if len(reached) < len(parts):
            continue
        score, expected, found = (sum(column) for column in zip(*reached, strict=True))
        low, high = poisson(int(found))
        rows.append(
            {
                "false_per_mb": most,
                "score": round(score / len(parts), 4),
                "expected": round(expected, 2),
                "counted": int(found),
                "interval_95": [round(low, 2), round(high, 2)],
                "holds": bool(low <= expected <= high or (found > 0 and 0.5 <= expected / found <= 2)),
            }
        )
    return rows


def _at(
    most: float, piece: Piece, network: Floats, kin: Floats, families: bool
) -> tuple[float, float, int] | None:
    """The score from which on a curve has so many a Mb, those it expects of a piece, and those there."""
    score = score_at(network + kin * families, most)
    if score is None or score == SCORES[0]:
        return None
    by_network, by_families = (
        float(np.exp(np.interp(_logit(score), _logit(np.asarray(SCORES)), np.log(rate))))
        for rate in (network, kin)
    )
    expected = by_network * piece.unseen + families * by_families * piece.foreign
    return score, expected, sum(value >= score for value in (*piece.network, *piece.families))


def _logit(share: Any) -> Any:
    return np.log(share) - np.log1p(-share)


def fitted(pieces: Sequence[Piece], families: bool) -> dict[str, dict[str, Any]]:
    """The curve of each clade, and what stands behind it."""
    found = {}
    for clade, (network, kin) in curves(pieces).items():
        own = [piece for piece in pieces if piece.clade == clade]
        by_network = counted([score for piece in own for score in piece.network])
        by_families = counted([score for piece in own for score in piece.families])
        found[clade] = {
            "genomes": [piece.name for piece in own],
            "megabases": round(sum(piece.unseen for piece in own), 3),
            "counted": by_network.astype(int).tolist(),
            "interval_95_of_the_lowest": [round(end, 1) for end in poisson(int(by_network[0]))],
            **({"megabases_of_families": round(sum(piece.foreign for piece in own), 3)} if families else {}),
            **({"counted_of_families": by_families.astype(int).tolist()} if families else {}),
            "false_per_mb": falling(network + kin * families),
        }
    return {clade: found[clade] for clade in CLADES}


def main() -> None:
    """Scan, fit, check and write."""
    parser = parser_for(__doc__, "false_hits.json", "genomes")
    parser.add_argument("--model", default="scan")
    parser.add_argument("--scans", type=Path, help="Where the scans are kept; default: a folder that goes")
    parser.add_argument("--curves", type=Path, help="Where the curves of the model go")
    given = parser.parse_args()
    scorer = Scorer(given.model, "cpu")
    learnt = scorer.card.provenance["data"]["genomes"]
    families = json.loads((scorer.folder.parent / "families" / "card.json").read_text())
    lent = families["provenance"]["background"]
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.scans or Path(scratch)
        scans = {name: scanned(name, given.data, folder, scorer) for name in GENOMES}
    alone = {name for name, clade in GENOMES.items() if [*GENOMES.values()].count(clade) == 1}
    evidence, checks = {}, {}
    for kinds, with_families in EVIDENCE.items():
        piece = partial(piece_of, data=given.data, learnt=learnt, lent=lent, families=with_families)
        pieces = [piece(name, scan[kinds]) for name, scan in scans.items()]
        halves = {
            name: [piece(name, scans[name][kinds], halves=(half,)) for half in BOTH] for name in sorted(alone)
        }
        evidence[kinds] = fitted(pieces, with_families)
        checks[kinds] = {}
        for each in pieces:
            others = [other for other in pieces if other is not each]
            parts = halves.get(each.name, [each])
            beside = [[*others, *(other for other in parts if other is not part)] for part in parts]
            rows = checked(parts, beside, with_families)
            checks[kinds][each.name] = {
                "clade": each.clade,
                "megabases": round(each.unseen, 3),
                "against": "its other half" if each.name in halves else "other genomes",
                "cuts": rows,
            }
    made = {**made_with(scorer), "families_sha256": families["sha256"]}
    prior = scorer.prior
    meant = {kinds: tiers.meant(rows, kinds) for kinds, rows in checks.items()}
    content = {"format": FORMAT, **made, "prevalence": prior, "scores": list(SCORES), "evidence": evidence}
    if given.curves:
        write(given.curves, {**content, "tiers": meant})
    cuts = {
        kinds: {c: _cuts(row["false_per_mb"]) for c, row in rows.items()} for kinds, rows in evidence.items()
    }
    recall = {
        kinds: {
            n: recall_of(n, scan[kinds], given.data, cuts[kinds]["vertebrate"]) for n, scan in scans.items()
        }
        for kinds in EVIDENCE
    }
    write(
        given.json,
        {**made, "curves": evidence, "cuts": cuts, "check": checks, "tiers": meant, "known": recall},
    )


def _cuts(rate: Sequence[float]) -> dict[str, float | None]:
    """From which score on a curve has so many false hits a Mb."""
    scores = {f"{most:g}": score_at(np.asarray(rate), most) for most in CUTS}
    return {most: None if score is None else round(score, 4) for most, score in scores.items()}


if __name__ == "__main__":
    main()
