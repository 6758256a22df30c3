"""Clusters: hits that may be cut from one transcript."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mirscan.report.found import Found

NEAR = 10_000  # bases between two neighbours of a cluster at most, as miRBase counts them


@dataclass(frozen=True, slots=True)
class Cluster:
    """Hits of one strand, each at most `NEAR` bases from the next.

    Attributes:
        hits: Two or more, in the order of their starts.
    """

    hits: Sequence[Found]

    @property
    def place(self) -> str:
        """`contig:start-end:strand`, 1-based with the end included."""
        first = self.hits[0].hairpin
        end = max(hit.hairpin.end for hit in self.hits)
        return f"{first.contig}:{first.start + 1}-{end}:{first.strand}"

    @property
    def names(self) -> str:
        """What its hits are called, each name once, in the order of the hits."""
        return ", ".join(dict.fromkeys(hit.label for hit in self.hits if hit.label))


def clusters(hits: Iterable[Found]) -> list[Cluster]:
    """The clusters among hits, in the order of their first hits on the genome as given."""
    order: dict[tuple[str, str], list[Found]] = {}
    for hit in hits:
        order.setdefault((hit.hairpin.contig, hit.hairpin.strand), []).append(hit)
    found = []
    for members in order.values():
        found += _runs(sorted(members, key=lambda hit: hit.hairpin.start))
    return sorted(found, key=lambda cluster: cluster.hits[0].number)


def _runs(hits: Sequence[Found]) -> list[Cluster]:
    runs: list[list[Found]] = []
    for hit in hits:
        if runs and hit.hairpin.start - runs[-1][-1].hairpin.end <= NEAR:
            runs[-1].append(hit)
        else:
            runs.append([hit])
    return [Cluster(run) for run in runs if len(run) > 1]
