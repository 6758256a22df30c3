"""Pictures of hairpins and images: valid, escaped, and true to what they show."""

from __future__ import annotations

import re
import shutil
import subprocess
from xml.etree import ElementTree

import numpy as np
import pytest

from mirscan.encoding.image import draw
from mirscan.errors import InputError
from mirscan.explanation.svg.elements import STYLE, text
from mirscan.explanation.svg.hairpin import hairpin_svg
from mirscan.explanation.svg.hairpin_layout import layout
from mirscan.explanation.svg.image import COLOURS, LEFT, PIXEL, TOP, image_svg
from mirscan.explanation.svg.tracks import Track, Tracks, tracks_svg
from mirscan.explanation.svg.tree import tree_svg
from mirscan.folding.dot_bracket import pair_table
from mirscan.folding.viennarna import fold
from mirscan.tree.question import Question
from mirscan.tree.rules import Node, Split, Tree

MIR21 = "UGUCGGGUAGCUUAUCAGACUGAUGUUGACUGUUGAAUCUCAUGGCAACACCAGUCGAUGGGCUGUCUGACA"
BRANCHED = "GGGGCCCAGCGCGAAAACGCGCACCGGCAAAAGCCGGAGGGCCCCAAA"
SVG = "{http://www.w3.org/2000/svg}"
RUN = re.compile(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+z")


def parsed(svg):
    return ElementTree.fromstring(svg)


def pixels_of(svg):
    """The image, read back from the paths of its picture."""
    image = np.zeros((25, 100), np.uint8)
    for path in parsed(svg).iter(f"{SVG}path"):
        colour = path.get("fill", "")[6:-1]
        if colour in COLOURS:
            for x, y, width, height in RUN.findall(path.get("d")):
                column, row = int(x) // PIXEL, int(y) // PIXEL
                assert int(width) == PIXEL
                image[row : row + int(height) // PIXEL, column] = COLOURS.index(colour) + 1
    return image


def test_the_picture_of_an_image_is_the_image():
    images = draw([MIR21, BRANCHED], [fold(MIR21)[0], fold(BRANCHED)[0]]).images
    for image in images:
        np.testing.assert_array_equal(pixels_of(image_svg(image, alone=False)), image)


def test_any_image_can_be_drawn():
    image = np.random.default_rng(0).integers(0, 6, (25, 100))
    svg = image_svg(image, alone=False)
    np.testing.assert_array_equal(pixels_of(svg), image)
    _, _, width, height = map(float, parsed(svg).get("viewBox").split())
    assert (width, height) > (LEFT + 100 * PIXEL, TOP + 25 * PIXEL)
    assert not pixels_of(image_svg(np.zeros((25, 100), int), alone=False)).any()


@pytest.mark.parametrize("sequence", [MIR21, BRANCHED], ids=["hairpin", "branched"])
def test_the_layout_keeps_neighbours_and_partners_close(sequence):
    structure = fold(sequence)[0]
    points, table = layout(structure), pair_table(structure)
    steps = np.hypot(*np.diff(points, axis=0).T)
    assert steps.min() > 10
    assert steps.max() < 25
    opening = np.flatnonzero(table > np.arange(len(table)))
    apart = np.hypot(*(points[opening] - points[table[opening]]).T)
    np.testing.assert_allclose(apart, apart[0], rtol=0.01)
    assert points.min() == 0


def test_the_loop_lies_left_and_the_5_prime_strand_above():
    structure = "((((((....))))))"
    points = layout(structure)
    assert points[7:9, 0].max() < points[[0, 15], 0].min()
    assert points[:6, 1].max() < points[10:, 1].min()


def test_without_a_pair_the_bases_stand_in_a_row():
    points = layout(".....")
    assert np.ptp(points[:, 1]) == 0
    assert (np.diff(points[:, 0]) > 0).all()


def test_every_base_shows_its_letter_and_value():
    structure = fold(MIR21)[0]
    values = np.linspace(0, 1, len(MIR21))
    values[3] = np.nan
    svg = parsed(hairpin_svg(MIR21, structure, values))
    said = [title.text for title in svg.iter(f"{SVG}title")][1:]
    assert said[3] == "C 4"
    assert said[-1] == "A 72: 1"
    heat = [float(c.get("fill-opacity")) for c in svg.iter(f"{SVG}circle") if c.get("fill-opacity")]
    assert len(heat) == len(MIR21) - 2
    assert heat == sorted(heat)
    assert heat[-1] == 1


def test_arms_are_marked_over_their_bases():
    structure = fold(MIR21)[0]
    arms = [(7, 29, "5p"), (45, 66, "3p")]
    plain, marked = (hairpin_svg(MIR21, structure, arms=some, alone=False) for some in ([], arms))
    titles = [title.text for title in parsed(marked).iter(f"{SVG}title")]
    assert titles[1:3] == ["5p", "3p"]
    bands = [path for path in parsed(marked).iter(f"{SVG}path") if path.get("stroke-width") == "20"]
    assert [band.get("stroke") for band in bands] == ["var(--five)", "var(--three)"]
    assert [len(band.get("d").split("L")) for band in bands] == [22, 21]
    assert "var(--five)" not in plain


LENGTH = Question("stem_length", "stem <length>", "columns", "count", 70.0)
PAIRS = Question("base_pairs_in_stem", "base pairs in stem", "", "fraction", 0.5)
TREE = Tree(
    (
        Node((5, 5), 0.5, Split(PAIRS, (1.0,), 0.0, 1.0), 1, 4),
        Node((4, 2), 0.4, Split(LENGTH, (1.0,), 5.0, 1.0), 2, 3),
        Node((4, 0), 0.0),
        Node((0, 2), 1.0),
        Node((1, 3), 0.75),
    ),
    1,
)


def lit_words(svg):
    """The texts of the boxes that are not dimmed, from left to right."""
    boxes = [group for group in parsed(svg).iter(f"{SVG}g") if group.get("opacity") == "1"]
    boxes.sort(key=lambda group: float(group.find(f"{SVG}rect").get("x")))
    return [[line.text for line in box.iter(f"{SVG}text")] for box in boxes]


def test_the_path_is_lit_with_its_values():
    rule = TREE.explain([-1.0], {"base_pairs_in_stem": 0.25, "stem_length": 60})
    svg = tree_svg(TREE, rule, alone=False)
    assert lit_words(svg) == [
        ["base pairs in stem > 0.5", "no (0.25)"],
        ["stem <length> > 70", "yes (60, measured: no)"],
        ["precursor", "2 of 2"],
    ]
    marked = [rect for rect in parsed(svg).iter(f"{SVG}rect") if rect.get("stroke") == "var(--heat)"]
    assert len(marked) == 1
    assert svg.count('stroke="var(--ink)" stroke-width="2"') == 2


def test_without_a_path_nothing_is_dimmed():
    assert len(lit_words(tree_svg(TREE))) == len(TREE.nodes)
    assert lit_words(tree_svg(Tree((Node((3, 1), 0.25),), 1))) == [["not a precursor", "3 of 4"]]


def test_names_cannot_inject_markup():
    bad = '</title><script>alert("1")</script>&\x00'
    for svg in (
        hairpin_svg("GGGAAACCC", "(((...)))", arms=[(0, 3, bad)], title=bad),
        image_svg(np.zeros((25, 100), int), title=bad),
        hairpin_svg("<&>", "...", title="odd letters"),
    ):
        assert not list(parsed(svg).iter(f"{SVG}script"))
        assert "<script" not in svg
    assert text('a"<b>&\x07') == "a&quot;&lt;b&gt;&amp;"


def all_pictures(alone):
    rule = TREE.explain([-1.0], {"base_pairs_in_stem": 0.25, "stem_length": 60})
    arms = [(0, 4, "5p"), (8, 12, "3p")]
    image = np.zeros((25, 100), int)
    image[12:14, :60] = 1 + np.arange(60) % 5
    track = Track(np.arange(12.0), "heat")
    return [
        hairpin_svg("GGGGAAAACCCC", "((((....))))", np.arange(12.0), arms, alone=alone),
        tracks_svg(Tracks("GGGGAAAACCCC", "((((....))))", track, track, arms), alone=alone),
        image_svg(image, alone=alone),
        tree_svg(TREE, rule, alone=alone),
    ]


def test_a_picture_on_a_page_has_the_colours_of_the_page():
    svg = "".join(all_pictures(alone=False))
    assert "<style>" not in svg
    used = set(re.findall(r"var\(--(\w+)\)", svg))
    assert {"five", "three", "heat", "ink"} <= used
    assert used <= set(re.findall(r"--(\w+):", STYLE.split("@media")[0]))
    assert used <= set(re.findall(r"--(\w+):", STYLE.split("@media")[1]))


def test_a_picture_alone_says_everything_in_plain_attributes():
    for svg in all_pictures(alone=True):
        assert re.findall(r"https?://[^\"]+", svg) == ["http://www.w3.org/2000/svg"]
        for css in ("url(", "var(", "style", "class="):
            assert css not in svg


@pytest.mark.parametrize("at", range(4), ids=["fold", "tracks", "image", "tree"])
def test_librsvg_draws_it_in_colour(at, tmp_path):
    if not shutil.which("rsvg-convert"):
        pytest.skip("needs rsvg-convert, which is not here")
    pixels = pytest.importorskip("matplotlib.image")
    source, drawn = tmp_path / "picture.svg", tmp_path / "picture.png"
    source.write_text(all_pictures(alone=True)[at])
    subprocess.run(["rsvg-convert", "-o", drawn, source], check=True)
    image = pixels.imread(drawn)[..., :3]
    dark = (image.max(-1) < 0.2).mean()
    coloured = (image.max(-1) - image.min(-1) > 0.1).mean()
    assert dark < 0.1
    assert coloured > 0.01
    assert (image[0, 0] == 1).all()


@pytest.mark.parametrize(
    ("sequence", "structure", "values"),
    [
        ("ACGU", "...", None),
        ("", "", None),
        ("ACG", "...", [1, 2]),
        ("ACG", "...", [1, -1, 0]),
        ("ACG", "(..", None),
    ],
    ids=["lengths", "empty", "values", "negative", "open bracket"],
)
def test_what_is_no_hairpin_is_refused(sequence, structure, values):
    with pytest.raises(InputError):
        hairpin_svg(sequence, structure, values)


def test_words_stay_inside_their_boxes():
    long = Question(
        "x", "share of the stem in pairs of C with G or of A with U, from the loop", "", "fraction", 0.648
    )
    tree = Tree(
        (Node((5, 5), 0.5, Split(long, (1.0,), 0.0, 1.0), 1, 2), Node((4, 0), 0.0), Node((0, 2), 1.0)), 1
    )
    drawn = parsed(tree_svg(tree))
    for box in (group for group in drawn.iter(f"{SVG}g") if group.find(f"{SVG}rect") is not None):
        for line in box.iter(f"{SVG}text"):
            assert 0.5 * float(line.get("font-size")) * len(line.text) < float(
                box.find(f"{SVG}rect").get("width")
            )
