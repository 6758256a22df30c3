"""A file that appears whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from mirscan.runtime.whole_file import whole_file


def test_a_file_appears_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.txt"
    with whole_file(path) as temporary:
        temporary.write_text("half")
        assert not path.exists()
        temporary.write_text("whole")
    assert path.read_text() == "whole"
    assert [each.name for each in path.parent.iterdir()] == ["file.txt"]


def test_an_interruption_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("before")
    with pytest.raises(KeyboardInterrupt), whole_file(path) as temporary:
        temporary.write_text("half")
        raise KeyboardInterrupt
    assert path.read_text() == "before"
    assert [each.name for each in tmp_path.iterdir()] == ["file.txt"]
