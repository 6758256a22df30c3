"""What can be explained, and what the terminal shows of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from mirscan.cli import main
from mirscan.demo import PRECURSORS, example_genome
from mirscan.errors import InputError, UsageError
from mirscan.explain.hairpins import of_fasta, of_genome, of_result
from mirscan.explain.terminal import levels
from mirscan.scoring import Scorer


@pytest.fixture(scope="module")
def scanned(untrained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scanned")
    dna, planted = example_genome()
    start = planted[-1].start
    (folder / "genome.fa").write_text(f">demo\n{dna['demo3'][start - 400 : start + 500]}\n")
    outputs = [f"-o{folder}/hits.{suffix}" for suffix in ("json", "tsv", "tsv.gz", "gff3")]
    common = ["--model", str(untrained), "--threads", "1", "--min-score", "0", "--quiet"]
    assert main(["scan", str(folder / "genome.fa"), *outputs, *common]) == 0
    return folder


def test_a_hit_is_the_same_from_every_source(scanned: Path) -> None:
    hits = of_result(str(scanned / "hits.json"), ())
    assert len(hits) > 1
    assert of_result(str(scanned / "hits.tsv"), ()) == of_result(str(scanned / "hits.tsv.gz"), ()) == hits
    names = tuple(name for name, _ in hits)
    assert of_genome(str(scanned / "genome.fa"), names) == hits


def test_an_unknown_id_names_close_ones(scanned: Path) -> None:
    name = of_result(str(scanned / "hits.json"), ())[0][0]
    with pytest.raises(UsageError) as caught:
        of_result(str(scanned / "hits.json"), (name[:-1] + "?",))
    assert name in str(caught.value)


def test_results_that_cannot_be_explained(scanned: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no sequences"):
        of_result(str(scanned / "hits.gff3"), ("x",))
    other = json.loads((scanned / "hits.json").read_text())
    (tmp_path / "new.json").write_text(json.dumps({**other, "format_version": 99}))
    with pytest.raises(InputError, match="99"):
        of_result(str(tmp_path / "new.json"), ())
    (tmp_path / "cut.json").write_text((scanned / "hits.json").read_text()[:-9])
    with pytest.raises(InputError, match="not a complete JSON"):
        of_result(str(tmp_path / "cut.json"), ())
    (tmp_path / "other.tsv").write_text("a\tb\n1\t2\n")
    with pytest.raises(InputError, match="no column"):
        of_result(str(tmp_path / "other.tsv"), ())


def test_places_that_do_not_exist(scanned: Path) -> None:
    genome = str(scanned / "genome.fa")
    with pytest.raises(UsageError, match="not understood"):
        of_genome(genome, ("demo",))
    with pytest.raises(InputError, match="outside the contig"):
        of_genome(genome, ("demo:850-999:+",))
    with pytest.raises(UsageError, match="no contig of this name"):
        of_genome(genome, ("chr1:1-9:+",))


def test_a_record_that_cannot_be_folded(tmp_path: Path) -> None:
    path = tmp_path / "hairpins.fa"
    path.write_text(">a\nACGU\n>b\nNNN\n")
    with pytest.raises(InputError, match="record 'b': no base other than N"):
        of_fasta(str(path))


def test_attention_sums_to_one_and_is_silent_where_nothing_is_seen(untrained: Path, tmp_path: Path) -> None:
    scorer = Scorer(str(untrained), "cpu")
    path = tmp_path / "hairpins.fa"
    path.write_text(f">short\n{PRECURSORS['hsa-mir-21']}\n>long\n{PRECURSORS['hsa-mir-17'] * 6}\n")
    short, long = (scorer.attention(hairpin) for _, hairpin in of_fasta(str(path)))
    assert short.sum() == pytest.approx(1)
    assert np.isnan(long).sum() == len(long) - 400
    assert np.nansum(long) == pytest.approx(1)


def test_levels() -> None:
    assert levels(np.array([0.0, 0.5, 1.0, np.nan]), 4).tolist() == [0, 2, 3, 0]
    assert levels(np.array([np.nan, 0.0]), 4).tolist() == [0, 0]


def test_the_terminal_shows_the_hairpin(
    scanned: Path, untrained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, hairpin = of_result(str(scanned / "hits.json"), ())[0]
    assert main(["explain", str(scanned / "hits.json"), "--id", name, "--model", str(untrained)]) == 0
    out = capsys.readouterr().out
    assert name in out
    assert hairpin.sequence[:60] in out
    assert hairpin.structure[:60] in out
    assert f"{hairpin.mfe:.2f} kcal/mol" in out
    assert main(["explain", str(scanned / "genome.fa"), "demo:1-60:-", "--model", str(untrained)]) == 0
    assert "60 nt" in capsys.readouterr().out
