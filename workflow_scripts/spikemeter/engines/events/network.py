"""Samples through all stages of a network, forward and back, in one call.

A sample passes in blocks of 32 steps: every stage advances through the block before the
next one does, so that what is worked on stays in the processor's caches. Learning keeps
the membranes (float32), the spikes (bits) and the winners of the pooling (bytes) of one
sample at a time; the blocks are then taken backwards.
"""

from typing import NamedTuple

import numpy as np

from spikemeter.engines.events.compiled import BLOCK, compiled
from spikemeter.engines.events.convolution import (
    convolve,
    convolve_gradients,
    convolve_inputs,
    list_by_channel,
    list_by_pixel,
    list_winners,
    pool,
    unpool,
)
from spikemeter.engines.events.linear import linear_currents, linear_gradients
from spikemeter.engines.events.losses import count_loss
from spikemeter.engines.events.neurons import Neuron, fire, fire_backward
from spikemeter.engines.events.rows import add_row, product
from spikemeter.engines.events.vectors import ones

# What the first stage is given: words of spikes, lists of events, or its currents.
WORDS, EVENTS, CURRENTS = 0, 1, 2


class Network(NamedTuple):
    """A network as the kernels take it; see :mod:`.layout` for the arrays.

    ``stages`` is a record array, the others float32.
    """

    stages: np.ndarray
    weights: np.ndarray
    biases: np.ndarray
    backward: np.ndarray
    neuron: Neuron


class Batch(NamedTuple):
    """An encoded batch; what its ``kind`` does not need is empty.

    Attributes
    ----------
    kind : int
        ``WORDS``, ``EVENTS`` or ``CURRENTS``.
    steps : int
    words : uint32 array of shape (batch, pixels, blocks)
    starts : int64 array of shape (batch * steps + 1,)
        Where the events of each sample's step begin.
    events : int64 array of shape (events,)
        As :mod:`.convolution` packs them, sorted within a step.
    values : float32 array of shape (events,)
    currents : float32 array of shape (batch, neurons of the first stage)
        Constant over time.
    """

    kind: int
    steps: int
    words: np.ndarray
    starts: np.ndarray
    events: np.ndarray
    values: np.ndarray
    currents: np.ndarray


class Work(NamedTuple):
    """Work space of one thread; see :func:`.layout.make_work`."""

    membranes: np.ndarray
    words: np.ndarray
    winners: np.ndarray
    carries: np.ndarray
    totals: np.ndarray
    gradients: np.ndarray
    outputs: np.ndarray
    errors: np.ndarray
    currents: np.ndarray
    padded: np.ndarray
    sums: np.ndarray
    factors: np.ndarray
    inputs: np.ndarray
    order: np.ndarray
    places: np.ndarray
    pixels: np.ndarray
    patterns: np.ndarray
    events: np.ndarray
    values: np.ndarray
    counts: np.ndarray
    zeros: np.ndarray


class Sums(NamedTuple):
    """What the samples of one thread add up to; arrays as in :class:`Network`."""

    weights: np.ndarray
    biases: np.ndarray
    currents: np.ndarray


@compiled
def row(array, stage, count, index):  # type: ignore[no-untyped-def]
    """Return a row of a stage's part, which has ``count`` rows, of an array."""
    first = count * stage.start + index * stage.neurons
    return array[first : first + stage.neurons]


@compiled
def input_words(network, batch, work, number, sample, block):  # type: ignore[no-untyped-def]
    """Return the words of what enters a stage in a block."""
    if number:
        blocks = (batch.steps + BLOCK - 1) // BLOCK
        return row(work.words, network.stages[number - 1], blocks, block)
    count = batch.words.shape[1]
    words = work.inputs[:count]
    for k in range(count):
        words[k] = batch.words[sample, k, block]
    return words


@compiled
def list_inputs(network, batch, work, number, sample, block, by_channel):  # type: ignore[no-untyped-def]
    """Note the spikes that enter a stage, step by step, in ``work.events``."""
    stage = network.stages[number]
    pixels = stage.height * stage.width
    strides = (stage.stride, 1) if number else (1, pixels)
    words = input_words(network, batch, work, number, sample, block)
    if by_channel:
        list_by_channel(words, stage, strides, work.events, work.counts)
    else:
        list_by_pixel(words, stage, strides, work.events, work.counts)


