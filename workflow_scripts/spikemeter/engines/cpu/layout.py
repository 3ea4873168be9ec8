"""How a network lies in the flat arrays that the kernels work on.

Weights forward: a convolution as (channels, ky, kx reversed, lanes), a fully connected
stage as (inputs, lanes), where ``lanes`` are the neurons or channels padded with zeros
to whole vectors, and the inputs of a fully connected stage behind a convolution are in
the order of its map (row, column, lane). Weights backward, for the gradient of the
inputs: (features, ky, kx, padded channels) and (features, inputs).
"""

from collections.abc import Sequence
from math import prod

import numpy as np
import torch
from torch import Tensor

from spikemeter.engines.cpu.compiled import BLOCK, LANES
from spikemeter.engines.cpu.linear import GROUP, GROUPS, PATTERNS
from spikemeter.engines.cpu.work_space import WorkSpace
from spikemeter.networks.layers import Synapses
from spikemeter.networks.notation import Stage

_NUMBERS = (
    # What enters: number of words, and the map with its channels, real and padded.
    *("inputs", "height", "width", "channels", "stride"),
    # The synapses, and the features that they feed, real and padded.
    *("kernel", "padding", "features", "lanes"),
    # The map of outputs, its pooling, and its neurons, padded.
    *("rows", "pitch", "pool", "pooled_rows", "pooled_columns", "neurons"),
    # Where the stage's part begins in arrays of neurons, maps, weights and biases.
    *("start", "map", "weights", "bias", "backward"),
)
STAGE = np.dtype([("linear", np.bool_), *((name, np.int64) for name in _NUMBERS)])


