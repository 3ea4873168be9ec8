"""Plain JAX, written for this comparison: one program for the whole update.

Fully connected synapses act on all time steps at once, convolutions step by step as
products with patches, because XLA's own gradients of convolutions take seconds on a
CPU. The neurons scan through time, with a gradient written by hand.
"""

import math
from functools import partial, reduce
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax

from benchmarks.peers.torch_peer import LEARNING_RATE
from benchmarks.workloads import Task
from spikemeter.networks.losses.mse_count import CORRECT_RATE, INCORRECT_RATE
from spikemeter.networks.neurons.lif import Lif
from spikemeter.networks.notation import Stage

Parameters = list[tuple[jax.Array, jax.Array]]
UNROLLED_STEPS = 25  # of a training; inference is faster without
ADAM_FIRST_MOMENT = 0.1  # share of the gradient that the first update stores


@partial(jax.custom_vjp, nondiff_argnums=(1,))
def fire(current: jax.Array, lif: Lif) -> jax.Array:
    """Return the spikes of neurons with snnTorch's dynamics, (steps, …)."""

    def step(membrane: jax.Array, entering: jax.Array) -> tuple[jax.Array, jax.Array]:
        membrane = _next(membrane, entering, lif)
        return membrane, (membrane > lif.threshold).astype(entering.dtype)

    start = jnp.zeros_like(current[0])
    return lax.scan(step, start, current)[1]


def _next(membrane: jax.Array, entering: jax.Array, lif: Lif) -> jax.Array:
    reset = jnp.where(membrane > lif.threshold, lif.threshold, 0.0)
    return lif.beta * membrane + entering - reset


def _fire(current: jax.Array, lif: Lif) -> tuple[jax.Array, jax.Array]:
    def step(membrane: jax.Array, entering: jax.Array) -> tuple[jax.Array, jax.Array]:
        membrane = _next(membrane, entering, lif)
        return membrane, membrane

    start = jnp.zeros_like(current[0])
    _, membranes = lax.scan(step, start, current, unroll=UNROLLED_STEPS)
    return (membranes > lif.threshold).astype(current.dtype), membranes


def _fire_backward(
    lif: Lif, membranes: jax.Array, gradient: jax.Array
) -> tuple[jax.Array]:
    surrogate = 1 / (1 + (math.pi * (membranes - lif.threshold)) ** 2)

    def step(later: jax.Array, direct: jax.Array) -> tuple[jax.Array, jax.Array]:
        total = direct + lif.beta * later
        return total, total

    start = jnp.zeros_like(gradient[0])
    _, total = lax.scan(
        step, start, gradient * surrogate, reverse=True, unroll=UNROLLED_STEPS
    )
    return (total,)


fire.defvjp(_fire, _fire_backward)


