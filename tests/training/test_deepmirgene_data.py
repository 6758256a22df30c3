from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from mirscan.errors import InputError
from mirscan.training.deepmirgene import folds
from mirscan.training.deepmirgene.benchmarks import (
    PARTS,
    Records,
    check_files,
    clean,
    conflicting,
    known_hairpins,
    load,
)
from mirscan.training.deepmirgene.folds import fold_all


def records(rows: list[tuple[str, int]]) -> Records:
    return Records(
        tuple(f"r{i}" for i in range(len(rows))),
        tuple(sequence for sequence, _ in rows),
        np.array([label for _, label in rows], np.int64),
    )


def write_benchmark(
    data: Path, benchmark: str, positives: str = ">1\nGGGAAACCC\n", negatives: str = ">2\nACGT\n"
) -> None:
    folder = data / benchmark
    folder.mkdir(parents=True)
    for part in PARTS[benchmark]:
        (folder / f"{part}_pos.fa").write_text(positives)
        with gzip.open(folder / f"{part}_neg.fa.gz", "wt") as stream:
            stream.write(negatives)


def test_load_puts_positives_first_and_reads_rna(tmp_path: Path) -> None:
    write_benchmark(tmp_path, "new", negatives=">a\nacgtn\n>b\nGG\nGG\n")
    found = load(tmp_path, "new", "all")
    assert found.sequences == ("GGGAAACCC", "ACGUN", "GGGG")
    assert found.labels.tolist() == [1, 0, 0]
    assert found.names[1] == "new/all_neg/a"


def test_missing_files_are_named(tmp_path: Path) -> None:
    write_benchmark(tmp_path, "human")
    (tmp_path / "human" / "train_pos.fa").unlink()
    (tmp_path / "human" / "val_fold3_neg.fa.gz").unlink()
    with pytest.raises(InputError, match=r"2 of 16 .* train_pos.fa.gz, val_fold3_neg.fa.gz"):
        check_files(tmp_path, "human")
    with pytest.raises(InputError, match="one of human"):
        check_files(tmp_path, "mouse")


def test_strange_letters_are_named(tmp_path: Path) -> None:
    write_benchmark(tmp_path, "new", negatives=">a\nACG\n>b\nACGEQ\n")
    with pytest.raises(InputError, match=r"record b: letters 'E', 'Q'"):
        load(tmp_path, "new", "all")


def test_sequences_longer_than_the_networks_see_are_counted() -> None:
    assert records([("A" * 400, 1), ("A" * 401, 1), ("A" * 900, 0)]).longer_than_seen() == 2


def test_conflicting_sequences_carry_both_labels(tmp_path: Path) -> None:
    write_benchmark(tmp_path, "new", positives=">1\nAAA\n>2\nCCC\n", negatives=">3\nCCC\n>4\nGGG\n")
    assert conflicting(tmp_path, "new") == {"CCC"}


def test_clean_drops_each_reason_once() -> None:
    test = records([("AA", 1), ("CC", 1), ("CC", 0), ("GG", 0), ("UU", 0), ("GA", 0), ("GG", 1)])
    training = records([("GG", 1), ("UU", 0), ("CC", 1)])
    kept, dropped = clean(test, {"CC"}, training, known={"GA", "GG", "AA"})
    assert list(zip(kept.sequences, kept.labels.tolist(), strict=True)) == [("AA", 1), ("UU", 0), ("GG", 1)]
    assert list(dropped.values()) == [2, 1, 1]


def test_known_hairpins_come_from_the_column_sequence(tmp_path: Path) -> None:
    table = tmp_path / "known.tsv"
    table.write_text("name\tsequence\tnote\na\tACGT\tx\nb\tGGG\ty\n")
    assert known_hairpins(table) == {"ACGU", "GGG"}
    table.write_text("name\tseq\n")
    with pytest.raises(InputError, match="no column `sequence`"):
        known_hairpins(table)


def test_folds_are_kept_and_taken_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sequences = ["GGGGAAAACCCC", "AAAA", "GGGGAAAACCCC"]
    first = fold_all(sequences, folder=tmp_path)
    assert first[0] == first[2]
    assert first[0][0] == "((((....))))"
    assert first[0][1] < 0
    assert first[1] == ("....", 0.0)
    monkeypatch.setattr(folds, "fold", lambda sequence: pytest.fail("folded again"))
    assert fold_all(sequences, folder=tmp_path) == first
    assert [path.suffix for path in tmp_path.iterdir()] == [".gz"]


def test_a_damaged_cache_is_made_anew(tmp_path: Path) -> None:
    sequences = ["GGGGAAAACCCC", "AAAA"]
    first = fold_all(sequences, folder=tmp_path)
    (path,) = tmp_path.iterdir()
    for damaged in (path.read_bytes()[:-9], gzip.compress(b"....\t0.00\n"), b"no gzip"):
        path.write_bytes(damaged)
        assert fold_all(sequences, folder=tmp_path) == first


def test_a_cache_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert fold_all(["AAAA"], folder=tmp_path / "file" / "cache") == [("....", 0.0)]


def test_shared_benchmarks_are_as_described(shared_data: Path) -> None:
    data = shared_data / "deepmirgene"
    for benchmark, positives, negatives, conflicts in (
        ("human", 863, 7422, 33),
        ("cross_species", 1677, 8266, 23),
    ):
        whole = load(data, benchmark, "all")
        assert (whole.labels.sum(), (whole.labels == 0).sum()) == (positives, negatives)
        assert len(conflicting(data, benchmark)) == conflicts
    _, dropped = clean(load(data, "new", "all"), (), load(data, "cross_species", "all"))
    assert dropped["negative_in_training_positives"] == 36
