"""One stage of a network through a block of steps, forward and back.

What enters a stage comes in one of three ways: fully connected stages take words of
spikes, convolutions take the spikes one by one, and the currents of a constant input
are there already. Events from a data set enter the first stage one by one, whatever it
is.
"""

from spikemeter.engines.cpu.compiled import BLOCK, compiled, inlined
from spikemeter.engines.cpu.convolution import (
    DENSE,
    convolve,
    convolve_dense,
    convolve_gradients,
    convolve_inputs,
    copy_bias,
    list_by_channel,
    list_by_pixel,
    list_winners,
    pool,
    unpool,
)
from spikemeter.engines.cpu.lif import fire, fire_backward
from spikemeter.engines.cpu.linear import linear_currents, linear_gradients
from spikemeter.engines.cpu.rows import add_product, add_row, copy_row
from spikemeter.engines.cpu.work_space import (
    CURRENTS,
    EVENTS,
    block_count,
    row,
    steps_in,
)


@compiled
def forward(network, batch, work, number, sample, block, kept):  # type: ignore[no-untyped-def]
    """Advance a stage through a block; the membranes of ``kept`` steps stay."""
    stage, neuron, membranes = network.stages[number], network.neuron, work.membranes
    words = row(work.words, stage, block_count(batch.steps), block)
    words[:] = 0
    bias = network.biases[stage.bias : stage.bias + stage.lanes]
    start, steps = block * BLOCK, steps_in(batch, block)
    if number == 0 and batch.kind == CURRENTS:
        currents = batch.currents[sample]
        for step in range(steps):
            times = start + step, kept
            advance(neuron, currents, membranes, stage, times, words, work.zeros)
    elif stage.linear and not (number == 0 and batch.kind == EVENTS):
        spikes = input_words(network, batch, work, number, sample, block)
        weights, space = network.weights[stage.weights :], (work.order, work.patterns)
        linear_currents(spikes, weights, bias, steps, work.currents, space)
        for step in range(steps):
            times = start + step, kept
            currents = work.currents[step * stage.lanes : (step + 1) * stage.lanes]
            advance(neuron, currents, membranes, stage, times, words, work.zeros)
    else:
        list_inputs(network, batch, work, number, sample, block, False)
        weights, currents = network.weights, work.currents[: stage.neurons]
        for step in range(steps):
            times = start + step, kept
            events, values = inputs_of(batch, work, number, sample, block, step)
            copy_bias(stage, bias, work.outputs)
            if len(events) > DENSE * stage.height * stage.width * stage.channels:
                space = work.places, work.dense
                convolve_dense(stage, events, values, weights, space, work.outputs)
            else:
                space = work.places, work.order, work.pixels
                convolve(stage, events, values, weights, space, work.outputs)
            winners = row(work.winners, stage, kept, times[0] % kept)
            pool(stage, work.outputs, currents, winners)
            advance(neuron, currents, membranes, stage, times, words, work.zeros)


@inlined
def advance(neuron, currents, membranes, stage, times, words, zeros):  # type: ignore[no-untyped-def]
    """Advance the neurons of a stage to step ``times[0]``; ``times[1]`` are kept."""
    time, kept = times
    now = row(membranes, stage, kept, time % kept)
    if time:
        before = row(membranes, stage, kept, (time - 1) % kept)
        fire(neuron, currents, before, now, words, time % BLOCK)
    else:
        fire(neuron, currents, zeros[: stage.neurons], now, words, 0)


