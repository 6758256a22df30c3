"""Interruptions, shards and merging: however a scan comes together, it ends with the same bytes."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.quick_scans import small_chunks

from mirscan.cli import main
from mirscan.demo import PRECURSORS
from mirscan.pipeline.journal import Journal
from mirscan.scoring.scorer import Scorer

SUFFIXES = ("gff3", "json", "tsv", "bed.gz")
QUICK = ("--tree", "none", "--arms", "none", "--decoys", "off")
CHUNK = 640  # so that a small genome has many, and precursors lie across their borders
CLOCKS = ("seconds", "megabases_per_second", "threads", "device")  # of a summary


@pytest.fixture(autouse=True, scope="module")
def quick() -> Iterator[None]:
    """Small chunks, and networks that are loaded once for all scans of this file."""
    with small_chunks(CHUNK):
        yield


@pytest.fixture(scope="module")
def genome(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Three contigs with precursors, two of them across chunk borders, and a tiny one."""
    dice = random.Random(5)
    contigs = {name: dice.choices("ACGT", k=length) for name, length in (("a", 4000), ("b", 90), ("c", 3000))}
    starts = {"a": (CHUNK - 40, 1500, 4 * CHUNK - 20, 3300), "c": (200, 900, 1700, 2500)}
    for (contig, start), precursor in zip(
        ((contig, start) for contig, some in starts.items() for start in some),
        PRECURSORS.values(),
        strict=True,
    ):
        contigs[contig][start : start + len(precursor)] = precursor.replace("U", "T")
    path = tmp_path_factory.mktemp("genome") / "genome.fa"
    path.write_text("".join(f">{name}\n{''.join(bases)}\n" for name, bases in contigs.items()))
    return str(path)


def scan_with_everything(genome: str, folder: Path, *extra: str) -> int:
    outputs = [f"-o{folder}/hits.{suffix}" for suffix in SUFFIXES]
    summary = ["--summary", f"{folder}/hits.summary"]
    common = ["--threads", "1", "--quiet", "--min-score", "0.02"]
    return main(["scan", genome, *common, *outputs, *summary, *extra])


def scan(genome: str, folder: Path, *extra: str) -> int:
    return scan_with_everything(genome, folder, *QUICK, *extra)


def results(folder: Path) -> dict[str, object]:
    """The bytes of every result, and the summary without its clocks."""
    summary = json.loads((folder / "hits.summary").read_text())
    for clock in CLOCKS:
        del summary[clock]
    files = {suffix: (folder / f"hits.{suffix}").read_bytes() for suffix in (*SUFFIXES, "bed.gz.tbi")}
    return {"summary": summary, **files}


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


