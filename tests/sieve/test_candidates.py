"""The candidates of the sieve: the best of their neighbourhood, however a sequence is cut."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from helpers.codes import random_codes, rows

from mirscan.alphabet import encode, reverse_complement_codes
from mirscan.errors import UsageError
from mirscan.folding.dot_bracket import pair_table
from mirscan.sieve import energies as turner
from mirscan.sieve.candidates import BLOCK, SieveSettings, candidates, strongest, trace


def test_letters_and_their_complements():
    assert encode("ACGUTacgutNnRY-*é").tolist() == [0, 1, 2, 3, 3, 0, 1, 2, 3, 3, *[4] * 7]
    assert encode(b"acgt").tolist() == [0, 1, 2, 3]
    assert reverse_complement_codes(encode("AACGUN")).tolist() == encode("NACGUU").tolist()
    codes = random_codes(500, 1)
    assert (reverse_complement_codes(reverse_complement_codes(codes)) == codes).all()


def test_unknown_bases_pair_with_nothing():
    assert len(candidates(np.full(30_000, turner.UNKNOWN, dtype=np.uint8), SieveSettings())) == 0
    codes = random_codes(30_000, 2)
    codes[5_000:25_000:7] = turner.UNKNOWN
    found = candidates(codes, SieveSettings(max_energy=0, max_score=0, max_long_score=0))
    assert (codes[found.start] != turner.UNKNOWN).all()
    assert (codes[found.end - 1] != turner.UNKNOWN).all()
    for start, end in list(zip(found.start, found.end, strict=True))[::20]:
        paired = pair_table(trace(codes[start:end])) >= 0
        assert not (paired & (codes[start:end] == turner.UNKNOWN)).any()


@pytest.mark.parametrize("radius", [0, 1, 7, 30])
def test_a_candidate_is_the_lowest_of_its_kind_in_its_neighbourhood(radius):
    codes = random_codes(3_000, 3)
    limits = {"max_energy": -7, "max_score": 1, "max_long_score": 1.5}
    radii = radius, radius + 5
    settings = SieveSettings(
        radius=radii[0], long_radius=radii[1], max_span=90, short_span=40, long_span=45, **limits
    )
    expected = []
    for (score, span), nearby, limit in zip(strongest(codes, settings), radii, (10, 15), strict=True):
        for i in np.flatnonzero(span):
            before, after = score[max(0, i - nearby) : i], score[i + 1 : i + 1 + nearby]
            energy = score[i] - round(min(span[i], 40) + 3 * max(span[i] - 40, 0))
            lowest = (before > score[i]).all() and (after >= score[i]).all()
            if lowest and score[i] <= limit and energy <= -70:
                expected.append((i, i + span[i], energy * 10))
    found = candidates(codes, settings)
    assert list(zip(found.start, found.end, found.energy, strict=True)) == sorted(expected)
    assert {bool(end - start > 40) for start, end, _ in expected} == {False, True}


def test_short_and_long_hairpins_are_the_best_of_their_spans():
    codes = random_codes(2_000, 8)
    both = strongest(codes, SieveSettings(max_span=150, short_span=70, long_span=100))
    short = strongest(codes, SieveSettings(max_span=70, short_span=70, long_span=100))
    assert (both[0] == short[0]).all()
    assert set(np.unique(both[1, 1])) <= {0, *range(100, 151)}
    assert (short[1, 1] == 0).all()
    # Where long hairpins may be as short as any, the best of all is the better of the two kinds.
    free = {"max_span": 150, "length_cost": 0, "long_cost": 0}
    split = strongest(codes, SieveSettings(short_span=70, long_span=71, **free))
    whole = strongest(codes, SieveSettings(short_span=150, long_span=151, **free))
    assert (split[:, 0].min(axis=0) == whole[0, 0]).all()


def test_a_long_hairpin_does_not_hide_a_short_one():
    """The arm at 25 pairs with its complement nearby and, longer, with another one 100 nt further on."""
    before, arm, spacer = random_codes(25, 9), random_codes(25, 10), random_codes(100, 11)
    near, far = reverse_complement_codes(arm), reverse_complement_codes(np.concatenate([before, arm]))
    codes = np.concatenate([before, arm, encode("GAAA"), near, spacer, far])
    short, long = (25, 79), (0, len(codes))

    def found(short_span):
        hairpins = candidates(codes, SieveSettings(short_span=short_span, long_span=short_span + 1))
        return set(zip(hairpins.start.tolist(), hairpins.end.tolist(), strict=True))

    assert {short, long} <= found(120)
    assert short not in found(250)


@pytest.mark.parametrize("chunk", [137, 1_000, 9_000])
def test_chunks_that_overlap_by_reach_give_the_candidates_of_the_whole(chunk):
    """Whatever the cut, also across the blocks in which the recurrence is swept."""
    settings = SieveSettings(max_span=150, long_span=121, max_long_score=0)
    codes = random_codes(2 * BLOCK + 5_000 if chunk > BLOCK else 4_000, 4)
    whole = candidates(codes, settings)
    parts = []
    for own in range(0, len(codes), chunk):
        left = max(0, own - settings.reach)
        found = candidates(codes[left : own + chunk + settings.reach], settings)
        start = found.start + left
        mine = (start >= own) & (start < own + chunk)
        parts.append(np.stack([start[mine], found.end[mine] + left, found.energy[mine]]))
    assert len(whole) > 10
    assert (np.hstack(parts) == np.stack([whole.start, whole.end, whole.energy])).all()


def test_candidates_shift_with_the_sequence_and_ignore_flanking_unknowns():
    codes = random_codes(5_000, 6)
    padded = np.concatenate([encode("N" * 777), codes, encode("N" * 9_999)])
    plain, shifted = candidates(codes, SieveSettings()), candidates(padded, SieveSettings())
    assert (plain.start + 777 == shifted.start).all()
    assert (plain.end + 777 == shifted.end).all()
    assert (plain.energy == shifted.energy).all()


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_span": 4},
        {"max_span": 1001},
        {"short_span": 170},
        {"length_cost": -0.1},
        {"long_cost": 1.1},
        {"radius": -1},
        {"long_radius": -1},
    ],
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(UsageError, match=next(iter(wrong))):
        SieveSettings(**wrong)


def test_precursors_are_candidates_of_their_own_flanks(shared_data):
    found = 0
    sample = rows(shared_data / "scan" / "flanked_precursors.tsv.gz")
    for row in sample:
        left, right = int(row["drosha5p"].split(",")[0]), int(row["drosha3p"].split(",")[0])
        hairpins = candidates(encode(row["sequence"]), SieveSettings())
        covered = np.minimum(hairpins.end, right) - np.maximum(hairpins.start, left)
        found += bool((covered >= 0.6 * (right - left)).any())
    assert found >= 0.97 * len(sample)


def test_known_loci_of_a_virus_are_candidates(shared_data):
    folder = shared_data / "genomes" / "ebv"
    codes = encode("".join((folder / "genome.fa").read_text().split("\n")[1:]))
    plus, minus = (candidates(strand, SieveSettings()) for strand in (codes, reverse_complement_codes(codes)))
    found = 0
    for line in (folder / "known_loci.bed").read_text().splitlines():
        _, start, end, _, _, strand = line.split("\t")
        left, right = int(start), int(end)
        if strand == "-":
            left, right = len(codes) - right, len(codes) - left
        hairpins = plus if strand == "+" else minus
        overlap = np.minimum(hairpins.end, right) - np.maximum(hairpins.start, left)
        found += bool((overlap >= 0.5 * np.minimum(hairpins.end - hairpins.start, right - left)).any())
    assert found >= 24


COMPILE = "from mirscan.sieve.candidates import trace, encode; print(trace(encode('GGGAAAACCC')))"


def test_it_is_known_whether_anything_was_compiled_before(tmp_path):
    twice = """
import numpy as np
from mirscan.runtime.compiled import nothing_is_kept
from mirscan.folding.dot_bracket import fill_pair_table
print(nothing_is_kept())
fill_pair_table(np.frombuffer(b"((...))", np.uint8), np.empty(7, np.int32))
print(nothing_is_kept())
"""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    said = [
        subprocess.run([sys.executable, "-c", twice], env=environment, capture_output=True, check=True).stdout
        for _ in range(2)
    ]
    assert [one.split() for one in said] == [[b"True", b"False"], [b"False", b"False"]]


@pytest.mark.slow
def test_processes_that_compile_at_once_share_a_cache(tmp_path):
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-c", COMPILE]
    running = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) for _ in range(4)]
    assert [process.communicate()[0].strip() for process in running] == [b"(((....)))"] * 4
    assert list(tmp_path.rglob("*.nbc"))
