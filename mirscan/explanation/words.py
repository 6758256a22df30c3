"""What an explanation says, in sentences that every output shares."""

from __future__ import annotations

from collections.abc import Sequence

from mirscan.explanation.content import Explanation, OtherBonds, OtherSequence
from mirscan.explanation.stage_result import StageResult
from mirscan.explanation.svg.elements import minus
from mirscan.explanation.tier_stage import TIER
from mirscan.families.letters import alignment
from mirscan.pipeline.annotators import registry
from mirscan.tree.rules import CLASSES, Rule

NONE_FOUND = "None was found among all single substitutions and the pairs and triples that were tried."
NO_BONDS = "None was found within twelve columns."


def readers(explanation: Explanation) -> list[str]:
    """What each reader of the hairpin adds to its score, in a line; none where one network reads it."""
    parts = [f"{name} {bits:+.2f}" for name, bits in explanation.readers.items()]
    return [f"Bits by reader: {', '.join(parts)}."] if parts else []


def verdict(explanation: Explanation) -> str:
    """Whether it is called, and what decides."""
    fell = explanation.fell
    if explanation.subject.hit and not explanation.called:
        where = f"it falls out at the {fell.name}" if fell else f"it scores {explanation.score:.6f}"
        return f"A hit of the result, but by these models and this threshold {where}."
    if fell is not None:
        return f"Not called: it falls out at the {fell.name}."
    if explanation.stages is not None:
        alone = next((stage.text for stage in explanation.stages if stage.name == TIER), "")
        tier = f"; its tier is {alone.partition(':')[0]}" if alone else ""
        return f"Called: it passes every stage of the scan{tier}."
    model, score = next(iter(explanation.scores)), explanation.score
    says = "scores" if len(explanation.evidence.terms) == 1 else "and further evidence score"
    called = "Called" if explanation.called else "Not called"
    return f"{called}: {model} {says} it {score:.6f}; {explanation.min_score:g} or more is a hit."


def scores(explanation: Explanation) -> list[tuple[str, float]]:
    """The score that decides, then those of models that were asked for, at the same prevalence."""
    others = list(explanation.scores.items())[1:]
    return [("score", explanation.score), *((f"score by {name}", score) for name, score in others)]


def tree_says(rule: Rule) -> str:
    """The tree's verdict, and how far the measured concepts bear it out."""
    steps, odd = len(rule.steps), rule.disagreements
    text = f"The tree says {rule.verdict}"
    if not steps:
        return f"{text}."
    if rule.rates:  # on the concepts themselves the answers are what is measured
        return f"{text}."
    if not odd:
        return f"{text}; the measured concepts give the same answers."
    return f"{text}; {odd} of its {steps} answers {'is' if odd == 1 else 'are'} not what is measured."


def leaf(rule: Rule) -> str:
    """The leaf that a hairpin comes to, in a few words; a star where the measured concepts contradict."""
    share = f"{rule.counts[rule.precursor]:,} of {sum(rule.counts):,}"
    worth = rule.rates.brief if rule.rates else share
    return f"{CLASSES[rule.precursor]} · {worth}{' *' if rule.disagreements else ''}"


def tree_caption(rule: Rule) -> str:
    """What stands below the picture of the tree."""
    lit = "the hairpin’s path is lit, yes above no."
    if rule.rates:
        return (
            f"The tree of the genome on measured concepts; {lit} Each box: how many of 100 precursors of "
            "families that it was not fitted on come there, how many other candidates per Mb of human that a "
            "scan would score, and what being there weighs."
        )
    return (
        f"The tree over z_m; {lit} A box with an orange edge: the latent answers otherwise than the "
        "measured concept."
    )


def stage_line(stage: StageResult) -> str:
    """A stage's mark and finding."""
    return f"{mark(stage.passed)} {stage.name}: {stage.text}"


def mark(passed: bool | None) -> str:
    """A sign for passed, fell out, does not decide."""
    return "–" if passed is None else "✓" if passed else "✗"


def neighbours(explanation: Explanation) -> str:
    """The nearest named precursors with their distances."""
    return ", ".join(f"{near.name} {near.distance:.2f}" for near in explanation.neighbours)


def bonds_if(other: OtherBonds | None, now: Rule) -> str:
    """What other bonds would make the tree say."""
    would = f"The tree would say “{CLASSES[not now.precursor]}” if "
    if other is None:
        return f"{would}other columns were paired: {_lower(NO_BONDS)}"
    changes = []
    if other.change.opened:
        changes.append(f"the pairs of {_columns(other.change.opened)} were open")
    if other.change.closed:
        changes.append(f"{_columns(other.change.closed)} were paired")
    return f"{would}{' and '.join(changes)} (z_m moves by {other.change.moved:.2f})."


def tree_if(other: OtherSequence | None, now: Rule) -> str:
    """Which substitutions would turn the tree."""
    would = f"The tree would say “{CLASSES[not now.precursor]}” "
    return f"{would}with other letters: {_lower(NONE_FOUND)}" if other is None else f"{would}{_with(other)}."


def call_if(other: OtherSequence | None, explanation: Explanation) -> str:
    """Which substitutions would carry the score across the threshold."""
    above = explanation.score >= explanation.min_score
    would = f"It would score {'below' if above else 'at least'} {explanation.min_score:g} "
    return f"{would}with other letters: {_lower(NONE_FOUND)}" if other is None else f"{would}{_with(other)}."


def _with(other: OtherSequence) -> str:
    mutant = other.change.hairpin
    energy = minus(f"{mutant.mfe:.2f}")
    return f"with {other.change.text} (score {other.score:.6f}, {energy} kcal/mol)"


def what_if(explanation: Explanation) -> list[str]:
    """All that would turn a decision, a sentence each; nothing where nobody asked."""
    asked = explanation.what_if
    if asked is None:
        return []
    sentences = [call_if(asked.call, explanation), tree_if(asked.tree, explanation.rule)]
    if explanation.rule.rates:  # a tree on the concepts, which knows no bonds but those of the fold
        return sentences
    return [*sentences, bonds_if(asked.bonds, explanation.rule)]


def notes(explanation: Explanation) -> list[str]:
    """What a result says of the hit, above all what weighs for it and against it."""
    return registry.sentences(explanation.subject.notes)


def family(explanation: Explanation) -> list[str]:
    """The known family of the hairpin, in a sentence, and its arms letter by letter; empty without one."""
    kin = explanation.kin
    if kin is None:
        return []
    return [f"A known family: {kin.sentence}.", *alignment(explanation.hairpin.sequence, kin.as_json())]


def limits(explanation: Explanation) -> list[str]:
    """What the image, and with it a tree on z_m, does not see of the hairpin."""
    sentences = []
    if "(" not in explanation.hairpin.structure:
        sentences.append("The fold has no base pair: there is no stem, and the image shows one large loop.")
    if explanation.columns > explanation.image.shape[1]:
        sentences.append(
            f"The hairpin has {explanation.columns} columns; the image, and with it the tree, "
            f"sees the {explanation.image.shape[1]} from the loop."
        )
    if explanation.branched:
        sentences.append("The fold branches; the image does not show all of its pairs.")
    return sentences


def _columns(columns: Sequence[int]) -> str:
    name = "column" if len(columns) == 1 else "columns"
    return f"{name} {', '.join(str(column) for column in columns)}"


def _lower(text: str) -> str:
    return text[0].lower() + text[1:]
