"""Random networks and inputs to hold engines to.

Weights and inputs lie on a grid of powers of two, so that every sum is exact in
float32, in whatever order an engine adds.
"""

import contextlib
import dataclasses
import math
from dataclasses import dataclass

import torch
from hypothesis import strategies as st

from spikemeter.datasets.packed_events import PackedFormat
from spikemeter.engines.registry import ENGINES
from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.encodings.delta import EventChanges
from spikemeter.networks.encodings.direct import Constant, EventFrames
from spikemeter.networks.encodings.encoded import Frames
from spikemeter.networks.encodings.latency import LatencyCoded
from spikemeter.networks.encodings.rate import RateCoded
from spikemeter.networks.layers import Synapses
from spikemeter.networks.neurons.lif import Lif
from spikemeter.networks.notation import parse_layers
from spikemeter.training.randomness import make_generator

WEIGHT_GRID = 2.0**-6
INPUT_GRID = 2.0**-2
LARGEST_INPUT = 4
# Fraction bits that one more step takes, for each beta with exact membranes.
BITS = {0.0: 0, 1.0: 0, 0.5: 1, 0.75: 2}
BETAS = (*BITS, 0.3, 0.8, 0.95)
RESETS = ("subtract", "zero")
SENSOR = (2, 34, 34)
FRAMES = ("spikes", "counts", "fractions")
IMAGES = ("rate", "latency", "constant")
EVENTS = ("events", "changes")
KINDS = (*FRAMES, *IMAGES, *EVENTS)
LIF = Lif(beta=0.5, threshold=1.0, reset="subtract", surrogate="atan")
# Two convolutions that follow each other, a size that the pooling does not divide,
# more channels than a vector holds, two fully connected layers.
DEEP = "5C3-17C2-P2-20-10"


PLAIN = {"steps": None, "encoding": None, "engine": None}


def describe(neuron, **changes):
    """Return a small network of such neurons."""
    return NetworkDescription(
        **{"input": "made", "input_kind": "images", "input_shape": (1, 6, 6)},
        **{"classes": 4, "layers": "5-4", "padding": "valid", "neuron": neuron},
        **{"loss": "mse_count", "epochs": 1, "batch_size": 8, "learning_rate": 0.1},
        validation_fraction=0.2,
    ).replace(**({"steps": 5, "encoding": "rate", "engine": "auto"} | changes))


def make(engine, neuron):
    """Return an engine for such neurons."""
    return ENGINES[engine].make(describe(neuron))


@dataclass(frozen=True)
class Case:
    """A network on the grid, its neurons, and what it is fed with."""

    layers: str
    shape: tuple[int, ...]
    lif: Lif
    kind: str = "spikes"
    padding: str = "valid"
    steps: int = 40
    batch: int = 4
    density: float = 0.3
    threads: int = 1
    seed: int = 0

    def synapses(self):
        stages = parse_layers(self.layers, self.shape, self.padding)
        built = Synapses(stages, make_generator(self.seed, "weights"))
        stream = make_generator(self.seed, "biases")
        with torch.no_grad():  # strong weights and biases: every stage fires
            for layer in built.layers:
                layer.weight.copy_(_gridded(layer.weight * 2, WEIGHT_GRID))
                layer.bias.uniform_(-0.25, 0.75, generator=stream)
                layer.bias.copy_(_gridded(layer.bias, WEIGHT_GRID))
        return built

    def off_the_grid(self):
        """Return weights as after training: any float32."""
        synapses = self.synapses()
        stream = torch.Generator().manual_seed(self.seed)
        with torch.no_grad():
            for parameter in synapses.parameters():
                noise = torch.randn(parameter.shape, generator=stream)
                parameter.add_(noise, alpha=0.3 * parameter.std().item())
        return synapses

    def inputs(self):
        if self.kind in FRAMES:
            return Frames(self._frames())
        return self._events() if self.kind in EVENTS else self._images()

    def labels(self):
        classes = int(self.layers.split("-")[-1])
        stream = make_generator(self.seed, "labels")
        return torch.randint(classes, (self.batch,), generator=stream)

    def exact_steps(self):
        """Return in how many steps at most no membrane is ever rounded."""
        current = max(
            layer.weight.abs().flatten(1).sum(1).max() * LARGEST_INPUT
            + layer.bias.abs().max()
            for layer in self.synapses().layers
        ).item()
        beta, change = self.lif.beta, current + self.lif.threshold
        grains = change / (WEIGHT_GRID * INPUT_GRID)
        if beta == 1:
            return int(2**24 / grains)
        spare = 24 - math.log2(grains / (1 - beta))
        return 1 + int(spare / BITS[beta]) if BITS[beta] else 2**16

    def _frames(self):
        size = (self.steps, self.batch, *self.shape)
        stream = make_generator(self.seed, "frames")
        there = torch.rand(size, generator=stream) < self.density
        if self.kind == "spikes":
            return there.float()
        counts = torch.randint(1, LARGEST_INPUT + 1, size, generator=stream)
        if self.kind == "counts":
            return there * counts.float()
        values = torch.empty(size).uniform_(-4, 4, generator=stream)
        return there * _gridded(values, INPUT_GRID)

    def _images(self):
        size, stream = (self.batch, *self.shape), make_generator(self.seed, "images")
        there = torch.rand(size, generator=stream) < self.density
        if self.kind == "constant":  # 0 and 1 are the only intensities on the grid
            return Constant((there * 255).to(torch.uint8), self.steps)
        images = torch.randint(256, size, generator=stream) * there
        if self.kind == "intensities":
            return Constant(images.to(torch.uint8), self.steps)
        if self.kind == "latency":
            return LatencyCoded(images.to(torch.uint8), self.steps)
        samples = torch.randint(2**40, (self.batch,), generator=stream)
        return RateCoded(images.to(torch.uint8), self.steps, 2**62 + self.seed, samples)

    def _events(self):
        """Return three recordings, of which one is empty, in any order."""
        stream, words = make_generator(self.seed, "events"), []
        for density in (self.density, 0.0, self.density / 8):
            there = torch.rand(self.steps, *SENSOR, generator=stream) < density
            step, p, y, x = there.nonzero().T
            counts = torch.randint(1, LARGEST_INPUT + 1, (len(step),), generator=stream)
            equal = (step << 13 | p << 12 | y << 6 | x).repeat_interleave(counts)
            mixed = equal[torch.randperm(len(equal), generator=stream)]
            words.append(mixed[(mixed >> 13).sort(stable=True).indices])
        offsets = torch.tensor([0, *map(len, words)]).cumsum(0)
        index = torch.randint(3, (self.batch,), generator=stream)
        packing = PackedFormat(SENSOR, self.steps)
        packed = (torch.cat(words).int(), offsets, index, packing)
        changes = self.kind == "changes"
        made = EventChanges if changes else EventFrames
        return made(*packed)


