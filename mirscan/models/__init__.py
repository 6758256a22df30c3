"""The networks: tensors in, tensors out. No files, no devices by name, no command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mirscan.errors import ModelError

if TYPE_CHECKING:
    from torch import nn

# deepMiRGene, Table 4, in the order of its rows. Row 6 is the paper's own. The widths of the others are not
# given: the recurrent ones take those of row 6, and so do the filters.
TABLE_4: dict[str, dict[str, Any]] = {
    "cnn2": {"filters": (20, 10), "units": (), "readout": "all"},
    "cnn2-lstm2": {"filters": (20, 10), "readout": "last"},
    "cnn2-lstm2-attention": {"filters": (20, 10)},
    "lstm2": {"readout": "last"},
    "lstm1-attention": {"units": (20,)},
    "lstm2-attention": {},
    "bilstm1-attention": {"units": (20,), "bidirectional": True},
    "bilstm2-attention": {"bidirectional": True},
}

TREES, KIN_TREES, KIN_COLUMNS = "boosted-trees", "kin-trees", "kin-columns"
COLUMNS, COLUMN_ENSEMBLE = "duplex", "duplex-ensemble"  # what reads columns instead of positions
HAIRPIN_STACK = "hairpin-stack"  # columns, positions and images
ENSEMBLE = "ensemble"  # its configuration: `members`, a list of [architecture, configuration]


def build(architecture: str, config: dict[str, Any] | None = None) -> nn.Module:
    """Make the network of a name, its parameters fresh.

    Args:
        architecture: A name of `architectures()`.
        config: Keyword arguments beyond the architecture's own, as in a checkpoint's card.

    Raises:
        ModelError: No such architecture, or an argument that it does not take.
    """
    from mirscan.models.column_ensemble import ColumnEnsemble
    from mirscan.models.columns import ColumnNetwork
    from mirscan.models.ensemble import Ensemble
    from mirscan.models.hairpin_stack import HairpinStack
    from mirscan.models.kin_columns import KinColumns
    from mirscan.models.lstm import LstmNetwork
    from mirscan.models.trees import BoostedTrees, KinTrees

    if architecture == ENSEMBLE:
        return Ensemble(
            [build(member, member_config) for member, member_config in (config or {}).get("members", ())]
        )
    others: dict[str, Callable[..., nn.Module]] = {
        TREES: BoostedTrees,
        KIN_TREES: KinTrees,
        KIN_COLUMNS: KinColumns,
        COLUMNS: ColumnNetwork,
        COLUMN_ENSEMBLE: ColumnEnsemble,
        HAIRPIN_STACK: HairpinStack,
    }
    if architecture not in (*TABLE_4, *others):
        raise ModelError("architecture", f"no {architecture!r}", f"one of {', '.join(architectures())}")
    try:
        if architecture in TABLE_4:
            return LstmNetwork(**{**TABLE_4[architecture], **(config or {})})
        return others[architecture](**(config or {}))
    except TypeError as error:
        raise ModelError(
            f"architecture {architecture}", f"a configuration that does not fit ({error})"
        ) from error


def architectures() -> list[str]:
    """The scorers of ready hairpins that `mirscan train lstm` can train; `build` knows others besides."""
    return [*TABLE_4, TREES, KIN_TREES, KIN_COLUMNS]
