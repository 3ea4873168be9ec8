"""CUDA graphs: a batch of a shape seen before is replayed with one launch.

A graph repeats the same kernels on the same addresses, so that only what is pure and
reads its inputs from fixed memory may be recorded. See "CUDA Graphs" in torch's notes
on CUDA semantics.
"""

from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

Function = Callable[..., list[Tensor]]


def can_record(given: Tensor) -> bool:
    """Return whether work on a tensor can be recorded: on CUDA alone."""
    return given.is_cuda


class Recordings:
    """Calls functions of CUDA tensors, from a recording where there is one.

    A function is recorded the second time that a key comes with tensors of the same
    shapes, so that the smaller last batch of a single pass costs no recording. All
    recordings share one pool of memory: nothing of a replay outlives it but copies.
    """

    def __init__(self) -> None:
        self._addresses: dict[Hashable, tuple[int, ...]] = {}
        self._recordings: dict[Hashable, _Recording] = {}

    def __call__(
        self,
        key: Hashable,
        function: Function,
        inputs: Sequence[Tensor],
        parameters: Sequence[Tensor],
    ) -> list[Tensor]:
        """Return ``function(*inputs)``, which is pure and never waits for the device.

        ``key`` is all that its work depends on besides the tensors. Inputs are copied
        into fixed memory; nothing is recorded on a CPU. Parameters are read where they
        are: a recording of other addresses is dropped.
        """
        if not can_record(inputs[0]):
            return function(*inputs)
        shapes = tuple((one.shape, one.dtype, one.device) for one in inputs)
        addresses = tuple(one.data_ptr() for one in parameters)
        key = (key, shapes)
        if self._addresses.get(key) != addresses:
            self._addresses[key] = addresses
            self._recordings.pop(key, None)
            return function(*inputs)
        if key not in self._recordings:
            self._recordings[key] = _Recording(function, inputs, self._settings)
        return self._recordings[key].replay(inputs)

    @cached_property
    def _settings(self) -> dict[str, Any]:
        return {
            "stream": torch.cuda.Stream(),
            "pool": torch.cuda.graph_pool_handle(),
            # The meter's thread may ask the device something meanwhile.
            "capture_error_mode": "thread_local",
        }


class _Recording:
    """One function on tensors of fixed shapes; ``settings`` are torch.cuda.graph's."""

    def __init__(
        self, function: Function, inputs: Sequence[Tensor], settings: dict[str, Any]
    ) -> None:
        self._inputs = [one.clone() for one in inputs]
        # What libraries set up on their first call in a stream must not be recorded.
        stream = settings["stream"]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            function(*self._inputs)
        torch.cuda.current_stream().wait_stream(stream)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph, **settings):
            self._outputs = function(*self._inputs)

    def replay(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Return the function's results, in memory of their own."""
        for own, given in zip(self._inputs, inputs, strict=True):
            own.copy_(given)
        self._graph.replay()
        return [one.clone() for one in self._outputs]