@pytest.fixture(scope="module")
def whole(genome: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The results of a scan that nothing disturbed."""
    folder = tmp_path_factory.mktemp("whole")
    assert scan(genome, folder) == 0
    return results(folder)


@pytest.fixture(scope="module")
def everything(genome: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """The same with rules, arms and q-values."""
    folder = tmp_path_factory.mktemp("everything")
    assert scan_with_everything(genome, folder) == 0
    assert names(folder) == {*(f"hits.{suffix}" for suffix in SUFFIXES), "hits.bed.gz.tbi", "hits.summary"}
    assert len((folder / "hits.tsv").read_text().splitlines()) > 5
    return results(folder)


class Interruptions:
    """Ctrl-C at the calls of the scorer that `at` names, counted from 1 over all runs."""

    def __init__(self) -> None:
        self.at: set[int] = set()
        self.calls = 0


@pytest.fixture
def interrupted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Interruptions]:
    plan, log_odds = Interruptions(), Scorer.log_odds

    def perhaps(self: Scorer, hairpins: object) -> object:
        plan.calls += 1
        if plan.calls in plan.at:
            raise KeyboardInterrupt
        return log_odds(self, hairpins)

    monkeypatch.setattr(Scorer, "log_odds", perhaps)
    return plan


def test_an_interrupted_scan_goes_on_and_ends_the_same(
    genome: str,
    everything: dict[str, object],
    tmp_path: Path,
    interrupted: Interruptions,
    capsys: pytest.CaptureFixture[str],
) -> None:
    interrupted.at = {4, 5, 9}
    assert scan_with_everything(genome, tmp_path) == 130
    assert "--resume goes on with it" in capsys.readouterr().err
    assert names(tmp_path) == {"hits.gff3.journal"}
    codes = [scan_with_everything(genome, tmp_path, "--resume") for _ in range(3)]
    assert codes == [130, 130, 0]
    assert results(tmp_path) == everything
    assert "hits.gff3.journal" not in names(tmp_path)


def test_only_the_chunk_that_was_interrupted_is_searched_again(
    genome: str, whole: dict[str, object], tmp_path: Path, interrupted: Interruptions
) -> None:
    interrupted.at = {4, 5, 9}
    assert [scan(genome, tmp_path, "--resume") for _ in range(4)] == [130, 130, 130, 0]
    assert results(tmp_path) == whole
    assert interrupted.calls - len(interrupted.at) == 11


@pytest.mark.parametrize("torn", [1, 7, 200])
def test_a_torn_journal_costs_its_last_chunk(
    genome: str, whole: dict[str, object], tmp_path: Path, interrupted: Interruptions, torn: int
) -> None:
    interrupted.at = {6}
    assert scan(genome, tmp_path) == 130
    journal = tmp_path / "hits.gff3.journal"
    journal.write_bytes(journal.read_bytes()[:-torn])
    before = interrupted.calls
    assert scan(genome, tmp_path, "--resume") == 0
    assert results(tmp_path) == whole
    assert interrupted.calls - before >= 11 - 4


def test_a_journal_damaged_in_the_middle_is_believed_up_to_there(
    genome: str, whole: dict[str, object], tmp_path: Path, interrupted: Interruptions
) -> None:
    interrupted.at = {9}
    assert scan(genome, tmp_path) == 130
    path = tmp_path / "hits.gff3.journal"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    assert scan(genome, tmp_path, "--resume") == 0
    assert results(tmp_path) == whole


@pytest.mark.parametrize("size", [0, 10, 18, 22, 60])
def test_a_journal_without_a_whole_header_starts_anew(
    genome: str, whole: dict[str, object], tmp_path: Path, interrupted: Interruptions, size: int
) -> None:
    interrupted.at = {2}
    assert scan(genome, tmp_path) == 130
    path = tmp_path / "hits.gff3.journal"
    path.write_bytes(path.read_bytes()[:size])
    assert scan(genome, tmp_path, "--resume") == 0
    assert results(tmp_path) == whole


def test_resume_without_anything_to_go_on_with_is_a_scan(
    genome: str, whole: dict[str, object], tmp_path: Path
) -> None:
    assert scan(genome, tmp_path, "--resume") == 0
    assert results(tmp_path) == whole


def test_a_journal_is_neither_overlooked_nor_overwritten(
    genome: str, tmp_path: Path, interrupted: Interruptions, capsys: pytest.CaptureFixture[str]
) -> None:
    interrupted.at = {3}
    assert scan(genome, tmp_path) == 130
    kept = (tmp_path / "hits.gff3.journal").read_bytes()
    capsys.readouterr()
    assert scan(genome, tmp_path) == 1
    assert "--resume goes on with it, --force starts anew" in capsys.readouterr().err
    assert (tmp_path / "hits.gff3.journal").read_bytes() == kept
    before = interrupted.calls
    assert scan(genome, tmp_path, "--force") == 0
    assert interrupted.calls - before == 11
    assert "hits.gff3.journal" not in names(tmp_path)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (["--min-score", "0.3"], "option min_score (0.02 there, 0.3 here)"),
        (["--strand", "plus"], "option strand (both there, + here)"),
        (["--tree", "diva-tree"], "tree (None there, diva-tree here)"),
        (["--region", "a:1-3000"], "regions"),
        (["--sensitivity", "exhaustive"], "option first_cut"),
        (["--min-contig", "100"], "option min_contig (0 there, 100 here)"),
    ],
)
def test_another_scan_is_not_resumed(
    genome: str,
    tmp_path: Path,
    interrupted: Interruptions,
    capsys: pytest.CaptureFixture[str],
    changed: list[str],
    words: str,
) -> None:
    interrupted.at = {2}
    assert scan(genome, tmp_path) == 130
    kept = (tmp_path / "hits.gff3.journal").read_bytes()
    capsys.readouterr()
    assert scan(genome, tmp_path, "--resume", *changed) == 1
    message = capsys.readouterr().err
    assert "is the journal of another scan" in message
    assert words in message
    assert (tmp_path / "hits.gff3.journal").read_bytes() == kept


def test_another_genome_or_model_is_not_resumed(
    genome: str,
    untrained: Path,
    tmp_path: Path,
    interrupted: Interruptions,
    capsys: pytest.CaptureFixture[str],
) -> None:
    interrupted.at = {3}
    assert scan(genome, tmp_path) == 130
    other = tmp_path / "other.fa"
    other.write_text(Path(genome).read_text().replace("A", "C", 1))
    for source, extra, words in (
        (str(other), (), "genome_sha256"),
        (genome, ("--model", str(untrained)), "model_sha256"),
    ):
        assert scan(source, tmp_path, "--resume", *extra) == 1
        assert words in capsys.readouterr().err
    other.write_text(Path(genome).read_text().lower())
    assert scan(str(other), tmp_path, "--resume") == 0, "the same bases in another dress are the same genome"


def test_results_that_cannot_be_written_cost_no_search(
    genome: str,
    whole: dict[str, object],
    tmp_path: Path,
    interrupted: Interruptions,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("mirscan.writers.outputs.Outputs.commit", _no_space)
        assert scan(genome, tmp_path) == 1
    assert names(tmp_path) == {"hits.gff3.journal"}
    before = interrupted.calls
    assert scan(genome, tmp_path, "--resume") == 0
    assert interrupted.calls == before
    assert results(tmp_path) == whole


def _no_space(*_: object) -> None:
    from mirscan.errors import OutputError

    raise OutputError("disk", "no space")


def test_standard_output_has_a_journal_when_asked(
    genome: str, tmp_path: Path, interrupted: Interruptions, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["scan", genome, "--threads", "1", "--format", "tsv", "--tree", "none", "--quiet"]
    assert main([*command, "--resume"]) == 2
    assert "standard output has no journal beside it; expected --journal FILE" in capsys.readouterr().err
    assert main(command) == 0
    undisturbed = capsys.readouterr().out
    interrupted.at = {interrupted.calls + 5}
    assert main([*command, "--journal", f"{tmp_path}/mine"]) == 130
    assert capsys.readouterr().out == ""
    assert main([*command, "--journal", f"{tmp_path}/mine", "--resume"]) == 0
    assert capsys.readouterr().out == undisturbed
    assert not names(tmp_path)


def test_two_scans_do_not_write_one_journal(genome: str, tmp_path: Path, interrupted: Interruptions) -> None:
    interrupted.at = {3}
    assert scan(genome, tmp_path) == 130
    journal = Journal.open(tmp_path / "hits.gff3.journal", to_write=True)
    assert journal
    for mode in ("--resume", "--force"):
        assert scan(genome, tmp_path, mode) == 1
    assert journal.finished == sum(1 for _ in journal.chunks()) == 2
    journal.close()


def shard(genome: str, number: int, of: int, path: str, *extra: str) -> int:
    common = ["--threads", "1", "--quiet", "--min-score", "0.02"]
    return main(["scan", genome, *common, "--shard", f"{number}/{of}", "-o", path, *extra])


def merge(shards: list[str], folder: Path) -> int:
    outputs = [f"-o{folder}/hits.{suffix}" for suffix in SUFFIXES]
    return main(["merge", *shards, *outputs, "--summary", f"{folder}/hits.summary", "--quiet"])


@pytest.mark.parametrize("of", [1, 3, 14])
def test_shards_merge_to_the_bytes_of_the_whole(
    genome: str, everything: dict[str, object], tmp_path: Path, interrupted: Interruptions, of: int
) -> None:
    shards = [f"{tmp_path}/part{number}.shard" for number in range(1, of + 1)]
    interrupted.at = {3}
    codes = [shard(genome, number, of, path, "--resume") for number, path in enumerate(shards, 1)]
    assert codes.count(130) == 1
    again = codes.index(130)
    assert not Path(shards[again]).exists()
    assert shard(genome, again + 1, of, shards[again], "--resume") == 0
    assert names(tmp_path) == {Path(path).name for path in shards}
    assert merge(shards[::-1], tmp_path) == 0
    assert results(tmp_path) == everything


@pytest.fixture(scope="module")
def parts(genome: str, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("parts")
    paths = [f"{folder}/{number}.shard" for number in (1, 2)]
    assert [shard(genome, number, 2, path) for number, path in enumerate(paths, 1)] == [0, 0]
    return paths


def test_a_shard_does_not_say_who_made_it(genome: str, parts: list[str], tmp_path: Path) -> None:
    assert shard(genome, 2, 2, f"{tmp_path}/again.shard", "--threads", "2") == 0
    assert Path(parts[1]).read_bytes() == (tmp_path / "again.shard").read_bytes()


def test_what_does_not_belong_together_is_not_merged(
    genome: str, parts: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = parts
    copy, damaged, other = (f"{tmp_path}/{name}.shard" for name in ("copy", "damaged", "other"))
    Path(copy).write_bytes(Path(one).read_bytes())
    Path(damaged).write_bytes(Path(two).read_bytes()[:-3])
    assert shard(genome, 2, 2, other, "--strand", "plus", *QUICK) == 0
    wanted = (
        ([one], "of 2, missing: 2"),
        ([one, copy, two], f"{copy}: is shard 1/2, as is {one}"),
        ([one, damaged], f"{damaged}: is damaged or unfinished"),
        ([one, other], "is of another scan than"),
        ([one, genome], "is no journal or shard of mirscan"),
        ([one, f"{tmp_path}/none.shard"], "cannot be read"),
    )
    before = names(tmp_path)
    for shards, words in wanted:
        assert merge(shards, tmp_path) == 1
        message = capsys.readouterr().err
        assert words in message
        assert message.count("\n") == 1
        assert names(tmp_path) == before


def test_merging_wants_the_tree_of_the_shards(
    parts: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    shipped = Path(__file__).resolve().parents[2] / "weights" / "diva-tree" / "tree.json"
    (tree / "tree.json").write_bytes(shipped.read_bytes() + b"\n")
    assert main(["merge", *parts, "-o", f"{tmp_path}/hits.bed", "--tree", str(tree)]) == 1
    assert "is not that of the shards" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--shard", "0/2", "-o", "x.shard"],
        ["--shard", "3/2", "-o", "x.shard"],
        ["--shard", "a/b", "-o", "x.shard"],
        ["--shard", "1", "-o", "x.shard"],
        ["--shard", "1/2", "-o", "x.gff3"],
        ["--shard", "1/2", "-o", "x.shard", "-o", "y.shard"],
        ["--shard", "1/2", "-o", "x.shard", "--summary", "s.json"],
        ["--shard", "1/2"],
    ],
)
def test_a_shard_is_asked_for_properly(
    arguments: list[str],
    genome: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["scan", genome, *arguments]) == 2
    assert "shard" in capsys.readouterr().err
    assert not names(tmp_path)
