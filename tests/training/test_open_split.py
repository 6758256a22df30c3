"""The open split of modmiRBase as it is read, and the errors and figures that are measured on it."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
from helpers.diva_examples import hairpins

from mirscan.encoding.image import bond_vectors
from mirscan.errors import InputError
from mirscan.models.diva import DIVA
from mirscan.scoring.diva_checkpoint import save_network
from mirscan.training.diva.metrics import evaluate
from mirscan.training.diva.modmirbase import family, load_open_split
from mirscan.training.diva.reconstruction import reconstruction_errors


def test_the_three_errors_of_table_1():
    picture = np.zeros((1, 25, 100), np.uint8)
    picture[0, 11:13, :2] = 2  # two G of two pixels each in the upper half
    drawn = picture.copy()
    drawn[0, 11:13, 0] = 3  # one is now C
    drawn[0, 9:13, 1] = 2  # the other is twice as long
    errors = reconstruction_errors(picture, drawn)
    assert errors.image == pytest.approx(4 / 2500)
    assert errors.nucleotide == pytest.approx(1 / 2)
    assert errors.length == pytest.approx(2 / 200)
    assert set(reconstruction_errors(picture, picture).values().values()) == {0.0}


def test_weights_count_images_in_the_errors():
    pictures = np.zeros((2, 25, 100), np.uint8)
    pictures[:, 12, 0] = 2
    drawn = pictures.copy()
    drawn[1, 12, 0] = 3
    errors = reconstruction_errors(pictures, drawn, np.array([1.0, 3.0]))
    assert errors.nucleotide == pytest.approx(0.75)
    assert errors.image == pytest.approx(0.75 / 2500)


def test_figures_of_a_model_without_classes_have_none():
    examples = hairpins(4)
    figures = evaluate(DIVA("vae"), examples)
    assert np.isnan([figures.y, figures.y_from_m, figures.m]).all()
    assert np.isfinite(figures.objective)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("zma-MIR397b", "mir397"),
        ("hsa-let-7a-1", "let7"),
        ("cte-mir-2715-2", "mir2715"),
        ("random_seq_from_cds__NO_55772", "random_seq_from_cds__NO_55772"),
        ("308", "308"),
    ],
)
def test_family_of_a_name(name, expected):
    assert family(name) == expected


def write_data(folder, rows=40):
    """A modmiRBase of three small files."""
    examples = hairpins(rows)
    header = "row\tname\tlabel\tsource\tuse\tsequence\tsequence_from\n"
    with gzip.open(folder / "official_test.tsv.gz", "wt") as stream:
        stream.write(header)
        for i in range(rows):
            use = "train" if i % 4 == 0 else "test"
            stream.write(f"{i}\tn{i}\t{i % 2}\tneghsa\t{use}\t{examples.sequences[i]}\tname\n")
    np.savez(folder / "official_test_images.npz", images=examples.images, labels=examples.labels)
    others = hairpins(rows, 7)
    with gzip.open(folder / "official_train.tsv.gz", "wt") as stream:
        stream.write("name\tlabel\tsource\tsequence\n")
        for i, sequence in enumerate(others.sequences):
            stream.write(f"xyz-mir-{i}\t1\tmirbase\t{sequence}\n")
        stream.write(f"xyz-mir-900\t1\tmirbase\t{examples.sequences[1]}\n")


def test_open_split_is_read_from_three_files(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    write_data(tmp_path)
    split = load_open_split(tmp_path)
    assert len(split.train) + len(split.validation) == 41 + 10
    assert len(split.test) == 30
    assert np.flatnonzero(split.in_both).tolist() == [0]
    assert split.test.weights.tolist() == [2.0] * 30
    families = {family(name) for name in split.train.names}
    assert not families & {family(name) for name in split.validation.names}
    assert np.array_equal(split.train.bonds, bond_vectors(split.train.images))


def test_missing_files_are_named(tmp_path):
    with pytest.raises(InputError, match=r"official_train\.tsv\.gz"):
        load_open_split(tmp_path)


def test_figures_need_bonds(tmp_path, capsys):
    from mirscan.cli import main

    save_network(tmp_path / "vae", DIVA("vae"), "vae", {}, {})
    folder = str(tmp_path)
    arguments = ["evaluate", "diva", "--data", folder, "--model", f"{folder}/vae", "--figures", folder]
    assert main(arguments) == 2
    assert "z_m" in capsys.readouterr().err
