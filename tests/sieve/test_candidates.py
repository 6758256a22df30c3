"""The sieve: recurrence against enumeration, energies against ViennaRNA, candidates against cuts."""

from __future__ import annotations

import csv
import gzip
import os
import subprocess
import sys
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import RNA

from mirscan.alphabet import encode, reverse_complement_codes
from mirscan.errors import InputError, UsageError
from mirscan.folding.dot_bracket import central_loop, pair_table
from mirscan.sieve import energies as turner
from mirscan.sieve.candidates import BLOCK, SieveSettings, candidates, strongest, trace, traces

# Neither length costs nor a second kind of hairpin.
PLAIN = SieveSettings(max_span=1000, short_span=1000, long_span=1001, length_cost=0, long_cost=0)


def random_codes(length: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 4, length).astype(np.uint8)


def letters(codes: np.ndarray) -> str:
    return "".join("ACGUN"[code] for code in codes)


def can_pair(five: str, three: str) -> bool:
    return three in turner.PARTNERS.get(five, "")


def end_penalty(five: str, three: str) -> int:
    return 0 if {five, three} == {"C", "G"} else turner.TERMINAL_AU


def hairpin_energy(sequence: str, i: int, j: int) -> int:
    return int(turner.hairpin_energies(len(sequence))[j - i + 1]) + end_penalty(sequence[i], sequence[j])


def loop_energy(sequence: str, i: int, j: int, p: int, q: int) -> int:
    left, right = p - i - 1, j - q - 1
    if left == right == 0:
        outer, inner = sequence[i] + sequence[j], sequence[q] + sequence[p]
        return turner.STACK[turner.PAIRS.index(outer)][turner.PAIRS.index(inner)]
    ends = end_penalty(sequence[i], sequence[j]) + end_penalty(sequence[p], sequence[q])
    return ends + turner.OPEN + turner.STEP * min(left, right) + turner.SKEW * abs(left - right)


def best_by_enumeration(sequence: str) -> list[tuple[int, int]]:
    """(energy, span) of the best hairpin from each position, trying every inner pair for every outer one."""

    @cache
    def closed(i: int, j: int) -> int:
        best = hairpin_energy(sequence, i, j)
        for p in range(i + 1, j - turner.MIN_LOOP - 1):
            for q in range(p + turner.MIN_LOOP + 1, j):
                if can_pair(sequence[p], sequence[q]):
                    best = min(best, closed(p, q) + loop_energy(sequence, i, j, p, q))
        return best

    def from_position(i: int) -> tuple[int, int]:
        ends = [
            j for j in range(i + turner.MIN_LOOP + 1, len(sequence)) if can_pair(sequence[i], sequence[j])
        ]
        found = [(closed(i, j) + end_penalty(sequence[i], sequence[j]), j - i + 1) for j in ends]
        return min(found, default=(turner.INFINITE, 0))

    return [from_position(i) for i in range(len(sequence))]


def energy_of(sequence: str, structure: str) -> int:
    """Energy of a given unbranched structure whose first and last base pair."""
    table = pair_table(structure)
    stem = [(i, int(j)) for i, j in enumerate(table) if j > i]
    inside = sum(loop_energy(sequence, *outer, *inner) for outer, inner in pairwise(stem))
    return inside + hairpin_energy(sequence, *stem[-1]) + end_penalty(sequence[0], sequence[-1])


def rows(path: Path) -> list[dict[str, str]]:
    with gzip.open(path, "rt") as file:
        return list(csv.DictReader(file, delimiter="\t"))


@pytest.mark.parametrize("seed", range(12))
def test_recurrence_equals_enumeration_of_all_hairpins(seed):
    codes = random_codes(32, seed)
    codes[seed % 32] = turner.UNKNOWN
    score, span = strongest(codes, PLAIN)[0]
    assert list(zip(score.tolist(), span.tolist(), strict=True)) == best_by_enumeration(letters(codes))


