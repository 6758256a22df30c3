"""`mirscan concepts`: tables of concepts from images and from sequences."""

from __future__ import annotations

import csv
import gzip

import numpy as np
import pytest

from mirscan.cli import main
from mirscan.encoding.concepts import CONCEPTS, compute
from mirscan.encoding.image import draw
from mirscan.encoding.stem_concepts import STEM_CONCEPTS
from mirscan.folding.viennarna import fold

MIR21 = "UGUCGGGUAGCUUAUCAGACUGAUGUUGACUGUUGAAUCUCAUGGCAACACCAGUCGAUGGGCUGUCUGACA"
LET7 = "UGGGAUGAGGUAGUAGGUUGUAUAGUUUUAGGGUCACACCCACCACUGGGAGAUAACUAUACAAUCUACUGUCUUUCCUA"
FASTA = f">mir21 human\n{MIR21}\n>let7,a\n{LET7.lower().replace('u', 't')}\n"
NAMES = [concept.name for concept in CONCEPTS]
STEM_NAMES = [concept.name for concept in STEM_CONCEPTS]


@pytest.fixture
def fasta(tmp_path):
    path = tmp_path / "hairpins.fa"
    path.write_text(FASTA)
    return path


def rows(path):
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def images_file(path, **arrays):
    np.savez(path, **arrays)
    return str(path)


def test_a_fasta_is_folded_drawn_and_measured(fasta, tmp_path):
    out = tmp_path / "out.csv"
    assert main(["concepts", str(fasta), "-o", str(out), "--threads", "1"]) == 0
    table = rows(out)
    assert list(table[0]) == ["name", *NAMES, *STEM_NAMES]
    assert [row["name"] for row in table] == ["mir21", "let7,a"]
    expected = compute(draw([LET7], [fold(LET7)[0]]).images)
    for name in NAMES:
        value = expected[name][0].item()
        assert table[1][name] == ("" if value != value else str(value))


def test_two_processes_write_what_one_does(fasta, tmp_path):
    for threads in "12":
        assert (
            main(["concepts", str(fasta), "-o", str(tmp_path / f"{threads}.csv"), "--threads", threads]) == 0
        )
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()


def test_images_with_and_without_labels(tmp_path, capsys):
    images = draw([MIR21, LET7], [fold(MIR21)[0], fold(LET7)[0]]).images
    source = images_file(tmp_path / "a.npz", images=images, labels=np.array([1, 0]))
    assert main(["concepts", source]) == 0
    labelled = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert list(labelled[0]) == ["row", "class_label", *NAMES]
    assert [(row["row"], row["class_label"]) for row in labelled] == [("0", "1"), ("1", "0")]
    assert main(["concepts", images_file(tmp_path / "b.npz", images=images)]) == 0
    assert list(csv.DictReader(capsys.readouterr().out.splitlines()).fieldnames) == ["row", *NAMES]


def test_no_images_are_a_header(tmp_path, capsys):
    source = images_file(tmp_path / "none.npz", images=np.zeros((0, 25, 100), np.uint8))
    assert main(["concepts", source]) == 0
    assert capsys.readouterr().out == ",".join(["row", *NAMES]) + "\n"


def test_cut_and_branched_hairpins_are_counted(tmp_path, capsys):
    arm = "GGGGGCCCCCAUAUAGCGCG"
    partner = "CGCGCUAUAUGGGGGCCCCC"
    branched = "GGGGCCC" + "GCGCGAAAACGCGC" + "A" + "CCGGCAAAAGCCGG" + "GGGCCCC"
    path = tmp_path / "odd.fa"
    path.write_text(f">long\n{arm * 6}GAAA{partner * 6}\n>branched\n{branched}\n>plain\n{MIR21}\n")
    assert main(["concepts", str(path), "-o", str(tmp_path / "o.csv")]) == 0
    counted = dict(line.rsplit(maxsplit=1) for line in capsys.readouterr().err.splitlines())
    assert counted == {"hairpins": "3", "longer than the image": "1", "branch": "1"}


def test_an_existing_table_stays_without_force(fasta, tmp_path, capsys):
    out = tmp_path / "out.csv"
    out.write_text("mine")
    assert main(["concepts", str(fasta), "-o", str(out)]) == 1
    assert out.read_text() == "mine"
    assert "--force" in capsys.readouterr().err
    assert main(["concepts", str(fasta), "-o", str(out), "--force"]) == 0
    assert len(rows(out)) == 2


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (FASTA + ">p\nMKVLEF\n", "'p', position 4: 'L' is an amino acid"),
        (FASTA + ">empty\n", "'empty': no A, C, G or T"),
        (FASTA + ">masked\nNNNNN\n", "'masked': no A, C, G or T"),
        ("ACGU\n", "before any `>name`"),
    ],
    ids=["protein", "no sequence", "only N", "not FASTA"],
)
def test_a_bad_fasta_is_one_error_and_no_table(tmp_path, capsys, content, said):
    source, out = tmp_path / "bad.fa", tmp_path / "out.csv"
    source.write_text(content)
    assert main(["concepts", str(source), "-o", str(out), "--threads", "1"]) == 1
    talk = capsys.readouterr().err
    assert said in talk
    assert len([line for line in talk.splitlines() if "error" in line]) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["bad.fa"]
    assert main(["concepts", str(source), "--threads", "1"]) == 1
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    "arrays",
    [
        {"pictures": np.zeros((1, 25, 100), np.uint8)},
        {"images": np.zeros((25, 100), np.uint8)},
        {"images": np.zeros((1, 25, 100))},
        {"images": np.array([{}], dtype=object)},
        {"images": np.zeros((2, 25, 100), np.uint8), "labels": np.zeros(3)},
    ],
    ids=["no images", "one image", "fractions", "pickled", "labels"],
)
def test_a_bad_archive_is_one_error(tmp_path, capsys, arrays):
    assert main(["concepts", images_file(tmp_path / "bad.npz", **arrays)]) == 1
    captured = capsys.readouterr()
    assert "bad.npz" in captured.err
    assert captured.out == ""


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"not an archive"])
def test_a_damaged_archive_is_one_error(tmp_path, capsys, content):
    path = tmp_path / "bad.npz"
    path.write_bytes(content)
    assert main(["concepts", str(path)]) == 1
    assert "bad.npz" in capsys.readouterr().err


def test_a_single_array_is_no_archive(tmp_path, capsys):
    path = tmp_path / "bad.npz"
    with path.open("wb") as stream:
        np.save(stream, np.zeros((1, 25, 100), np.uint8))
    assert main(["concepts", str(path)]) == 1
    assert "no array `images`" in capsys.readouterr().err


def test_the_authors_table_line_by_line(shared_data, tmp_path):
    folder = shared_data / "modmirbase"
    with np.load(folder / "official_test_images.npz") as archive:
        first = {name: archive[name][:500] for name in ("images", "labels")}
    out = tmp_path / "out.csv"
    assert main(["concepts", images_file(tmp_path / "first.npz", **first), "-o", str(out)]) == 0
    with gzip.open(folder / "official_test_concepts.csv.gz", "rt") as stream:
        assert out.read_text().splitlines() == [next(stream).rstrip("\n") for _ in range(501)]
