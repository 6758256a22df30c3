"""Training the scan's model on anybody's genomes: what comes in, the split, the run end to end."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from mirscan.alphabet import reverse_complement
from mirscan.cli import main
from mirscan.cli.train.scan import _was_better
from mirscan.errors import InputError
from mirscan.scoring.checkpoint import Card, read_card
from mirscan.scoring.scorer import Scorer
from mirscan.training.scan import material as scan_material
from mirscan.training.scan import own_genomes, own_train, prefilters
from mirscan.training.scan.data import known_loci, known_sequences
from mirscan.training.scan.own_genomes import gather, laid_out, precursors_of
from mirscan.training.scan.settings import ScanSettings

PAIRS = str.maketrans("ACGU", "UGCA")
SHAPE = {"width": 8, "heads": 1, "hidden": 8}


def stem(draw: random.Random) -> str:
    arm = "".join(draw.choices("ACGU", k=30))
    return arm + "".join(draw.choices("ACGU", k=10)) + arm.translate(PAIRS)[::-1]


@pytest.fixture
def genome(tmp_path: Path) -> tuple[Path, Path]:
    """25 kb with sixteen known precursors on both strands, two of a family."""
    draw = random.Random(3)
    stems = [stem(draw) for _ in range(15)]
    stems.append(stems[0][:28] + stem(draw)[28:])
    letters, rows = "", []
    for number, sequence in enumerate(stems):
        letters += "".join(draw.choices("ACGU", k=1500))
        strand = "+-"[number % 2]
        rows.append(f"c1\t{len(letters)}\t{len(letters) + len(sequence)}\tmir-{number}\t0\t{strand}\n")
        letters += sequence if strand == "+" else reverse_complement(sequence)
    (tmp_path / "worm.fa").write_text(">c1\n" + letters.replace("U", "T") + "\n")
    (tmp_path / "worm.bed").write_text("".join(rows))
    return tmp_path / "worm.fa", tmp_path / "worm.bed"


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ScanSettings.__init__, "__defaults__", (1, 12, 1, 2, 4, SHAPE, 0.01, 1.0, 1.0))
    monkeypatch.setattr(scan_material, "STRETCH", 5_000)
    monkeypatch.setattr(prefilters, "STEPS", 5)
    monkeypatch.setattr(own_train, "STEPS_OF_MORE", 3)


def silent(name: str, size: int) -> object:
    return lambda done: None


def test_the_loci_come_in_as_their_file_says(genome: tuple[Path, Path], tmp_path: Path) -> None:
    (folder,) = laid_out([genome], tmp_path / "cache")
    assert len(known_loci(folder)["c1"]) == 16
    rows, sequences = precursors_of(folder, plant=False), known_sequences(folder)
    assert [row.sequence[row.start : row.end] for row in rows] == sequences
    assert sequences[1][:30] == sequences[1][-30:].translate(PAIRS)[::-1]
    assert laid_out([genome], tmp_path / "cache") == [folder]


@pytest.mark.usefixtures("small")
def test_relatives_of_what_calibrates_are_not_learnt_from(genome: tuple[Path, Path], tmp_path: Path) -> None:
    folders = laid_out([genome], tmp_path / "cache")
    for seed in range(1, 4):
        settings = ScanSettings(seed=seed)
        found = gather(folders, settings, False, folders[0].parent, silent)  # type: ignore[arg-type]
        assert (found.loci, found.groups) == (16, 15)
        seen, unseen = set(found.precursors.origin.tolist()), set(found.calibration.origin.tolist())
        assert unseen
        assert not seen & unseen
        assert ({0, 15} <= seen) or ({0, 15} <= unseen)


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ("c1\t10\t80\tx\t0\t.\n", "none of its 1 loci lies on a strand of worm.fa"),
        ("c1\t10\t80\tx\t0\t+\n", "1 precursors in 1 groups of relatives; expected 10 groups or more"),
    ],
)
def test_known_files_that_cannot_be_used(
    genome: tuple[Path, Path], tmp_path: Path, known: str, message: str
) -> None:
    genome[1].write_text(known)
    with pytest.raises(InputError, match=message):
        gather(laid_out([genome], tmp_path / "c"), ScanSettings(), False, tmp_path, silent)  # type: ignore[arg-type]


def test_sequences_do_not_say_where_they_stand(genome: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="sequences do not say where they stand"):
        own_genomes.laid_out([(genome[0], genome[0])], tmp_path / "c")


@pytest.mark.usefixtures("small")
def test_a_model_of_ones_own_and_one_that_goes_on_from_it(
    genome: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    files = ["--genome", str(genome[0]), "--known", str(genome[1]), "--cache", str(tmp_path / "cache")]
    assert main(["train", "scan", *files, "--out", str(first)]) == 0
    assert "precursors held out it finds" in capsys.readouterr().err
    card = read_card(first)
    assert card.provenance["trained_on"] == "worm.fa"
    assert card.provenance["data"]["groups_of_relatives"] == 15
    assert set(card.metrics["held out"]["recall"]) == {"1", "10", "100"}
    assert (first / "prefilter1" / "card.json").exists()
    assert main(["train", "scan", *files, "--out", str(second), "--start-from", str(first)]) == 0
    assert "(before: " in capsys.readouterr().err
    card = read_card(second)
    assert card.provenance["trained_on"] == "worm.fa, from first"
    assert str(tmp_path) not in str(card)
    states = [Scorer(str(folder), "cpu").state() for folder in (first, second)]
    changed = [name for name in states[0] if not bool((states[0][name] == states[1][name]).all())]
    assert any("weight" in name for name in changed)
    out = tmp_path / "hits.tsv"
    assert main(["scan", str(genome[0]), "--model", str(second), "-o", str(out), "--quiet"]) == 0
    assert out.read_text().startswith("name\t")


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_the_shipped_model_goes_on_learning(genome: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "more"
    files = ["--genome", str(genome[0]), "--known", str(genome[1]), "--cache", str(tmp_path / "cache")]
    assert main(["train", "scan", *files, "--out", str(out), "--start-from", "scan", "--quiet"]) == 0
    before, after = Scorer("scan", "cpu"), Scorer(str(out), "cpu")
    assert after.card.architecture == before.card.architecture
    states = before.state(), after.state()
    changed = {name for name in states[0] if not bool((states[0][name] == states[1][name]).all())}
    assert any("members" in name for name in changed)
    assert all("members" in name or name == "calibration" for name in changed), "the other readers stay"


@pytest.mark.parametrize(("after", "better"), [(0.5, True), (0.9, False), (1.0, False)])
def test_a_model_that_was_better_before_is_not_praised(after: float, better: bool) -> None:
    figures = {"recall": {"1": after}, "recall_before": {"1": 0.9}}
    assert _was_better(Card("scan", "duplex-ensemble", metrics={"held out": figures})) is better
    assert not _was_better(Card("scan", "duplex-ensemble"))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "nothing says what to learn from"),
        (["--genome", "x.fa"], "1 --genome and 0 --known"),
        (["--data", ".", "--start-from", "scan"], "goes with no --genome"),
    ],
)
def test_what_to_learn_from_is_said_once(
    words: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "scan", "--out", str(tmp_path / "out"), *words]) == 2
    assert message in capsys.readouterr().err
