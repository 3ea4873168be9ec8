"""Rows of floats in registers: what numba's own loops do not give the kernels.

A kernel of the engine adds rows of weights. As a numba loop over a short row, each
addition pays for the tests of its bounds and for a store; as an LLVM vector as wide as
the row, the sum stays in registers and the row is one instruction an operand. LLVM
lowers a vector of any width to what the processor has (AVX-512, AVX2, NEON).

Every function takes a contiguous float32 array and the index of a row's first element;
``lanes`` is a constant, the width of the row. Nothing checks bounds.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import PrimitiveModel
from numba.extending import intrinsic, register_model

Generate = Callable[..., Any]


class Vector(types.Type):
    """Numba's type of ``lanes`` float32 in registers."""

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        super().__init__(f"Vector({lanes})")

    def row(self, element: ir.Type | None = None) -> ir.VectorType:
        """Return LLVM's type of as many float32, or other elements."""
        return ir.VectorType(element or ir.FloatType(), self.lanes)


@register_model(Vector)
class _Model(PrimitiveModel):
    def __init__(self, manager: Any, vector: Vector) -> None:
        super().__init__(manager, vector, vector.row())


def _code(generate: Generate, element: ir.Type | None = None) -> Generate:
    """Return what numba calls for the code of ``generate(builder, *values)``.

    With ``element``, the first two values are an array and an index; what is handed
    over is a pointer of that type to where ``array[index]`` begins.
    """

    def code(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if element is not None:
            array = context.make_array(signature.args[0])(context, builder, values[0])
            place = builder.gep(array.data, [values[1]])
            values = [builder.bitcast(place, element.as_pointer()), *values[2:]]
        found = generate(builder, *values)
        if isinstance(found, tuple):
            return context.make_tuple(builder, signature.return_type, found)
        nothing = signature.return_type == types.void
        return context.get_dummy_value() if nothing else found

    return code


def _repeat(builder: Any, value: Any, row: ir.VectorType) -> Any:
    """Return a row that repeats one value."""
    empty = ir.Constant(row, ir.Undefined)
    first = builder.insert_element(empty, value, ir.IntType(32)(0))
    order = ir.Constant(ir.VectorType(ir.IntType(32), row.count), None)
    return builder.shuffle_vector(first, empty, order)


@intrinsic
def at(_typing, array, index):  # type: ignore[no-untyped-def]
    """Return ``array[index]`` of a contiguous array, for an index of 0 or more."""
    float32 = array.dtype == types.float32
    element = ir.FloatType() if float32 else ir.IntType(array.dtype.bitwidth)
    return array.dtype(array, types.int64), _code(ir.IRBuilder.load, element)


@intrinsic(prefer_literal=True)
def load(_typing, array, index, lanes):  # type: ignore[no-untyped-def]
    """Return the row that begins at ``array[index]``."""
    vector = Vector(lanes.literal_value)
    code = _code(lambda builder, place, _: builder.load(place, align=4), vector.row())
    return vector(array, types.int64, lanes), code


@intrinsic
def store(_typing, array, index, vector):  # type: ignore[no-untyped-def]
    """Write a row to where ``array[index]`` begins."""

    def generate(builder, place, row):  # type: ignore[no-untyped-def]
        builder.store(row, place, align=4)

    return types.void(array, types.int64, vector), _code(generate, vector.row())


@intrinsic(prefer_literal=True)
def splat(_typing, value, lanes):  # type: ignore[no-untyped-def]
    """Return a row that repeats one float32."""
    vector = Vector(lanes.literal_value)
    code = _code(lambda builder, value, _: _repeat(builder, value, vector.row()))
    return vector(types.float32, lanes), code


@intrinsic
def add(_typing, one, other):  # type: ignore[no-untyped-def]
    """Return ``one + other``."""
    return one(one, other), _code(ir.IRBuilder.fadd)


@intrinsic
def multiply_add(_typing, one, other, total):  # type: ignore[no-untyped-def]
    """Return ``one * other + total``, rounded once where the processor can."""
    row = one.row()

    def generate(builder, *values):  # type: ignore[no-untyped-def]
        kind = ir.FunctionType(row, [row, row, row])
        name = f"llvm.fmuladd.v{one.lanes}f32"
        fmuladd = cgutils.get_or_insert_function(builder.module, kind, name)
        return builder.call(fmuladd, values)

    return one(one, other, total), _code(generate)


@intrinsic
def largest(_typing, best, winner, value, number):  # type: ignore[no-untyped-def]
    """Return ``(best, winner)``, or ``(value, number)`` where the value is larger."""

    def generate(builder, best, winner, value, number):  # type: ignore[no-untyped-def]
        larger = builder.fcmp_ordered(">", value, best)
        select = builder.select
        return select(larger, value, best), select(larger, number, winner)

    return types.UniTuple(best, 2)(best, best, best, best), _code(generate)


@intrinsic
def store_bytes(_typing, array, index, vector):  # type: ignore[no-untyped-def]
    """Write a row of small whole numbers to a uint8 array."""
    row = vector.row(ir.IntType(8))

    def generate(builder, place, numbers):  # type: ignore[no-untyped-def]
        builder.store(builder.fptoui(numbers, row), place, align=1)

    return types.void(array, types.int64, vector), _code(generate, row)


@intrinsic
def where_equal(_typing, codes, index, code, vector):  # type: ignore[no-untyped-def]
    """Return the row where the uint8 from ``codes[index]`` on equal one, else 0."""
    row, zeros = vector.row(ir.IntType(8)), ir.Constant(vector.row(), None)

    def generate(builder, place, code, values):  # type: ignore[no-untyped-def]
        found, wanted = builder.load(place, align=1), _repeat(builder, code, row)
        equal = builder.icmp_unsigned("==", found, wanted)
        return builder.select(equal, values, zeros)

    return vector(codes, types.int64, types.uint8, vector), _code(generate, row)


@intrinsic
def trailing_zeros(_typing, word):  # type: ignore[no-untyped-def]
    """Return the number of zero bits below the lowest one of a uint32 that is not 0."""

    def generate(builder, word):  # type: ignore[no-untyped-def]
        count = builder.cttz(word, ir.Constant(ir.IntType(1), 1))
        return builder.zext(count, ir.IntType(64))

    return types.int64(types.uint32), _code(generate)


@intrinsic
def ones(_typing, word):  # type: ignore[no-untyped-def]
    """Return the number of bits of a uint32 that are 1."""
    long = ir.IntType(64)
    code = _code(lambda builder, word: builder.zext(builder.ctpop(word), long))
    return types.int64(types.uint32), code
