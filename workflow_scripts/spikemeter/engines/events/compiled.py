"""How the engine's kernels are compiled."""

from collections.abc import Callable
from typing import Any

import numba

# Steps that are worked on together; bit t of a neuron's word is step t of the block.
BLOCK = 32
# Channels are padded to whole vectors of so many float32.
LANES = 16

# numpy's error model spares the tests of divisors; the kernels hold no lock.
compiled: Callable[[Callable[..., Any]], Callable[..., Any]] = numba.njit(
    nogil=True, error_model="numpy", cache=True
)
# For what is called often and does little: arrays are costly to hand over.
inlined: Callable[[Callable[..., Any]], Callable[..., Any]] = numba.njit(
    nogil=True, error_model="numpy", cache=True, forceinline=True
)
