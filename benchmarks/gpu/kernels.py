"""Checks 2 to 4: each kernel against PyTorch."""

from dataclasses import replace
from itertools import product
from typing import Any

import torch
from torch import Tensor

from benchmarks.gpu.inputs import (
    SPIKING,
    Place,
    first,
    make_samples,
    read_networks,
    require,
)
from spikemeter.networks.encodings.rate_gpu import (
    unpack_by_torch,
    words_by_torch,
    words_on_gpu,
)
from spikemeter.networks.neurons.lif import Lif
from spikemeter.networks.surrogates import spike_function
from spikemeter.training.samples import ImageSamples

KEY = 2**62 + 5
MOST_SLOPE_ERROR = 1e-6
SURROGATES = ("atan", "atan_paper", "sigmoid", "fast_sigmoid")


def check_neurons(place: Place) -> dict[str, Any]:
    """Check both kernels of the neurons: bit-equal membranes, slopes within 1e-6."""
    from spikemeter.engines.cuda import kernels  # noqa: PLC0415 - Triton loads here

    worst = 0.0
    lengths, widths = (1, 2, place.choose(300, 9)), (1, 50, 1280)
    cases = list(product(("subtract", "zero"), lengths, widths))
    for reset, steps, neurons in cases:
        lif = Lif(beta=0.9, threshold=1.7, reset=reset)
        current = 0.4 + torch.randn(steps, 2, neurons)
        current = current.to(place.device)
        expected = run_neurons(current, lif)
        spikes, _ = kernels.fire(current.clone(), lif, keep=False)
        kept, membranes = kernels.fire(current.clone(), lif, keep=True)
        assert membranes is not None
        case = f"{reset}, {steps} steps, {neurons} neurons"
        require(torch.equal(membranes, expected), f"membranes differ: {case}")
        fired = (expected - lif.threshold > 0).to(torch.uint8)
        require(torch.equal(kept, fired), f"spikes differ, kept: {case}")
        require(torch.equal(spikes, fired), f"spikes differ: {case}")
        for surrogate in SURROGATES:
            other = lif.model_copy(update={"surrogate": surrogate})
            worst = max(worst, find_slope(expected, other))
    require(worst <= MOST_SLOPE_ERROR, f"slopes are off by {worst:.1e}")
    return {"cases": len(cases), "slope_error": worst}


def run_neurons(current: Tensor, lif: Lif) -> Tensor:
    """Return the membranes of a loop of PyTorch, each operation rounded."""
    membrane = fired = torch.zeros_like(current[0])
    membranes = []
    for entering in current:
        membrane = lif.advance(membrane, entering, fired)
        fired = (membrane - lif.threshold > 0).float()
        membranes.append(membrane)
    return torch.stack(membranes)


def find_slope(membranes: Tensor, lif: Lif) -> float:
    """Return the largest error of one step's surrogate gradient, of a slope of 1."""
    from spikemeter.engines.cuda import kernels  # noqa: PLC0415

    last = membranes[-1:]
    distance = (last - lif.threshold).double().requires_grad_()
    fire = spike_function(lif.surrogate)
    (exact,) = torch.autograd.grad(fire(distance).sum(), distance)
    found = kernels.current_gradient(last.clone(), torch.ones_like(last), lif)
    largest = exact.abs().amax().clamp(min=1)
    return float(((found - exact).abs() / largest).amax())


def check_words(place: Place) -> dict[str, Any]:
    """Check the rate coder on full batches of experiments 1 to 3."""
    found = {}
    for name in SPIKING[:3]:
        network = read_networks(place)[name]
        samples = make_samples(network, network.batch_size, place)
        index, steps = first(samples, network.batch_size), network.steps or 1
        assert isinstance(samples, ImageSamples)
        pixels = samples.images[index].flatten(1)
        words = words_on_gpu(pixels, index, KEY, steps)
        expected = words_by_torch(pixels.cpu(), index.cpu(), KEY, steps)
        differ = int((words.cpu() != expected).sum())
        require(differ == 0, f"{name}: {differ} of {words.numel()} words differ")
        spikes = samples.encoded(index, KEY).dense().flatten(2).cpu()
        differ = int((spikes != unpack_by_torch(expected, steps)).sum())
        require(differ == 0, f"{name}: {differ} of {spikes.numel()} spikes differ")
        found[name] = {"spikes": int(spikes.sum()), "rate": float(spikes.mean())}
    return found


def check_events(place: Place) -> dict[str, Any]:
    """Check the frames of a full batch of recordings."""
    network = read_networks(place)[SPIKING[3]]
    samples = make_samples(network, network.batch_size, place)
    index = first(samples, network.batch_size)
    frames = samples.encoded(index, KEY).dense()
    here = replace(place, device=torch.device("cpu"))
    expected = make_samples(network, network.batch_size, here).encoded(index.cpu(), KEY)
    differ = int((frames.cpu() != expected.dense()).sum())
    require(differ == 0, f"{differ} of {frames.numel()} counts differ")
    return {"events": float(frames.sum()), "shape": list(frames.shape)}
