"""Interruptions: however often a scan is stopped, it ends with the same bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers.resumed import Interruptions, names, results, scan, scan_with_everything

from mirscan.cli import main
from mirscan.pipeline.journal import Journal


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


@pytest.mark.parametrize(
    ("stopped", "end", "least"),
    [
        *((6, end, 11 - 4) for end in (-1, -7, -200)),  # its last chunk
        *((2, end, 11) for end in (0, 10, 18, 22, 60)),  # all: the header is not whole
    ],
)
def test_a_journal_cut_short_costs_what_it_lacks(
    genome: str,
    whole: dict[str, object],
    tmp_path: Path,
    interrupted: Interruptions,
    stopped: int,
    end: int,
    least: int,
) -> None:
    interrupted.at = {stopped}
    assert scan(genome, tmp_path) == 130
    journal = tmp_path / "hits.gff3.journal"
    journal.write_bytes(journal.read_bytes()[:end])
    before = interrupted.calls
    assert scan(genome, tmp_path, "--resume") == 0
    assert results(tmp_path) == whole
    assert interrupted.calls - before >= least


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


def test_other_weights_of_families_are_not_resumed(
    genome: str,
    reweighed: str,
    tmp_path: Path,
    interrupted: Interruptions,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    interrupted.at = {3}
    assert scan(genome, tmp_path) == 130
    with monkeypatch.context() as patch:
        patch.setattr("mirscan.evidence.families.SHIPPED", reweighed)
        assert scan(genome, tmp_path, "--resume") == 1
    assert "option families_sha256" in capsys.readouterr().err
    assert scan(genome, tmp_path, "--resume") == 0


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
