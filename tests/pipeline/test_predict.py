"""Ready hairpins: a row a record, in order, with a reason where there is no score."""

from __future__ import annotations

import csv
import io
import random
from dataclasses import replace
from pathlib import Path

import pytest

import mirscan
from mirscan.cli import main
from mirscan.demo import PRECURSORS
from mirscan.folding.viennarna import fold
from mirscan.pipeline.predict import fold_record, predict
from mirscan.scoring.checkpoint import load, save
from mirscan.scoring.scorer import CACHED, COLUMNS, SYMBOLS, Scorer, batch_of

LONG = "".join(random.Random(5).choices("ACGU", k=450))
RECORDS = [
    *((name, sequence.encode()) for name, sequence in PRECURSORS.items()),
    ("empty", b""),
    ("protein", b"ACGUMKVLE"),
    ("unknown", b"NNNN"),
    ("one letter", b"A"),
    ("open", b"AAAAAAAAAAAAAAAAAAAA"),
    ("long", LONG.encode()),
    ("dna", b"tgtcgggtagcttatcagactgatgttgactgttgaatctcatggcaacaccagtcgatgggctgtctgaca"),
]


def test_every_record_gets_a_row_in_order(untrained: Path) -> None:
    scorer = Scorer(str(untrained), "cpu")
    rows = {row.name: row for row in predict(RECORDS, scorer)}
    assert list(rows) == [name for name, _ in RECORDS]
    assert rows["empty"].note == "no sequence"
    assert rows["protein"].note == "'L' is an amino acid, not a nucleotide (position 8)"
    assert rows["unknown"].note == "no base other than N"
    assert all(rows[name].score is None for name in ("empty", "protein", "unknown"))
    assert all(rows[name].score is not None for name in ("one letter", "open", "long"))
    assert rows["long"].note.startswith("scored on its positions ")
    assert rows["dna"].score == rows["hsa-mir-21"].score


def test_a_score_does_not_depend_on_its_neighbours(untrained: Path) -> None:
    alone = [next(predict([record], Scorer(str(untrained), "cpu"))).score for record in RECORDS]
    for batch_size in (1, 3, 1000):
        scorer = Scorer(str(untrained), "cpu", batch_size)
        assert [
            row.score for row in predict(RECORDS * 3, scorer, workers=2 if batch_size == 3 else 1)
        ] == alone * 3


