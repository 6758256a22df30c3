"""What the networks are shown: precursors of animals, plants and viruses as often as without weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mirscan.demo import PRECURSORS
from mirscan.encoding.columns import SCALARS, Columns
from mirscan.training.scan.data import ScanExamples
from mirscan.training.scan.draw import PRECURSOR
from mirscan.training.scan.material import Background, Material, Truth, training_set_of
from mirscan.training.scan.precursors import Precursor
from mirscan.training.scan.settings import ScanSettings

HAIRPIN = next(iter(PRECURSORS.values()))
# name, source, merged family, candidates
PLANTED = (
    ("Hsa-Let-7-P1", "mirgenedb", "let-7", 4),
    ("hsa-mir-1234", "mirbase22", "mir-1234", 2),
    ("ath-MIR156a", "mirbase22", "mir156", 3),
    ("ath-MIR5000", "mirbase22", "mir5000", 1),
    ("ebv-mir-BART1", "mirbase22", "mir-bart1", 2),
)


def candidates(origin: list[int]) -> ScanExamples:
    """Candidates of precursors by their rows, a different length each, so that folds are of many shapes."""
    rows = np.array(origin, np.int64)
    drafts = Columns(np.zeros((len(rows), 100), np.uint8), np.zeros((len(rows), len(SCALARS)), np.float32))
    letters = np.array([HAIRPIN[: len(HAIRPIN) - at] for at in range(len(rows))], np.bytes_)
    return ScanExamples(letters, drafts, rows, np.zeros_like(rows), rows > len(PLANTED))


def test_a_training_set_shares_out_its_precursors_by_what_they_are_of(tmp_path: Path) -> None:
    precursors = [
        Precursor(name, source, "", HAIRPIN, 0, len(HAIRPIN), "MIR" in name and not name.startswith("ebv"))
        for name, source, _, _ in PLANTED
    ]
    families = [family for _, _, family, _ in PLANTED]
    rows = np.arange(len(PLANTED))
    origin = np.repeat(rows, [count for *_, count in PLANTED]).tolist()
    planted, none = candidates(origin), candidates([-1, -1])
    ground = Background("a", none, none.drafts, np.array([False, True]), 0.1)
    material = Material(planted, none, [ground], none)
    truth = Truth(precursors, families, np.zeros_like(rows), rows)
    settings = ScanSettings(curated=3.0, lone=0.25)
    made = training_set_of(material, truth, settings, tmp_path, lambda _name, _count: lambda _: None)

    weight = made.weight[made.role == PRECURSOR]
    animal, plant, virus = weight[:6], weight[6:10], weight[10:]
    for group in (animal, plant, virus):
        assert group.mean() == pytest.approx(1)
    assert animal[0] / animal[-1] == pytest.approx(12), "curated beside alone"
    assert len({*plant}) == 1
    assert (made.weight[made.role != PRECURSOR] == 1).all()