@compiled
def step_events(batch, work, number, sample, block, step):  # type: ignore[no-untyped-def]
    """Return the inputs of a stage in one step of a block, and their values."""
    if number == 0 and batch.kind == EVENTS:
        place = sample * batch.steps + block * BLOCK + step
        first, last = batch.starts[place], batch.starts[place + 1]
        return batch.events[first:last], batch.values[first:last]
    count = work.counts[step]
    return work.events[step, :count], work.values[:count]


@compiled
def by_events(stage, batch, number):  # type: ignore[no-untyped-def]
    """Tell whether a stage takes its inputs one by one, not as words."""
    return not stage.linear or (number == 0 and batch.kind == EVENTS)


@compiled
def part_of(stage, array, offset):  # type: ignore[no-untyped-def]
    """Return a stage's biases, or their gradients."""
    return array[offset : offset + stage.lanes]


@compiled
def forward(network, batch, work, number, sample, block, kept):  # type: ignore[no-untyped-def]
    """Advance one stage through a block; ``kept`` membranes stay in the work space."""
    stage = network.stages[number]
    steps = min(BLOCK, batch.steps - block * BLOCK)
    blocks = (batch.steps + BLOCK - 1) // BLOCK
    words = row(work.words, stage, blocks, block)
    words[:] = 0
    bias = part_of(stage, network.biases, stage.bias)
    constant = number == 0 and batch.kind == CURRENTS
    events = by_events(stage, batch, number) and not constant
    listed = events and not (number == 0 and batch.kind == EVENTS)
    if listed:
        list_inputs(network, batch, work, number, sample, block, False)
    elif not events and not constant:
        linear_currents(
            input_words(network, batch, work, number, sample, block),
            network.weights[stage.weights :],
            bias,
            steps,
            work.currents,
            work.order,
            work.patterns,
        )
    for step in range(steps):
        time = block * BLOCK + step
        if constant:
            currents = batch.currents[sample]
        elif events:
            chosen, values = step_events(batch, work, number, sample, block, step)
            convolve(
                stage,
                chosen,
                values,
                network.weights,
                bias,
                (work.places, work.order, work.pixels),
                work.outputs,
            )
            currents = work.currents[: stage.neurons]
            winners = row(work.winners, stage, kept, time % kept)
            pool(stage, work.outputs, currents, winners)
        else:
            currents = work.currents[step * stage.neurons : (step + 1) * stage.neurons]
        now = row(work.membranes, stage, kept, time % kept)
        before = work.zeros[: stage.neurons]
        if time:
            before = row(work.membranes, stage, kept, (time - 1) % kept)
        fire(network.neuron, currents, before, now, words, step)


@compiled
def backward(network, batch, work, sums, number, sample, block):  # type: ignore[no-untyped-def]
    """Take one stage back through a block.

    Reads dL/dS of the stage from ``work.gradients``, writes that of the stage before,
    and adds the gradients of the weights.
    """
    stage = network.stages[number]
    steps = min(BLOCK, batch.steps - block * BLOCK)
    carry = row(work.carries, stage, 1, 0)
    constant = number == 0 and batch.kind == CURRENTS
    events = by_events(stage, batch, number) and not constant
    bias = part_of(stage, sums.biases, stage.bias)
    if events and not (number == 0 and batch.kind == EVENTS):
        list_inputs(network, batch, work, number, sample, block, True)
    for step in range(steps - 1, -1, -1):
        time = block * BLOCK + step
        gradients = row(work.gradients, stage, BLOCK, step)
        membranes = row(work.membranes, stage, batch.steps, time)
        fire_backward(network.neuron, gradients, membranes, carry)
        if constant:
            add_row(sums.currents[sample], 0, carry, 0, stage.neurons)
        elif events:
            backward_step(network, batch, work, sums, number, sample, block, step)
        else:
            work.currents[step * stage.neurons : (step + 1) * stage.neurons] = carry
    if events:
        totals = row(work.totals, stage, 1, 0)
        for first in range(0, stage.neurons, stage.lanes):
            add_row(bias, 0, totals, first, stage.lanes)
        totals[:] = 0
    elif not constant:
        linear_gradients(
            input_words(network, batch, work, number, sample, block),
            work.currents,
            steps,
            sums.weights,
            stage.weights,
            bias,
            work.sums,
            work.order,
        )
        if number:
            product(
                row_block(work.gradients, network.stages[number - 1]),
                stage.inputs,
                work.currents,
                stage.lanes,
                stage.features,
                steps,
                network.backward,
                stage.backward,
            )


