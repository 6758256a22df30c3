"""The number format of training: bfloat16 where it is fast, float32 elsewhere."""

from __future__ import annotations

import torch


def mixed(device: str) -> torch.autocast:
    """A context in which products and convolutions run in bfloat16.

    On a processor without AVX-512 they stay in float32: there bfloat16 is imitated, and far slower.

    Args:
        device: Type of the device, `cpu` or `cuda`.
    """
    fast = device != "cpu" or torch.backends.cpu.get_cpu_capability().startswith("AVX512")
    return torch.autocast(device, torch.bfloat16, enabled=fast)
