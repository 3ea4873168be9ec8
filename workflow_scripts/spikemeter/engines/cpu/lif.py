"""Leaky integrate-and-fire neurons, one step of a whole stage.

Forward (equations 5 and 6 of the study; snnTorch's ``Leaky``), all float32, rounded
after every operation as there:

    U[t] = (beta U[t-1] + I[t]) - S[t-1] threshold    reset by subtraction
    U[t] = beta (1 - S[t-1]) U[t-1] + I[t]            reset to zero
    S[t] = 1 if U[t] > threshold

Backward, with the surrogate g' of the step function (see networks/surrogates.py) and no
gradient through the reset's S:

    dL/dU[t] = g'(U[t] - threshold) dL/dS[t] + dU[t+1]/dU[t] dL/dU[t+1]
    dU[t+1]/dU[t] = beta,   or beta (1 - S[t]) with the reset to zero

Membranes are rows of ``count`` floats. A word of 32 bits keeps a neuron's spikes of a
block of steps.
"""

from typing import NamedTuple

import numpy as np

from spikemeter.engines.cpu.compiled import compiled
from spikemeter.networks.neurons.lif import Lif
from spikemeter.networks.surrogates import SLOPE

SURROGATES = ("atan", "atan_paper", "sigmoid", "fast_sigmoid")
PI, ONE, STEEP = np.float32(np.pi), np.float32(1), np.float32(SLOPE)


class Neuron(NamedTuple):
    """Settings of the neurons as the kernels take them."""

    beta: np.float32
    threshold: np.float32
    to_zero: bool
    surrogate: int


def convert_settings(lif: Lif) -> Neuron:
    """Return the kernels' form of the settings."""
    return Neuron(
        np.float32(lif.beta),
        np.float32(lif.threshold),
        lif.reset == "zero",
        SURROGATES.index(lif.surrogate),
    )


@compiled
def fire(neuron, currents, before, membranes, words, step):  # type: ignore[no-untyped-def]
    """Advance a stage by one step; sets bit ``step`` of the words of who fires."""
    beta, threshold = neuron.beta, neuron.threshold
    zero, bit = np.float32(0), np.uint32(1) << np.uint32(step)
    if neuron.to_zero:
        for i in range(len(membranes)):
            rest = zero if before[i] > threshold else before[i]
            potential = beta * rest + currents[i]
            membranes[i] = potential
            words[i] |= bit if potential > threshold else np.uint32(0)
    else:
        for i in range(len(membranes)):
            reset = threshold if before[i] > threshold else zero
            potential = (beta * before[i] + currents[i]) - reset
            membranes[i] = potential
            words[i] |= bit if potential > threshold else np.uint32(0)


@compiled
def fire_backward(neuron, gradients, membranes, carry):  # type: ignore[no-untyped-def]
    """Turn ``carry`` from dL/dU of the next step into that of this one.

    ``gradients`` are dL/dS of this step, ``membranes`` its U.
    """
    beta, threshold = neuron.beta, neuron.threshold
    if neuron.to_zero:
        for i in range(len(carry)):
            carry[i] *= np.float32(0) if membranes[i] > threshold else ONE
    if neuron.surrogate <= 1:
        scale = ONE if neuron.surrogate == 0 else PI
        for i in range(len(carry)):
            distance = PI * (membranes[i] - threshold)
            slope = scale * (ONE + distance * distance)
            carry[i] = gradients[i] / slope + beta * carry[i]
    elif neuron.surrogate == 2:
        for i in range(len(carry)):
            tail = np.exp(-abs(STEEP * (membranes[i] - threshold)))
            slope = STEEP * tail / ((ONE + tail) * (ONE + tail))
            carry[i] = gradients[i] * slope + beta * carry[i]
    else:
        for i in range(len(carry)):
            distance = STEEP * abs(membranes[i] - threshold) + ONE
            carry[i] = gradients[i] / (distance * distance) + beta * carry[i]