def pool(current: jax.Array, size: int) -> jax.Array:
    """Return the maxima of squares; of equal values the first has the gradient."""
    rows, columns = (side // size * size for side in current.shape[-3:-1])
    corners = [
        current[..., row:rows:size, column:columns:size, :]
        for row in range(size)
        for column in range(size)
    ]
    return reduce(lambda first, other: jnp.where(first >= other, first, other), corners)


def convolve(images: jax.Array, weight: jax.Array, padding: int) -> jax.Array:
    """Convolve (batch, height, width, channels) with (kernel, kernel, in, out)."""
    kernel = len(weight)
    border = (padding, padding)
    images = jnp.pad(images, ((0, 0), border, border, (0, 0)))
    rows, columns = (side - kernel + 1 for side in images.shape[1:3])
    patches = jnp.concatenate(
        [
            images[:, row : row + rows, column : column + columns]
            for row in range(kernel)
            for column in range(kernel)
        ],
        axis=-1,
    )
    return patches @ weight.reshape(-1, weight.shape[-1])


def synapse(
    stage: Stage, parameters: tuple[jax.Array, jax.Array], activity: jax.Array
) -> jax.Array:
    """Return the current of a stage for all steps."""
    weight, bias = parameters
    if stage.kind == "linear":
        return activity.reshape(*activity.shape[:2], -1) @ weight + bias

    @jax.checkpoint
    def step(images: jax.Array) -> jax.Array:
        return pool(convolve(images, weight, stage.padding), stage.pool) + bias

    return lax.map(step, activity)


def forward(
    parameters: Parameters, frames: jax.Array, stages: tuple[Stage, ...], lif: Lif
) -> jax.Array:
    """Return the output spikes, (steps, batch, classes)."""
    activity = frames
    for stage, own in zip(stages, parameters, strict=True):
        activity = fire(synapse(stage, own, activity), lif)
    return activity


def mse_count(output: jax.Array, labels: jax.Array) -> jax.Array:
    """Return the loss of :mod:`spikemeter.networks.losses.mse_count`."""
    steps, _, classes = output.shape
    right = jax.nn.one_hot(labels, classes, dtype=bool)
    wanted = (int(steps * CORRECT_RATE), int(steps * INCORRECT_RATE))
    return jnp.mean((output.sum(0) - jnp.where(right, *wanted)) ** 2) / steps


def channels_last(task: Task) -> Parameters:
    """Return the weights for images of (height, width, channels)."""
    arrays = iter(task.weights())
    parameters = []
    for stage, weight, bias in zip(task.stages, arrays, arrays, strict=True):
        if stage.kind == "conv":
            own = weight.transpose(2, 3, 1, 0)
        else:
            entering = weight.reshape(len(weight), *stage.in_shape)
            last = np.moveaxis(entering, 1, -1).reshape(len(weight), -1)
            own = last.T
        parameters.append((jnp.array(own), jnp.array(bias)))
    return parameters


def channels_first(task: Task, gradients: list[Any]) -> list[np.ndarray]:
    """Return gradients laid out as the task's weights, weight and bias in turn."""
    found = []
    for stage, (weight, bias) in zip(task.stages, gradients, strict=True):
        own = np.asarray(weight)
        if stage.kind == "conv":
            own = own.transpose(3, 2, 0, 1)
        elif len(stage.in_shape) > 1:
            channels, height, width = stage.in_shape
            last = own.T.reshape(-1, height, width, channels)
            own = np.moveaxis(last, -1, 1).reshape(len(last), -1)
        else:
            own = own.T
        found += [own, np.asarray(bias)]
    return found


def use_device(task: Task) -> None:
    """Let JAX compute where the others do.

    Raises
    ------
    RuntimeError
        If that is a GPU and JAX finds none.
    """
    jax.config.update("jax_platforms", task.device.type)


def frames_last(task: Task) -> jax.Array:
    """Return the dense input as (steps, batch, height, width, channels)."""
    return jnp.array(np.moveaxis(task.frames.cpu().numpy(), 2, -1))


class Batched:
    """The network with its compiled update."""

    def __init__(self, task: Task) -> None:
        use_device(task)
        self.task = task
        self.parameters = channels_last(task)
        self.frames = frames_last(task)
        self.labels = jnp.array(task.labels.cpu().numpy())
        adam = optax.adam(LEARNING_RATE)
        self.adam = adam.init(self.parameters)
        run = partial(forward, stages=task.stages, lif=task.lif)

        def loss(parameters: Parameters, frames: jax.Array, labels: jax.Array) -> Any:
            return mse_count(run(parameters, frames), labels)

        @partial(jax.jit, donate_argnums=(0, 1))
        def update(
            parameters: Parameters, state: Any, frames: jax.Array, labels: jax.Array
        ) -> tuple[Parameters, Any, jax.Array]:
            value, gradients = jax.value_and_grad(loss)(parameters, frames, labels)
            changes, state = adam.update(gradients, state)
            return optax.apply_updates(parameters, changes), state, value

        self.update, self.run = update, jax.jit(run)

    def train_step(self) -> float:
        """Do one update and return the loss."""
        self.parameters, self.adam, loss = self.update(
            self.parameters, self.adam, self.frames, self.labels
        )
        return float(loss)

    def infer(self) -> np.ndarray:
        """Return the output spikes."""
        return np.asarray(self.run(self.parameters, self.frames))

    def gradients(self) -> list[np.ndarray]:
        """Return the gradients of the first update, which Adam has kept."""
        means = [
            (w / ADAM_FIRST_MOMENT, b / ADAM_FIRST_MOMENT) for w, b in self.adam[0].mu
        ]
        return channels_first(self.task, means)
