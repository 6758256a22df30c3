"""What can be explained: hits of results, places, hairpins; and what is refused, with a way out."""

from __future__ import annotations

import gzip
import json

import pytest

from mirscan.errors import InputError, UsageError
from mirscan.explanation.explainer import Explainer
from mirscan.explanation.hairpins import of_fasta, of_genome
from mirscan.explanation.request import ExplainRequest
from mirscan.explanation.results import of_result
from mirscan.genome.access import Genome
from mirscan.pipeline.clades import LONGEST, clade_of
from mirscan.pipeline.false_hits import CLADES
from mirscan.records import Label


def hairpins(request):
    return [(subject.name, subject.hairpin) for subject in request.subjects]


def test_a_hit_is_the_same_from_every_source(scanned):
    genome = str(scanned / "genome.fa")
    hits = of_result(str(scanned / "hits.json"))
    assert len(hits.subjects) > 1
    assert all(subject.hit and subject.surroundings is None for subject in hits.subjects)
    for source in ("hits.tsv", "hits.tsv.gz"):
        by_score = hairpins(of_result(str(scanned / source)))
        assert sorted(by_score, key=str) == sorted(hairpins(hits), key=str)
    of_gff = of_result(str(scanned / "hits.gff3"), genome=genome)
    assert hairpins(of_gff) == hairpins(hits)
    assert of_gff.made == hits.made
    names = [subject.name for subject in hits.subjects]
    of_places = of_genome(genome, names)
    assert hairpins(of_places) == hairpins(hits)
    assert [s.surroundings for s in of_places.subjects] == [s.surroundings for s in of_gff.subjects]


def test_a_result_says_how_it_was_made(scanned):
    made = of_result(str(scanned / "hits.json")).made
    assert (made.model, made.min_score, made.sensitivity) == ("untrained", 0, "exhaustive")
    assert len(made.model_sha256) == 64


def test_a_hit_is_followed_as_in_a_scan_of_its_clade(scanned, tmp_path):
    content = json.loads((scanned / "hits.json").read_text())
    assert of_result(str(scanned / "hits.json")).made.clades == CLADES
    for stated, clades in (("plant", ("plant",)), ("virus/insect", ("virus", "insect")), ("fern", CLADES)):
        content["options"]["clade"] = stated
        (tmp_path / "hits.json").write_text(json.dumps(content))
        assert of_result(str(tmp_path / "hits.json")).made.clades == clades
    genome = str(scanned / "genome.fa")
    with Genome.open(genome) as opened:
        guessed = clade_of(None, opened).names
    assert of_result(str(scanned / "hits.tsv"), genome=genome).made.clades == guessed
    plants = Explainer(ExplainRequest(device="cpu", clades=("plant",)))
    assert plants._line._search.sieve.max_span == LONGEST["plant"]


def test_an_unknown_id_names_close_ones(scanned):
    name = of_result(str(scanned / "hits.json")).subjects[0].name
    with pytest.raises(UsageError) as caught:
        of_result(str(scanned / "hits.json"), (name[:-1] + "?",))
    assert name in str(caught.value)


def test_results_that_cannot_be_explained(scanned, tmp_path):
    with pytest.raises(InputError, match=r"holds no sequences.*`genome`"):
        of_result(str(scanned / "hits.gff3"), ("x",))
    other = json.loads((scanned / "hits.json").read_text())
    (tmp_path / "new.json").write_text(json.dumps({**other, "format_version": 99}))
    with pytest.raises(InputError, match="99"):
        of_result(str(tmp_path / "new.json"))
    (tmp_path / "odd.json").write_text(json.dumps({**other, "hits": [{"name": "a"}]}))
    with pytest.raises(InputError, match="unexpected content"):
        of_result(str(tmp_path / "odd.json"))
    (tmp_path / "cut.json").write_text((scanned / "hits.json").read_text()[:-9])
    with pytest.raises(InputError, match="not a complete JSON"):
        of_result(str(tmp_path / "cut.json"))
    packed = bytearray(gzip.compress((scanned / "hits.json").read_bytes()))
    packed[100:150] = bytes(byte ^ 0x5A for byte in packed[100:150])
    (tmp_path / "damaged.json.gz").write_bytes(packed)
    (tmp_path / "deep.json").write_text("[" * 100_000)
    for name in ("damaged.json.gz", "deep.json"):
        with pytest.raises(InputError, match="not a complete JSON"):
            of_result(str(tmp_path / name))
    (tmp_path / "other.tsv").write_text("a\tb\n1\t2\n")
    with pytest.raises(InputError, match="no column"):
        of_result(str(tmp_path / "other.tsv"))
    rows = (scanned / "hits.tsv").read_text().splitlines()
    (tmp_path / "odd.tsv").write_text(f"{rows[0]}\n{rows[1].replace('-', 'x')}\n")
    with pytest.raises(InputError, match="line 2"):
        of_result(str(tmp_path / "odd.tsv"))


