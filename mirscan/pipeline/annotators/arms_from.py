"""Who placed the mature arms of each hit."""

from __future__ import annotations

from typing import Any

from mirscan.pipeline.annotators.annotator import Annotator, Column

NAME = "arms_from"
FAMILY, NETWORK, READS = "family", "network", "reads"
SENTENCES = {
    FAMILY: "Its mature arms begin where those of its family do.",
    READS: "Its mature arms are those that the reads show.",
}


class ArmsFrom(Annotator):
    """Whom to thank for the arms: known arms of the family and reads are surer than the network alone.

    Those who place arms note it: `arms.MatureArms` and `reads.SmallRnaReads`.
    """

    name = NAME
    description = "who placed the mature arms: `reads`, the known arms of the `family`, or the `network`"
    columns = (
        Column(
            NAME,
            "Who placed the mature arms: reads, family or network",
            lambda hit: hit.notes.get(NAME, ""),
            in_gff3=False,
        ),
    )
    schema = {"enum": [FAMILY, NETWORK, READS, None]}  # noqa: RUF012

    @classmethod
    def from_json(cls, value: Any) -> Any:
        """See `Annotator`."""
        return value if value in (FAMILY, NETWORK, READS) else None

    @classmethod
    def sentences(cls, note: Any) -> list[str]:
        """See `Annotator`; that the network placed them goes without saying."""
        return [SENTENCES[note]] if note in SENTENCES else []
