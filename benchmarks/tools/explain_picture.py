"""The picture of the README and of docs/explain.md: the fold of hsa-mir-21 as `mirscan explain` draws it.

python -m benchmarks.tools.explain_picture
"""

from __future__ import annotations

from benchmarks.tools.results import ROOT
from mirscan.demo import PRECURSORS
from mirscan.explanation.svg.hairpin import hairpin_svg
from mirscan.folding.viennarna import fold
from mirscan.pipeline.request import MODEL
from mirscan.records import Hairpin
from mirscan.scoring.scorer import Scorer

PICTURE = ROOT / "docs" / "explain.svg"
NAME = "hsa-mir-21"


def picture() -> str:
    sequence = PRECURSORS[NAME]
    structure, mfe = fold(sequence)
    hairpin = Hairpin(NAME, 0, len(sequence), "+", sequence, structure, mfe)
    attention = Scorer(MODEL, "cpu").attention(hairpin)
    return hairpin_svg(sequence, structure, attention, title=f"Fold of {NAME}, coloured by attention")


if __name__ == "__main__":
    PICTURE.write_text(picture() + "\n", encoding="utf-8")
