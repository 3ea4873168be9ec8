"""Convolutions and max pooling, from lists of spikes.

Forward and gradients of one step, with weights w[c, ky, kx] -> features, an input of
value v (1 for a spike) at (y, x) of channel c, and errors e = dL/dI at the outputs
that won their pooling window (0 at the others):

    I[y - ky, x - kx] += v w[c, ky, kx]       for every ky, kx inside the output
    dw[c, ky, kx] += v e[y - ky, x - kx]
    dL/dS[y, x] += w[:, ky, kx] e[y - ky, x - kx]

A map is rows of pixels, a pixel a run of channels (a multiple of 16). The weights are
(channels, ky, kx reversed, features), and maps of outputs have ``kernel - 1`` pixels
too many on both sides of a row: what an input adds to a row of outputs, or takes from
it, is one run of ``kernel`` pixels, wherever it is. Of equal values in a pooling window
the first wins, as in torch.
"""

import numpy as np

from spikemeter.engines.cpu.compiled import LANES, compiled, inlined
from spikemeter.engines.cpu.rows import add_product, add_rows
from spikemeter.engines.cpu.vectors import (
    largest,
    load,
    splat,
    store,
    store_bytes,
    trailing_zeros,
    where_equal,
)

# An input is kept as (channel, y, x), 16 bits each.
BITS = 16
LOW = (1 << BITS) - 1
# Floats; most processors hold 12,000 or 8,000 there.
FIRST_CACHE = 10_240
# Share of the inputs that are not 0 above which a dense product is faster: 0.4 to 0.8,
# by the layers measured.
DENSE = 0.5


@compiled
def list_spikes(words, axes, events, counts):  # type: ignore[no-untyped-def]
    """List the inputs that spike in each step of a block, in the order of the axes.

    Of an axis: its length, and what one more on it adds to the place of a word and to
    the number of an input. Step t's list is ``events[t, :counts[t]]``.
    """
    (first, first_place, first_event), middle, (last, last_place, last_event) = axes
    counts[:] = 0
    for i in range(first):
        for j in range(middle[0]):
            place = i * first_place + j * middle[1]
            event = i * first_event + j * middle[2]
            for _ in range(last):
                word = words[place]
                while word:
                    step = trailing_zeros(word)
                    events[step, counts[step]] = event
                    counts[step] += 1
                    word &= word - np.uint32(1)
                place += last_place
                event += last_event


@inlined
def part_of_run(run, rows):  # type: ignore[no-untyped-def]
    """Return how much of a run to work on at a time.

    So much of all rows of weights stays in the processor's first cache.
    """
    while run * rows > FIRST_CACHE and run % (2 * LANES) == 0:
        run //= 2
    return run


@compiled
def convolve(stage, events, values, weights, space, outputs):  # type: ignore[no-untyped-def]
    """Add what the events feed to the map of outputs.

    Neighbours in the list that are of the same pixel are added up together. ``space``
    is work space: three arrays for as many integers as there are events, and one.
    """
    rows, groups, pixels = space
    kernel, lanes, height, pitch = stage.kernel, stage.lanes, stage.rows, stage.pitch
    padding, line, base = stage.padding, kernel * lanes, stage.weights
    patch, mask = kernel * line, (1 << 2 * BITS) - 1
    count, last = 0, np.int64(-1)
    for i in range(len(events)):
        rows[i] = base + (events[i] >> 2 * BITS) * patch
        groups[count], pixels[count] = i, events[i] & mask
        count += pixels[count] != last
        last = events[i] & mask
    groups[count] = len(events)
    width = part_of_run(line, stage.channels)
    for b in range(0, patch, width):
        ky, shift = b // line, b % line
        for i in range(count):
            y, x = (pixels[i] >> BITS) + padding - ky, (pixels[i] & LOW) + padding
            if 0 <= y < height:
                o, first, end = y * pitch + x * lanes + shift, groups[i], groups[i + 1]
                add_rows(outputs, o, weights, b, rows, values, first, end, width)


@compiled
def convolve_dense(stage, events, values, weights, space, outputs):  # type: ignore[no-untyped-def]
    """Do what :func:`convolve` does, as products of matrices.

    What a row of outputs takes from a row of inputs is one product: neighbours read
    the same inputs, a pixel apart. ``space`` are integers for the weights of a row of
    the kernel, and a map of inputs with a border of zeros.
    """
    rows, inputs = space
    kernel, lanes, channels = stage.kernel, stage.lanes, stage.channels
    padding, line = stage.padding, kernel * lanes
    width = (stage.width + 2 * padding) * channels
    inputs[: (stage.height + 2 * padding) * width] = 0
    for i in range(len(events)):
        y, x = (events[i] >> BITS & LOW) + padding, (events[i] & LOW) + padding
        inputs[y * width + x * channels + (events[i] >> 2 * BITS)] = values[i]
    for kx in range(kernel):
        for channel in range(channels):
            at = stage.weights + channel * kernel * line + (kernel - 1 - kx) * lanes
            rows[kx * channels + channel] = at
    columns = stage.pitch // lanes - 2 * (kernel - 1)
    shape = columns, channels, kernel * channels, lanes
    for y in range(stage.rows):
        o = y * stage.pitch + (kernel - 1) * lanes
        for ky in range(kernel):
            b, a = ky * line, (y + ky) * width
            add_product(outputs, o, lanes, weights, b, rows, inputs, a, shape)


