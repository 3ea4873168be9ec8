"""Fully connected synapses, from words of spikes.

Forward and gradients, with weights w of shape (inputs, neurons), spikes S of the inputs
and errors e = dL/dI of the neurons, for all steps t of a block:

    I[t] = bias + sum over k of S[t, k] w[k]
    dw[k] += sum over t of S[t, k] e[t]        dbias += sum over t of e[t]
    dL/dS[t] = e[t] w^T

Rows of four steps share work, as in the method of the four Russians (Arlazarov et al.
1970): an input has one of 16 patterns of spikes over four steps. Forward, the rows of
inputs with the same pattern are added up once, and the sum is added to each of its
steps. For the gradient, the sums of errors of all 16 patterns are made once, and each
input takes the one it needs. The last product is dense on both sides.
"""

import numpy as np

from spikemeter.engines.cpu.compiled import BLOCK, LANES, compiled, inlined
from spikemeter.engines.cpu.rows import add_row, add_rows, copy_row
from spikemeter.engines.cpu.vectors import add, at, load, splat, store

GROUP = 4
PATTERNS = 1 << GROUP
GROUPS = -(-BLOCK // GROUP)


@compiled
def active(words, inputs):  # type: ignore[no-untyped-def]
    """List the inputs that spike in a block; returns how many."""
    count = 0
    for k in range(len(words)):
        inputs[count] = k
        count += words[k] != 0
    return count


def _spread(lanes):  # type: ignore[no-untyped-def]
    @inlined
    def spread(currents, o, width, pattern, weights, rows, last):  # type: ignore[no-untyped-def]
        """Add the sum of rows to the currents of each step of the pattern."""
        total = splat(np.float32(0), lanes)
        for i in range(last):
            total = add(total, load(weights, at(rows, i) + o, lanes))
        for step in range(GROUP):
            if pattern >> step & 1:
                to = step * width + o
                store(currents, to, add(load(currents, to, lanes), total))

    return spread


_spread_256, _spread_64, _spread_16 = _spread(256), _spread(64), _spread(LANES)


@compiled
def sort_by_pattern(words, inputs, shift, stride, rows, counts):  # type: ignore[no-untyped-def]
    """List the weights of inputs by their spikes in the steps from ``shift`` on.

    Those of pattern p begin at ``rows[p, :counts[p]]``; inputs are ``stride`` apart.
    """
    mask = np.uint32(PATTERNS - 1)
    counts[:] = 0
    for k in inputs:
        pattern = np.int64(words[k] >> shift & mask)
        rows[pattern, counts[pattern]] = k * stride
        counts[pattern] += 1


@compiled
def linear_currents(words, weights, bias, steps, currents, space):  # type: ignore[no-untyped-def]
    """Set the currents (steps, width) of a block.

    ``weights`` are (inputs, width), ``bias`` (width,). ``space`` is work space for as
    many integers as there are inputs, and as many for each pattern.
    """
    inputs, rows = space
    width = len(bias)
    counts = np.empty(PATTERNS, np.int64)
    count = active(words, inputs)
    for step in range((steps + GROUP - 1) // GROUP * GROUP):
        copy_row(currents, step * width, bias, 0, width)
    for group in range(0, steps, GROUP):
        sort_by_pattern(words, inputs[:count], np.uint32(group), width, rows, counts)
        block = currents[group * width :]
        for pattern in range(1, PATTERNS):
            last, shift = counts[pattern], 0
            chosen = rows[pattern]
            while last and width - shift >= 256:
                _spread_256(block, shift, width, pattern, weights, chosen, last)
                shift += 256
            while last and width - shift >= 64:
                _spread_64(block, shift, width, pattern, weights, chosen, last)
                shift += 64
            while last and shift < width:
                _spread_16(block, shift, width, pattern, weights, chosen, last)
                shift += LANES


@compiled
def pattern_sums(errors, width, groups, sums):  # type: ignore[no-untyped-def]
    """Set ``sums`` (groups, patterns, width) to the errors of each pattern's steps.

    Each is that of the pattern without its highest step, plus that step's errors. Sums
    of steps beyond the last are not asked for: no word has their bits.
    """
    for group in range(groups):
        base = group * PATTERNS * width
        sums[base : base + width] = 0
        for step in range(GROUP):
            error, count = (group * GROUP + step) * width, width << step
            for o in range(base, base + count, width):
                for shift in range(0, width, LANES):
                    rest = load(sums, o + shift, LANES)
                    row = load(errors, error + shift, LANES)
                    store(sums, o + count + shift, add(rest, row))


@compiled
def linear_gradients(words, errors, steps, weights, bias, space):  # type: ignore[no-untyped-def]
    """Add the gradients of the weights (inputs, width) and of the bias.

    ``space`` is work space for as many integers as there are inputs, and for the sums
    of errors.
    """
    inputs, sums = space
    width, groups = len(bias), (steps + GROUP - 1) // GROUP
    rows, factors = np.empty(GROUPS, np.int64), np.ones(GROUPS, np.float32)
    for step in range(steps):
        add_row(bias, 0, errors, step * width, width)
    pattern_sums(errors, width, groups, sums)
    for i in range(active(words, inputs)):
        k = inputs[i]
        for group in range(groups):
            pattern = np.int64(words[k] >> np.uint32(GROUP * group)) & (PATTERNS - 1)
            rows[group] = (group * PATTERNS + pattern) * width
        add_rows(weights, k * width, sums, 0, rows, factors, 0, groups, width)
