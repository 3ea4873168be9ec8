"""How a network lies in the flat arrays that the kernels work on.

Weights forward: a convolution as (channels, ky, kx reversed, lanes), a fully connected
stage as (inputs, lanes), where ``lanes`` are the neurons or channels padded with zeros
to whole vectors, and the inputs of a fully connected stage behind a convolution are in
the order of its map (row, column, lane). Weights backward, for the gradient of the
inputs: (features, ky, kx, padded channels) and (features, inputs).
"""

from math import prod
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from spikemeter.engines.cpu.compiled import BLOCK, LANES
from spikemeter.engines.cpu.lif import Neuron
from spikemeter.engines.cpu.work_space import KernelNetwork, WorkSpace, make_work_space
from spikemeter.networks.encodings.encoded import Encoded
from spikemeter.networks.layers import Synapses
from spikemeter.networks.notation import Stage

_NUMBERS = (
    # What enters: number of words, and the map with its channels, real and padded.
    *("inputs", "height", "width", "channels", "stride"),
    # The synapses: the pixels that a feature sees, and the features, real and padded.
    *("kernel", "padding", "pixels", "features", "lanes"),
    # The map of outputs, its pooling, and its neurons, padded.
    *("rows", "pitch", "pool", "pooled_rows", "pooled_columns", "neurons"),
    # Where the stage's part begins in arrays of neurons, maps, weights and biases.
    *("start", "map", "weights", "bias", "backward"),
)
STAGE = np.dtype([("linear", np.bool_), *((name, np.int64) for name in _NUMBERS)])


