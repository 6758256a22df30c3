"""Training and measuring on two FASTA files of anybody's: the split, the errors, the commands."""

from __future__ import annotations

import json
import random
from pathlib import Path

import numpy as np
import pytest

from mirscan.cli import main
from mirscan.errors import InputError, MirscanWarning
from mirscan.scoring.checkpoint import read_card
from mirscan.training.common.relatives import groups, related_to, word_length
from mirscan.training.deepmirgene.benchmarks import FOLDS, Records
from mirscan.training.deepmirgene.own_data import TEST, read_pair, split

PAIRS = str.maketrans("ACGU", "UGCA")


def letters(draw: random.Random, n: int) -> str:
    return "".join(draw.choices("ACGU", k=n))


def hairpin(draw: random.Random) -> str:
    arm = letters(draw, 24)
    return arm + letters(draw, 8) + arm.translate(PAIRS)[::-1]


def relative(draw: random.Random, sequence: str) -> str:
    """The same 5\u2032 arm, another loop, and a letter more at the end."""
    return sequence[:24] + letters(draw, 8) + sequence[32:] + draw.choice("ACGU")


def families(seed: int, number: int, members: int) -> list[str]:
    draw = random.Random(seed)
    firsts = [hairpin(draw) for _ in range(number)]
    return [relative(draw, first) for first in firsts for _ in range(members)]


def fasta(path: Path, sequences: list[str]) -> Path:
    path.write_text("".join(f">{path.stem}{i}\n{one}\n" for i, one in enumerate(sequences)))
    return path


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    draw = random.Random(9)
    others = [letters(draw, 60) for _ in range(60)]
    return fasta(tmp_path / "pos.fa", families(1, 15, 2)), fasta(tmp_path / "neg.fa", others)


def test_relatives_are_those_that_share_an_arm() -> None:
    sequences = families(3, 20, 3)
    group = groups(sequences)
    assert group.tolist() == [row // 3 for row in range(60)]
    strangers = families(4, 20, 1)
    assert related_to([*strangers, sequences[4]], sequences[:5]).tolist() == [False] * 20 + [True]
    assert 12 <= word_length(sequences) <= word_length(sequences * 50) <= 18


def test_a_simple_repeat_is_no_kinship() -> None:
    draw = random.Random(5)
    assert len(set(groups([letters(draw, 40) + "UG" * 15 for _ in range(10)]).tolist())) == 10


def test_a_split_keeps_relatives_together_and_shares_both_classes() -> None:
    sequences = families(6, 60, 3) + families(7, 150, 2)
    labels = np.repeat([1, 0], [180, 300])
    parted = split(Records(tuple(map(str, range(480))), tuple(sequences), labels), "x", test_share=0.2)
    for number in set(parted.group.tolist()):
        assert len(set(parted.part[parted.group == number].tolist())) == 1
    for label, count in ((1, 180), (0, 300)):
        assert (parted.part[labels == label] == TEST).sum() == pytest.approx(0.2 * count, abs=4)
        for fold in range(FOLDS):
            assert (parted.part[labels == label] == fold).sum() == pytest.approx(0.16 * count, abs=4)


def test_too_few_groups_are_refused() -> None:
    sequences = families(8, 3, 20) + families(9, 40, 1)
    labels = np.repeat([1, 0], [60, 40])
    with pytest.raises(InputError, match="the 60 precursors are 3 groups of relatives; expected 6 groups"):
        split(Records(tuple(map(str, range(100))), tuple(sequences), labels), "x")


@pytest.mark.parametrize(
    ("positives", "negatives", "message"),
    [
        (">a\nACGUX!GU\n", ">b\nACGU\n", "p.fa, record a: \'!\' is no nucleotide letter (position 6)"),
        (">a\nMKVLEF\n", ">b\nACGU\n", "p.fa, record a: \'L\' is an amino acid"),
        (">a\nUGAGGUAGUAGGUUGUAUAGUU\n", ">b\nACGU\n", "shorter than 40 nt (a); expected hairpins"),
        (">a\n" + "ACGU" * 20 + "\n", "", "n.fa: is empty"),
        (">a\n" + "ACGU" * 20 + "\n", ">b\n" + "acgt" * 20 + "\n", "1 of its sequences stand in p.fa too"),
        (">a\n" + "ACGU" * 2000 + "\n", ">b\nACGU\n", "8,000 nt; expected hairpins of at most 5,000 nt"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_file_is_one_clear_line(
    tmp_path: Path, positives: str, negatives: str, message: str
) -> None:
    (tmp_path / "p.fa").write_text(positives)
    (tmp_path / "n.fa").write_text(negatives)
    with pytest.raises(InputError) as caught:
        read_pair(tmp_path / "p.fa", tmp_path / "n.fa")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_sequence_twice_counts_once(tmp_path: Path) -> None:
    sequences = families(1, 4, 1)
    positives = fasta(tmp_path / "p.fa", [*sequences, sequences[0], "ACGU"])
    with pytest.warns(MirscanWarning) as warned:
        records = read_pair(positives, fasta(tmp_path / "n.fa", families(2, 4, 1)))
    assert len(records) == 8
    assert ["shorter than 40 nt" in str(w.message) for w in warned] == [True, False]


def run(*words: object) -> int:
    return main([str(word) for word in words])


def test_train_and_evaluate(
    pair: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, files = tmp_path / "own", ("--positives", pair[0], "--negatives", pair[1])
    how = ("--epochs", 3, "--batch", 32, "--threads", 1, "--test-share", 0.2)
    assert run("train", "lstm", *files, "--out", out, *how) == 0
    said = capsys.readouterr().err
    assert "groups of relatives; 18 are held out" in said
    assert "training takes about" in said
    assert "of processor" in said
    card = read_card(out)
    assert card.provenance["trained_on"] == "pos.fa and neg.fa"
    assert card.metrics["held out"]["positives"] == 6
    assert str(tmp_path) not in json.dumps(card.provenance)
    rows = [line.split("\t") for line in (out / "split.tsv").read_text().splitlines()]
    assert rows[0] == ["name", "label", "group", "part"]
    assert sum(row[3] == "test" for row in rows) == 18

    measured = tmp_path / "measured.json"
    held_out = ("--positives", out / "test_pos.fa", "--negatives", out / "test_neg.fa", "--threads", 1)
    assert run("evaluate", "hairpins", *held_out, "--model", out, "--model", "human", "--json", measured) == 0
    table = capsys.readouterr().out
    assert "own" in table
    assert "human" in table
    both = json.loads(measured.read_text())["models"]
    assert [each["model"] for each in both] == ["own", "human"]
    assert both[1]["test"]["auroc"] > 0.9
    assert run("evaluate", "hairpins", *files, "--seen", pair[0], "--threads", 1) == 1
    assert "all 30 precursors are relatives of what stands there" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "nothing says what to learn from"),
        (("--positives", "x.fa"), "only --positives is given"),
        (("--positives", "x.fa", "--data", "."), "cannot go together"),
    ],
)
def test_what_to_learn_from_is_said_once(
    words: tuple[str, ...], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("train", "lstm", "--out", tmp_path / "out", *words) == 2
    assert message in capsys.readouterr().err
