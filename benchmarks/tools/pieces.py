"""Pieces of genomes of seven clades: hits from a low score on, and those of them that are false.

A piece is searched once, and its hits are weighed by several kinds of evidence. What lies on no known locus
counts as false, where neither a network nor the weights of families learnt from it (see `false_hits.py`).
Copies of a repeat are grouped as the column `copies` groups them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from mirscan.evidence.kind import Setup
from mirscan.evidence.registry import load_kinds
from mirscan.evidence.weighing import Evidence
from mirscan.genome.access import Genome
from mirscan.genome.regions import same_locus
from mirscan.pipeline.annotators.copies import grouped
from mirscan.pipeline.clades import Clade
from mirscan.pipeline.finish import Finish
from mirscan.pipeline.journal import Journal
from mirscan.pipeline.scan import Scan
from mirscan.pipeline.scan_options import ScanOptions
from mirscan.pipeline.sensitivity import search_for
from mirscan.records import Hit
from mirscan.scoring.scorer import Scorer
from mirscan.training.common.genomes import CLADE
from mirscan.training.scan.false_hits import SCORES, Piece
from mirscan.training.scan.settings import STRETCH

GENOMES = {name: clade for name, clade in CLADE.items() if name != "cel_mir35_cluster"}  # all of it is genes
ALONE, FAMILIES, FLANKS = "hairpin", "hairpin,families", "hairpin,families,flanks"
ALL = "hairpin,families,flanks,repeats,neighbours"
EVIDENCE = {ALONE: False, FAMILIES: True, FLANKS: True, ALL: True}  # and whether families count
FORMAT = 2  # of a kept scan
HALF = 5 * STRETCH  # nt; every other of these is a half of a genome
BOTH = (0, 1)  # the halves
Hits = list[dict[str, Any]]


def scanned(name: str, data: Path, folder: Path, scorer: Scorer) -> dict[str, dict[str, Any]]:
    """Lengths of contigs and hits by each evidence, of one search; made unless the folder has it.

    Each genome is taken for what it is, so that flanks say nothing in clades where they are silent.
    """
    choices = {"flanks": (GENOMES[name],)}
    result = folder / f"{scorer.name}.{_checksum(scorer, choices)[:8]}.{name}.json"
    if not result.exists():
        lowest = SCORES[0]
        search = search_for("default", scorer, lowest)
        search = replace(search, sieve=Clade((GENOMES[name],)).sieve(search.sieve))
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
        folder.mkdir(parents=True, exist_ok=True)
        result.write_text(json.dumps(found))
        print(name, *(len(found[kinds]["hits"]) for kinds in EVIDENCE), flush=True)
    content: dict[str, dict[str, Any]] = json.loads(result.read_text())
    return content


def _checksum(scorer: Scorer, choices: Mapping[str, Any]) -> str:
    """Of what a kept scan is of: the networks, what each kind of evidence weighs, what is kept of a hit."""
    kinds = Evidence(load_kinds(ALL.split(","), Setup(scorer.prior), choices), scorer.prior)
    return hashlib.sha256(json.dumps([FORMAT, scorer.card.sha256, kinds.facts()]).encode()).hexdigest()


def weighed(finish: Finish, kinds: str, scorer: Scorer, choices: Mapping[str, Any]) -> Hits:
    """The hits of a search by some kinds of evidence; near copies have the same `group`."""
    loaded = load_kinds(kinds.split(","), Setup(scorer.prior), choices)
    hits = list(replace(finish, evidence=Evidence(loaded, scorer.prior)).hits())
    groups = grouped([hit.hairpin.sequence for hit in hits])
    return [
        {
            "contig": hit.hairpin.contig,
            "start": hit.hairpin.start,
            "end": hit.hairpin.end,
            "score": hit.score,
            "families": bits_of(hit, "families"),
            "group": group,
        }
        for hit, group in zip(hits, groups, strict=True)
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
    by_network = [hit for hit in unseen if not hit["families"]]
    by_families = [hit for hit in foreign if hit["families"]]
    return Piece(
        name,
        GENOMES[name],
        megabases(scan["contigs"], name in learnt, halves),
        megabases(scan["contigs"], False, halves) if families and name not in lent else 0.0,
        [hit["score"] for hit in by_network],
        [hit["score"] for hit in by_families],
        best_of_copies([*by_network, *by_families]),
    )


def best_of_copies(hits: Hits) -> list[float]:
    """The best score of each group of near copies."""
    best: dict[int, float] = {}
    for hit in hits:
        best[hit["group"]] = max(hit["score"], best.get(hit["group"], 0.0))
    return list(best.values())
