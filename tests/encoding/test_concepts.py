"""Concepts measured on hand-drawn hairpins and on the authors' own values."""

from __future__ import annotations

import csv
import gzip

import numpy as np
import pytest

from mirscan.encoding.concepts import CONCEPTS, compute
from mirscan.encoding.outline import first_longest_run
from mirscan.errors import InputError

COLOUR = {"-": 1, "G": 2, "C": 3, "U": 4, "A": 5}
PAIRS = {"CG": 2, "GC": 2, "AU": 3, "UA": 3, "GU": 4, "UG": 4}


def draw(*columns):
    """An image from columns `(upper letter, upper height, lower letter, lower height)`."""
    image = np.zeros((25, 100), np.uint8)
    for at, (above, up, below, down) in enumerate(columns):
        image[13 - up : 13, at] = COLOUR[above]
        image[13 : 13 + down, at] = COLOUR[below]
    return image


def loop(*heights):
    return [("A", height, "A", height) for height in heights]


def pairs(*names):
    return [(name[0], PAIRS[name], name[1], PAIRS[name]) for name in names]


def bulge(width, on="upper"):
    tall, flat = ("A", 12), ("-", 2)
    return [(*tall, *flat) if on == "upper" else (*flat, *tall)] * width


def measure(*columns):
    return {name: values[0] for name, values in compute(draw(*columns)[None]).items()}


HAIRPIN = loop(7, 9, 9, 7) + pairs("CG", "AU", "GU", "CG", "GC", "UA")


def test_a_plain_hairpin():
    found = measure(*HAIRPIN)
    assert found["presence_terminal_loop"]
    assert found["start_loop_upperhalf_col"] == 3
    assert (found["highest_point_loop_upperhalf_row"], found["highest_point_loop_upperhalf_col"]) == (4, 2)
    assert (found["loop_length"], found["loop_width"]) == (18, 4)
    assert np.isnan(found["gap_start"])
    assert (found["stem_begin"], found["total_length"]) == (9, 9)
    assert (found["stem_end"], found["stem_length"]) == (4, 5)
    assert found["base_pairs_in_stem"] == 5 / 6
    assert found["base_pairs_wobbles_in_stem"] == 1
    assert found["palindrome_score"] == 1
    assert not found["asymmetric"]


def test_the_last_loop_column_does_not_make_the_highest_point():
    found = measure(*loop(7, 8, 11), *pairs("CG"))
    assert (found["highest_point_loop_upperhalf_row"], found["highest_point_loop_upperhalf_col"]) == (5, 1)


def test_the_rightmost_of_equal_columns_is_the_highest():
    found = measure(*loop(9, 7, 9, 7, 5), *pairs("CG"))
    assert found["highest_point_loop_upperhalf_col"] == 2


def test_a_loop_of_one_column_has_its_highest_point_in_row_12():
    found = measure(*loop(7), *pairs("CG", "AU"))
    assert (found["highest_point_loop_upperhalf_row"], found["highest_point_loop_upperhalf_col"]) == (12, 0)
    assert (found["loop_length"], found["loop_width"]) == (14, 1)


def test_a_pair_needs_the_bars_of_a_pair():
    unpaired_cg = [("C", 4, "G", 4)]
    assert measure(*loop(7, 7), *unpaired_cg, *pairs("CG", "CG"))["start_loop_upperhalf_col"] == 2


def test_a_gap_in_column_0_is_no_loop_and_its_gaps_are_counted():
    found = measure(*[("-", 2, "A", 4)] * 3, *[("A", 4, "-", 2)], *pairs("CG", "AU"))
    assert not found["presence_terminal_loop"]
    assert found["gap_start"] == 3
    empty = ["start_loop_upperhalf_col", "highest_point_loop_upperhalf_col", "loop_length", "loop_width"]
    assert all(np.isnan(found[name]) for name in empty)
    assert (found["stem_end"], found["stem_length"]) == (0, 5)
    assert found["base_pairs_in_stem"] == 2 / 5


def test_gaps_are_counted_on_the_upper_strand_first():
    both = [("-", 2, "-", 2)] * 2 + [("A", 4, "-", 2)] * 3
    assert measure(*both, *pairs("CG"))["gap_start"] == 2
    assert measure(*[("A", 4, "-", 2)] * 5, *pairs("CG"))["gap_start"] == 5


def test_an_upper_bar_of_13_is_as_high_as_a_lower_one_of_12():
    assert measure(("A", 13, "A", 12), *pairs("CG"))["palindrome_score"] == 1


@pytest.mark.parametrize(("uneven", "asymmetric"), [(6, False), (7, True)])
def test_asymmetric_is_more_than_six_in_ten(uneven, asymmetric):
    columns = [("A", 7, "-", 2)] * uneven + pairs(*["CG"] * (10 - uneven))
    assert bool(measure(*columns)["asymmetric"]) is asymmetric


def test_the_largest_bulge_is_the_first_of_the_widest():
    columns = [*HAIRPIN, *bulge(2, "lower"), *pairs("CG"), *bulge(3), *pairs("CG"), *bulge(3, "lower")]
    found = measure(*columns, *pairs("CG"))
    assert found["large_asymmetric_bulge"] == 3
    assert found["largest_asym_bulge_strand_location"] == "upper"
    assert found["largest_asym_bulge_sequence_location"] == len(HAIRPIN) + 3 + 1


