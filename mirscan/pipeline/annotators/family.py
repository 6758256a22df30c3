"""The known family of each hit, where the evidence of families was asked, and the nearest precursor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from mirscan.evidence.score import HAIRPIN
from mirscan.pipeline.annotators.annotator import Annotator, Column, Options
from mirscan.records import Hit

EVIDENCE = "families"  # the kind whose term holds the note
COUNTS = ("mismatches_5p", "mismatches_3p")
ARMS = ("5′", "3′")
IDENTICAL, DIFFERENT = "identical", "different"  # the seed: nucleotides 2 to 8 of the arm that matched


def _text_of(name: str) -> Callable[[Hit], str]:
    def text(hit: Hit) -> str:
        value = (_kin(hit) or {}).get(name)
        if isinstance(value, bool):
            return IDENTICAL if value else DIFFERENT
        return "" if value is None else str(value)

    return text


def _kin(hit: Hit) -> Mapping[str, Any] | None:
    term = hit.evidence.term(EVIDENCE) if hit.evidence else None
    return term.numbers if term and term.numbers else None


class FamilyName(Annotator):
    """The family of each hit; its note is what `families.naming.Kinship` has measured."""

    name = "family"
    description = "the known family, the nearest known precursor, and how its arms differ from that one's"
    columns = (
        Column("family", "The known family whose arm it bears", _text_of("family")),
        Column("nearest", "The nearest known precursor of the family", _text_of("nearest")),
        *(
            Column(name, f"Letters by which the {arm} arm differs from its", _text_of(name), "integer")
            for name, arm in zip(COUNTS, ARMS, strict=True)
        ),
        Column("seed", "Whether nucleotides 2 to 8 of the arm are identical or different", _text_of("seed")),
    )
    schema = {  # noqa: RUF012
        "type": ["object", "null"],
        "properties": {
            "family": {"type": "string"},
            "nearest": {"type": "string"},
            "seed": {"type": "boolean"},
            **{name: {"type": ["integer", "null"]} for name in COUNTS},
        },
        "required": ["family", "nearest", "seed", *COUNTS],
    }

    def annotate(self, hits: Iterable[Hit]) -> Iterator[Hit]:
        """See `Annotator`."""
        for hit in hits:
            kin = _kin(hit)
            yield hit.noted(family=dict(kin)) if kin else hit

    @classmethod
    def shown(cls, options: Options) -> bool:
        """See `Annotator`."""
        return EVIDENCE in str(options.get("evidence", HAIRPIN)).split(",")

    @classmethod
    def from_json(cls, value: Any) -> Any:
        """See `Annotator`."""
        needed = ("family", "nearest", "seed", *COUNTS)
        return value if isinstance(value, dict) and all(name in value for name in needed) else None

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> Any:
        """See `Annotator`."""
        family, nearest, seed = (texts.get(name, "") for name in ("family", "nearest", "seed"))
        counts = [texts.get(name, "") for name in COUNTS]
        if not family or not nearest or not all(text.isdecimal() or not text for text in counts):
            return None
        apart = {name: int(text) if text else None for name, text in zip(COUNTS, counts, strict=True)}
        return {"family": family, "nearest": nearest, "seed": seed == IDENTICAL, **apart}

    @classmethod
    def sentences(cls, note: Any) -> list[str]:
        """See `Annotator`."""
        if note is None:
            return []
        arms = " and ".join(_differs(arm, note[name]) for name, arm in zip(COUNTS, ARMS, strict=True))
        seed = IDENTICAL if note["seed"] else DIFFERENT
        return [f"Its family is {note['family']}: beside {note['nearest']} {arms}; the seed is {seed}."]


def _differs(arm: str, letters: int | None) -> str:
    if letters is None:
        return f"its {arm} arm is not alike"
    return f"its {arm} arm differs in {letters} letters" if letters else f"its {arm} arm is identical"
