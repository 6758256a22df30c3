"""Fuzzing of everything that reads what others wrote: it is read right, or refused with an error of ours.

python -m benchmarks.reliability.fuzz --minutes 12

Hypothesis makes the input, most of it out of what the tests know to be nearly right: FASTA from pieces that
are wrong in one place, packed files with bytes changed, JSON with other values in its leaves. What a genome
gives is compared with a reader of a few lines that knows no blocks and no index; any exception that is not
ours, any hang, and any difference ends the run of its target, and stands in the JSON with the input that
brings it about. What was found so far is mended, and kept as cases in tests/.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import platform
import re
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from benchmarks.tools.results import ROOT, parser_for, write
from mirscan.alphabet import IUPAC
from mirscan.errors import MirscanError, MirscanWarning
from mirscan.genome.access import Genome, read_bed
from mirscan.genome.fasta import read_records
from mirscan.genome.regions import parse_region
from mirscan.pipeline.journal import Journal
from mirscan.pipeline.known_files import read_known
from mirscan.pipeline.plan import parse_shard
from mirscan.records import Hairpin, Run
from mirscan.scoring.checkpoint import read_card
from mirscan.tree.file import load_tree, locate_tree
from mirscan.version import __version__

sys.path.insert(0, str(ROOT / "tests"))
from helpers.hostile import GOOD, bgzf

EXAMPLES = 300  # of a target at a time
LONGEST = 5.0  # seconds of one example: anything longer counts as a hang

names = st.text(st.characters(min_codepoint=1, max_codepoint=0x2FF), max_size=12).map(str.encode)
ends = st.sampled_from([b"\n", b"\n", b"\r\n", b"\n\n", b"\r", b"", b" \n", b"\t\n"])
letters = st.sampled_from([IUPAC, b"ACGT", b"acgtuN", b"ACGTE*", b"ACGT \t", bytes(range(256))])
lines = letters.flatmap(lambda own: st.lists(st.sampled_from(own), max_size=70).map(bytes))
records = st.tuples(st.just(b">"), names, st.sampled_from([b"", b" words", b"\twords"]), ends)
pieces = st.one_of(records.map(b"".join), st.tuples(lines, ends).map(b"".join), st.binary(max_size=8))
fasta = st.lists(pieces, max_size=12).map(b"".join)


ANNOTATION = b"""##gff-version 3
one\t.\tmiRNA_primary_transcript\t1\t90\t.\t+\t.\tID=MI1;Alias=MI1;Name=mir-1
one\t.\tmiRNA\t5\t26\t.\t+\t.\tID=MIMAT1;Name=miR-1-5p;Derives_from=MI1
chr2\t.\tgene\t400\t1900\t.\t-\t.\tgene_id "G1"; gene_name "MIR2"; gene_biotype "miRNA";
2\t99\t180\tmir-3\t0\t-
"""


@st.composite
def changed(draw: st.DrawFn, content: bytes) -> bytes:
    """Some bytes with a few of them changed, taken away, doubled, or the rest cut off."""
    for _ in range(draw(st.integers(1, 4))):
        at, size = draw(st.integers(0, len(content))), draw(st.integers(0, 40))
        kind = draw(st.integers(0, 3))
        middle = (draw(st.binary(max_size=8)), b"", content[at : at + size] * 2, b"")[kind]
        content = content[:at] + middle + (b"" if kind == 3 else content[at + size :])
    return content


packed = st.one_of(
    fasta,
    fasta.map(gzip.compress),
    st.tuples(fasta, st.integers(1, 400)).map(lambda given: bgzf(*given)),
    changed(GOOD),
    changed(gzip.compress(GOOD)),
    changed(bgzf(GOOD, 200)),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@st.composite
def other_leaves(draw: st.DrawFn, content: Any) -> bytes:
    """Some JSON with another value in a place or two."""
    content = json.loads(json.dumps(content))
    for _ in range(draw(st.integers(1, 2))):
        inner = content
        while True:
            keys = list(inner) if isinstance(inner, dict) else range(min(len(inner), 3))
            key = draw(st.sampled_from(keys))
            if not inner[key] or not isinstance(inner[key], dict | list) or draw(st.integers(0, 4)) == 0:
                break
            inner = inner[key]
        inner[key] = draw(values)
    return json.dumps(content).encode()


def plainly(content: bytes) -> dict[str, str] | None:
    """Names and bases of a FASTA, by a reader that has nothing to do with ours; None for what is none."""
    while content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
        break
    found: dict[str, str] = {}
    for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n"):
        if line.startswith(b">"):
            name = line[1:].split()[0].decode()
            if name in found:
                return None
            found[name] = ""
        elif line.strip():
            bases = re.sub(rb"\s", b"", line).decode().upper().replace("T", "U")
            found[name] += re.sub("[^ACGU]", "N", bases)
    return found


def open_genome(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    with Genome.open(str(path)) as genome:
        found = {name: genome.fetch(name, 0, length) for name, length in genome.lengths.items()}
    assert found == plainly(content)


def read_hairpins(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    list(read_records(str(path)))


def open_journal(content: bytes, path: Path) -> None:
    path.write_bytes(content)
    with contextlib.closing(Journal.open(path) or io.BytesIO()) as journal:
        if isinstance(journal, Journal):
            assert isinstance(journal.header.run, Run)
            list(journal.chunks())


def open_tree(content: bytes, path: Path) -> None:
    (path.parent / "tree.json").write_bytes(content)
    tree = load_tree(path.parent)
    tree.require_latent(str(tree.latent.get("sha256")))
    assert tree.explain([0.5] * tree.size, {}).text


def open_card(content: bytes, path: Path) -> None:
    (path.parent / "card.json").write_bytes(content)
    read_card(path.parent)


def read_words(content: bytes, path: Path) -> None:
    text = content.decode("utf-8", "replace")
    with contextlib.suppress(MirscanError):
        parse_shard(text)
    with contextlib.suppress(MirscanError):
        parse_region(text, ["one"])
    path.write_bytes(content)
    list(read_bed(str(path)))


def read_annotations(content: bytes, path: Path) -> None:
    """The same bytes as every format of known microRNAs; what each gives has places and names."""
    for suffix in (".gff3", ".gtf", ".bed", ".fa"):
        with contextlib.suppress(MirscanError), warnings.catch_warnings():
            warnings.simplefilter("ignore", MirscanWarning)
            path.with_suffix(suffix).write_bytes(content)
            known = read_known(str(path.with_suffix(suffix)), ["one", "chr2"])
            assert all(known.names)
            known.lookup(Hairpin("one", 10, 70, "+", "A" * 60, "." * 60, -1.0))


def a_journal(folder: Path) -> bytes:
    """A journal as a scan leaves it."""
    from mirscan.cli import main

    (folder / "genome.fa").write_bytes(GOOD)
    shard = folder / "genome.shard"
    common = ["--threads", "1", "--tree", "none", "--quiet", "--min-score", "0"]
    assert main(["scan", str(folder / "genome.fa"), "--shard", "1/1", "-o", str(shard), *common]) == 0
    return shard.read_bytes()


def targets(folder: Path) -> dict[str, tuple[Callable[[bytes, Path], None], st.SearchStrategy[bytes]]]:
    tree_folder = locate_tree("diva-tree")
    tree = json.loads((tree_folder / "tree.json").read_text())
    card = json.loads((tree_folder.parent / "scan" / "card.json").read_text())
    fields = st.text(st.characters(max_codepoint=0xFFF), max_size=6) | st.integers().map(str)
    rows = st.lists(fields, max_size=5).map("\t".join)
    words = st.lists(rows, max_size=3).map("\n".join) | st.from_regex(r"one:?[\d,-]*", fullmatch=True)
    return {
        "genomes": (open_genome, packed),
        "hairpins": (read_hairpins, packed),
        "journals": (open_journal, changed(a_journal(folder))),
        "trees": (open_tree, other_leaves(tree)),
        "cards": (open_card, other_leaves(card)),
        "known microRNAs": (read_annotations, changed(ANNOTATION) | changed(GOOD)),
        "regions_shards_and_bed": (read_words, words.map(lambda text: text.encode("utf-8", "replace"))),
    }


class Fuzz:
    """One target: how many inputs it has seen, how many it has refused, and what went wrong."""

    def __init__(self, read: Callable[[bytes, Path], None], strategy: st.SearchStrategy[bytes]) -> None:
        self.inputs = self.refused = 0
        self.slowest = 0.0
        self.failure: str | None = None
        self._read = read
        self._strategy = strategy

    def inputs(self, number: int, path: Path) -> None:
        """A batch of inputs, other ones for each number."""

        @seed(number)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        @given(self._strategy)
        def batch(content: bytes) -> None:
            self._one(content, path)

        try:
            batch()
        except Exception as error:
            self.failure = "".join([repr(error)[:600], *getattr(error, "__notes__", [])])[:2_000]

    def _one(self, content: bytes, path: Path) -> None:
        self.inputs += 1
        started = time.perf_counter()
        try:
            self._read(content, path)
        except MirscanError as error:
            self.refused += bool(str(error))
        took = time.perf_counter() - started
        self.slowest = max(self.slowest, took)
        assert took < LONGEST, "a hang"

    def as_dict(self) -> dict[str, Any]:
        return {
            "inputs": self.inputs,
            "refused": self.refused,
            "slowest_seconds": round(self.slowest, 3),
            "failure": self.failure,
        }


def main() -> None:
    parser = parser_for(__doc__, "fuzz.json")
    parser.add_argument("--minutes", type=float, default=12.0)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        fuzzes = {name: Fuzz(*target) for name, target in targets(Path(folder)).items()}
        started, number = time.monotonic(), given.seed
        while time.monotonic() - started < 60 * given.minutes:
            number += 1
            for each in fuzzes.values():
                if each.failure is None:
                    each.inputs(number, Path(folder) / "input")
        facts = {
            "mirscan": __version__,
            "hypothesis": hypothesis.__version__,
            "python": platform.python_version(),
            "minutes": round((time.monotonic() - started) / 60, 1),
            "targets": {name: each.as_dict() for name, each in fuzzes.items()},
        }
    write(given.json, facts)


if __name__ == "__main__":
    main()
