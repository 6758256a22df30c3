"""Shards and merging: however a scan is spread, it ends with the same bytes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from helpers.resumed import QUICK, SUFFIXES, Interruptions, names, results, scan

from mirscan.cli import main


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


def halves(genome: str, folder: Path, *options: str) -> list[str]:
    """The two shards of a scan."""
    paths = [f"{folder}/{number}.shard" for number in (1, 2)]
    assert [shard(genome, number, 2, path, *options) for number, path in enumerate(paths, 1)] == [0, 0]
    return paths


def in_two_shards(genome: str, folder: Path, *options: str) -> dict[str, object]:
    """The results of a scan in two shards that are merged."""
    merged = folder / "merged"
    merged.mkdir()
    assert merge(halves(genome, folder, *options), merged) == 0
    return results(merged)


@pytest.fixture(scope="module")
def parts(genome: str, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return halves(genome, tmp_path_factory.mktemp("parts"))


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
        ([one, two, one], f"{one}: is named twice; expected each shard once. Name it once"),
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


def test_results_of_a_region_say_so_in_one_piece_and_merged(genome: str, tmp_path: Path) -> None:
    where = (*QUICK, "--region", "a:1-3000", "--region", "a:2001-4000")
    assert scan(genome, tmp_path, *where) == 0
    whole = results(tmp_path)
    assert json.loads((tmp_path / "hits.json").read_text())["options"]["regions"] == "a:1-4000"
    assert "regions=a:1-4000 region_bases=4000" in (tmp_path / "hits.gff3").read_text()
    assert in_two_shards(genome, tmp_path, *where) == whole


def test_shards_of_a_clade_whose_flanks_say_nothing_are_merged(genome: str, tmp_path: Path) -> None:
    nematode = (*QUICK, "--clade", "nematodes")
    assert scan(genome, tmp_path, *nematode) == 0
    whole = results(tmp_path)
    assert in_two_shards(genome, tmp_path, *nematode) == whole


def test_merging_wants_the_weights_of_families_of_the_shards(
    parts: list[str],
    reweighed: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("mirscan.evidence.families.SHIPPED", reweighed)
    assert merge(parts, tmp_path) == 1
    assert "families_sha256" in capsys.readouterr().err
    assert names(tmp_path) == set()


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
