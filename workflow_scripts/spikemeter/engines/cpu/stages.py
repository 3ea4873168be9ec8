"""One stage of a network through a block of steps, forward and back.

What enters a stage comes in one of three ways: fully connected stages take words of
spikes, convolutions take the spikes one by one, and the currents of a constant input
are there already. Events from a data set enter the first stage one by one, whatever it
is.
"""

from spikemeter.engines.cpu.compiled import BLOCK, compiled, inlined
from spikemeter.engines.cpu.convolution import (
    BITS,
    DENSE,
    convolve,
    convolve_dense,
    convolve_gradients,
    convolve_inputs,
    list_spikes,
    list_winners,
    pool,
    unpool,
)
from spikemeter.engines.cpu.kernel_batches import CURRENTS, EVENTS, WORDS
from spikemeter.engines.cpu.lif import fire, fire_backward
from spikemeter.engines.cpu.linear import linear_currents, linear_gradients
from spikemeter.engines.cpu.rows import add_product, add_row, copy_row
from spikemeter.engines.cpu.work_space import row


@compiled
def forward(network, batch, work, number, sample, block, kept):  # type: ignore[no-untyped-def]
    """Advance a stage through a block; the membranes of ``kept`` steps stay."""
    stage = network.stages[number]
    kind = WORDS if number else batch.kind
    by_words = stage.linear and kind == WORDS
    words = row(work.words, stage, batch.blocks, block)
    words[:] = 0
    bias = network.biases[stage.bias : stage.bias + stage.lanes]
    steps = min(BLOCK, batch.steps - block * BLOCK)
    if by_words:
        spikes = input_words(network, batch, work, number, sample, block)
        weights, space = network.weights[stage.weights :], (work.order, work.patterns)
        linear_currents(spikes, weights, bias, steps, work.currents, space)
    elif kind != CURRENTS:
        list_inputs(network, batch, work, number, sample, block, False)
    for step in range(steps):
        time = block * BLOCK + step
        if kind == CURRENTS:
            currents = batch.currents[sample]
        elif by_words:
            currents = work.currents[step * stage.lanes : (step + 1) * stage.lanes]
        else:
            currents = work.currents[: stage.neurons]
            events, values = inputs_of(batch, work, kind, sample, block, step)
            for o in range(0, stage.rows * stage.pitch, stage.lanes):
                copy_row(work.outputs, o, bias, 0, stage.lanes)
            if len(events) > DENSE * stage.height * stage.width * stage.channels:
                space = work.places, work.dense
                convolve_dense(
                    stage, events, values, network.weights, space, work.outputs
                )
            else:
                space = work.places, work.order, work.pixels
                convolve(stage, events, values, network.weights, space, work.outputs)
            winners = row(work.winners, stage, kept, time % kept)
            pool(stage, work.outputs, currents, winners)
        now = row(work.membranes, stage, kept, time % kept)
        before = work.zeros[: stage.neurons]
        if time:
            before = row(work.membranes, stage, kept, (time - 1) % kept)
        fire(network.neuron, currents, before, now, words, step)


