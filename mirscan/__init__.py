"""mirscan finds microRNA genes in genomes.

The functions for scripts and notebooks are here:

- `mirscan.scan(genome)`: the hits of a genome.
- `mirscan.predict(sequences)`: the scores of ready hairpins.
- `mirscan.explain(hairpin)`: why a hairpin is called, or is not; drawn in a notebook.
- `mirscan.to_frame(results)`: hits or predictions as a pandas DataFrame.

They are imported when they are first used: `import mirscan` alone is instant.
"""

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from mirscan.version import __version__

if TYPE_CHECKING:
    from mirscan.api import explain, predict, scan, to_frame

__all__ = ["__version__", "explain", "predict", "scan", "to_frame"]

_FUNCTIONS = frozenset(__all__) - {"__version__"}


class _Package(ModuleType):
    """The package, whose functions win over its modules of the same names.

    `mirscan.scan` is the function wherever it is read; the module is what `from mirscan.scan import …` reads.
    Without this, the first import of the module would put it in the function's place.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _FUNCTIONS and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:
    if name in _FUNCTIONS:
        from mirscan import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_FUNCTIONS})
