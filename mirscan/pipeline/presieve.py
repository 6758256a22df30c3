"""Where a GPU is at hand: tasks are sieved there, many at once, before workers get them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from time import perf_counter

from mirscan.pipeline.decoy_search import Task
from mirscan.pipeline.funnel import Funnel
from mirscan.pipeline.search import Search
from mirscan.runtime.gather import gather
from mirscan.sieve.gpu import TorchSieve

BASES = 1_600_000  # read ahead and sieved together, on one strand: enough to fill a GPU, and little to hold


def presieved(tasks: Iterable[Task], search: Search, sieve: TorchSieve, funnel: Funnel) -> Iterator[Task]:
    """The tasks with the candidates of their stretches, in order.

    Tasks are read only as far ahead as one batch, and a batch is sieved only when the one before it is used
    up: who takes tasks slowly holds the sieve back. Decoys are left to the workers, who make them.

    Args:
        tasks: What workers are to search.
        search: How they will.
        sieve: With the settings of that search.
        funnel: Where the seconds are counted.
    """
    for batch in gather(tasks, _bases, BASES):
        started = perf_counter()
        strands = [search.strands_of(task.stretches) for task in batch]
        found = iter(sieve.candidates([codes for both in strands for codes in both]))
        sieved = [[next(found) for _ in both] for both in strands]
        funnel.spend({"sieve": perf_counter() - started})
        for task, candidates in zip(batch, sieved, strict=True):
            yield replace(task, sieved=candidates)


def _bases(task: Task) -> int:
    return sum(len(stretch.sequence) for stretch in task.stretches)
