"""The image of a hairpin: its bars, its bond vector, what it cannot show, and the way back."""

from __future__ import annotations

import csv
import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mirscan.encoding.image import COLOURS, bond_vectors, draw, images, read_strands
from mirscan.errors import InputError
from mirscan.folding.viennarna import fold


def bars(image):
    """Letters and heights of both strands, column by column."""
    count = int((image[[12, 13]] > 0).any(0).sum())
    return (
        "".join(COLOURS[c] for c in image[12, :count]),
        "".join(COLOURS[c] for c in image[13, :count]),
        (image[:13] > 0).sum(0)[:count].tolist(),
        (image[13:] > 0).sum(0)[:count].tolist(),
    )


def drawn(sequence, structure):
    return bars(draw([sequence], [structure]).images[0])


def test_pairs_are_short_and_the_loop_is_drawn_whole_on_both_strands():
    upper, lower, high, low = drawn("GAUCCCCGUC", "(((....)))")
    assert (upper, lower) == ("CCCCUAG", "CCCCGUC")
    assert high == low == [7, 9, 9, 7, 4, 3, 2]


def test_a_run_of_mismatches_grows_and_stops_at_the_cap():
    sequence, structure = "G" + "C" * 6 + "GAAAC" + "A" * 6 + "C", "(......(...)......)"
    _, _, high, low = drawn(sequence, structure)
    assert high[4:10] == [7, 9, 11, 13, 13, 13]
    assert low[4:10] == [7, 9, 11, 12, 12, 12]


def test_first_unpaired_column_depends_on_what_might_have_paired():
    for one, other, height in (("A", "U", 5), ("G", "U", 6), ("C", "G", 4), ("A", "A", 7)):
        _, _, high, low = drawn(f"G{one}GAAAC{other}C", "(.(...).)")
        assert high[4] == low[4] == height


def test_gaps_lie_on_the_side_of_the_loop_and_do_not_advance_their_strand():
    upper, lower, high, low = drawn("GAGAAACAAC", "(.(...)..)")
    assert (upper[4:6], lower[4:6]) == ("-A", "AA")
    assert (high[4:6], low[4:6]) == ([2, 7], [4, 9])


def test_the_loop_rises_to_its_middle():
    _, _, high, _ = drawn("GAAAAAC", "(.....)")
    assert high == [7, 9, 11, 9, 7, 2]


def test_a_branched_fold_is_drawn_as_the_official_images_are():
    """Row `chi-mir-1291` of the official test images: bars and gaps as the authors published them."""
    sequence = "GGCCCUGACUGAAGACCUGCAGUUACACUAUAGCUGUUGGUUUCAAACAGAGGCCCAGAGCACUGUCUUCCUG"
    structure = "(((((((..(((.((((.(((((((.....))))))).)))))))..))).))))(((....)))........"
    result = draw([sequence], [structure])
    upper, lower, high, low = bars(result.images[0])
    assert result.branched.all()
    assert upper == "AUCACA-UUGACGUC--CAGAAGUCAGUCC----CGG--------"
    assert lower == "-----UUGGUUUC-AAACAGAGGC--CCAGAGCACUGUCUUCCUG"
    assert "".join(f"{height:x}" for height in high) == "468643244435245225557555462552222254522222222"
    assert "".join(f"{height:x}" for height in low) == "222223444435225465557555222552468a545468acccc"


def test_a_long_hairpin_loses_its_open_end_and_says_so():
    stem = "GC" * 60
    sequence, structure = stem + "AAAA" + "GC" * 60, "(" * 120 + "...." + ")" * 120
    result = draw([sequence, "GAAAC"], [structure, "(...)"])
    assert result.cut.tolist() == [True, False]
    assert result.columns.tolist() == [124, 4]
    assert (result.images[0, 12] > 0).all()


def test_bond_vector_marks_the_pairs():
    result = draw(["GAGAAACAAC"], ["(.(...)..)"])
    assert np.flatnonzero(result.bonds[0]).tolist() == [3, 6]
    assert np.array_equal(bond_vectors(result.images), result.bonds)


@pytest.mark.parametrize(
    ("sequence", "structure"), [("GAAAC", "(...("), ("GAAAC", "(.x.)"), ("GAAAC", "(...")]
)
def test_a_structure_that_is_none_is_refused(sequence, structure):
    with pytest.raises(InputError):
        draw(["GAAAC", sequence], ["(...)", structure])


def test_no_pairs_and_no_hairpins():
    assert images([], []).shape == (0, 25, 100)
    upper, lower, high, _ = drawn("GAC", "...")
    assert (upper, lower, high) == ("CAG", "GAC", [4, 9, 4])
    assert read_strands(images(["GAC"], ["..."])[0]).hairpin() == ("GAC", "...")
    assert read_strands(np.zeros((25, 100), np.uint8)).hairpin() == ("", "")


@settings(max_examples=150, deadline=None)
@given(st.text("ACGU", min_size=1, max_size=90))
def test_an_unbranched_hairpin_can_be_read_back(sequence):
    structure, _ = fold(sequence)
    result = draw([sequence], [structure])
    if not result.branched[0] and not result.cut[0]:
        assert read_strands(result.images[0]).hairpin() == (sequence, structure)


def test_official_images_are_reproduced(shared_data):
    """A sample of the official test rows; the whole comparison is benchmarks/papers/agreement.py."""
    folder = shared_data / "modmirbase"
    with gzip.open(folder / "official_test.tsv.gz", "rt") as stream:
        rows = [row for row in csv.DictReader(stream, delimiter="\t") if row["sequence"]][::60]
    official = np.load(folder / "official_test_images.npz")["images"][[int(row["row"]) for row in rows]]
    sequences = [row["sequence"] for row in rows]
    result = draw(sequences, [fold(sequence)[0] for sequence in sequences])
    same = (result.images == official).all((1, 2))
    assert same[~result.branched].mean() > 0.8
    assert (bond_vectors(official) == result.bonds).mean() > 0.95
