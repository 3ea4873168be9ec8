"""What a job asks a cluster for: GPUs, memory and time, estimated from its settings.

The estimates do not look at the machine, so that a plan is the same everywhere, and
were set to lie above what was measured: docs/cluster.md explains them and shows both.
This module imports nothing heavy: Snakemake reads it while it plans.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spikemeter.datasets.dataset import InputSettings
from spikemeter.datasets.registry import DATASETS
from spikemeter.engines.registry import ENGINES
from spikemeter.engines.resolution import possible_engines
from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.notation import Stage

LABEL_BYTES = 24  # label, place and number

MIB = 1 << 20
FLOAT_BYTES = 4
# Python with PyTorch, and the two processes of Snakemake above a job on a cluster.
JOB_MIB = 1300
CUDA_MIB = 3000  # what CUDA takes of the host; an assumption
COMPILER_MIB = 400  # compiles the kernels of the engine events
# Weights, gradients, Adam's two moments, the best epoch; and again for a checkpoint.
PARAMETER_FLOATS = 10
# Floats that PyTorch keeps of a step: for a neuron, and for an output before a pooling.
NEURON_FLOATS, OUTPUT_FLOATS = 12, 1
# Of a neuron and step of a batch whose operations are counted: a byte and what the
# allocator loses beside the floats of every step, now 1 byte, now 4; of the engine
# events, a byte and its copy.
STEPWISE_SPIKE_BYTES, EVENTS_SPIKE_BYTES = 6, 2.5
# Floats of a thread of the engine events: for a neuron and step, and for an input.
TRACE_FLOATS, LIST_FLOATS = 1.5, 200
THREADS = 8  # where cpu_threads leaves it open

# Products of synapses in a second: less than one core was measured to do. Products with
# zeros count, which the engines that skip them need not compute.
STEPWISE_RATE, SKIPPING_RATE = 2.5e10, 4e10
LEARNING = 3  # a pass that learns, in passes
CALL_S = 0.001  # a stage, a batch; stepwise, in every step
SAMPLE_S = 0.01  # to prepare one
START_S = 900.0  # imports from a shared disk, reading, compilation, the idle baseline


@dataclass(frozen=True)
class Needs:
    """What a job asks for.

    Attributes
    ----------
    gpu : int
        Number of GPUs.
    mem_mb : int
        Memory of the host in MiB, which SLURM calls megabytes.
    runtime_min : int
        Time limit.
    """

    gpu: int
    mem_mb: int
    runtime_min: int

    def times(self, attempt: int) -> "Needs":
        """Return so many times the memory and the time."""
        return Needs(self.gpu, self.mem_mb * attempt, self.runtime_min * attempt)


def to_prepare(settings: InputSettings) -> Needs:
    """Return what the preparation of an input asks for.

    Besides what it prepares, it holds what the kind of data set says.
    """
    dataset = DATASETS[settings.dataset]
    n_bytes = _prepared_bytes(settings) + dataset.held_bytes
    return _needs(0, n_bytes, sum(_counts(settings)) * SAMPLE_S)


def to_train(
    settings: NetworkDescription, inputs: InputSettings, machine: Mapping[str, Any]
) -> Needs:
    """Return what a training asks for.

    Parameters
    ----------
    settings : NetworkDescription
    inputs : InputSettings
        Of the input that it sees.
    machine : mapping
        ``device`` and ``cpu_threads`` of the config.
    """
    n_train, _ = _counts(inputs)
    work_s = settings.epochs * LEARNING * _pass_s(settings, n_train)
    n_bytes = _prepared_bytes(inputs) + _network_bytes(settings, machine, True)
    return _needs(_gpus(machine), n_bytes, work_s)


def to_test(
    settings: NetworkDescription, inputs: InputSettings, machine: Mapping[str, Any]
) -> Needs:
    """Return what a test asks for; ``machine`` holds ``test_min_s`` besides.

    The pass that scores is followed by passes that last ``test_min_s``, or by one, and
    by the one that counts operations.
    """
    _, n_test = _counts(inputs)
    work_s = 3 * _pass_s(settings, n_test) + machine["test_min_s"]
    n_bytes = _prepared_bytes(inputs) + _network_bytes(
        settings, machine, learning=False
    )
    return _needs(_gpus(machine), n_bytes, work_s)


def _needs(gpus: int, n_bytes: float, work_s: float) -> Needs:
    return Needs(
        gpus,
        JOB_MIB + gpus * CUDA_MIB + math.ceil(n_bytes / MIB),
        math.ceil((START_S + work_s) / 60),
    )


def _gpus(machine: Mapping[str, Any]) -> int:
    return 0 if machine["device"] == "cpu" else 1


def _counts(settings: InputSettings) -> tuple[int, int]:
    """Return how many samples train and test."""
    dataset = DATASETS[settings.dataset]
    return (
        settings.train_samples or dataset.train_samples,
        settings.test_samples or dataset.test_samples,
    )


def _prepared_bytes(settings: InputSettings) -> int:
    dataset = DATASETS[settings.dataset]
    sample_bytes = dataset.prepared_bytes(settings)
    return sum(_counts(settings)) * (sample_bytes + LABEL_BYTES)


# --- Memory of a network -------------------------------------------------------------


def _network_bytes(
    settings: NetworkDescription, machine: Mapping[str, Any], learning: bool
) -> float:
    """Return the bytes of parameters and activations on the host."""
    stages = settings.stages
    floats: float = PARAMETER_FLOATS * sum(stage.parameters for stage in stages)
    engines = [ENGINES[name] for name in possible_engines("cpu", settings)]
    on_gpu = any("cpu" not in engine.devices for engine in engines)
    if machine["device"] == "cuda" or on_gpu:
        return FLOAT_BYTES * floats  # the rest is on the GPU
    neurons = sum(stage.neurons for stage in stages)
    spikes = 0 if learning else settings.batch_size * (settings.steps or 0) * neurons
    if any(engine.samplewise for engine in engines):
        threads = machine["cpu_threads"] or THREADS
        floats += threads * _work_floats(settings, stages, learning)
        n_bytes = COMPILER_MIB * MIB + EVENTS_SPIKE_BYTES * spikes
        return n_bytes + FLOAT_BYTES * floats
    floats += _kept_floats(settings, stages, learning)
    return FLOAT_BYTES * floats + STEPWISE_SPIKE_BYTES * spikes


def _kept_floats(
    settings: NetworkDescription, stages: Sequence[Stage], learning: bool
) -> float:
    """Return the floats of a batch that goes through PyTorch step by step.

    All steps of the input stand ready; autograd keeps what all neurons did.
    """
    steps = settings.steps or 1
    kept = steps if learning else 1
    neurons = sum(stage.neurons for stage in stages)
    pooled = sum(math.prod(stage.map_shape) for stage in stages if stage.pool > 1)
    step = NEURON_FLOATS * neurons + OUTPUT_FLOATS * pooled
    return settings.batch_size * (steps * math.prod(settings.input_shape) + kept * step)


def _work_floats(
    settings: NetworkDescription, stages: Sequence[Stage], learning: bool
) -> float:
    """Return the floats of a thread's work space, which holds one sample."""
    kept = (settings.steps or 1) if learning else 2
    neurons = sum(stage.neurons for stage in stages)
    inputs = max(math.prod(stage.in_shape) for stage in stages)
    sums = sum(stage.parameters for stage in stages) if learning else 0
    return TRACE_FLOATS * kept * neurons + LIST_FLOATS * inputs + sums


# --- Time of a pass ------------------------------------------------------------------


def _pass_s(settings: NetworkDescription, samples: int) -> float:
    """Return the seconds that samples take to pass through a network, at most."""
    stages = settings.stages
    engines = [ENGINES[name] for name in possible_engines("auto", settings)]
    stepwise = not engines or any(engine.stepwise for engine in engines)
    steps = settings.steps or 1
    products = samples * steps * sum(map(_products, stages))
    calls = math.ceil(samples / settings.batch_size) * len(stages)
    if stepwise:
        return products / STEPWISE_RATE + calls * steps * CALL_S
    return products / SKIPPING_RATE + calls * CALL_S


def _products(stage: Stage) -> int:
    """Return the products of one sample and step."""
    if stage.kind == "linear":
        return math.prod(stage.in_shape) * stage.neurons
    return stage.in_shape[0] * stage.kernel**2 * math.prod(stage.map_shape)
