"""The mature arms of each hit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mirscan.families.placing import starts_by
from mirscan.pipeline.annotators.annotator import Annotator, Column, together
from mirscan.pipeline.annotators.arms_from import FAMILY, NETWORK
from mirscan.pipeline.annotators.arms_from import NAME as PLACED_BY
from mirscan.records import Arms, Hit, in_hairpin
from mirscan.scoring.arm_decoding import NO_STARTS

if TYPE_CHECKING:  # it loads PyTorch
    from mirscan.scoring.arms import ArmFinder

SIDES = {"5p": "five_prime", "3p": "three_prime"}
INTERVAL = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}


def _place(side: str) -> Callable[[Hit], str]:
    """Where an arm is, 1-based with the end included."""

    def text(hit: Hit) -> str:
        if hit.arms is None:
            return ""
        start, end = getattr(hit.arms, SIDES[side])
        return f"{start + 1}-{end}"

    return text


def _letters(side: str) -> Callable[[Hit], str]:
    """The sequence of an arm, 5′ to 3′."""

    def text(hit: Hit) -> str:
        if hit.arms is None:
            return ""
        start, end = in_hairpin(hit.hairpin, getattr(hit.arms, SIDES[side]))
        return hit.hairpin.sequence[start:end]

    return text


class MatureArms(Annotator):
    """Where the two strands lie that Drosha and Dicer cut out; in GFF3 they are features of their own.

    The network places them; where the hit is of a known family, they begin where those of its kin do.
    """

    name = "arms"
    description = "the predicted mature arms (`--arms`): places on the contig, and sequences"
    columns = (
        Column("arm_5p", "Place of the 5′ arm on the contig", _place("5p"), in_gff3=False),
        Column("arm_3p", "Place of the 3′ arm on the contig", _place("3p"), in_gff3=False),
        Column("mature_5p", "Sequence of the 5′ arm, 5′ to 3′", _letters("5p"), in_gff3=False),
        Column("mature_3p", "Sequence of the 3′ arm, 5′ to 3′", _letters("3p"), in_gff3=False),
    )
    schema = {  # noqa: RUF012
        "type": ["object", "null"],
        "properties": dict.fromkeys(SIDES.values(), INTERVAL),
        "required": list(SIDES.values()),
    }
    stage = "arms"
    explained = False  # it places them itself

    def __init__(self, finder: ArmFinder) -> None:
        self._finder = finder

    def annotate(self, hits: Iterable[Hit]) -> Iterator[Hit]:
        """See `Annotator`."""
        for batch in together(hits):
            with self.timed():
                starts = [starts_by(hit.evidence, len(hit.hairpin)) for hit in batch]
                arms = self._finder.all_arms([hit.hairpin for hit in batch], starts)
            for hit, pair, known in zip(batch, arms, starts, strict=True):
                placed_by = NETWORK if known == NO_STARTS else FAMILY
                yield hit.noted(arms=pair, **({PLACED_BY: placed_by} if pair else {}))

    @classmethod
    def as_json(cls, note: Any) -> Any:
        """See `Annotator`."""
        return note and asdict(note)

    @classmethod
    def restored(cls, value: Any) -> Any:
        """See `Annotator`."""
        return value and Arms(*(tuple(value[side]) for side in SIDES.values()))


def arms_of(hit: Hit) -> list[tuple[str, tuple[int, int]]]:
    """The name and place of each mature arm, in the order of their starts; none where nobody asked."""
    if hit.arms is None:
        return []
    arms = [(side, getattr(hit.arms, attribute)) for side, attribute in SIDES.items()]
    return sorted(arms, key=lambda named: named[1])
