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

from spikemeter.engines.events.compiled import LANES, compiled
from spikemeter.engines.events.rows import add_row, add_rows
from spikemeter.engines.events.vectors import (
    largest,
    load,
    splat,
    store,
    store_bytes,
    trailing_zeros,
    where_equal,
)

# An input is kept as channel << PIXEL_BITS | pixel.
PIXEL_BITS = 20
PIXEL = (1 << PIXEL_BITS) - 1


@compiled
def list_by_pixel(words, stage, strides, steps, events, counts):  # type: ignore[no-untyped-def]
    """List the inputs that spike in each step, pixel by pixel.

    The word of a pixel's channel is ``words[pixel * strides[0] + channel *
    strides[1]]``; step t's list is ``events[t, :counts[t]]``.
    """
    counts[:steps] = 0
    for pixel in range(stage.height * stage.width):
        for channel in range(stage.channels):
            word = words[pixel * strides[0] + channel * strides[1]]
            _note(word, channel << PIXEL_BITS | pixel, events, counts)


@compiled
def list_by_channel(words, stage, strides, steps, events, counts):  # type: ignore[no-untyped-def]
    """List the same inputs channel by channel."""
    counts[:steps] = 0
    for channel in range(stage.channels):
        for pixel in range(stage.height * stage.width):
            word = words[pixel * strides[0] + channel * strides[1]]
            _note(word, channel << PIXEL_BITS | pixel, events, counts)


@compiled
def _note(word, event, events, counts):  # type: ignore[no-untyped-def]
    while word:
        step = trailing_zeros(word)
        events[step, counts[step]] = event
        counts[step] += 1
        word &= word - np.uint32(1)


@compiled
def convolve(stage, events, values, weights, bias, rows, outputs):  # type: ignore[no-untyped-def]
    """Set the map of outputs to the bias and add what the events feed it.

    Neighbours in the list that are of the same pixel are added up together. ``rows``
    is work space for as many integers as there are events.
    """
    line = stage.kernel * stage.lanes
    for o in range(0, stage.rows * stage.pitch, stage.lanes):
        for shift in range(0, stage.lanes, LANES):
            store(outputs, o + shift, load(bias, shift, LANES))
    first, last = 0, 0
    while last < len(events):
        pixel = events[first] & PIXEL
        while last < len(events) and events[last] & PIXEL == pixel:
            channel = events[last] >> PIXEL_BITS
            rows[last] = stage.weights + channel * stage.kernel * line
            last += 1
        y, x = pixel // stage.width + stage.padding, pixel % stage.width + stage.padding
        for ky in range(max(0, y - stage.rows + 1), min(stage.kernel, y + 1)):
            o = (y - ky) * stage.pitch + x * stage.lanes
            add_rows(outputs, o, weights, ky * line, rows, values, first, last, line)
        first = last


@compiled
def convolve_gradients(stage, events, values, errors, rows, weights):  # type: ignore[no-untyped-def]
    """Add the gradients of the weights, from the map of errors.

    The events are sorted by channel and pixel. ``rows`` is work space as above.
    """
    line, width = stage.kernel * stage.lanes, stage.width
    first, last = 0, 0
    while last < len(events):
        channel = events[first] >> PIXEL_BITS
        while last < len(events) and events[last] >> PIXEL_BITS == channel:
            pixel = events[last] & PIXEL
            y, x = pixel // width + stage.padding, pixel % width + stage.padding
            rows[last] = y * stage.pitch + x * stage.lanes
            last += 1
        start, stop = first, first
        for ky in range(stage.kernel):
            # Rows of outputs that these inputs reach with this row of the kernel.
            while start < last and rows[start] < ky * stage.pitch:
                start += 1
            while stop < last and rows[stop] < (ky + stage.rows) * stage.pitch:
                stop += 1
            o = stage.weights + (channel * stage.kernel + ky) * line
            b = -ky * stage.pitch
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
def convolve_inputs(stage, gradients, winners, weights, patch, lists, inputs):  # type: ignore[no-untyped-def]
    """Set dL/dS of a map of inputs with its border of zeros, from who won.

    The weights from ``stage.backward`` on are (features, ky, kx, input channels padded
    to whole vectors). For each place in each pooling window, the patches of the
    features that won there are added up before the sum is added to the map. ``lists``
    are ``rows`` and ``factors`` of shape (places, lanes): work space, as ``patch``.
    """
    rows, factors = lists
    lanes, size, run = stage.lanes, stage.pool, stage.kernel * stage.stride
    line = (stage.width + 2 * stage.padding) * stage.stride
    counts = np.zeros(size * size, np.int64)
    inputs[: (stage.height + 2 * stage.padding) * line] = 0
    for window in range(stage.pooled_rows * stage.pooled_columns):
        counts[:] = 0
        for feature in range(stage.features):
            place = winners[window * lanes + feature]
            rows[place, counts[place]] = feature * stage.kernel * run
            factors[place, counts[place]] = gradients[window * lanes + feature]
            counts[place] += 1
        y, x = divmod(window, stage.pooled_columns)
        corner = y * size * line + x * size * stage.stride
        for place in range(size * size):
            if counts[place]:
                patch[: stage.kernel * run] = 0
                add_rows(
                    patch,
                    0,
                    weights,
                    stage.backward,
                    rows[place],
                    factors[place],
                    0,
                    counts[place],
                    stage.kernel * run,
                )
                o = corner + place // size * line + place % size * stage.stride
                for ky in range(stage.kernel):
                    add_row(inputs, o + ky * line, patch, ky * run, run)
