"""What the arguments of functions are called on the command line.

Messages from below name an argument as Python does, in backticks: `min_score`. A person at the command line
reads its option instead: --min-score.
"""

from __future__ import annotations

import re

OPTIONS = frozenset(
    (
        *(
            "arms",
            "batch_size",
            "clade",
            "counts",
            "criteria",
            "decoys",
            "device",
            "evidence",
            "families",
            "fdr",
            "force",
            "genome",
            "id",
            "journal",
        ),
        *(
            "max_repeated",
            "min_score",
            "model",
            "multiqc",
            "outdir",
            "prefix",
            "pdf",
            "png",
            "prevalence",
            "clade_prevalence",
            "reads",
            "require_rule",
            "resume",
        ),
        *("sensitivity", "shard", "strand", "summary", "threads", "tier", "top", "tree"),
    )
)


def with_options(message: str) -> str:
    """A message with options in the place of arguments."""
    return re.sub(r"`(\w+)`", _option, message)


def _option(found: re.Match[str]) -> str:
    return "--" + found[1].replace("_", "-") if found[1] in OPTIONS else found[0]
