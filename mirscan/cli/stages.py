"""Progress of a run of many stages, a bar each, on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from mirscan.cli import options

Stage = Callable[[str, int], Callable[[int], Any]]


@contextmanager
def stages(quiet: bool) -> Iterator[Stage]:
    """A function of a stage's name and size; what it returns is called with each advance."""
    from tqdm import tqdm

    with ExitStack() as stack:

        def begin(name: str, size: int) -> Callable[[int], Any]:
            stack.close()
            options.say(f"mirscan: {name}", quiet)
            bar = stack.enter_context(tqdm(total=size, desc=name, disable=options.progress_hidden(quiet)))
            advance: Callable[[int], Any] = bar.update
            return advance

        yield begin
