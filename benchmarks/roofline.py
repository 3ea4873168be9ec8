"""What the machine can do at most, and what the networks ask for."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numba
import numpy as np
import torch
from torch.nn import functional

from spikemeter.networks.notation import Stage
from spikemeter.threads import run_in_threads

SIDE = 1024  # of the matrices
CHANNELS, IMAGE, KERNEL = 128, 64, 3
FMA_VALUES, FMA_TIMES = 256, 100_000
COPIED_BYTES = 1 << 28
FLOAT_BYTES = 4


@dataclass(frozen=True)
class Operations:
    """Floating-point operations of one batch over all steps, additions included.

    ``sparse``: only what spikes, and gradients that a pooling let through, make
    necessary. ``state_bytes``: membranes written and read again once.
    """

    infer: float
    train: float
    sparse_infer: float
    sparse_train: float
    state_bytes: float


def operations(
    stages: Sequence[Stage], densities: Sequence[float], samples_steps: int
) -> Operations:
    """Count operations.

    Forward, every connection multiplies and adds once a step; backward once for the
    weights' gradient and, behind the first stage, once for the input's. Sparse, the
    forward pass counts by the density of what enters, the input's gradient by the
    share of currents that win their pooling, the weights' gradient by both.

    Parameters
    ----------
    stages : sequence of Stage
    densities : sequence of float
        Share of what enters each stage that is not 0.
    samples_steps : int
        Batch times steps.
    """
    infer = train = sparse_infer = sparse_train = neurons = 0.0
    for number, (stage, density) in enumerate(zip(stages, densities, strict=True)):
        connections = 2.0 * _connections(stage)
        winners = 1 / stage.pool**2
        back = 1.0 if number else 0.0
        infer += connections
        train += connections * (2 + back)
        sparse_infer += connections * density
        sparse_train += connections * (density + density * winners + back * winners)
        neurons += stage.neurons
    return Operations(
        infer * samples_steps,
        train * samples_steps,
        sparse_infer * samples_steps,
        sparse_train * samples_steps,
        2 * FLOAT_BYTES * neurons * samples_steps,
    )


def _connections(stage: Stage) -> int:
    """Return the products that one step of one sample takes."""
    if stage.kind == "linear":
        return math.prod(stage.in_shape) * stage.neurons
    channels, *sides = stage.in_shape
    places = math.prod(side + 2 * stage.padding - stage.kernel + 1 for side in sides)
    return places * channels * stage.kernel**2 * stage.out_shape[0]


def machine(device: str, budget_s: float) -> dict[str, float | None]:
    """Measure the best rates of this machine with the threads of this process.

    Parameters
    ----------
    device : {"cpu", "cuda"}
    budget_s : float

    Returns
    -------
    dict
        ``multiply_flops``: a product of matrices by PyTorch; ``convolve_flops``: a
        convolution by PyTorch, often another library; ``fma_flops``: compiled
        multiply-adds in registers, None on a GPU; ``copy_bytes_per_s``: read and
        written. All in float32.
    """
    matrix = torch.rand(SIDE, SIDE, device=device)
    image = torch.rand(1, CHANNELS, IMAGE, IMAGE, device=device)
    kernel = torch.rand(CHANNELS, CHANNELS, KERNEL, KERNEL, device=device)
    source = torch.rand(COPIED_BYTES // FLOAT_BYTES, device=device)
    target = torch.empty_like(source)

    def best_s(work: Callable[[], object]) -> float:
        return _best_s(work, device, budget_s / 4)

    with torch.no_grad():
        multiply_s = best_s(lambda: torch.mm(matrix, matrix))
        convolve_s = best_s(lambda: functional.conv2d(image, kernel, padding="same"))
        copy_s = best_s(lambda: target.copy_(source))
    places = (CHANNELS * IMAGE * KERNEL) ** 2
    threads = torch.get_num_threads()
    _multiply_add(1)
    fma_s = best_s(lambda: run_in_threads(threads, lambda *_: _multiply_add(FMA_TIMES)))
    return {
        "multiply_flops": 2 * SIDE**3 / multiply_s,
        "convolve_flops": 2 * places / convolve_s,
        "fma_flops": None
        if device == "cuda"
        else 2 * threads * FMA_VALUES * FMA_TIMES / fma_s,
        "copy_bytes_per_s": 2 * COPIED_BYTES / copy_s,
    }


@numba.njit(nogil=True, fastmath=True)
def _multiply_add(times: int) -> float:
    """Multiply and add so often to values that all fit in registers."""
    values = np.ones(FMA_VALUES, np.float32)
    for _ in range(times):
        for i in range(FMA_VALUES):
            values[i] = values[i] * np.float32(0.999) + np.float32(0.001)
    return values.sum()


def _best_s(work: Callable[[], object], device: str, budget_s: float) -> float:
    """Return the shortest seconds of a call within the budget."""
    found: list[float] = []
    end_s = time.perf_counter() + budget_s
    while not found or time.perf_counter() < end_s:
        start_s = time.perf_counter()
        work()
        if device == "cuda":
            torch.cuda.synchronize()
        found.append(time.perf_counter() - start_s)
    return min(found)