def test_a_result_and_another_genome(scanned, tmp_path):
    short, other = tmp_path / "short.fa", tmp_path / "other.fa"
    short.write_text(">demo\nACGU\n")
    bases = (scanned / "genome.fa").read_text().splitlines()[1]
    other.write_text(f">demo\n{bases[::-1]}\n")
    for source in ("hits.json", "hits.gff3"):
        with pytest.raises(InputError, match="outside the genome"):
            of_result(str(scanned / source), genome=str(short))
    with pytest.raises(InputError, match="reads otherwise"):
        of_result(str(scanned / "hits.json"), genome=str(other))


def test_places_that_do_not_exist(scanned):
    genome = str(scanned / "genome.fa")
    with pytest.raises(UsageError, match="not understood"):
        of_genome(genome, ("demo",))
    with pytest.raises(InputError, match="outside the contig"):
        of_genome(genome, ("demo:850-999:+",))
    with pytest.raises(UsageError, match="no contig of this name"):
        of_genome(genome, ("chr1:1-9:+",))


def test_a_record_that_cannot_be_folded(tmp_path):
    path = tmp_path / "hairpins.fa"
    path.write_text(">a\nACGU\n>b\nNNN\n")
    with pytest.raises(InputError, match="record 'b': no base other than N"):
        of_fasta(str(path))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"start": "12"}, "text where numbers belong"),
        ({"mfe": float("nan")}, "text where numbers belong"),
        ({"contig": None}, "text where numbers belong"),
        ({"sequence": "ACGX"}, "no RNA sequence"),
        ({"sequence": ""}, "no RNA sequence"),
        ({"structure": "..."}, "3 brackets"),
        ({"strand": "*"}, r"strand '\*'"),
    ],
)
def test_a_hit_that_no_scan_writes(scanned, tmp_path, changes, said):
    content = json.loads((scanned / "hits.json").read_text())
    content["hits"][0].update(changes)
    (tmp_path / "odd.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=said):
        of_result(str(tmp_path / "odd.json"))


def test_what_a_run_says_of_a_hit_is_read_again(scanned, tmp_path):
    content = json.loads((scanned / "hits.json").read_text())
    label = {"kind": "known", "names": ["hsa-mir-21", "hsa-mir-22"]}
    content["hits"][0].update(q_value=0.25, known=label)
    content["hits"][1].update(q_value="a lot", known={"kind": "perhaps"})
    (tmp_path / "noted.json").write_text(json.dumps(content))
    first, second, *_ = of_result(str(tmp_path / "noted.json")).subjects
    assert (first.notes["q_value"], first.notes["known"]) == (0.25, Label("known", tuple(label["names"])))
    assert (second.notes["q_value"], second.notes["known"]) == (None, None)
    header, row = (line.split("\t") for line in (scanned / "hits.tsv").read_text().splitlines()[:2])
    told = {**dict(zip(header, row, strict=True)), "q_value": "0.250000", "known": "new", "known_names": ""}
    (tmp_path / "noted.tsv").write_text("\n".join("\t".join(each) for each in (told, told.values())))
    notes = of_result(str(tmp_path / "noted.tsv")).subjects[0].notes
    assert (notes["q_value"], notes["known"]) == (0.25, Label("new"))


def test_a_threshold_that_is_none(scanned, tmp_path):
    content = json.loads((scanned / "hits.json").read_text())
    content["options"] |= {"min_score": "high", "sensitivity": "some"}
    (tmp_path / "odd.json").write_text(json.dumps(content))
    made = of_result(str(tmp_path / "odd.json")).made
    assert made.min_score is made.sensitivity is None
