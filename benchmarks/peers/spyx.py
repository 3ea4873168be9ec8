"""Spyx: its LIF neuron and its training step, scanned through time by JAX."""

import math
from collections.abc import Iterator
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import optax
import spyx
from flax import nnx

from benchmarks.peers.jax import (
    ADAM_FIRST_MOMENT,
    channels_first,
    channels_last,
    frames_last,
    mse_count,
    use_device,
)
from benchmarks.peers.torch_peer import LEARNING_RATE
from benchmarks.workloads import Task
from spikemeter.networks.neurons.lif import Lif
from spikemeter.networks.notation import Stage


def _layers(
    stage: Stage, weight: jax.Array, bias: jax.Array, lif: Lif
) -> Iterator[nnx.Module]:
    """Yield the layers of one stage."""
    rngs = nnx.Rngs(0)
    channels, *image = stage.out_shape
    if stage.kind == "conv":
        size = (stage.kernel, stage.kernel)
        synapse = nnx.Conv(
            stage.in_shape[0], channels, size, padding=stage.padding, rngs=rngs
        )
        window = (stage.pool, stage.pool)
        yield from (synapse, partial(nnx.max_pool, window_shape=window, strides=window))
    else:
        synapse = nnx.Linear(math.prod(stage.in_shape), channels, rngs=rngs)
        yield from (spyx.nn.Flatten(), synapse)
    synapse.kernel[...], synapse.bias[...] = weight, bias
    arctan = spyx.axn.custom(lambda u: 1 / (1 + (math.pi * u) ** 2))
    shape = (*image, channels)
    neuron = spyx.nn.LIF(shape, lif.beta, lif.threshold, arctan, rngs=rngs)
    neuron.beta = nnx.Variable(jnp.array(lif.beta))  # not trained
    yield neuron


class Sequential:
    """``spyx.nn.Sequential`` with ``spyx.optimize.make_train_step``.

    Its neuron fires one step after its membrane crosses the threshold, and the reset
    carries a gradient: not snnTorch's neuron.
    """

    def __init__(self, task: Task) -> None:
        use_device(task)
        self.task = task
        stages = zip(task.stages, channels_last(task), strict=True)
        layers = [
            layer
            for stage, (weight, bias) in stages
            for layer in _layers(stage, weight, bias, task.lif)
        ]
        self.model = spyx.nn.Sequential(*layers)
        self.frames = frames_last(task)
        self.labels = jnp.array(task.labels.cpu().numpy())
        adam = optax.adam(LEARNING_RATE)
        self.optimiser = nnx.Optimizer(self.model, adam, wrt=nnx.Param)

        def loss(model: nnx.Module, frames: jax.Array, labels: jax.Array) -> jax.Array:
            return mse_count(spyx.nn.run(model, frames)[0], labels)

        self.update = spyx.optimize.make_train_step(loss)
        self.run = nnx.jit(lambda model, frames: spyx.nn.run(model, frames)[0])

    def train_step(self) -> float:
        """Do one update and return the loss."""
        return float(self.update(self.model, self.optimiser, self.frames, self.labels))

    def infer(self) -> np.ndarray:
        """Return the output spikes."""
        return np.asarray(self.run(self.model, self.frames))

    def gradients(self) -> list[np.ndarray]:
        """Return the gradients of the first update, which Adam has kept."""
        means = jax.tree.leaves(self.optimiser.opt_state[0].mu)
        pairs = zip(means[1::2], means[::2], strict=True)  # kernels follow biases
        found = [(w / ADAM_FIRST_MOMENT, b / ADAM_FIRST_MOMENT) for w, b in pairs]
        return channels_first(self.task, found)
