"""What is said before anything that takes its time: which file is missing, and a first word."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mirscan.cli import options

CODE = """
import sys
from mirscan.cli import main
code = main(sys.argv[1:])
print(code, *sorted({"torch", "pysam"} & set(sys.modules)))
"""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["none.fa"], "none.fa: no such file; expected a FASTA file of nucleotides"),
        (["g.fa", "--known", "none.gff3"], "none.gff3: no such file; expected known microRNAs as .gff3"),
        (["g.fa", "--reads", "none.bam"], "none.bam: no such file; expected small RNA reads as .bam"),
        (["g.fa", "--bed", "none.bed"], "none.bed: no such file; expected a BED file"),
    ],
)
def test_a_missing_file_is_named_before_anything_is_loaded(
    words: list[str], expected: str, tmp_path: Path
) -> None:
    (tmp_path / "g.fa").write_text(">a\nACGU\n")
    command = [sys.executable, "-c", CODE, "scan", *words, "-o", "hits.bed"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert expected in done.stderr
    assert done.stdout == "1\n"


def test_a_first_word_where_somebody_watches(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options.say_at_once("reading g.fa")
    assert not capsys.readouterr().err
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    options.say_at_once("reading g.fa", quiet=True)
    assert not capsys.readouterr().err
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    options.say_at_once("reading g.fa")
    assert capsys.readouterr().err == "mirscan: reading g.fa\n"