def padded(count: int) -> int:
    """Return a number of channels rounded up to whole vectors."""
    return -(-count // LANES) * LANES


def describe_stages(stages: Sequence[Stage]) -> np.recarray:
    """Return the record array of the stages that the kernels read."""
    records = np.zeros(len(stages), STAGE).view(np.recarray)
    start = maps = weights = bias = backward = 0
    for number, (stage, record) in enumerate(zip(stages, records, strict=True)):
        _shape(stage, record)
        if number:
            before = records[number - 1]
            record.stride = before.lanes
            record.inputs = before.neurons
            if record.linear:
                record.channels = before.neurons
        else:
            record.stride = record.channels
            record.inputs = prod(stage.in_shape)
        record.start, record.map = start, maps
        record.weights, record.bias, record.backward = weights, bias, backward
        kernel = record.kernel**2
        start += record.neurons
        maps += record.rows * record.pitch
        weights += record.channels * kernel * record.lanes
        bias += record.lanes
        if number:
            backward += _backward_size(record)
    return records


def _shape(stage: Stage, record: np.record) -> None:
    """Set what depends on the stage alone; fully connected is a map of one pixel."""
    record.linear = stage.kind == "linear"
    record.features = stage.out_shape[0]
    record.lanes = padded(stage.out_shape[0])
    if record.linear:
        record.height = record.width = record.kernel = record.pool = 1
        record.rows = record.pooled_rows = record.pooled_columns = columns = 1
        record.channels = prod(stage.in_shape)
    else:
        record.channels, record.height, record.width = stage.in_shape
        record.kernel, record.padding, record.pool = (
            stage.kernel,
            stage.padding,
            stage.pool,
        )
        record.rows, columns = stage.map_shape[1:]
        record.pooled_rows, record.pooled_columns = stage.out_shape[1:]
    record.pitch = (columns + 2 * (record.kernel - 1)) * record.lanes
    record.neurons = record.pooled_rows * record.pooled_columns * record.lanes


class Parameters:
    """Weights and biases, or their gradients, in the kernels' order.

    Parameters
    ----------
    stages : sequence of Stage
    records : record array
        From :func:`describe_stages`.

    Attributes
    ----------
    weights, biases, backward : float32 Tensor
        Flat; see the head of this module. What pads them stays 0.
    """

    def __init__(self, stages: Sequence[Stage], records: np.recarray) -> None:
        self.stages, self.records = stages, records
        sizes = [r.channels * r.kernel**2 * r.lanes for r in records]
        behind = [_backward_size(record) for record in records[1:]]
        self.weights = torch.zeros(sum(sizes))
        self.biases = torch.zeros(int(records.lanes.sum()))
        self.backward = torch.zeros(sum(behind))
        self._weights = [
            self._forward_view(number, part)
            for number, part in enumerate(self.weights.split(sizes))
        ]
        self._backward = [
            self._backward_view(number, part)
            for number, part in enumerate(self.backward.split(behind), 1)
        ]
        self._biases = [
            part[: record.features]
            for part, record in zip(
                self.biases.split(records.lanes.tolist()), records, strict=True
            )
        ]

    def load(self, synapses: Synapses) -> None:
        """Copy the parameters of a network in."""
        for number, layer in enumerate(synapses.layers):
            weight = layer.get_parameter("weight").detach()
            weight = weight.view(self._weights[number].shape)
            linear = self.records[number].linear
            self._weights[number].copy_(weight if linear else weight.flip(3))
            self._biases[number].copy_(layer.get_parameter("bias").detach())
            if number:
                self._backward[number - 1].copy_(weight)

    def gradients(self, synapses: Synapses) -> None:
        """Make what is in here the gradients of a network's parameters."""
        for number, layer in enumerate(synapses.layers):
            gradient, parameter = self._weights[number], layer.get_parameter("weight")
            if not self.records[number].linear:
                gradient = gradient.flip(3)
            parameter.grad = gradient.reshape(parameter.shape)
            layer.get_parameter("bias").grad = self._biases[number]

    def _forward_view(self, number: int, flat: Tensor) -> Tensor:
        """View a part as torch orders the weights, with kx reversed."""
        record, stage = self.records[number], self.stages[number]
        if not record.linear:
            kernels = (record.channels, record.kernel, record.kernel, record.lanes)
            return flat.view(kernels).permute(3, 0, 1, 2)[: record.features]
        rows = flat.view(*self._map_before(number), record.lanes)
        real = stage.in_shape[0] if number else record.inputs
        rows = rows[..., :real, : record.features]
        return rows.permute(-1, -2, *range(rows.ndim - 2))

    def _backward_view(self, number: int, flat: Tensor) -> Tensor:
        """View a part as torch orders the weights."""
        record, stage = self.records[number], self.stages[number]
        if not record.linear:
            kernels = (record.features, record.kernel, record.kernel, record.stride)
            return flat.view(kernels).permute(0, 3, 1, 2)[:, : record.channels]
        rows = flat.view(record.features, *self._map_before(number))
        rows = rows[..., : stage.in_shape[0]]
        return rows.permute(0, -1, *range(1, rows.ndim - 1))

    def _map_before(self, number: int) -> tuple[int, ...]:
        """Return the padded shape of what enters a fully connected stage."""
        if number == 0:
            return (self.records[0].inputs,)
        before = self.records[number - 1]
        if before.linear:
            return (before.lanes,)
        return (before.pooled_rows, before.pooled_columns, before.lanes)


def _backward_size(record: np.record) -> int:
    """Return the number of weights that a hidden stage needs backward."""
    width = record.inputs if record.linear else record.kernel**2 * record.stride
    return int(record.features * width)


def make_work_space(records: np.recarray, steps: int, kept: int) -> WorkSpace:
    """Allocate the work space for a share of a batch.

    Parameters
    ----------
    records : record array
    steps : int
        Of a batch.
    kept : int
        Steps whose membranes are kept: all of them to learn, else 2.
    """
    neurons, blocks = int(records.neurons.sum()), -(-steps // BLOCK)
    learning = kept == steps
    lanes = int(records.lanes[records.linear].max())
    maps = records.rows * records.pitch
    sides = (records.height + 2 * records.padding) * (
        records.width + 2 * records.padding
    )
    bordered = records.height * (records.width + 2 * records.padding) * records.stride

    def floats(*shape: int) -> np.ndarray:
        return torch.zeros(shape).numpy()  # on whole cache lines, as torch allocates

    inputs = int(records.inputs.max())
    outputs = records.pooled_rows * records.pooled_columns * records.pool**2
    runs = int((records.kernel * records.channels).max())
    lists = max(inputs, int(records.neurons.max()), int(outputs.max()), runs) + 1
    return WorkSpace(
        membranes=floats(kept * neurons),
        words=np.zeros(blocks * neurons, np.uint32),
        winners=np.zeros(kept * neurons, np.uint8),
        carries=floats(neurons),
        totals=floats(neurons),
        gradients=floats(BLOCK * neurons if learning else 0),
        outputs=floats(int(maps.max())),
        errors=floats(int(maps.sum()) if learning else 0),
        currents=floats(max(GROUPS * GROUP * lanes, int(records.neurons.max()))),
        dense=floats(int((sides * records.channels).max())),
        padded=floats(int(bordered[1:].max(initial=0))),
        sums=floats(GROUPS * PATTERNS * lanes if learning else 0),
        factors=floats(neurons),
        inputs=np.zeros(inputs, np.uint32),
        order=np.zeros(lists, np.int64),
        places=np.zeros(lists, np.int64),
        pixels=np.zeros(lists, np.int64),
        patterns=np.zeros((PATTERNS, inputs), np.int64),
        events=np.zeros((BLOCK, inputs), np.int64),
        values=torch.ones(inputs).numpy(),
        counts=np.zeros(BLOCK, np.int64),
        zeros=floats(int(records.neurons.max())),
    )