@compiled
def convolve_gradients(stage, events, values, errors, rows, weights):  # type: ignore[no-untyped-def]
    """Add the gradients of the weights, from the map of errors.

    The events are sorted by channel and pixel. ``rows`` is work space as above.
    """
    kernel, lanes, height, pitch = stage.kernel, stage.lanes, stage.rows, stage.pitch
    padding, line, base = stage.padding, kernel * lanes, stage.weights
    first, last, count = 0, 0, len(events)
    while last < count:
        channel = events[first] >> 2 * BITS
        while last < count and events[last] >> 2 * BITS == channel:
            y, x = events[last] >> BITS & LOW, events[last] & LOW
            rows[last] = (y + padding) * pitch + (x + padding) * lanes
            last += 1
        start, stop = first, first
        for ky in range(kernel):
            # Rows of outputs that these inputs reach with this row of the kernel.
            while start < last and rows[start] < ky * pitch:
                start += 1
            while stop < last and rows[stop] < (ky + height) * pitch:
                stop += 1
            o, b = base + (channel * kernel + ky) * line, -ky * pitch
            if start < stop:
                add_rows(weights, o, errors, b, rows, values, start, stop, line)
        first = last


@compiled
def pool(stage, outputs, currents, winners):  # type: ignore[no-untyped-def]
    """Set the currents to the largest output of each window, and note which one."""
    lanes, j = stage.lanes, 0
    for y in range(0, stage.pooled_rows * stage.pool, stage.pool):
        corner = y * stage.pitch + (stage.kernel - 1) * lanes
        for _ in range(stage.pooled_columns):
            for o in range(corner, corner + lanes, LANES):
                best, winner = load(outputs, o, LANES), splat(np.float32(0), LANES)
                place = np.float32(0)
                for row in range(o, o + stage.pool * stage.pitch, stage.pitch):
                    for at in range(row, row + stage.pool * lanes, lanes):
                        value, number = load(outputs, at, LANES), splat(place, LANES)
                        best, winner = largest(best, winner, value, number)
                        place += np.float32(1)
                store(currents, j, best)
                store_bytes(winners, j, winner)
                j += LANES
            corner += stage.pool * lanes


@compiled
def unpool(stage, gradients, winners, errors):  # type: ignore[no-untyped-def]
    """Set the map of errors to the gradients where they won, else 0."""
    lanes, j = stage.lanes, 0
    for y in range(0, stage.pooled_rows * stage.pool, stage.pool):
        corner = y * stage.pitch + (stage.kernel - 1) * lanes
        for _ in range(stage.pooled_columns):
            for o in range(corner, corner + lanes, LANES):
                gradient, place = load(gradients, j, LANES), np.uint8(0)
                for row in range(o, o + stage.pool * stage.pitch, stage.pitch):
                    for at in range(row, row + stage.pool * lanes, lanes):
                        store(errors, at, where_equal(winners, j, place, gradient))
                        place += np.uint8(1)
                j += LANES
            corner += stage.pool * lanes


@compiled
def list_winners(stage, gradients, winners, lists):  # type: ignore[no-untyped-def]
    """List which features won at each place of each pooling window.

    ``lists`` are rows, factors and starts: those of place p in window w are from
    ``starts[w * places + p]`` on; ``rows`` says where their weights begin, ``factors``
    holds their gradients.
    """
    rows, factors, starts = lists
    places, area = stage.pool**2, stage.kernel**2 * stage.stride
    counts = np.zeros(places, np.int64)
    for window in range(stage.pooled_rows * stage.pooled_columns):
        first = window * stage.features
        j = window * stage.lanes
        counts[:] = 0
        for feature in range(stage.features):
            counts[winners[j + feature]] += 1
        for place in range(places):
            starts[window * places + place] = first
            first += counts[place]
            counts[place] = first - counts[place]
        for feature in range(stage.features):
            at = counts[winners[j + feature]]
            counts[winners[j + feature]] += 1
            rows[at] = stage.backward + feature * area
            factors[at] = gradients[j + feature]
        starts[(window + 1) * places] = first


@compiled
def convolve_inputs(stage, weights, lists, inputs):  # type: ignore[no-untyped-def]
    """Set dL/dS of a map of inputs, with a border left and right, from who won.

    The weights from ``stage.backward`` on are (features, ky, kx, input channels padded
    to whole vectors). The winners at a place are added up together.
    """
    rows, factors, starts = lists
    size, stride, kernel = stage.pool, stage.stride, stage.kernel
    run, line = kernel * stride, (stage.width + 2 * stage.padding) * stride
    inputs[: stage.height * line] = 0
    width = part_of_run(run, stage.features)
    for b in range(0, kernel * run, width):
        top, shift, i = b // run - stage.padding, b % run, 0
        for y in range(top, top + stage.pooled_rows * size, size):
            for x in range(0, stage.pooled_columns * size, size):
                for row in range(y, y + size):
                    o = row * line + x * stride + shift
                    inside = 0 <= row < stage.height
                    for _ in range(size):
                        a, z = starts[i], starts[i + 1]
                        if a < z and inside:
                            add_rows(inputs, o, weights, b, rows, factors, a, z, width)
                        o += stride
                        i += 1
