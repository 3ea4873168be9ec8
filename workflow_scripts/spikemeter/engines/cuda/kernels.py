"""The neurons of one stage over all time steps: one Triton kernel each way.

Forward (equations 5 and 6 of the study; snnTorch's ``Leaky``), U and S start at 0:

    subtract:  U[t] = (beta U[t-1] + I[t]) - S[t-1] threshold
    zero:      U[t] = beta ((1 - S[t-1]) U[t-1]) + I[t]
    both:      S[t] = 1 if U[t] > threshold

Backward, with D the surrogate of :mod:`spikemeter.networks.surrogates` and the reset
detached from the gradient; what follows the last step is 0:

    dL/dI[t] = dL/dU[t] = dL/dS[t] D(U[t] - threshold) + k[t] dL/dU[t+1]
    k[t] = beta with the reset by subtraction, beta (1 - S[t]) with the reset to zero

Currents, membranes and gradients are float32 in units of the threshold's (currents
may be bfloat16), spikes are uint8, all of shape (steps, neurons); neurons of all
samples lie side by side, and one lane of a program follows one of them through time.
Products and sums are rounded one by one (no fused multiply-add), as torch rounds them.

The backward kernel reads stored membranes. They take the memory of the currents,
which nobody needs again, so that recomputing them would save nothing; the gradients
take the memory of the membranes in turn.

Triton comes with torch on Linux only. ``TRITON_INTERPRET=1`` in the environment while
this module is imported runs the kernels in Triton's interpreter, without a GPU.
"""

from typing import Any

import torch
import triton  # type: ignore[import-untyped]
import triton.language as tl  # type: ignore[import-untyped]
from torch import Tensor

from spikemeter.networks.neurons.lif import Lif
from spikemeter.networks.surrogates import SLOPE

# Neurons a program follows, and steps whose loads are under way at once.
BLOCK = tl.constexpr(256)
STAGES = tl.constexpr(4)
OPTIONS = {"enable_fp_fusion": False}
PI = tl.constexpr(torch.pi)
STEEPNESS = tl.constexpr(float(SLOPE))


@triton.jit(do_not_specialize=["steps"])
def fire_kernel(  # noqa: PLR0913, PLR0917 - a kernel has no objects to take
    current: tl.tensor,  # (steps, neurons), rows `stride` apart
    membrane: tl.tensor,  # (steps, neurons), may be the memory of `current`
    spikes: tl.tensor,  # (steps, neurons)
    steps: tl.tensor,
    neurons: tl.tensor,
    stride: tl.tensor,
    beta: tl.tensor,
    threshold: tl.tensor,
    ZERO: tl.constexpr,  # noqa: N803 - Triton's way to write constants
    KEEP: tl.constexpr,  # noqa: N803
) -> None:
    """Write the spikes, and with KEEP the membranes."""
    lane = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = lane < neurons
    current += lane
    membrane += lane
    spikes += lane
    u = tl.full((BLOCK,), 0.0, tl.float32)
    fired = tl.full((BLOCK,), 0.0, tl.float32)
    for _ in tl.range(0, steps, num_stages=STAGES):
        entering = tl.load(current, mask=inside, other=0.0).to(tl.float32)
        if ZERO:
            u = beta * ((1.0 - fired) * u) + entering
        else:
            u = (beta * u + entering) - fired * threshold
        fired = (u > threshold).to(tl.float32)
        tl.store(spikes, fired.to(tl.uint8), mask=inside)
        if KEEP:
            tl.store(membrane, u, mask=inside)
        # Pointers move step by step: steps * neurons may exceed 32 bits.
        current += stride
        membrane += neurons
        spikes += neurons