@compiled
def backward(network, batch, work, number, sample, block):  # type: ignore[no-untyped-def]
    """Take a stage back through a block.

    Reads dL/dS of the stage from ``work.gradients``, writes that of the stage before,
    and adds the gradients of the weights.
    """
    stage = network.stages[number]
    kind = WORDS if number else batch.kind
    by_words = stage.linear and kind == WORDS
    steps = min(BLOCK, batch.steps - block * BLOCK)
    carry = row(work.carries, stage, 1, 0)
    bias = work.biases[stage.bias : stage.bias + stage.lanes]
    if kind != CURRENTS and not by_words:
        list_inputs(network, batch, work, number, sample, block, True)
    for step in range(steps - 1, -1, -1):
        gradients = row(work.gradients, stage, BLOCK, step)
        membranes = row(work.membranes, stage, batch.steps, block * BLOCK + step)
        fire_backward(network.neuron, gradients, membranes, carry)  # dL/dU
        if kind == CURRENTS:
            add_row(batch.current_gradients[sample], 0, carry, 0, stage.neurons)
        elif by_words:
            copy_row(work.currents, step * stage.lanes, carry, 0, stage.lanes)
        else:
            convolution_back(network, batch, work, number, sample, block, step)
    if by_words:
        words = input_words(network, batch, work, number, sample, block)
        weights, space = work.weights[stage.weights :], (work.order, work.sums)
        linear_gradients(words, work.currents, steps, weights, bias, space)
        if number:
            width, first = stage.inputs, BLOCK * network.stages[number - 1].start
            for k in range(stage.features):
                work.places[k] = stage.backward + k * width
            work.gradients[first : first + steps * width] = 0
            add_product(
                *(work.gradients, first, width, network.backward, 0, work.places),
                *(work.currents, 0, (steps, stage.lanes, stage.features, width)),
            )
    elif kind != CURRENTS:
        totals = row(work.totals, stage, 1, 0)
        for first in range(0, stage.neurons, stage.lanes):
            add_row(bias, 0, totals, first, stage.lanes)
        totals[:] = 0


@inlined
def convolution_back(network, batch, work, number, sample, block, step):  # type: ignore[no-untyped-def]
    """Add the gradients of a convolution in one step, and set those of its inputs."""
    stage = network.stages[number]
    carry = row(work.carries, stage, 1, 0)
    winners = row(work.winners, stage, batch.steps, block * BLOCK + step)
    add_row(work.totals, stage.start, carry, 0, stage.neurons)
    errors = work.errors[stage.map :]
    unpool(stage, carry, winners, errors)
    kind = WORDS if number else batch.kind
    events, values = inputs_of(batch, work, kind, sample, block, step)
    convolve_gradients(stage, events, values, errors, work.places, work.weights)
    if number:
        lists = work.places, work.factors, work.order
        list_winners(stage, carry, winners, lists)
        before = row(work.gradients, network.stages[number - 1], BLOCK, step)
        if not stage.padding:
            convolve_inputs(stage, network.backward, lists, before)
            return
        convolve_inputs(stage, network.backward, lists, work.outputs)
        line, border = stage.width * stage.stride, stage.padding * stage.stride
        for y in range(stage.height):
            o = y * (line + 2 * border) + border
            copy_row(before, y * line, work.outputs, o, line)


@compiled
def input_words(network, batch, work, number, sample, block):  # type: ignore[no-untyped-def]
    """Return the words of what enters a stage in a block."""
    if number:
        before = network.stages[number - 1]
        return row(work.words, before, batch.blocks, block)
    return batch.words[sample, block]


@compiled
def list_inputs(network, batch, work, number, sample, block, by_channel):  # type: ignore[no-untyped-def]
    """Note the spikes that enter a stage, step by step; events are listed already."""
    if number or batch.kind != EVENTS:
        stage = network.stages[number]
        pixel, plane = (stage.stride, 1) if number else (1, stage.height * stage.width)
        y, x = (stage.height, stage.width * pixel, 1 << BITS), (stage.width, pixel, 1)
        channel = (stage.channels, plane, 1 << 2 * BITS)
        words = input_words(network, batch, work, number, sample, block)
        axes = (channel, y, x) if by_channel else (y, x, channel)
        list_spikes(words, axes, work.events, work.counts)


@inlined
def inputs_of(batch, work, kind, sample, block, step):  # type: ignore[no-untyped-def]
    """Return the inputs of a stage in one step of a block, and their values."""
    if kind == EVENTS:
        place = sample * batch.steps + block * BLOCK + step
        first, last = batch.starts[place], batch.starts[place + 1]
        return batch.events[first:last], batch.values[first:last]
    count = work.counts[step]
    return work.events[step, :count], work.values[:count]
