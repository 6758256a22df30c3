"""Compile what tests call, so that no test is timed while it compiles: run by `conftest.py`."""

from __future__ import annotations

import numpy as np
import torch

from mirscan.encoding.descriptors import describe
from mirscan.encoding.image import images
from mirscan.encoding.kinship import Library
from mirscan.encoding.positions import loop_middle
from mirscan.encoding.sequence import pad, symbols
from mirscan.encoding.symbol_columns import columns_of
from mirscan.folding.dot_bracket import pair_table
from mirscan.models import build
from mirscan.runtime.compiled import beside

SEQUENCE, STRUCTURE = "GGCUAGCUAAGCGAAAGCUUAGCUAGCC", "(((((((((((......)))))))))))."[:28]


def search() -> None:
    """What a scan needs, in two processes where there is nothing yet."""
    from mirscan.pipeline import preload

    assert preload


def models() -> None:
    """What is called beside a scan, each kernel once."""
    torch.set_num_threads(1)
    rows, lengths = pad([symbols(SEQUENCE, STRUCTURE)])
    describe(rows, lengths)
    columns_of(rows, lengths)
    images([SEQUENCE], [STRUCTURE])
    loop_middle(pair_table(STRUCTURE))
    library = Library.of(rows, lengths, np.ones(1, dtype=np.int64))
    library.kinship(rows, lengths)
    for network in (build("lstm2-attention", {}), build("boosted-trees", {"trees": 1, "nodes": 1})):
        out = network(torch.from_numpy(rows), torch.from_numpy(lengths))
        if out.requires_grad:
            out.sum().backward()
    with torch.inference_mode():
        build("lstm2-attention", {}).eval()(torch.from_numpy(rows), torch.from_numpy(lengths))


def main() -> None:
    """Both side by side; what one of them could not keep is compiled here."""
    with beside(search):
        models()
    search()


if __name__ == "__main__":
    main()