class Layout:
    """A network laid out for the kernels, and the memory of each share of a batch.

    In ``network``, what pads the weights and biases stays 0.
    """

    def __init__(self, stages: tuple[Stage, ...], neuron: Neuron) -> None:
        self.stages, records = stages, describe_stages(stages)
        channels = np.where(records.linear, records.stride, records.channels)
        behind = records.features * records.pixels * records.stride
        behind[0] = 0  # nothing lies before the first stage
        sizes = {
            "start": records.neurons,
            "map": records.rows * records.pitch,
            "weights": records.pixels * channels * records.lanes,
            "bias": records.lanes,
            "backward": behind,
        }
        for name, size in sizes.items():
            records[name] = size.cumsum() - size
        weights, biases, backward = (
            torch.zeros(int(sizes[name].sum())).numpy()  # on whole cache lines
            for name in ("weights", "bias", "backward")
        )
        self.network = KernelNetwork(records, weights, biases, backward, neuron)
        self._views = [_torch_order(record) for record in records]
        self._spaces: dict[tuple[int, int, bool], WorkSpace] = {}

    def load(self, synapses: Synapses) -> None:
        """Copy the present weights and biases in."""
        weights, biases, backward = map(torch.from_numpy, self.network[1:4])
        for number, layer in enumerate(synapses.layers):
            view, view_back, bias = self._views[number]
            weight = layer.get_parameter("weight").detach().view(view[0])
            flipped = weight.flip(3) if self.stages[number].kernel else weight
            weights.as_strided(*view).copy_(flipped)
            biases[bias].copy_(layer.get_parameter("bias").detach())
            if number:
                backward.as_strided(*view_back).copy_(weight)

    def constant_currents(self, synapses: Synapses, inputs: Encoded) -> Tensor | None:
        """Return what a constant input feeds the first stage, in its map's order."""
        if not inputs.is_constant:
            return None
        current = synapses.current(0, inputs.first_frames()[0])
        missing = int(self.network.stages[0].lanes) - current.shape[1]
        return functional.pad(current.movedim(1, -1), (0, missing)).flatten(1)

    def work_space(self, share: int, steps: int, learns: bool) -> WorkSpace:
        """Return the work space for a share of a batch; its gradients are 0."""
        key = share, steps, learns
        if key not in self._spaces:
            self._spaces[key] = make_work_space(self.network, steps, learns)
        self._spaces[key].weights[:] = 0
        self._spaces[key].biases[:] = 0
        return self._spaces[key]

    def set_gradients(self, synapses: Synapses, steps: int, shares: int) -> None:
        """Add up the gradients of all shares, in their order, and hand them over."""
        total, *others = (self._spaces[share, steps, True] for share in range(shares))
        for other in others:
            total.weights[:] += other.weights
            total.biases[:] += other.biases
        weights, biases = map(torch.from_numpy, (total.weights, total.biases))
        for number, layer in enumerate(synapses.layers):
            view, _, bias = self._views[number]
            gradient = weights.as_strided(*view)
            if self.stages[number].kernel:
                gradient = gradient.flip(3)
            parameter = layer.get_parameter("weight")
            parameter.grad = gradient.reshape(parameter.shape)
            layer.get_parameter("bias").grad = biases[bias]

    def read_spikes(self, work: WorkSpace, steps: int) -> list[Tensor]:
        """Return the spikes of one sample, (steps, *out_shape) for each stage."""
        blocks = -(-steps // BLOCK)
        bits = np.arange(BLOCK, dtype=np.uint32)[:, None]
        trains = []
        for stage, record in zip(self.stages, self.network.stages, strict=True):
            words = work.words[blocks * record.start :][: blocks * record.neurons]
            fired = (words.reshape(blocks, 1, -1) >> bits & 1).astype(np.uint8)
            shape = (-1, record.pooled_rows, record.pooled_columns, record.lanes)
            train = torch.from_numpy(fired).view(shape)[:steps, ..., : record.features]
            trains.append(train.movedim(-1, 1).reshape(steps, *stage.out_shape))
        return trains


def describe_stages(stages: tuple[Stage, ...]) -> np.recarray:
    """Return the records of stages, but for where their parts of the arrays begin."""
    records = np.zeros(len(stages), STAGE).view(np.recarray)
    words, stride = prod(stages[0].in_shape), 0
    for stage, record in zip(stages, records, strict=True):
        record.linear, record.inputs = stage.kind == "linear", words
        if record.linear:  # a map of one pixel
            channels = stage.in_shape[0] if stride else words
            record.channels, record.height, record.width = channels, 1, 1
        else:
            record.channels, record.height, record.width = stage.in_shape
        record.stride = stride or record.channels
        record.pixels = words // record.stride if record.linear else stage.kernel**2
        record.kernel, record.padding = max(stage.kernel, 1), stage.padding
        record.features, record.rows, columns = (*stage.map_shape, 1, 1)[:3]
        record.lanes = stride = -(-stage.out_shape[0] // LANES) * LANES
        record.pitch = (columns + 2 * (record.kernel - 1)) * stride
        _, record.pooled_rows, record.pooled_columns = (*stage.out_shape, 1, 1)[:3]
        record.pool = stage.pool
        record.neurons = words = record.pooled_rows * record.pooled_columns * stride
    return records


def _torch_order(one: np.record) -> tuple[Any, Any, slice]:
    """Return where a stage's weights, forward and backward, and its biases are.

    Weights as :meth:`torch.Tensor.as_strided` takes it, in torch's order (features,
    channels, ky, kx), forward with kx reversed; the pixels that a fully connected stage
    sees are a column.
    """
    sides = (one.pixels, 1) if one.linear else (one.kernel, one.kernel)
    shape = (one.features, one.channels, *sides)
    channel, pixel = one.pixels * one.lanes, one.lanes
    if one.linear:
        channel, pixel = one.lanes, one.stride * one.lanes
    forward = (1, channel, sides[1] * pixel, pixel)
    backward = (one.pixels * one.stride, 1, sides[1] * one.stride, one.stride)
    bias = slice(one.bias, one.bias + one.features)
    return (shape, forward, one.weights), (shape, backward, one.backward), bias