@compiled
def backward(network, batch, work, sums, number, sample, block):  # type: ignore[no-untyped-def]
    """Take a stage back through a block.

    Reads dL/dS of the stage from ``work.gradients``, writes that of the stage before,
    and adds the gradients of the weights.
    """
    stage = network.stages[number]
    steps = steps_in(batch, block)
    carry = row(work.carries, stage, 1, 0)
    bias = sums.biases[stage.bias : stage.bias + stage.lanes]
    if number == 0 and batch.kind == CURRENTS:
        for step in range(steps - 1, -1, -1):
            retreat(network, batch, work, stage, block, step)
            add_row(sums.currents[sample], 0, carry, 0, stage.neurons)
    elif stage.linear and not (number == 0 and batch.kind == EVENTS):
        for step in range(steps - 1, -1, -1):
            retreat(network, batch, work, stage, block, step)
            copy_row(work.currents, step * stage.lanes, carry, 0, stage.lanes)
        words = input_words(network, batch, work, number, sample, block)
        weights = sums.weights[stage.weights :]
        space = work.order, work.sums
        linear_gradients(words, work.currents, steps, weights, bias, space)
        if number:
            width, first = stage.inputs, BLOCK * network.stages[number - 1].start
            for k in range(stage.features):
                work.places[k] = stage.backward + k * width
            work.gradients[first : first + steps * width] = 0
            add_product(
                work.gradients,
                first,
                width,
                network.backward,
                0,
                work.places,
                work.currents,
                0,
                (steps, stage.lanes, stage.features, width),
            )
    else:
        list_inputs(network, batch, work, number, sample, block, True)
        for step in range(steps - 1, -1, -1):
            retreat(network, batch, work, stage, block, step)
            convolution_back(network, batch, work, sums, number, sample, block, step)
        totals = row(work.totals, stage, 1, 0)
        for first in range(0, stage.neurons, stage.lanes):
            add_row(bias, 0, totals, first, stage.lanes)
        totals[:] = 0


@inlined
def retreat(network, batch, work, stage, block, step):  # type: ignore[no-untyped-def]
    """Take the neurons of a stage back by one step: dL/dU is in its carry."""
    gradients = row(work.gradients, stage, BLOCK, step)
    membranes = row(work.membranes, stage, batch.steps, block * BLOCK + step)
    fire_backward(network.neuron, gradients, membranes, row(work.carries, stage, 1, 0))


@inlined
def convolution_back(network, batch, work, sums, number, sample, block, step):  # type: ignore[no-untyped-def]
    """Add the gradients of a convolution in one step, and set those of its inputs."""
    stage = network.stages[number]
    carry = row(work.carries, stage, 1, 0)
    winners = row(work.winners, stage, batch.steps, block * BLOCK + step)
    add_row(work.totals, stage.start, carry, 0, stage.neurons)
    errors = work.errors[stage.map :]
    unpool(stage, carry, winners, errors)
    events, values = inputs_of(batch, work, number, sample, block, step)
    convolve_gradients(stage, events, values, errors, work.places, sums.weights)
    if number:
        lists = work.places, work.factors, work.order
        list_winners(stage, carry, winners, lists)
        before = row(work.gradients, network.stages[number - 1], BLOCK, step)
        padded = work.padded if stage.padding else before
        convolve_inputs(stage, network.backward, lists, padded)
        if stage.padding:
            crop(stage, padded, before)


@compiled
def input_words(network, batch, work, number, sample, block):  # type: ignore[no-untyped-def]
    """Return the words of what enters a stage in a block."""
    if number:
        before = network.stages[number - 1]
        return row(work.words, before, block_count(batch.steps), block)
    words = work.inputs[: batch.words.shape[1]]
    for k in range(len(words)):
        words[k] = batch.words[sample, k, block]
    return words


@compiled
def list_inputs(network, batch, work, number, sample, block, by_channel):  # type: ignore[no-untyped-def]
    """Note the spikes that enter a stage, step by step; events are listed already."""
    if number or batch.kind != EVENTS:
        stage = network.stages[number]
        strides = (stage.stride, 1) if number else (1, stage.height * stage.width)
        words = input_words(network, batch, work, number, sample, block)
        if by_channel:
            list_by_channel(words, stage, strides, work.events, work.counts)
        else:
            list_by_pixel(words, stage, strides, work.events, work.counts)


@inlined
def inputs_of(batch, work, number, sample, block, step):  # type: ignore[no-untyped-def]
    """Return the inputs of a stage in one step of a block, and their values."""
    if number == 0 and batch.kind == EVENTS:
        place = sample * batch.steps + block * BLOCK + step
        first, last = batch.starts[place], batch.starts[place + 1]
        return batch.events[first:last], batch.values[first:last]
    count = work.counts[step]
    return work.events[step, :count], work.values[:count]


@inlined
def crop(stage, padded, inputs):  # type: ignore[no-untyped-def]
    """Copy a map without its border left and right."""
    line, border = stage.width * stage.stride, stage.padding * stage.stride
    for y in range(stage.height):
        o = y * (line + 2 * border) + border
        copy_row(inputs, y * line, padded, o, line)
