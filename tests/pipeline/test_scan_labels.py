"""`mirscan scan` and `merge` with decoys, a prevalence and known microRNAs, end to end."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from mirscan.cli import main
from mirscan.demo import PRECURSORS


@pytest.fixture(scope="module")
def genome(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A contig of 12 kb with precursors, on the plus strand."""
    dice = random.Random(11)
    bases = dice.choices("ACGT", k=12_000)
    for number, precursor in enumerate(PRECURSORS.values()):
        bases[1000 + 1200 * number : 1000 + 1200 * number + len(precursor)] = precursor.replace("U", "T")
    path = tmp_path_factory.mktemp("labels") / "genome.fa"
    path.write_text(f">chr1\n{''.join(bases)}\n")
    return str(path)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("known") / "known.bed"
    rows = [
        (1000 + 1200 * number, 1000 + 1200 * number + len(precursor), name)
        for number, (name, precursor) in enumerate(PRECURSORS.items())
    ]
    path.write_text("".join(f"chr1\t{start}\t{end}\t{name}\t0\t+\n" for start, end, name in rows))
    return str(path)


def scan(genome: str, folder: Path, *more: str) -> tuple[list[dict[str, object]], dict[str, object]]:
    """The hits and the summary of a scan."""
    files = ["-o", str(folder / "hits.json"), "--summary", str(folder / "run.json")]
    common = ["--threads", "1", "--quiet", "--tree", "none", "--force"]
    assert main(["scan", genome, *files, *common, *more]) == 0
    hits = json.loads((folder / "hits.json").read_text())["hits"]
    return hits, json.loads((folder / "run.json").read_text())


@pytest.fixture(scope="module")
def plain(
    genome: str, known: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[dict[str, object]], dict[str, object]]:
    folder = tmp_path_factory.mktemp("plain")
    return scan(genome, folder, "--known", known, "--decoys", "0.02")


def test_what_of_the_known_was_found_counts_the_hits_that_are_left(
    genome: str, known: str, tmp_path: Path
) -> None:
    hits, summary = scan(genome, tmp_path, "--known", known, "--decoys", "off", "--top", "2")
    assert len(hits) == 2
    assert summary["known"]["found"] == summary["known"]["hits_known"] == 2


def test_hits_are_labelled_and_the_known_counted(
    plain: tuple[list[dict[str, object]], dict[str, object]],
) -> None:
    hits, summary = plain
    assert hits
    labels = [hit["known"]["kind"] for hit in hits]
    counted = summary["known"]
    assert counted["listed"] == counted["searched"] == len(PRECURSORS)
    assert [counted[f"hits_{kind}"] for kind in ("known", "antisense", "new")] == [
        labels.count(kind) for kind in ("known", "antisense", "new")
    ]
    assert (
        0
        < counted["found"]
        == len({hit["known"]["names"][0] for hit in hits if hit["known"]["kind"] == "known"})
    )


def test_the_summary_tells_the_decoys(plain: tuple[list[dict[str, object]], dict[str, object]]) -> None:
    hits, summary = plain
    told = summary["q_values"]
    assert told["megabases"] == pytest.approx(0.012, rel=0.1)
    assert told["decoy_megabases"] == pytest.approx(0.02, rel=0.3)
    at_most = [row["hits"] for row in told["thresholds"]]
    assert at_most == [sum(hit["q_value"] <= rate for hit in hits) for rate in (0.05, 0.1, 0.2, 0.5)]


def test_another_prevalence_gives_the_same_hits_by_default(
    genome: str, plain: tuple[list[dict[str, object]], dict[str, object]], tmp_path: Path
) -> None:
    hits, _ = scan(genome, tmp_path, "--prevalence", "1e-5", "--decoys", "0.02")
    assert [hit["name"] for hit in hits] == [hit["name"] for hit in plain[0]]
    assert all(hit["score"] < other["score"] for hit, other in zip(hits, plain[0], strict=True))
    # a curve is read off at a score, and scores are rounded after the prevalence is in them
    assert [hit["q_value"] for hit in hits] == pytest.approx([hit["q_value"] for hit in plain[0]], abs=2e-6)


def test_the_prevalence_of_the_clade_moves_scores_and_keeps_hits(
    genome: str, plain: tuple[list[dict[str, object]], dict[str, object]], tmp_path: Path
) -> None:
    hits, summary = scan(genome, tmp_path, "--clade-prevalence", "--clade", "vertebrates", "--decoys", "0.02")
    usual, _ = scan(genome, tmp_path, "--clade", "vertebrates", "--decoys", "0.02", "--force")
    assert summary["options"]["prevalence"] == 7.5e-6
    assert [hit["name"] for hit in hits] == [hit["name"] for hit in usual]
    assert all(hit["score"] < other["score"] for hit, other in zip(hits, usual, strict=True))
    assert [hit["tier"]["name"] for hit in hits] == [hit["tier"]["name"] for hit in usual]


def test_a_false_discovery_rate_cuts(
    genome: str, plain: tuple[list[dict[str, object]], dict[str, object]], tmp_path: Path
) -> None:
    rate = sorted(hit["q_value"] for hit in plain[0])[0]
    hits, _ = scan(genome, tmp_path, "--fdr", str(rate), "--decoys", "0.02")
    assert [hit["name"] for hit in hits] == [hit["name"] for hit in plain[0] if hit["q_value"] <= rate]


def test_merged_shards_say_the_same(
    genome: str, known: str, plain: tuple[list[dict[str, object]], dict[str, object]], tmp_path: Path
) -> None:
    common = ["--threads", "1", "--quiet", "--tree", "none", "--decoys", "0.02"]
    shards = [str(tmp_path / f"{number}.shard") for number in (1, 2)]
    for number, shard in enumerate(shards, 1):
        assert main(["scan", genome, *common, "--shard", f"{number}/2", "-o", shard]) == 0
    result = tmp_path / "merged.json"
    assert main(["merge", *shards, "-o", str(result), "--known", known, "--quiet"]) == 0
    assert json.loads(result.read_text())["hits"] == plain[0]


@pytest.mark.parametrize(
    ("asked", "status", "message"),
    [
        (["--decoys", "many"], 2, "megabases, auto or off"),
        (["--decoys", "-1"], 2, "megabases, auto or off"),
        (["--fdr", "0.1", "--decoys", "off"], 2, "no decoys"),
        (["--fdr", "2"], 2, "fdr"),
        (["--prevalence", "0"], 2, "prevalence"),
        (["--clade-prevalence", "--prevalence", "0.1"], 2, "--clade-prevalence"),
        (["--clade-prevalence", "--clade", "bacteria"], 2, "not known of a bacterium"),
        (["--prevalence", "0.1", "--model", "human"], 2, "not calibrated"),
        (["--known", "nowhere.bed"], 1, "nowhere.bed: no such file"),
        (["--arms", "human"], 1, "kind 'arms'"),
        (["--shard", "1/2", "-o", "a.shard", "--known", "k.bed"], 2, "mirscan merge"),
    ],
)
def test_what_does_not_fit_is_refused(
    genome: str,
    asked: list[str],
    status: int,
    message: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(Path(genome).parent)
    Path("k.bed").write_text("")
    assert main(["scan", genome, "--threads", "1", "--tree", "none", *asked]) == status
    assert message in capsys.readouterr().err
