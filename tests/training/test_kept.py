"""What an earlier run kept, and a crash has damaged, is named with the way out."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from mirscan.errors import InputError
from mirscan.training.common.kept import arrays_of
from mirscan.training.scan.precursors import read_table


def test_whole_arrays_are_read(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "kept.npz", a=np.arange(1000))
    assert arrays_of(tmp_path / "kept.npz")["a"].sum() == 499_500


@pytest.mark.parametrize("damage", ["nothing", "cut", "changed", "none of ours"])
def test_damage_is_named_with_its_file(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "kept.npz"
    np.savez_compressed(path, a=np.random.default_rng(1).random(5_000))
    content = path.read_bytes()
    changed = content[:200] + bytes(99) + content[299:]
    path.write_bytes({"nothing": b"", "cut": content[:900], "changed": changed, "none of ours": b"x"}[damage])
    with pytest.raises(InputError, match="kept.npz: is damaged.*Remove it"):
        arrays_of(path)


@pytest.mark.parametrize("at", [5, 40, 300])
def test_a_table_of_a_damaged_gzip_is_named(at: int, tmp_path: Path) -> None:
    path = tmp_path / "table.tsv.gz"
    packed = gzip.compress("".join(f"name\t{number}\n" for number in range(9_000)).encode())
    for content in (packed[:at], packed[:at] + bytes(50) + packed[at + 50 :]):
        path.write_bytes(content)
        with pytest.raises(InputError, match="table.tsv.gz: unreadable"):
            read_table(path)