def test_hairpins_are_gathered_for_a_device(untrained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scorer = Scorer(str(untrained), "cpu")
    assert scorer.together == 0, "a processor scores what is there"
    expected, scores, sizes = list(predict(RECORDS * 10, scorer)), scorer.scores, []
    monkeypatch.setattr(Scorer, "together", 128)
    monkeypatch.setattr(scorer, "scores", lambda some: sizes.append(len(some)) or scores(some))
    assert list(predict(RECORDS * 10, scorer)) == expected
    assert len(sizes) == -(-len(RECORDS) * 10 // 128)


@pytest.mark.parametrize(
    ("kind", "device", "size"),
    [(COLUMNS, "cpu", CACHED), (COLUMNS, "cuda", 1000), (SYMBOLS, "cpu", 1000), (SYMBOLS, "cuda:1", 1000)],
)
def test_what_suits_the_cache_of_a_processor_binds_no_device(kind: str, device: str, size: int) -> None:
    import torch

    assert batch_of(kind, torch.device(device), 1000) == size
    assert batch_of(kind, torch.device(device), 5) == 5


def test_folds_are_viennarna_s() -> None:
    hairpin = fold_record(("x", PRECURSORS["hsa-mir-21"].encode())).hairpin
    assert hairpin is not None
    assert (hairpin.structure, hairpin.mfe) == fold(PRECURSORS["hsa-mir-21"])
    assert hairpin.mfe == pytest.approx(-35.2, abs=1.5)


def test_the_table(untrained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fasta = tmp_path / "hairpins.fa"
    fasta.write_text(
        "".join(f">{name.replace(' ', '_')} words\n{bases.decode()}\n" for name, bases in RECORDS)
    )
    assert main(["predict", str(fasta), "--model", str(untrained), "--threads", "1"]) == 0
    captured = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(captured.out), delimiter="\t"))
    assert [row["name"] for row in rows] == [name.replace(" ", "_") for name, _ in RECORDS]
    scored = [row for row in rows if row["score"]]
    assert all(row["label"] == str(int(float(row["score"]) >= 0.5)) for row in scored)
    assert all(int(row["length"]) == len(row["structure"]) for row in scored)
    called = sum(row["label"] == "1" for row in rows)
    assert captured.err.split() == f"records {len(rows)} precursors {called} not scored 3".split()


def test_memory_that_runs_out_halves_the_batch(untrained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    scorer = Scorer(str(untrained), "cpu", batch_size=64)
    hairpins = [fold_record(record).hairpin for record in RECORDS if fold_record(record).hairpin]
    expected = scorer.scores(hairpins)
    network, sizes = scorer._network, []

    def small(symbols: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        sizes.append(len(lengths))
        if len(lengths) > 3:
            raise torch.OutOfMemoryError("no memory")
        return network(symbols, lengths)

    monkeypatch.setattr(scorer, "_network", small)
    assert (scorer.scores(hairpins) == expected).all()
    assert max(sizes) > 3 >= min(sizes)


def test_the_card_says_from_which_score_on_a_hairpin_is_called(untrained: Path, tmp_path: Path) -> None:
    card, state = load(untrained, "lstm")
    save(tmp_path / "strict", replace(card, metrics={"min_score": 0.99}), state)
    fasta = tmp_path / "hairpins.fa"
    fasta.write_text("".join(f">{name}\n{sequence}\n" for name, sequence in PRECURSORS.items()))
    labels = {}
    for model in (untrained, tmp_path / "strict"):
        for extra in ([], ["--min-score", "0"]):
            output = tmp_path / "rows.tsv"
            common = ["--model", str(model), "--threads", "1", "--force", "--quiet"]
            assert main(["predict", str(fasta), "-o", str(output), *common, *extra]) == 0
            rows = csv.DictReader(output.read_text().splitlines(), delimiter="\t")
            labels[model.name, bool(extra)] = [(float(row["score"]), row["label"]) for row in rows]
    assert Scorer(str(untrained), "cpu").min_score == 0.5
    assert all((score >= 0.99) == (label == "1") for score, label in labels["strict", False])
    assert all((score >= 0.5) == (label == "1") for score, label in labels["untrained", False])
    assert {label for _, label in labels["strict", True]} == {"1"}


MATURE = "UAGCUUAUCAGACUGAUGUUGA"
NO_HAIRPINS = {
    "mature": MATURE,
    "hairpin of 28": "GGCUAGCUAAGCGAAAGCUUAGCUAGCC",
    "nothing pairs": "A" * 80,
    "a small stem": "GGGGAAAACCCC" + "A" * 60,
}


@pytest.mark.parametrize("model", ["cross_species", "human", "scan", "cross_species-paper"])
def test_no_hairpin_is_no_precursor_whatever_the_model(model: str, tmp_path: Path) -> None:
    fasta, table = tmp_path / "in.fa", tmp_path / "out.tsv"
    records = {**NO_HAIRPINS, "mir-21": PRECURSORS["hsa-mir-21"]}
    fasta.write_text("".join(f">{name.replace(' ', '_')}\n{bases}\n" for name, bases in records.items()))
    asked = ["--model", model, "--threads", "1", "--quiet", "--min-score", "0"]
    assert main(["predict", str(fasta), "-o", str(table), *asked]) == 0
    rows = list(csv.DictReader(table.open(), delimiter="\t"))
    assert [row["label"] for row in rows] == ["0"] * len(NO_HAIRPINS) + ["1"]
    assert all(row["note"].startswith("not a hairpin: ") for row in rows[:-1])
    assert all(float(row["score"]) == 0 and row["structure"] for row in rows[:-1])
    assert rows[-1]["note"] == ""


def test_a_single_sequence_in_python_is_one_prediction() -> None:
    for bases in ("ACGU", MATURE):
        (prediction,) = mirscan.predict(bases)
        assert (prediction.name, prediction.score, prediction.is_hairpin) == ("1", 0.0, False)
        assert prediction.note.startswith("not a hairpin: ")
    (prediction,) = mirscan.predict(PRECURSORS["hsa-mir-21"])
    assert prediction.score > 0.5
    assert mirscan.predict([]) == []


def test_every_precursor_that_is_known_well_is_a_hairpin() -> None:
    assert all(fold_record((name, bases.encode())).is_hairpin for name, bases in PRECURSORS.items())


@pytest.mark.parametrize("name", ["scores.json", "scores", "scores.csv.gz"])
def test_a_table_is_refused_under_another_suffix(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fasta = tmp_path / "hairpins.fa"
    fasta.write_text(">a\nACGU\n")
    assert main(["predict", str(fasta), "-o", str(tmp_path / name)]) == 2
    assert "a name that ends in .tsv" in capsys.readouterr().err
    assert not (tmp_path / name).exists()
