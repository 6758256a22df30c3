"""Hairpins → explanations: the models are loaded once and asked in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mirscan.encoding.concepts import compute
from mirscan.encoding.drawing import COLUMNS
from mirscan.encoding.image import draw
from mirscan.encoding.stem_concepts import compute_stems
from mirscan.errors import UsageError
from mirscan.evidence.kind import FLANK, Kind, Setup
from mirscan.evidence.registry import DEFAULT, in_order, load_kinds
from mirscan.evidence.score import Sum, Term, probability
from mirscan.evidence.score import log_odds as odds_of
from mirscan.evidence.weighing import Evidence
from mirscan.explanation.content import Arm, Explanation
from mirscan.explanation.latents import Latents
from mirscan.explanation.neighbours import Neighbour, Neighbours, load_neighbours
from mirscan.explanation.request import ExplainRequest
from mirscan.explanation.stages import Followed, Line
from mirscan.explanation.subjects import Subject
from mirscan.explanation.tier_stage import TierByScore
from mirscan.explanation.what_if.alternatives import Alternatives, Imaged
from mirscan.families.naming import Kinship, kinship
from mirscan.families.placing import starts_by
from mirscan.families.store import laid_out
from mirscan.flanks.beside import beside
from mirscan.genome.access import Genome
from mirscan.pipeline.annotators.evidence import EvidenceTerms
from mirscan.pipeline.clades import Clade
from mirscan.pipeline.request import MODEL, READY_TREE
from mirscan.pipeline.sensitivity import DEFAULT as USUAL
from mirscan.pipeline.sensitivity import search_for
from mirscan.pipeline.start import FLANKS, curve_of, lowest_score
from mirscan.pipeline.tiers import Limits
from mirscan.reads.arms import arms_of_reads
from mirscan.reads.measurement import NAME as READS
from mirscan.reads.measurement import read_signature
from mirscan.records import REPEATS, Arms, Flanks, Hairpin, in_hairpin
from mirscan.scoring.arms import ArmFinder
from mirscan.scoring.scorer import Scorer
from mirscan.tree.judge import Judge
from mirscan.tree.rules import Rule
from mirscan.tree.spaces import on_concepts

DIVA = "diva"  # whose pictures go with a tree on the concepts
ATTENTION_MODEL = "cross_species-paper"
AT_ONCE = 64
NEAREST = 8
LONGEST_WHAT_IF = 250  # nt; the mutants of longer hairpins take long to fold


class Explainer:
    """All that is needed to explain, loaded.

    Attributes:
        scorer: The model that calls.
        judge: The tree.
        min_score: Lowest score of a call.
        table: The named precursors; None where they stand in another latent than the tree.
    """

    def __init__(self, asked: ExplainRequest) -> None:
        """Load the models.

        Raises:
            ModelError: One is missing or damaged, or they do not belong together.
            UsageError: No such device.
        """
        device, model = asked.device, asked.model or MODEL
        evidence = in_order([*(asked.evidence or DEFAULT), *([READS] if asked.reads else [])])
        self.scorer = Scorer(model, device, prevalence=asked.prevalence)
        self.judge = Judge(asked.tree or READY_TREE, device)
        self._also = [Scorer(name, device) for name in asked.also]
        attentive = (each for each in (self.scorer, *self._also) if each.has_attention)
        self._attentive = next(attentive, None) or Scorer(ATTENTION_MODEL, device)
        latent = self.judge.tree.latent.get("model", DIVA)  # a tree on the concepts stands in no latent
        self._latents = Latents(str(latent), self.scorer.device)
        self._arms = ArmFinder(asked.arms, device) if asked.arms else None
        self.table = _fitting(load_neighbours(asked.neighbours), self._latents)
        self.min_score = self._lowest(asked, evidence) if asked.min_score is None else asked.min_score
        search = search_for(asked.sensitivity or USUAL, self.scorer, self.min_score)
        search = replace(search, sieve=Clade(asked.clades).sieve(search.sieve))
        self._evidence = Evidence(self._kinds(asked, evidence), self.scorer.prior)
        tier = self._tier(asked, evidence)
        self._line = Line(search, self.scorer, self.min_score, self.judge, self._evidence, tier)
        self._alternatives = Alternatives(self._latents, self.judge, self.scorer, self.min_score)

    def _kinds(self, asked: ExplainRequest, evidence: Sequence[str]) -> list[Kind]:
        """The kinds of evidence; libraries of reads are laid on their genome."""
        choices: dict[str, Any] = {FLANKS: asked.clades}
        setup = Setup(self.scorer.prior, device=asked.device)
        if not asked.reads:
            return load_kinds(evidence, setup, choices)
        if asked.genome is None:
            raise UsageError(
                "`reads`", "there is no genome to lay them on", "places of a genome, or `genome`"
            )
        with Genome.open(asked.genome) as genome:
            return load_kinds(evidence, replace(setup, genome=genome), {**choices, READS: asked.reads})

    def _lowest(self, asked: ExplainRequest, evidence: Sequence[str]) -> float:
        """The lowest score of a call: that of a scan of the genome, where there is one."""
        if asked.bases is None:
            return self.scorer.min_score
        return lowest_score(self.scorer, evidence, asked.bases, asked.clades)

    def _tier(self, asked: ExplainRequest, evidence: Sequence[str]) -> TierByScore | None:
        """What says the tier of a place of a genome; a hit of a result has that of its run already."""
        curve = curve_of(self.scorer, evidence, asked.clades)
        return None if asked.bases is None or curve is None else TierByScore(curve, Limits.of(asked.bases))

    def explain(self, subjects: Sequence[Subject], what_if: bool = False) -> Iterator[Explanation]:
        """The explanation of each subject, in order.

        Args:
            subjects: What to explain.
            what_if: Whether to look for the changes that would turn the decisions; seconds a hairpin.
        """
        for first in range(0, len(subjects), AT_ONCE):
            yield from self._batch(subjects[first : first + AT_ONCE], what_if)

    def _batch(self, subjects: Sequence[Subject], what_if: bool) -> Iterator[Explanation]:
        hairpins = [subject.hairpin for subject in subjects]
        drawn = draw([h.sequence for h in hairpins], [h.structure for h in hairpins])
        concepts = {**compute(drawn.images), **compute_stems(hairpins)}
        judged = self.judge.space.points(drawn.images, concepts)
        points = self._latents_of(drawn.images, judged)
        again = self._latents.images({name: points[name] for name in self._latents.names})
        log_odds = self.scorer.log_odds(hairpins).tolist()
        scores = {self.scorer.name: [probability(each) for each in log_odds], **self._others(hairpins)}
        found, flanks = map(_terms, subjects), map(_flanks, subjects)
        known = list(map(_measured, subjects))
        sums = self._evidence.of_hairpins(hairpins, log_odds, list(found), list(flanks), known)
        readers = self.scorer.readers(hairpins)
        near, arms = self._near(points["m"].astype(np.float64)), self._placed(hairpins, sums)
        for at, subject in enumerate(subjects):
            measured: dict[str, Any] = {name: values[at] for name, values in concepts.items()}
            rule = self.judge.tree.explain(judged[at], measured)
            at_point = {name: values[at] for name, values in points.items()}
            shown = min(int(drawn.columns[at]), COLUMNS)
            followed = self._followed(subject, rule, sums[at])
            evidence = _sum(subject, followed, sums[at])
            seen = Imaged(drawn.bonds[at], shown, judged[at], at_point)
            yield Explanation(
                subject=replace(subject, notes={"evidence": evidence, **_told(subject)}),
                scores={name: values[at] for name, values in scores.items()},
                min_score=self.min_score,
                evidence=evidence,
                attention=self._attentive.attention(subject.hairpin),
                attention_model=self._attentive.name,
                class_activation=self._attentive.class_activation(subject.hairpin),
                readers=readers[at],
                arms=_of_reads(subject.hairpin, evidence) or arms[at],
                image=drawn.images[at],
                reconstruction=again[at],
                columns=int(drawn.columns[at]),
                branched=bool(drawn.branched[at]),
                concepts=measured,
                rule=rule,
                neighbours=near[at],
                kin=self._kin(subject.hairpin),
                stages=followed.stages if followed else None,
                what_if=self._alternatives.of(subject.hairpin, seen, rule, evidence)
                if what_if and len(subject.hairpin) <= LONGEST_WHAT_IF
                else None,
            )

    @staticmethod
    def _kin(hairpin: Hairpin) -> Kinship | None:
        """The known family of a hairpin, by the index that comes with mirscan."""
        families, index = laid_out()
        return kinship(hairpin.sequence, hairpin.structure, index, families.weights)

    def _latents_of(
        self, images: NDArray[np.uint8], judged: NDArray[np.float64]
    ) -> dict[str, NDArray[np.float32]]:
        """All latents of images; z_m is that of the tree where the tree divides it."""
        known = {} if on_concepts(self.judge.tree) else {"m": judged.astype(np.float32)}
        return {**known, **self._latents.encode(images, [n for n in self._latents.names if n not in known])}

    def _others(self, hairpins: Sequence[Hairpin]) -> dict[str, list[float]]:
        """The scores of further models at the prevalence of the one that calls, to compare them."""
        prior = odds_of(self.scorer.prior)
        return {
            each.name: [
                probability(value + prior - odds_of(each.prior)) for value in each.log_odds(hairpins).tolist()
            ]
            for each in self._also
        }

    def _followed(self, subject: Subject, rule: Rule, found: Sum) -> Followed | None:
        if subject.surroundings is None:
            return None
        known = found if subject.hit and _terms(subject) else None
        return self._line.follow(subject.surroundings, subject.hairpin, rule, known, subject.repeated)

    def _near(self, z: NDArray[np.float64]) -> list[list[Neighbour]]:
        return self.table.nearest(z, NEAREST) if self.table else [[] for _ in z]

    def _placed(self, hairpins: Sequence[Hairpin], sums: Sequence[Sum]) -> list[list[Arm]]:
        """The mature arms of each hairpin, in its own bases; none of those too short for two."""
        if self._arms is None:
            return [[] for _ in hairpins]
        starts = [starts_by(each, len(hairpin)) for hairpin, each in zip(hairpins, sums, strict=True)]
        found = zip(hairpins, self._arms.all_arms(hairpins, starts), strict=True)
        return [_named(hairpin, arms) if arms else [] for hairpin, arms in found]


def _sum(subject: Subject, followed: Followed | None, found: Sum) -> Sum:
    """What a place weighs: as the scan of its surroundings says, where that comes by the same hairpin."""
    hit = followed.hit if followed else None
    if subject.hit or hit is None or hit.evidence is None or hit.hairpin != subject.hairpin:
        return found
    return hit.evidence


def _flanks(subject: Subject) -> Flanks | None:
    """What lies beside a hairpin that no scan weighed the flanks of; None where nobody knows."""
    around, hairpin = subject.surroundings, subject.hairpin
    if around is None or FLANKS in _terms(subject):
        return None
    start, end = hairpin.start - around.start, hairpin.end - around.start
    return beside(around.sequence, start, end, hairpin.strand, FLANK)


def _measured(subject: Subject) -> dict[str, Any]:
    """How much of a place the genome repeats, where no scan weighed that."""
    weighed = subject.repeated is None or REPEATS in _terms(subject)
    return {} if weighed else {REPEATS: subject.repeated}


def _terms(subject: Subject) -> dict[str, Term]:
    """The terms that a result states of a hit, by the kind's name."""
    found = EvidenceTerms.as_json(subject.notes.get("evidence"))  # a sum of a scan here, or what a file holds
    keys = ("name", "bits", "sentence", "numbers")
    terms = [Term(*(term[key] for key in keys)) for term in found["terms"]] if found else []
    return {term.name: term for term in terms}


def _told(subject: Subject) -> dict[str, Any]:
    """What a result says of it."""
    return {name: note for name, note in subject.notes.items() if note is not None}


def _of_reads(hairpin: Hairpin, evidence: Sum) -> list[Arm]:
    """The mature arms that reads show, which count more than those of the network; none without."""
    term = evidence.term(READS)
    try:
        arms = arms_of_reads(hairpin, read_signature(term.numbers)) if term and term.numbers else None
    except (LookupError, TypeError, ValueError, ArithmeticError):  # a result that somebody changed
        return []
    return _named(hairpin, arms) if arms else []


def _named(hairpin: Hairpin, arms: Arms) -> list[Arm]:
    five, three = (in_hairpin(hairpin, arm) for arm in (arms.five_prime, arms.three_prime))
    return [(*five, "5p"), (*three, "3p")]


def _fitting(table: Neighbours, latents: Latents) -> Neighbours | None:
    return table if table.latent == latents.sha256 else None
