"""Work on a device in batches that halve where its memory runs out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence, Sized
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from mirscan.errors import DeviceError
from mirscan.runtime.torch_threads import our_threads

Item = TypeVar("Item", bound=Sized)
Result = TypeVar("Result")


def failed(device: torch.device, error: RuntimeError) -> DeviceError:
    """What to say where a device could not do its work to the end."""
    words = (str(error).splitlines() or [type(error).__name__])[0]
    hint = "Another `device`, or fewer hairpins in a `batch_size`, may do; a scan goes on with `resume`."
    return DeviceError(f"device {device}", words, hint=hint)


class Batches:
    """How much of something is done at once on a device.

    Attributes:
        size: Items in a batch; less once memory has run out.
    """

    def __init__(self, device: torch.device, size: int) -> None:
        self.size = size
        self._device = device

    def each(self, count: int, work: Callable[[slice], Result]) -> Iterator[Result]:
        """What the work gives for each batch of so many items, in order.

        Args:
            count: Items.
            work: From the place of a batch among the items to a result.

        Raises:
            DeviceError: The device failed, or has no memory for a single item.
        """
        first = 0
        while first < count:
            count_now = min(self.size, count - first)
            try:
                with our_threads():
                    result = work(slice(first, first + count_now))
            except torch.OutOfMemoryError as error:
                if count_now == 1:
                    raise failed(self._device, error) from error
            except RuntimeError as error:
                raise failed(self._device, error) from error
            else:
                first += count_now
                yield result
                continue
            torch.cuda.empty_cache()  # here, where the error holds no tensor of the batch any more
            self.size = count_now // 2

    def by_length(
        self, items: Sequence[Item], work: Callable[[Sequence[Item]], NDArray[Any]]
    ) -> NDArray[Any]:
        """What the work gives for each item, in the order given; items of like length go together.

        Args:
            items: One or more.
            work: From some items to an array of as many rows.

        Raises:
            DeviceError: See `each`.
        """
        order = sorted(range(len(items)), key=lambda at: len(items[at]))
        parts = self.each(len(order), lambda rows: work([items[at] for at in order[rows]]))
        joined = np.concatenate([*parts])
        found = np.empty_like(joined)
        found[order] = joined
        return found
