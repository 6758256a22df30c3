"""What surrounds the program: folders full of traps, streams closed or full, folders that are gone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from mirscan.cli import main, mirscan
from mirscan.demo import example_genome

PROGRAM = Path(sys.executable).parent / "mirscan"
QUICK = ("--tree", "none", "--arms", "none", "--decoys", "off")
MODULES = (
    "RNA",
    "random",
    "struct",
    "json",
    "re",
    "typing",
    "__future__",
    "multiprocessing",
    "numba",
    "torch",
)
TRAP = """import os
with open({log!r}, "a") as log:
    log.write(__name__ + chr(10))
"""


@pytest.fixture
def genome(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "genome.fa"
    path.parent.mkdir()
    dna, planted = example_genome()
    path.write_text(f">one\n{dna['demo3'][planted[-1].start - 400 : planted[-1].start + 500]}\n")
    return path


def run(*command: object, shell: str = "", **more: Any) -> subprocess.CompletedProcess[str]:
    """Run the program; `shell` redirects its streams."""
    words = [str(word) for word in command]
    call = ["sh", "-c", f'exec "$@" {shell}', "sh", *words] if shell else words
    return subprocess.run(call, capture_output=True, text=True, **more)


# --- nothing is imported from the working directory


@pytest.mark.parametrize(
    "start",
    [
        pytest.param([PROGRAM], id="script"),
        pytest.param([sys.executable, "-m", "mirscan"], id="module", marks=pytest.mark.slow),
    ],
)
def test_nothing_is_imported_from_the_working_directory(
    start: list[object], genome: Path, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    for name in MODULES:
        (genome.parent / f"{name}.py").write_text(TRAP.format(log=str(log)))
    output = tmp_path / "hits.tsv"
    done = run(*start, "scan", "genome.fa", "-o", output, "--threads", 2, *QUICK, cwd=genome.parent)
    assert done.returncode == 0, done.stderr
    assert not log.exists(), log.read_text()
    assert output.read_text().count("\n") == 2


def test_workers_of_a_script_do_not_import_from_the_working_directory(genome: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    (genome.parent / "RNA.py").write_text(TRAP.format(log=str(log)))
    code = """
import sys
here = sys.path.pop(0)  # the parent has its own way; workers would get it all the same
from mirscan.runtime.workers import ordered_map
from mirscan.training.deepmirgene.folds import _fold_chunk
sys.path.insert(0, here)
print(list(ordered_map(_fold_chunk, [["GGGGAAAACCCC"]], 2))[0][0][0])
"""
    done = run(sys.executable, "-c", code, cwd=genome.parent)
    assert done.stdout == "((((....))))\n", done.stderr
    assert not log.exists()


# --- streams


@pytest.mark.parametrize("shell", [">&-", "2>&-", "<&- >&-"], ids=["stdout", "stderr", "none to read"])
def test_what_is_written_decides_whatever_the_streams(shell: str, tmp_path: Path) -> None:
    output = tmp_path / "demo.fa"
    done = run(PROGRAM, "demo", output, shell=shell)
    assert done.returncode == 0, done.stderr
    assert output.read_text().startswith(">demo1")


@pytest.mark.parametrize("shell", ["<&- >&- 2>&-", "2>/dev/full"], ids=["all", "full"])
def test_the_result_decides_whatever_the_streams(shell: str, genome: Path, tmp_path: Path) -> None:
    output = tmp_path / "hits.tsv"
    done = run(PROGRAM, "scan", genome, "-o", output, "--threads", 1, *QUICK, shell=shell)
    assert done.returncode == 0, done.stderr
    assert output.read_text().count("\n") == 2


@pytest.mark.parametrize(
    ("shell", "words"),
    [(">&-", "standard output: is closed"), (">/dev/full", "standard output: No space left on device")],
)
@pytest.mark.parametrize("command", ["models", "scan"])
def test_standard_output_that_cannot_be_written_is_named(
    command: str, shell: str, words: str, genome: Path
) -> None:
    more = [genome, "--threads", 1, "--quiet", *QUICK] if command == "scan" else []
    done = run(PROGRAM, command, *more, shell=shell)
    assert done.returncode == 1
    assert done.stderr == f"mirscan: error: {words}\n"


def test_a_working_directory_that_is_gone(genome: Path, tmp_path: Path) -> None:
    gone, output = tmp_path / "gone", tmp_path / "hits.tsv"
    gone.mkdir()
    command = [PROGRAM, "scan", genome, "-o", output, "--threads", "2", "--quiet", *QUICK]
    words = ["sh", "-c", f'rmdir {gone}; exec "$@"', "sh", *map(str, command)]
    done = subprocess.run(words, cwd=gone, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "the working directory was removed" in done.stderr
    assert output.read_text().count("\n") == 2


# --- errors know their place


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], None]:
    """A command `mirscan fail` that raises."""

    def arrange(error: Exception) -> None:
        @click.command()
        def fail() -> None:
            raise error

        usual = mirscan.get_command
        monkeypatch.setattr(
            mirscan, "get_command", lambda ctx, name: fail if name == "fail" else usual(ctx, name)
        )

    return arrange


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (EOFError("Ran out of input"), "a mistake in mirscan (EOFError: Ran out of input)"),
        (OSError(38, "Function not implemented"), "the system refused (OSError: [Errno 38] Function not"),
        (FileNotFoundError(2, "No such file", "x.nbi"), "x.nbi: No such file"),
        (
            ImportError("libtorch.so: failed to map"),
            "a library cannot be loaded (libtorch.so: failed to map)",
        ),
    ],
)
def test_an_end_that_nobody_foresaw_blames_nobody(
    error: Exception,
    words: str,
    failing: Callable[[Exception], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    failing(error)
    assert main(["fail"]) == 1
    message = capsys.readouterr().err
    assert f"mirscan: error: {words}" in message
    assert "interrupted" not in message
    assert "standard" not in message


# --- an encoding that knows little


@pytest.mark.parametrize(
    ("asked", "locale", "explained"),
    [
        ("bed", "C", [[]]),
        pytest.param("region", "POSIX", [["-o", "page.html"], ["--json"]], marks=pytest.mark.slow),
    ],
)
def test_every_file_and_stream_is_utf_8_in_any_locale(
    asked: str, locale: str, explained: list[list[str]], genome: Path, tmp_path: Path
) -> None:
    content = genome.read_text().replace(">one", ">chrΩ3")
    genome.write_text(content, encoding="utf-8")
    bed = tmp_path / "asked.bed"
    bed.write_text("chrΩ3\t0\t600\n", encoding="utf-8")
    poor = {"LC_ALL": locale, "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONIOENCODING": ""}
    environment = {**os.environ, **poor}
    where = ["--bed", bed] if asked == "bed" else ["--region", "chrΩ3:1-600"]
    outputs = [f"-o{tmp_path}/hits.{suffix}" for suffix in ("tsv", "json", "gff3", "bed", "fa")]
    done = run(
        *(PROGRAM, "scan", genome, *outputs, "-o", "-", "--format", "tsv", "--threads", 2, *where, *QUICK),
        env=environment,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1].startswith("chrΩ3:")
    assert done.stdout == (tmp_path / "hits.tsv").read_text(encoding="utf-8")
    for way in explained:
        shown = run(
            *(PROGRAM, "explain", f"{tmp_path}/hits.json", "--what-if", "no", *way),
            env=environment,
            encoding="utf-8",
            cwd=tmp_path,
        )
        assert shown.returncode == 0, shown.stderr
        assert way[:1] == ["-o"] or "chrΩ3" in shown.stdout
