"""mirscan finds microRNA genes in genomes.

The functions for scripts and notebooks are here:

- `mirscan.scan(genome)`: the hits of a genome.
- `mirscan.predict(sequences)`: the scores of ready hairpins.
- `mirscan.explain(hairpin)`: why a hairpin is called, or is not; drawn in a notebook.
- `mirscan.read("hits.json")`: the hits that the command line wrote.
- `mirscan.to_frame(results)`: hits or predictions as a pandas DataFrame.

They are imported when they are first used: `import mirscan` alone is instant. No module bears the name of
one of them, so that `mirscan.scan` is the function whatever was imported before.
"""

from mirscan import safe_path as safe_path  # before all else, which it keeps from the working directory

# isort: split
from typing import TYPE_CHECKING, Any

from mirscan.version import __version__

if TYPE_CHECKING:
    from mirscan.api import explain, predict, read, scan, to_frame

__all__ = ["__version__", "explain", "predict", "read", "scan", "to_frame"]

_FUNCTIONS = frozenset(__all__) - {"__version__"}


def __getattr__(name: str) -> Any:
    if name in _FUNCTIONS:
        from mirscan import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_FUNCTIONS})
