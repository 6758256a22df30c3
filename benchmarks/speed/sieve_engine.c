/* mirscan/sieve/recurrence.py in C, for benchmarks/sieve_engines.py. */
#include <stdint.h>

typedef int16_t energy;

static inline energy lower(energy a, energy b) { return a < b ? a : b; }

static void row(energy span, energy hairpin, energy opening, energy step, energy skew, energy cost, energy infinite,
                long length, const energy *restrict p, const energy *restrict r, const energy *restrict five_end,
                const energy *restrict bit, const energy *restrict q, const energy *restrict m,
                const energy *restrict three_end, const energy *restrict partners,
                const energy *restrict inner_pair, const energy *restrict inner_loop,
                const energy *restrict last_loop, energy *restrict pair, energy *restrict loop,
                energy *restrict best_score, energy *restrict best_span)
{
    for (long i = 0; i < length; i++) {
        energy end = five_end[i] + three_end[i];
        energy stacked = inner_pair[i] + p[i] + q[i] + (r[i] & m[i]);
        energy value = lower(stacked, lower(hairpin, inner_loop[i]) + end);
        value = (bit[i] & partners[i]) ? value : infinite;
        energy closed = value + end;
        energy even = inner_loop[i] + step;
        energy uneven = lower(last_loop[i], last_loop[i + 1]) + skew;
        energy score = closed + cost, known_score = best_score[i], known_span = best_span[i];
        pair[i] = value;
        loop[i] = lower(closed + opening, lower(even, uneven));
        best_score[i] = lower(score, known_score);
        best_span[i] = score < known_score ? span : known_span;
    }
}

void sweep(const energy *const *streams, long width, long own, long max_span, const energy *hairpin,
           const energy *loop_costs, const energy *cost, const uint8_t *kind, energy infinite, energy *pairs, energy *loops, energy *best)
{
    for (long d = 4; d < max_span; d++) {
        long length = (own + max_span + 1 - d + 63) / 64 * 64;
        long now = d % 3 * width, last = (d + 2) % 3 * width, inner = (d + 1) % 3 * width;
        energy *winners = best + kind[d + 1] * 2 * width;
        row(d + 1, hairpin[d + 1], loop_costs[0], loop_costs[1], loop_costs[2], cost[d + 1], infinite, length,
            streams[0], streams[1], streams[2], streams[3], streams[4] + d, streams[5] + d, streams[2] + d,
            streams[6] + d, pairs + inner + 1, loops + inner + 1, loops + last, pairs + now, loops + now, winners,
            winners + width);
    }
}
