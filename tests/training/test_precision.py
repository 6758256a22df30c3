"""Training's number format follows the processor."""

import pytest
import torch

from mirscan.training.common.precision import mixed


@pytest.mark.parametrize(
    ("capability", "expected"),
    [("AVX512", torch.bfloat16), ("AVX2", torch.float32), ("DEFAULT", torch.float32)],
)
def test_products_on_the_cpu_are_in_bfloat16_only_where_it_is_fast(monkeypatch, capability, expected):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    with mixed("cpu"):
        assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype == expected
