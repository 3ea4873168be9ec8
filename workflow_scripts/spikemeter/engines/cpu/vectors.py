"""Rows of floats in registers: what numba's own loops do not give the kernels.

A kernel of the engine adds rows of weights. As a numba loop over a short row, each
addition pays for the tests of its bounds and for a store; as an LLVM vector as wide as
the row, the sum stays in registers and the row is one instruction an operand. LLVM
lowers a vector of any width to what the processor has (AVX-512, AVX2, NEON).

Every function takes a contiguous float32 array and the index of a row's first element;
``lanes`` is a constant, the width of the row. Nothing checks bounds.
"""

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.datamodel import PrimitiveModel
from numba.extending import intrinsic, register_model

_FLOAT_BYTES = 4


class Vector(types.Type):
    """Numba's type of ``lanes`` float32 in registers."""

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        super().__init__(f"Vector({lanes})")

    @property
    def key(self) -> int:
        """Vectors of equal width are of one type."""
        return self.lanes


@register_model(Vector)
class _Model(PrimitiveModel):
    def __init__(self, manager: Any, vector: Vector) -> None:
        super().__init__(manager, vector, _llvm(vector))


def _llvm(vector: Vector, element: ir.Type | None = None) -> ir.VectorType:
    return ir.VectorType(element or ir.FloatType(), vector.lanes)


def _pointer(context: Any, builder: Any, array: Any, values: Any, to: ir.Type) -> Any:
    """Return a pointer of that type to the element of an array."""
    data = context.make_array(array)(context, builder, values[0]).data
    return builder.bitcast(builder.gep(data, [values[1]]), to.as_pointer())


@intrinsic
def at(_typing, array, index):  # type: ignore[no-untyped-def]
    """Return ``array[index]`` of a contiguous array, for an index of 0 or more."""

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        element = context.get_data_type(array.dtype)
        return builder.load(
            _pointer(context, builder, signature.args[0], values, element)
        )

    return array.dtype(array, types.int64), generate


@intrinsic(prefer_literal=True)
def load(_typing, array, index, lanes):  # type: ignore[no-untyped-def]
    """Return the row that begins at ``array[index]``."""
    vector = Vector(lanes.literal_value)

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        pointer = _pointer(context, builder, signature.args[0], values, _llvm(vector))
        row = builder.load(pointer)
        row.align = _FLOAT_BYTES
        return row

    return vector(array, types.int64, lanes), generate


@intrinsic
def store(_typing, array, index, vector):  # type: ignore[no-untyped-def]
    """Write a row to where ``array[index]`` begins."""

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        pointer = _pointer(context, builder, signature.args[0], values, _llvm(vector))
        builder.store(values[2], pointer).align = _FLOAT_BYTES
        return context.get_dummy_value()

    return types.void(array, types.int64, vector), generate


@intrinsic(prefer_literal=True)
def splat(_typing, value, lanes):  # type: ignore[no-untyped-def]
    """Return a row that repeats one float32."""
    vector = Vector(lanes.literal_value)

    def generate(_context, builder, _signature, values):  # type: ignore[no-untyped-def]
        empty = ir.Constant(_llvm(vector), ir.Undefined)
        first = builder.insert_element(empty, values[0], ir.IntType(32)(0))
        zeros = ir.Constant(_llvm(vector, ir.IntType(32)), None)
        return builder.shuffle_vector(first, empty, zeros)

    return vector(types.float32, lanes), generate


@intrinsic
def add(_typing, one, other):  # type: ignore[no-untyped-def]
    """Return ``one + other``."""

    def generate(_context, builder, _signature, values):  # type: ignore[no-untyped-def]
        return builder.fadd(*values)

    return one(one, other), generate


@intrinsic
def multiply_add(_typing, one, other, total):  # type: ignore[no-untyped-def]
    """Return ``one * other + total``, rounded once where the processor can."""
    row = _llvm(one)

    def generate(_context, builder, _signature, values):  # type: ignore[no-untyped-def]
        name = f"llvm.fmuladd.v{one.lanes}f32"
        kind = ir.FunctionType(row, [row, row, row])
        fmuladd = cgutils.get_or_insert_function(builder.module, kind, name)
        return builder.call(fmuladd, values)

    return one(one, other, total), generate


@intrinsic
def largest(_typing, best, winner, value, number):  # type: ignore[no-untyped-def]
    """Return ``(best, winner)``, or ``(value, number)`` where the value is larger."""

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        best, winner, value, number = values
        larger = builder.fcmp_ordered(">", value, best)
        pair = (
            builder.select(larger, value, best),
            builder.select(larger, number, winner),
        )
        return context.make_tuple(builder, signature.return_type, pair)

    return types.UniTuple(best, 2)(best, best, best, best), generate


@intrinsic
def store_bytes(_typing, array, index, vector):  # type: ignore[no-untyped-def]
    """Write a row of small whole numbers to a uint8 array."""
    row = _llvm(vector, ir.IntType(8))

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        pointer = _pointer(context, builder, signature.args[0], values, row)
        builder.store(builder.fptoui(values[2], row), pointer).align = 1
        return context.get_dummy_value()

    return types.void(array, types.int64, vector), generate


@intrinsic
def where_equal(_typing, codes, index, code, vector):  # type: ignore[no-untyped-def]
    """Return the row where the uint8 from ``codes[index]`` on equal one, else 0."""

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        row = _llvm(vector, ir.IntType(8))
        found = builder.load(_pointer(context, builder, signature.args[0], values, row))
        found.align = 1
        empty = ir.Constant(row, ir.Undefined)
        first = builder.insert_element(empty, values[2], ir.IntType(32)(0))
        order = ir.Constant(_llvm(vector, ir.IntType(32)), None)
        wanted = builder.shuffle_vector(first, empty, order)
        equal = builder.icmp_unsigned("==", found, wanted)
        return builder.select(equal, values[3], ir.Constant(_llvm(vector), None))

    return vector(codes, types.int64, types.uint8, vector), generate


@intrinsic
def trailing_zeros(_typing, word):  # type: ignore[no-untyped-def]
    """Return the number of zero bits below the lowest one of a uint32 that is not 0."""

    def generate(context, builder, signature, values):  # type: ignore[no-untyped-def]
        count = builder.cttz(values[0], ir.Constant(ir.IntType(1), 1))
        return builder.zext(count, ir.IntType(64))

    return types.int64(types.uint32), generate


@intrinsic
def ones(_typing, word):  # type: ignore[no-untyped-def]
    """Return the number of bits of a uint32 that are 1."""

    def generate(_context, builder, _signature, values):  # type: ignore[no-untyped-def]
        return builder.zext(builder.ctpop(values[0]), ir.IntType(64))

    return types.int64(types.uint32), generate
