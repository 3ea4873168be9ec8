"""The equations as they are printed, in any precision, independent of snnTorch."""

import copy
import math

import torch

from spikemeter.networks.losses.registry import LOSSES

UNIT = 2.0**-24  # largest relative error of one float32 operation
SLOPE = 25
# Of the distance of the membrane potential from the threshold.
DERIVATIVES = {
    "atan": lambda d: 1 / (1 + (math.pi * d) ** 2),
    "atan_paper": lambda d: 1 / (1 + (math.pi * d) ** 2) / math.pi,
    "sigmoid": lambda d: SLOPE / (2 + 2 * torch.cosh(SLOPE * d)),
    "fast_sigmoid": lambda d: 1 / (1 + SLOPE * d.abs()) ** 2,
}


class Step(torch.autograd.Function):
    """The step function, with a surrogate gradient."""

    @staticmethod
    def forward(ctx, distance, surrogate):
        ctx.save_for_backward(distance)
        ctx.derivative = DERIVATIVES[surrogate]
        return (distance > 0).to(distance.dtype)

    @staticmethod
    def backward(ctx, gradient):
        (distance,) = ctx.saved_tensors
        return gradient * ctx.derivative(distance), None


def potential(membrane, current, spikes, lif):
    """Return the next membrane potential, by equation 5 and its other reset.

    The operations are in snnTorch's order, so that float32 rounds as there.
    """
    if lif.reset == "zero":
        return lif.beta * ((1 - spikes) * membrane) + current
    return lif.beta * membrane + current - spikes * lif.threshold


def equations(synapses, frames, lif):
    """Run equations 5 and 6; returns the spikes of all stages, with gradients."""
    stages = range(len(synapses.stages))
    membranes, fired = [0.0 for _ in stages], [0.0 for _ in stages]
    trains = [[] for _ in stages]
    for frame in frames:
        for i in stages:
            current = synapses.current(i, trains[i - 1][-1] if i else frame)
            membranes[i] = potential(membranes[i], current, fired[i], lif)
            trains[i].append(Step.apply(membranes[i] - lif.threshold, lif.surrogate))
            fired[i] = trains[i][-1].detach()
    return [torch.stack(train) for train in trains]


def learn(case, loss_name, synapses=None):
    """Return the float64 spikes of all stages, the loss and the gradients of a case.

    The weights are those of the case, if not given.
    """
    synapses = copy.deepcopy(synapses or case.synapses()).double()
    frames = case.inputs().dense().double()
    trains = equations(synapses, frames, case.lif)
    loss = LOSSES[loss_name](trains[-1].sum(0), case.labels(), case.steps)
    return trains, loss, torch.autograd.grad(loss, list(synapses.parameters()))


def first_differences(expected, found):
    """Yield sample, step, stage and neurons of each sample's first different spikes.

    What differs later in that sample may follow from it. Stages of one step come in
    their order, as each feeds the next.
    """
    pairs = list(zip(expected, found, strict=True))
    differ = torch.stack([(a != b).flatten(2).any(2) for a, b in pairs])
    for sample, of_sample in enumerate(differ.permute(2, 1, 0)):
        if of_sample.any():
            step, stage = (of_sample.nonzero()[0]).tolist()
            one, other = (train[step, sample] for train in pairs[stage])
            yield sample, step, stage, one != other


def distance(synapses, signals, spikes, stage, lif):
    """Return how far one sample's neurons are from the threshold, and the error.

    Both are of the last step, float64 of shape (*out_shape). The stage sees ``signals``
    of shape (steps, *in_shape); before that step its neurons did ``spikes``, of shape
    (steps - 1, *out_shape). The error is what float32 can be off at most: (n + 1) UNIT
    times the sum of the n products' sizes (Higham 2002, Accuracy and stability of
    numerical algorithms, section 3.1), and UNIT for each operation on the membrane
    potential, decaying as the potential does.
    """
    exact, sizes = copy.deepcopy(synapses).double(), copy.deepcopy(synapses).double()
    for parameter in sizes.parameters():
        parameter.data.abs_()
    terms = exact.layers[stage].weight[0].numel() + 1
    with torch.no_grad():
        currents = exact.current(stage, signals.double())
        magnitudes = sizes.current(stage, signals.double().abs())
    membrane, bound = torch.zeros(2, *currents[0].shape, dtype=torch.float64)
    resets = [torch.zeros_like(membrane), *spikes.double()]
    for current, size, reset in zip(currents, magnitudes, resets, strict=True):
        membrane = potential(membrane, current, reset, lif)
        rounded = membrane.abs() + size + lif.threshold
        bound = lif.beta * bound + UNIT * ((terms + 1) * size + 4 * rounded)
    return membrane - lif.threshold, bound