def test_stacking_energies_are_those_of_viennarna():
    """The same helix with and without one more pair differs in ViennaRNA by that pair's stack."""
    for outer in turner.PAIRS:
        for inner in turner.PAIRS:
            # `inner` is read from the 3′ strand; G-C closes the loop, so that only the stack differs.
            five, three = outer[0] + inner[1], inner[0] + outer[1]
            longer, shorter = five + "GAAAAC" + three, five[1] + "GAAAAC" + three[0]
            with_pair = RNA.fold_compound(longer).eval_structure("(((....)))")
            without = RNA.fold_compound(shorter).eval_structure("((....))")
            ends = end_penalty(*outer) - end_penalty(inner[1], inner[0])
            expected = turner.STACK[turner.PAIRS.index(outer)][turner.PAIRS.index(inner)] + ends
            assert round((with_pair - without) * 10) == expected, (outer, inner)


def test_hairpin_initiation_is_that_of_viennarna():
    """A triloop has no mismatch; longer loops differ from one another by initiation alone."""
    closed = {n: RNA.fold_compound("C" + "A" * n + "G").eval_structure(f"({'.' * n})") for n in range(3, 61)}
    assert round(closed[3] * 10) == turner.HAIRPIN[0]
    ours = turner.hairpin_energies(62)
    for loop in range(5, 61):
        theirs = round((closed[loop] - closed[4]) * 10)
        assert abs(theirs - (ours[loop + 2] - ours[6])) <= 1, loop


def test_stacking_terms_add_up_to_the_table():
    p, r, q, m = turner.stacking_terms().astype(int)
    for outer in turner.PAIRS:
        for inner in turner.PAIRS:
            x = 5 * turner.LETTERS.index(outer[0]) + turner.LETTERS.index(inner[1])
            y = 5 * turner.LETTERS.index(inner[0]) + turner.LETTERS.index(outer[1])
            expected = turner.STACK[turner.PAIRS.index(outer)][turner.PAIRS.index(inner)]
            assert p[x] + q[y] + (r[x] & m[y]) == expected


def test_energies_follow_those_of_real_precursors(shared_data):
    sample = [row["sequence"] for row in rows(shared_data / "scan" / "precursors.tsv.gz")[::300]]
    theirs = [RNA.fold(sequence)[1] for sequence in sample]
    ours = [strongest(encode(sequence), PLAIN)[0, 0].min() for sequence in sample]
    assert np.corrcoef(ours, theirs)[0, 1] >= 0.95


def test_trace_has_the_energy_that_the_sieve_reports():
    codes = random_codes(20_000, 5)
    found = candidates(codes, SieveSettings(max_long_score=0))
    assert len(found) > 50
    assert (found.end - found.start).max() > 170
    together = traces(codes, found)
    for start, end, energy, structure in zip(found.start, found.end, found.energy, together, strict=True):
        assert structure == trace(codes[start:end])
        assert central_loop(pair_table(structure))[2] == 1
        assert structure[0] + structure[-1] == "()"
        assert energy_of(letters(codes[start:end]), structure) * 10 == energy


def test_trace_of_a_hairpin_drawn_by_hand():
    assert trace(encode("GGCAGCGAAAGCUGCC")) == "((((((....))))))"
    assert trace(encode("GGGGACCCGAAAGGGCCCC")) == "((((.(((....)))))))"


@pytest.mark.parametrize(
    ("sequence", "complaint"),
    [
        ("", "0 bases"),
        ("GAAC", "4 bases"),
        ("G" * 1001, "1001 bases"),
        ("GAAAAG", "no pair"),
        ("NGAAACN", "no pair"),
    ],
)
def test_trace_refuses_what_is_no_candidate(sequence, complaint):
    with pytest.raises(InputError, match=complaint):
        trace(encode(sequence))


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


def test_a_perfect_helix_of_the_longest_span_does_not_overflow():
    arm = encode("GC" * 248)
    codes = np.concatenate([arm, encode("AAAA"), reverse_complement_codes(arm)])
    score, span = strongest(codes, PLAIN)[0]
    expected = energy_of(letters(codes), "(" * 496 + "...." + ")" * 496)
    assert (score[0], span[0]) == (expected, 996)


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