@triton.jit(do_not_specialize=["steps"])
def learn_kernel(  # noqa: PLR0913, PLR0917
    membrane: tl.tensor,  # (steps, neurons), overwritten with dL/dI
    gradient: tl.tensor,  # dL/dS (steps, neurons), rows `stride` apart
    steps: tl.tensor,
    neurons: tl.tensor,
    stride: tl.tensor,
    beta: tl.tensor,
    threshold: tl.tensor,
    ZERO: tl.constexpr,  # noqa: N803
    SURROGATE: tl.constexpr,  # noqa: N803
) -> None:
    """Overwrite the membranes with the gradient of the currents, last step first."""
    lane = tl.program_id(0).to(tl.int64) * BLOCK + tl.arange(0, BLOCK)
    inside = lane < neurons
    last = (steps - 1).to(tl.int64)
    membrane += last * neurons + lane
    gradient += last * stride + lane
    carry = tl.full((BLOCK,), 0.0, tl.float32)
    for _ in tl.range(0, steps, num_stages=STAGES):
        u = tl.load(membrane, mask=inside, other=0.0)
        entering = tl.load(gradient, mask=inside, other=0.0).to(tl.float32)
        x = u - threshold
        if SURROGATE == "atan":
            angle = x * PI
            slope = 1.0 / (angle * angle + 1.0)
        elif SURROGATE == "atan_paper":
            angle = x * PI
            slope = 1.0 / ((angle * angle + 1.0) * PI)
        elif SURROGATE == "sigmoid":
            # Of both sigmoids, written so that nothing overflows.
            fall = tl.exp(tl.abs(x) * -STEEPNESS)
            slope = fall * STEEPNESS / ((fall + 1.0) * (fall + 1.0))
        else:
            tl.static_assert(SURROGATE == "fast_sigmoid")
            root = tl.abs(x) * STEEPNESS + 1.0
            slope = 1.0 / (root * root)
        if ZERO:
            carry = carry * (1.0 - (u > threshold).to(tl.float32))
        carry = entering * slope + beta * carry
        tl.store(membrane, carry, mask=inside)
        membrane -= neurons
        gradient -= stride


INTERPRETED = not isinstance(fire_kernel, triton.JITFunction)


def fire(current: Tensor, lif: Lif, keep: bool) -> tuple[Tensor, Tensor | None]:
    """Return the spikes that a current over time drives, all membranes from 0.

    With ``keep``, return also the membranes, for :func:`current_gradient`. All have the
    shape (steps, batch, *out_shape). A current may be expanded over time from one step;
    **its memory is reused** with ``keep`` where it is float32 and not expanded.
    """
    rows, stride = _rows(current)
    spikes = torch.empty(current.shape, dtype=torch.uint8, device=current.device)
    membranes = None
    if keep:
        reusable = stride != 0 and rows.dtype == torch.float32
        membranes = rows if reusable else torch.empty_like(spikes, dtype=torch.float32)
    arrays = (rows, rows if membranes is None else membranes, spikes)
    _launch(fire_kernel, arrays, current.shape, stride, lif, KEEP=keep)
    return spikes, membranes


def current_gradient(membranes: Tensor, gradient: Tensor, lif: Lif) -> Tensor:
    """Return the gradient of the currents, **in the memory of the membranes**.

    ``membranes`` are from :func:`fire`; ``gradient``, of the spikes and of the same
    shape, may be expanded over time from one step.
    """
    rows, stride = _rows(gradient)
    arrays, shape = (membranes, rows), membranes.shape
    _launch(learn_kernel, arrays, shape, stride, lif, SURROGATE=lif.surrogate)
    return membranes


def _launch(
    kernel: Any,
    arrays: tuple[Tensor, ...],
    shape: torch.Size,
    stride: int,
    lif: Lif,
    **constants: Any,
) -> None:
    """Run a kernel on arrays of (steps, neurons), one program per block of neurons."""
    steps, neurons = shape[0], shape[1:].numel()
    kernel[(triton.cdiv(neurons, BLOCK.value),)](
        *(*arrays, steps, neurons, stride, lif.beta, lif.threshold),
        ZERO=lif.reset == "zero",
        **constants,
        **OPTIONS,
    )


def _rows(values: Tensor) -> tuple[Tensor, int]:
    """Return values whose steps are contiguous, and how far apart the steps lie."""
    if values.stride(0) == 0:
        return values[0].contiguous(), 0
    return values.contiguous(), values[0].numel()
