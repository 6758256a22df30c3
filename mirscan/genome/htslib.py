"""What htslib does not say, or says where it should not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pysam

from mirscan.genome.fasta import BGZF_END


@contextmanager
def silent() -> Iterator[None]:
    """While it lasts, htslib does not talk on stderr; what goes wrong is said by our own errors."""
    before = pysam.set_verbosity(0)
    try:
        yield
    finally:
        pysam.set_verbosity(before)


def is_whole(path: Path) -> bool:
    """Whether a BGZF file ends with its marker, as it does only when everything before it was written."""
    with path.open("rb") as stream:
        stream.seek(0, 2)
        stream.seek(max(0, stream.tell() - len(BGZF_END)))
        return stream.read() == BGZF_END