def test_a_bulge_at_the_open_end_does_not_count():
    found = measure(*HAIRPIN, *bulge(2), *pairs("CG"), *bulge(9, "lower"))
    assert found["large_asymmetric_bulge"] == 2
    found = measure(*HAIRPIN, *bulge(9))
    assert np.isnan(found["large_asymmetric_bulge"])
    assert np.isnan(found["largest_asym_bulge_sequence_location"])
    assert found["largest_asym_bulge_strand_location"] == ""


@pytest.mark.parametrize(("columns_behind", "found"), [(17, False), (18, True), (24, True), (25, False)])
def test_two_au_pairs_side_by_side_18_to_25_columns_from_the_open_end(columns_behind, found):
    columns = [*loop(7, 7), *pairs("CG"), *pairs("AU", "UA"), *pairs(*["CG"] * columns_behind)]
    assert bool(measure(*columns)["AU_pair_begin_maturemiRNA"]) is found


@pytest.mark.parametrize(("at", "found"), [(0, False), (1, True), (5, True), (6, False)])
def test_ugu_between_the_loops_highest_point_and_three_columns_into_the_stem(at, found):
    above = ["A"] * 12
    above[at : at + 3] = "UGU"
    columns = [(above[0], 7, "A", 7), (above[1], 8, "A", 8), (above[2], 7, "A", 7)]
    columns += [
        (letter, PAIRS[letter + partner], partner, PAIRS[letter + partner])
        for letter, partner in zip(
            above[3:], ["G" if letter == "U" else "U" for letter in above[3:]], strict=True
        )
    ]
    assert measure(*columns)["start_loop_upperhalf_col"] == 2
    assert bool(measure(*columns)["UGU"]) is found


def test_nothing_paired():
    found = measure(*loop(7, 9, 11, 12, 12, 12, 11, 9, 7))
    assert found["start_loop_upperhalf_col"] == 4
    assert found["base_pairs_in_stem"] == 0
    assert found["stem_length"] == 8 - 5


def test_nothing_paired_on_fewer_columns_than_the_loop_is_given():
    found = measure(*loop(7, 7, 7))
    assert found["start_loop_upperhalf_col"] == 2
    assert found["stem_length"] == 0
    assert np.isnan(found["base_pairs_in_stem"])


def test_a_pair_in_column_0_leaves_a_loop_of_no_columns():
    found = measure(*pairs("CG", "AU"))
    assert (found["loop_width"], found["stem_end"], found["stem_length"]) == (0, 0, 1)
    assert np.isnan(found["loop_length"])
    assert found["base_pairs_in_stem"] == 1
    assert not found["UGU"]


def test_a_hairpin_as_wide_as_the_image():
    found = measure(*loop(7, 7), *pairs(*["CG"] * 98))
    assert (found["total_length"], found["stem_length"]) == (99, 97)
    assert found["base_pairs_in_stem"] == 1
    assert measure(*[("-", 2, "-", 2)] * 100)["gap_start"] == 100


def test_an_empty_image_has_nothing():
    found = {name: values[0] for name, values in compute(np.zeros((1, 25, 100), np.uint8)).items()}
    for concept in CONCEPTS:
        value = found[concept.name]
        assert not value or value != value, concept.name


def test_no_images_no_values():
    found = compute(np.zeros((0, 25, 100), np.uint8))
    assert {len(values) for values in found.values()} == {0}


def test_values_do_not_depend_on_the_batch():
    images = np.random.default_rng(3).integers(0, 6, (1100, 25, 100)).astype(np.uint8)
    whole, parts = compute(images), [compute(images[at : at + 1]) for at in (0, 511, 512, 1099)]
    for name, values in whole.items():
        alone = np.concatenate([part[name] for part in parts])
        np.testing.assert_array_equal(values[[0, 511, 512, 1099]], alone)


def test_the_first_of_the_widest_runs():
    rows = np.array([[0, 1, 1, 0, 1, 1], [1, 0, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0]], bool)
    start, width = first_longest_run(rows)
    assert start[:2].tolist() == [1, 2]
    assert width.tolist() == [2, 3, 0]


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((25, 100), np.uint8),
        np.zeros((1, 100, 25), np.uint8),
        np.full((1, 25, 100), 6),
        np.zeros((1, 25, 100)),
    ],
    ids=["one image", "turned", "a sixth colour", "fractions"],
)
def test_anything_but_images_is_refused(images):
    with pytest.raises(InputError):
        compute(images)


def test_the_authors_values(shared_data):
    folder = shared_data / "modmirbase"
    with gzip.open(folder / "official_test_concepts.csv.gz", "rt") as stream:
        rows = list(csv.DictReader(stream))
    images = np.load(folder / "official_test_images.npz")["images"]
    values = compute(images[[int(row["row"]) for row in rows]])
    for concept in CONCEPTS:
        ours = ["" if value != value else str(value) for value in values[concept.name].tolist()]
        assert ours == [row[concept.name] for row in rows], concept.name
