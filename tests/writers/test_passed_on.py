"""Files that people pass on: arms, dot-brackets, the standard set; and names that promise another format."""

from __future__ import annotations

import gzip
import json

import pytest

from mirscan.alphabet import on_strand
from mirscan.cli import main
from mirscan.errors import UsageError
from mirscan.folding.dot_bracket import pair_table
from mirscan.records import Arms, Hairpin, Hit
from mirscan.writers.destinations import FORMATS, check_not_another, check_suffix, format_of
from mirscan.writers.result_files import ResultFiles
from mirscan.writers.standard_set import prefix_of, standard_set


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A scan of two genes into a standard set."""
    folder = tmp_path_factory.mktemp("run")
    assert main(["demo", str(folder / "demo.fa"), "--quiet"]) == 0
    files = ["--outdir", str(folder / "out" / "set"), "-o", str(folder / "arms.mature.fa.gz")]
    asked = ["--region", "demo3", "--threads", "1", "--quiet"]
    assert main(["scan", str(folder / "demo.fa"), *files, *asked]) == 0
    return folder


def records(text):
    """Heading, letters, and what else belongs to each record."""
    return [record.splitlines() for record in text.split(">")[1:]]


def test_the_standard_set_is_whole(run):
    names = sorted(path.name for path in (run / "out" / "set").iterdir())
    results = ".bed .dbn .gff3 .hairpins.fa .json .mature.fa .tsv"
    reports = ".families.tsv .html .summary.json _mqc.json _tiers_mqc.json"
    assert names == sorted(f"demo{suffix}" for suffix in f"{results} {reports}".split())


def test_mature_arms_are_those_of_the_genome(run):
    hits = {hit["name"]: hit for hit in json.loads((run / "out/set/demo.json").read_text())["hits"]}
    genome = "".join((run / "demo.fa").read_text().split(">demo3\n")[1].split()).upper().replace("T", "U")
    arms = records((run / "out/set/demo.mature.fa").read_text())
    assert len(arms) == 2 * len(hits) > 0
    for heading, letters in arms:
        name, place, _ = heading.split()
        hit, side = name.rsplit("-", 1)
        start, end = hits[hit]["arms"][{"5p": "five_prime", "3p": "three_prime"}[side]]
        assert place == f"demo3:{start + 1}-{end}:{hits[hit]['strand']}"
        assert letters == on_strand(genome[start:end], hits[hit]["strand"])
    packed = gzip.decompress((run / "arms.mature.fa.gz").read_bytes()).decode()
    assert packed == (run / "out/set/demo.mature.fa").read_text()


def test_dot_brackets_stand_below_their_hairpins(run):
    folds = records((run / "out/set/demo.dbn").read_text())
    hairpins = records((run / "out/set/demo.hairpins.fa").read_text())
    assert [fold[:2] for fold in folds] == hairpins
    for _, letters, brackets in folds:
        assert len(pair_table(brackets)) == len(letters)


def test_hits_without_arms_have_no_mature_arms(run, tmp_path, capsys):
    files = ["-o", str(tmp_path / "x.mature.fa"), "--arms", "none"]
    assert main(["scan", str(run / "demo.fa"), *files]) == 2
    assert "--arms or --reads" in capsys.readouterr().err
    assert main(["scan", str(run / "demo.fa"), "--format", "mature", "--arms", "none"]) == 2
    results = standard_set(ResultFiles(), None, "x", ["hairpin"], arms=False)
    assert "x.mature.fa" not in results.outputs
    results.check([], arms=False)


def test_a_set_keeps_what_was_named_and_follows_the_evidence():
    named = ResultFiles(outputs=("-", "mine.gff3"), summary="mine.json")
    found = standard_set(named, None, "a", ["hairpin", "reads"], arms=True)
    assert found.outputs[0] == "mine.gff3"
    assert "-" not in found.outputs
    assert (found.summary, found.report, found.families) == ("mine.json", "a.html", None)
    assert found.counts == "a.counts.tsv"


@pytest.mark.parametrize(
    ("source", "prefix"),
    [
        ("-", "mirscan"),
        ("x/demo.fa.gz", "demo"),
        ("GCF_1.2_genomic.fna", "GCF_1.2_genomic"),
        ("plain", "plain"),
    ],
)
def test_the_prefix_is_the_name_of_the_input(source, prefix):
    assert prefix_of(source) == prefix


def test_a_prefix_is_no_path(tmp_path):
    with pytest.raises(UsageError, match="no file name"):
        standard_set(ResultFiles(), str(tmp_path), "a/b", [], arms=True)


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.mature.fa", "mature"), ("a.MATURE.FASTA.gz", "mature"), ("mature.fa", "fasta"), ("a.dbn", "dbn")],
)
def test_suffixes_name_formats(name, kind):
    assert format_of(name) == kind


@pytest.mark.parametrize("name", ["a.txt", "a", "a.mature", "a.html", ".gz"])
def test_a_suffix_of_no_format_is_refused(name):
    with pytest.raises(UsageError, match="no format for the suffix") as caught:
        format_of(name)
    assert all(suffix in str(caught.value) for suffix in FORMATS)


def test_a_name_that_promises_another_format_is_refused():
    check_suffix("-", "x", [".tsv"])
    check_suffix("a.TSV.gz", "x", [".tsv"])
    for name in ("a.json", "a", "a.tsv.txt"):
        with pytest.raises(UsageError, match=r"ends in \.tsv"):
            check_suffix(name, "x", [".tsv"])
    for name in (None, "/dev/fd/3", "a.summary", "a.json"):
        check_not_another(name, "x", ".json")
    with pytest.raises(UsageError, match=r"ends in \.json"):
        check_not_another("a.html", "x", ".json")


@pytest.mark.parametrize(
    "arguments",
    [
        ["scan", "x.fa", "-o", "x.bed", "--summary", "x.tsv"],
        ["scan", "x.fa", "-o", "x.bed", "--families", "x.json"],
        ["scan", "x.fa", "-o", "x.bed", "--counts", "x.gff3"],
        ["predict", "x.fa", "-o", "x.json"],
        ["concepts", "x.fa", "-o", "x.tsv"],
        ["demo", "x.bed"],
        ["evaluate", "tree", "--json", "x.tsv"],
        ["evaluate", "hairpins", "--json", "x.html"],
    ],
)
def test_every_command_refuses_them(arguments, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.fa").write_text(">a\nACGU\n")
    assert main(arguments) == 2
    assert "a name that ends in" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["x.fa"]


def test_a_hit_without_arms_has_no_record():
    from io import StringIO

    from mirscan.writers.sequences import MatureWriter

    stream = StringIO()
    hairpin = Hairpin("c", 10, 30, "-", "GGGGAAAACCCCUUUUGGGG", "." * 20, -1.0)
    MatureWriter(stream).write(Hit.of(hairpin, 0.5))
    assert stream.getvalue() == ""
    MatureWriter(stream).write(Hit.of(hairpin, 0.5, arms=Arms((24, 28), (12, 16))))
    assert [record[1] for record in records(stream.getvalue())] == ["GGAA", "UUGG"]