@compiled
def row_block(gradients, stage):  # type: ignore[no-untyped-def]
    """Return a stage's part of the gradients of a block."""
    return gradients[BLOCK * stage.start : BLOCK * (stage.start + stage.neurons)]


@compiled
def backward_step(network, batch, work, sums, number, sample, block, step):  # type: ignore[no-untyped-def]
    """Add the gradients of a stage of events in one step."""
    stage = network.stages[number]
    carry = row(work.carries, stage, 1, 0)
    winners = row(work.winners, stage, batch.steps, block * BLOCK + step)
    add_row(row(work.totals, stage, 1, 0), 0, carry, 0, stage.neurons)
    errors = work.errors[stage.map :]
    unpool(stage, carry, winners, errors)
    chosen, values = step_events(batch, work, number, sample, block, step)
    convolve_gradients(stage, chosen, values, errors, work.places, sums.weights)
    if number:
        before = row(work.gradients, network.stages[number - 1], BLOCK, step)
        padded = work.padded if stage.padding else before
        rows, factors, starts = work.places, work.factors, work.order
        list_winners(stage, carry, winners, rows, factors, starts)
        convolve_inputs(stage, network.backward, rows, factors, starts, padded)
        if stage.padding:
            crop(stage, padded, before)


@compiled
def crop(stage, padded, inputs):  # type: ignore[no-untyped-def]
    """Copy a map without its border."""
    line = stage.width * stage.stride
    pitch = line + 2 * stage.padding * stage.stride
    for y in range(stage.height):
        o = (y + stage.padding) * pitch + stage.padding * stage.stride
        inputs[y * line : (y + 1) * line] = padded[o : o + line]


@compiled
def counts_of(network, batch, work, output, sample, spikes):  # type: ignore[no-untyped-def]
    """Write a sample's output spikes; count those, and the spikes of all stages.

    Returns the counts of the output neurons.
    """
    blocks = (batch.steps + BLOCK - 1) // BLOCK
    last = network.stages[-1]
    counts = np.zeros(last.features, np.float32)
    for number in range(len(network.stages)):
        total = np.int64(0)
        stage = network.stages[number]
        first = blocks * stage.start
        for word in work.words[first : first + blocks * stage.neurons]:
            total += ones(word)
        spikes[number] += total
    for time in range(batch.steps):
        words = row(work.words, last, blocks, time // BLOCK)
        bit = np.uint32(time % BLOCK)
        for k in range(last.features):
            fired = np.float32(words[k] >> bit & np.uint32(1))
            output[time, sample, k] = fired
            counts[k] += fired
    return counts


@compiled
def run_samples(network, batch, work, samples, output, spikes):  # type: ignore[no-untyped-def]
    """Run samples forward; sets ``output`` (steps, batch, classes), adds to ``spikes``."""
    blocks = (batch.steps + BLOCK - 1) // BLOCK
    for sample in range(samples[0], samples[1]):
        for block in range(blocks):
            for number in range(len(network.stages)):
                forward(network, batch, work, number, sample, block, 2)
        counts_of(network, batch, work, output, sample, spikes)


@compiled
def learn_samples(network, batch, work, samples, output, spikes, goal, sums):  # type: ignore[no-untyped-def]
    """Run samples forward and back; adds the gradients to ``sums``.

    ``goal`` are the labels, the number of the loss and its gradient's scale. Returns
    the sum of the samples' losses.
    """
    labels, loss, scale = goal
    blocks = (batch.steps + BLOCK - 1) // BLOCK
    total, last = 0.0, network.stages[-1]
    for sample in range(samples[0], samples[1]):
        for block in range(blocks):
            for number in range(len(network.stages)):
                forward(network, batch, work, number, sample, block, batch.steps)
        counts = counts_of(network, batch, work, output, sample, spikes)
        total += count_loss(loss, counts, labels[sample], batch.steps)
        work.carries[:] = 0
        for block in range(blocks - 1, -1, -1):
            for step in range(BLOCK):
                gradients = row(work.gradients, last, BLOCK, step)
                gradients[:] = 0
                gradients[: last.features] = counts * scale
            for number in range(len(network.stages) - 1, -1, -1):
                backward(network, batch, work, sums, number, sample, block)
    return total
