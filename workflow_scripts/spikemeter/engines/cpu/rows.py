"""Sums of rows: the additions that synapses consist of.

Spikes are 0 or 1, so that what a layer feeds its neurons is a sum of rows of weights,
and the gradient of the weights a sum of rows of errors:

    out[o : o + width] += sum over i of factors[i] table[b + rows[i] : ... + width]

``rows`` holds where rows begin, ``b`` shifts them all. Widths are multiples of 16
floats; the sums of up to 256 floats stay in registers. Factors are 1 but for inputs
that are no spikes and for the gradient of the inputs.
"""

from spikemeter.engines.cpu.compiled import LANES, compiled, inlined
from spikemeter.engines.cpu.vectors import add, at, load, multiply_add, splat, store


def _tile(lanes):  # type: ignore[no-untyped-def]
    """Return a function that sums rows of so many floats."""

    @inlined
    def tile(out, o, table, b, rows, factors, first, last):  # type: ignore[no-untyped-def]
        total = load(out, o, lanes)
        for i in range(first, last):
            row = load(table, b + at(rows, i), lanes)
            total = multiply_add(splat(at(factors, i), lanes), row, total)
        store(out, o, total)

    return tile


def _pair(left, right):  # type: ignore[no-untyped-def]
    """Return a function that sums rows of ``left + right`` floats in one pass."""

    @inlined
    def pair(out, o, table, b, rows, factors, first, last):  # type: ignore[no-untyped-def]
        one = load(out, o, left)
        two = load(out, o + left, right)
        for i in range(first, last):
            row, factor = b + at(rows, i), at(factors, i)
            one = multiply_add(splat(factor, left), load(table, row, left), one)
            rest = load(table, row + left, right)
            two = multiply_add(splat(factor, right), rest, two)
        store(out, o, one)
        store(out, o + left, two)

    return pair


_add_384, _add_256, _add_128, _add_64, _add_32, _add_16 = (
    _pair(256, 128),
    *(_tile(lanes) for lanes in (256, 128, 64, 32, LANES)),
)
# Runs of a kernel of 5 pixels of 16, 32 and 64 channels.
_add_80, _add_160, _add_320 = (_pair(4 * n, n) for n in (LANES, 32, 64))


@inlined
def add_rows(out, o, table, b, rows, factors, first, last, width):  # type: ignore[no-untyped-def]
    """Add rows ``first`` to ``last`` of the list to the row of ``out`` from ``o``."""
    if width == 160:
        _add_160(out, o, table, b, rows, factors, first, last)
    elif width == 80:
        _add_80(out, o, table, b, rows, factors, first, last)
    elif width == 320:
        _add_320(out, o, table, b, rows, factors, first, last)
    else:
        end = o + width
        while end - o >= 384:
            _add_384(out, o, table, b, rows, factors, first, last)
            o, b = o + 384, b + 384
        if end - o >= 256:
            _add_256(out, o, table, b, rows, factors, first, last)
            o, b = o + 256, b + 256
        if end - o >= 128:
            _add_128(out, o, table, b, rows, factors, first, last)
            o, b = o + 128, b + 128
        if end - o >= 64:
            _add_64(out, o, table, b, rows, factors, first, last)
            o, b = o + 64, b + 64
        if end - o >= 32:
            _add_32(out, o, table, b, rows, factors, first, last)
            o, b = o + 32, b + 32
        if o < end:
            _add_16(out, o, table, b, rows, factors, first, last)


@inlined
def add_row(out, o, table, b, width):  # type: ignore[no-untyped-def]
    """Add the row of ``table`` from ``b`` on to the row of ``out`` from ``o`` on."""
    for shift in range(0, width, LANES):
        total = add(load(out, o + shift, LANES), load(table, b + shift, LANES))
        store(out, o + shift, total)


@inlined
def copy_row(out, o, table, b, width):  # type: ignore[no-untyped-def]
    """Set the row of ``out`` from ``o`` on to that of ``table`` from ``b`` on.

    Numba's own assignment of a slice first looks whether the two overlap.
    """
    for shift in range(0, width, LANES):
        store(out, o + shift, load(table, b + shift, LANES))


def _four(lanes):  # type: ignore[no-untyped-def]
    """Return a function that sums rows into four rows at once, with factors for each.

    They are ``pitch`` apart; their factors begin at ``factors[a]``, ``stride`` apart. A
    row of the table is loaded once for all four.
    """

    @inlined
    def four(out, o, pitch, table, b, rows, factors, a, stride, last):  # type: ignore[no-untyped-def]
        first, second = load(out, o, lanes), load(out, o + pitch, lanes)
        third, fourth = load(out, o + 2 * pitch, lanes), load(out, o + 3 * pitch, lanes)
        for i in range(last):
            row, k = load(table, b + at(rows, i), lanes), a + i
            first = multiply_add(splat(at(factors, k), lanes), row, first)
            k += stride
            second = multiply_add(splat(at(factors, k), lanes), row, second)
            k += stride
            third = multiply_add(splat(at(factors, k), lanes), row, third)
            fourth = multiply_add(splat(at(factors, k + stride), lanes), row, fourth)
        store(out, o, first)
        store(out, o + pitch, second)
        store(out, o + 2 * pitch, third)
        store(out, o + 3 * pitch, fourth)

    return four


_four_64, _four_16 = _four(64), _four(LANES)


@compiled
def add_product(out, o, pitch, table, b, rows, factors, a, shape):  # type: ignore[no-untyped-def]
    """Add a product of matrices, dense on both sides, to rows of ``out``.

    ``shape`` are number of rows, stride of their factors, number of rows of the table
    and their width: row r from ``o + r * pitch`` on gets the sum over i of
    ``factors[a + r * stride + i]`` times the table's row from ``b + rows[i]`` on.
    """
    count, stride, last, width = shape
    whole = count // 4 * 4
    for r in range(0, whole, 4):
        to, c, k, end = o + r * pitch, b, a + r * stride, b + width
        while end - c >= 64:
            _four_64(out, to, pitch, table, c, rows, factors, k, stride, last)
            to, c = to + 64, c + 64
        while c < end:
            _four_16(out, to, pitch, table, c, rows, factors, k, stride, last)
            to, c = to + LANES, c + LANES
    for r in range(whole, count):
        chosen = factors[a + r * stride :]
        add_rows(out, o + r * pitch, table, b, rows, chosen, 0, last, width)
