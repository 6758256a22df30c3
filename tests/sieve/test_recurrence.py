"""The recurrence of the sieve against enumeration, its energies against ViennaRNA."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
import RNA
from helpers.codes import letters, random_codes, rows

from mirscan.alphabet import encode, reverse_complement_codes
from mirscan.errors import InputError
from mirscan.folding.dot_bracket import central_loop, pair_table
from mirscan.sieve import energies as turner
from mirscan.sieve.candidates import SieveSettings, candidates, strongest, trace, traces

# Neither length costs nor a second kind of hairpin.
PLAIN = SieveSettings(max_span=1000, short_span=1000, long_span=1001, length_cost=0, long_cost=0)


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


def test_a_perfect_helix_of_the_longest_span_does_not_overflow():
    arm = encode("GC" * 248)
    codes = np.concatenate([arm, encode("AAAA"), reverse_complement_codes(arm)])
    score, span = strongest(codes, PLAIN)[0]
    expected = energy_of(letters(codes), "(" * 496 + "...." + ")" * 496)
    assert (score[0], span[0]) == (expected, 996)
