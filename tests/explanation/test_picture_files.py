"""Pictures as files: SVG, PNG and PDF, the same bytes every time; and what is missing is named."""

from __future__ import annotations

import io
import sys
import time

import numpy as np
import pytest

from mirscan.cli import main
from mirscan.errors import OutputError
from mirscan.explanation.picture_files import SCALE, PictureFolders, plain
from mirscan.explanation.svg.elements import EDGE, picture

BEGIN = {"svg": b"<svg", "png": b"\x89PNG", "pdf": b"%PDF"}
SQUARE = picture(40, 20, '<rect width="40" height="20" fill="var(--heat)"/>', "a square")


def folders(path):
    return PictureFolders(path / "svg", path / "png", path / "pdf")


def test_every_format_is_written_and_shows_the_picture(tmp_path):
    pytest.importorskip("cairosvg")
    image = pytest.importorskip("PIL.Image")
    folders(tmp_path).write("0001-a", {"square": SQUARE})
    for suffix, begin in BEGIN.items():
        assert (tmp_path / suffix / f"0001-a-square.{suffix}").read_bytes().startswith(begin)
    shown = image.open(io.BytesIO((tmp_path / "png" / "0001-a-square.png").read_bytes())).convert("RGB")
    wide, high = (round(SCALE * (size + 2 * EDGE)) for size in (40, 20))
    assert shown.size == (wide, high)
    assert np.asarray(shown)[high // 2, wide // 2].tolist() == [0xE8, 0x74, 0x3B]
    assert np.asarray(shown)[2, 2].tolist() != [0xE8, 0x74, 0x3B]


def test_the_same_picture_gives_the_same_bytes(tmp_path):
    pytest.importorskip("cairosvg")
    made = []
    for at in range(2):
        folders(tmp_path / str(at)).write("x", {"square": SQUARE})
        made.append([(tmp_path / str(at) / each / f"x-square.{each}").read_bytes() for each in BEGIN])
        time.sleep(1.1)  # a clock in the file would show
    assert made[0] == made[1]


@pytest.mark.parametrize("format_", ["png", "pdf"])
def test_what_is_not_installed_is_named_before_any_work(monkeypatch, tmp_path, capsys, format_):
    monkeypatch.setitem(sys.modules, "cairosvg", None)
    (tmp_path / "h.fa").write_text(">a\nGGGGAAAACCCC\n")
    assert main(["explain", str(tmp_path / "h.fa"), f"--{format_}", str(tmp_path / "pictures")]) == 2
    said = capsys.readouterr().err
    assert f"--{format_}: needs CairoSVG, which is not installed" in said
    assert "pip install 'mirscan[pictures]'" in said
    assert not (tmp_path / "pictures").exists()


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "svg").write_text("a file")
    with pytest.raises(OutputError, match="cannot be written"):
        PictureFolders(svg=tmp_path / "svg").write("x", {"square": SQUARE})


def test_names_that_no_file_can_have():
    assert plain("chr1:1-9:+/../é") == "chr1_1-9_+_.._"
    assert len(plain("a" * 300)) == 100
