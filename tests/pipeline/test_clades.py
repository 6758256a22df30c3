"""The clade of a genome: the one that somebody names, or a guess by families and letters."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mirscan.alphabet import encode, reverse_complement_codes
from mirscan.errors import UsageError
from mirscan.families.store import laid_out
from mirscan.genome.access import Genome
from mirscan.genome.cells import trna_genes
from mirscan.genome.composition import BLOCK, cpg, open_share, sample
from mirscan.pipeline.clades import LONGEST, Clade, clade_of, families_in
from mirscan.pipeline.false_hits import CLADES
from mirscan.sieve.candidates import SieveSettings

LET_7 = "UGGGAUGAGGUAGUAGGUUGUAUAGUUUUAGGGUCACACCCACCACUGGGAGAUAACUAUACAAUCUACUGUCUUUCCUA"
MIR_171 = (  # of Arabidopsis
    "AUGAGAGAGUCCCUUUGAUAUUGGCCUGGUUCACUCAGAUCUUACCUGACCACACACGUAGAUAUACAUUAUUCUCUCUAGAUUAUCUGAUUGAGCCGCG"
    "CCAAUAUCUCAGUACUCUCUCGU"
)


def letters(length: int, seed: int, weights: tuple[int, int, int, int] = (1, 1, 1, 1)) -> str:
    return "".join(random.Random(seed).choices("ACGU", weights, k=length))


def without_cpg(sequence: str) -> str:
    return sequence.replace("CG", "CA")


def guess(folder: Path, sequence: str, asked: str | None = None) -> Clade:
    path = folder / "genome.fa"
    path.write_text(f">one\n{sequence}\n")
    with Genome.open(str(path)) as genome:
        return clade_of(asked, genome)


def genes(count: int, seed: int, before: str = "") -> str:
    """Long reading frames, one behind the other, each behind some letters."""
    codons = [a + b + c for a in "ACGU" for b in "ACGU" for c in "ACGU"]
    sense = [codon for codon in codons if codon not in ("UAA", "UAG", "UGA")]
    drawn = random.Random(seed)
    return "".join(before + "".join(drawn.choices(sense, k=400)) + "UAA" for _ in range(count))


def test_who_names_a_clade_gets_it_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    assert guess(tmp_path, letters(5_000, 1), "Aves") == Clade(("vertebrate",))
    assert guess(tmp_path, letters(5_000, 1), "molluscs").names == ("vertebrate", "nematode", "insect")
    with pytest.raises(UsageError, match="vertebrats"):
        guess(tmp_path, letters(5_000, 1), "vertebrats")


def test_families_speak_for_plants_and_for_animals(tmp_path: Path) -> None:
    background = letters(20_000, 2)
    plant = guess(tmp_path, background + MIR_171 + background)
    assert plant.names == ("plant",)
    assert "MIR171" in str(plant.why)
    animal = guess(tmp_path, background + LET_7 + background)
    assert set(animal.names) <= {"vertebrate", "nematode", "insect"}
    assert "Let-7" in str(animal.why)


def test_a_family_on_the_other_strand_is_found_too() -> None:
    codes = encode(letters(3_000, 3) + MIR_171 + letters(3_000, 4))
    index = laid_out()[1]
    assert families_in(codes, index) == families_in(reverse_complement_codes(codes), index) != {}


def test_letters_speak_where_no_family_is_found(tmp_path: Path) -> None:
    assert guess(tmp_path, without_cpg(letters(60_000, 5))).names == ("vertebrate",)
    assert guess(tmp_path, genes(50, 6)).names == ("virus",)
    assert guess(tmp_path, genes(600, 7)).names == ("bacterium",)
    assert set(guess(tmp_path, letters(60_000, 8)).names) == {"nematode", "insect", "plant"}
    halved = letters(60_000, 8).replace("CGC", "CAC").replace("CGA", "CAA")  # half of the CpG is left
    assert set(guess(tmp_path, halved).names) == {"vertebrate", "nematode", "insect", "plant"}
    assert guess(tmp_path, "N" * 5_000).names == CLADES
    assert guess(tmp_path, "A" * 5_000).names == CLADES


TRNA = "GCGGAUUUAGCUCAGUUGGGAGAGCGCCAGACUGAAGAUCUGGAGGUCCUGUGUUCGAUCCACAGAAUUCGCACCA"  # Phe, of yeast


def test_a_small_piece_of_a_cell_is_no_virus(tmp_path: Path) -> None:
    middle = genes(20, 12)
    yeast = guess(tmp_path, middle + letters(40, 13) + TRNA + letters(40, 14) + middle)
    assert yeast.names in (("fungus",), ("bacterium",))
    assert "tRNAs: 1" in str(yeast.why)
    assert guess(tmp_path, genes(100, 15, "AGGAGGUUUAUAAUG")).names == ("bacterium",)
    assert guess(tmp_path, genes(100, 15, "CCUCCUUUUAUAAUG")).names == ("virus",)


@pytest.mark.parametrize("strand", [encode, lambda letters: reverse_complement_codes(encode(letters))])
def test_a_trna_is_found_on_both_strands_and_not_without_its_stems(strand: Any) -> None:
    around = letters(300, 16), letters(300, 17)
    assert trna_genes(strand(TRNA.join(around))) == 1
    assert trna_genes(strand(("A" * 7 + TRNA[7:]).join(around))) == 0, "the acceptor stem does not pair"
    assert trna_genes(strand((TRNA[:48] + "AAAAA" + TRNA[53:]).join(around))) == 0, "nor does the T stem"
    assert trna_genes(strand("")) == trna_genes(strand("ACGU" * 10)) == 0
    assert trna_genes(strand(letters(500_000, 18))) == 0


def test_what_letters_say() -> None:
    assert cpg(encode(letters(200_000, 9))) == pytest.approx(1, abs=0.05)
    assert cpg(encode("AAAAUUUU")) is None
    assert cpg(encode("")) is None
    assert open_share(encode(genes(30, 10))) > 0.95
    assert open_share(encode(letters(200_000, 11))) < 0.1
    assert open_share(encode("NNNN")) == 0
    assert open_share(encode("A" * 50)) == 0


def test_a_sample_is_evenly_spread_and_the_whole_of_a_small_genome(tmp_path: Path) -> None:
    path = tmp_path / "genome.fa"
    path.write_text("".join(f">{n}\n{letters(4 * BLOCK, n)}\n" for n in range(5)))
    with Genome.open(str(path)) as genome:
        whole, quarter = sample(genome, 10**7), sample(genome, 5 * BLOCK)
        blocks = [encode(genome.fetch(str(n), 0, BLOCK)).tolist() for n in range(5)]
    assert int((whole < 4).sum()) == 20 * BLOCK
    assert int((quarter < 4).sum()) == 5 * BLOCK
    assert [quarter[at * (BLOCK + 1) :][:BLOCK].tolist() for at in range(5)] == blocks


def test_plants_have_longer_hairpins() -> None:
    usual = SieveSettings()
    assert Clade(("plant",)).sieve(usual) == replace(usual, max_span=LONGEST["plant"])
    assert Clade(("vertebrate",)).sieve(usual) == usual
    assert Clade(("vertebrate", "plant")).sieve(usual) == usual, "it may be no plant"