def _gridded(values, grid):
    return torch.round(values / grid) * grid


@st.composite
def cases(draw, betas, surrogates=("atan",)):
    """Draw a case of any shape; membranes too are exact where ``betas`` allow it."""
    kind = draw(st.sampled_from([*FRAMES, *IMAGES, *EVENTS]))
    sides = st.integers(7, 13)
    shape = (draw(st.integers(1, 3)), draw(sides), draw(sides))
    shape = SENSOR if kind in EVENTS else shape
    padding = draw(st.sampled_from(["valid", "same"]))
    lif = Lif(
        beta=draw(st.sampled_from(betas)),
        threshold=draw(st.sampled_from([0.25, 1.0, 1.75])),
        reset=draw(st.sampled_from(RESETS)),
        surrogate=draw(st.sampled_from(surrogates)),
    )
    case = Case(
        draw(layer_strings(shape, padding)),
        *(shape, lif, kind, padding),
        batch=draw(st.integers(1, 5)),
        density=draw(st.sampled_from([0.0, 0.02, 0.2, 0.6, 1.0])),
        threads=draw(st.integers(1, 2)),
        seed=draw(st.integers(0, 1000)),
    )
    most = case.exact_steps() if lif.beta in BITS else 70
    longest = min(most, 40 if kind in EVENTS else 70)
    steps = [n for n in (1, 2, 3, 5, 8, 31, 32, 33, 64, 70) if n <= longest]
    return dataclasses.replace(case, steps=draw(st.sampled_from(steps)))


@st.composite
def layer_strings(draw, shape, padding):
    """Draw convolutions with and without pooling, then fully connected layers."""
    wide = st.sampled_from([1, 2, 5, 15, 16, 17, 33, 70])
    channels = st.integers(1, 17) if shape == SENSOR else wide
    sides, tokens = shape[1:], []
    for _ in range(draw(st.integers(0, 3))):
        kernels = range(1, min(5, *sides) + 1) if padding == "valid" else (1, 3, 5)
        kernel = draw(st.sampled_from(kernels))
        tokens.append(f"{draw(channels)}C{kernel}")
        if padding == "valid":
            sides = [side - kernel + 1 for side in sides]
        pool = draw(st.integers(0, min(3, *sides)))
        if pool:
            tokens.append(f"P{pool}")
            sides = [side // pool for side in sides]
    return "-".join([*tokens, *map(str, draw(st.lists(wide, min_size=1, max_size=3)))])


def gradients(synapses):
    return [parameter.grad.clone() for parameter in synapses.parameters()]


@contextlib.contextmanager
def threads(count):
    """Compute with so many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
