"""What a job asks a cluster for: GPUs, memory and time, estimated from its settings.

The estimates do not look at the machine, so that a plan is the same everywhere, and
were set to lie above what was measured: docs/cluster.md explains them and shows both.
This module imports nothing heavy: Snakemake reads it while it plans.
"""

import math
from dataclasses import dataclass

from spikemeter.datasets.dataset import InputSettings
from spikemeter.datasets.registry import DATASETS
from spikemeter.engines.registry import ENGINES
from spikemeter.engines.resolution import possible_engines
from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.notation import Stage
from spikemeter.study.settings import Settings
from spikemeter.training.draws import count_draws

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
    """What a job asks for: GPUs, MiB of the host (SLURM's MB), and a time limit."""

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
    n_bytes = _prepared_bytes(settings) + DATASETS[settings.dataset].held_bytes
    return _needs(0, n_bytes, sum(_counts(settings)) * SAMPLE_S)


def to_compute(
    rule: str, network: NetworkDescription, inputs: InputSettings, config: Settings
) -> Needs:
    """Return what a training or a test of a network asks for; ``rule`` says which.

    In a test, a pass that scores and one that warms up are followed by passes that
    last ``test_min_s``, or by one, by the one that counts operations, and by one per
    draw of a random encoding.
    """
    learning, (n_train, n_test) = rule == "train", _counts(inputs)
    if learning:
        work_s = network.epochs * LEARNING * _pass_s(network, n_train)
    else:
        passes = 4 + count_draws(network)
        work_s = passes * _pass_s(network, n_test) + config.meter.test_min_s
    n_bytes = _prepared_bytes(inputs) + _network_bytes(network, config, learning)
    return _needs(0 if config.device == "cpu" else 1, n_bytes, work_s)


def _needs(gpus: int, n_bytes: float, work_s: float) -> Needs:
    return Needs(
        gpus,
        JOB_MIB + gpus * CUDA_MIB + math.ceil(n_bytes / MIB),
        math.ceil((START_S + work_s) / 60),
    )


def _counts(settings: InputSettings) -> tuple[int, int]:
    """Return how many samples train and test."""
    dataset = DATASETS[settings.dataset]
    return (
        settings.train_samples or dataset.train_samples,
        settings.test_samples or dataset.test_samples,
    )


def _prepared_bytes(settings: InputSettings) -> int:
    sample_bytes = DATASETS[settings.dataset].prepared_bytes(settings)
    return sum(_counts(settings)) * (sample_bytes + LABEL_BYTES)


def _network_bytes(
    network: NetworkDescription, config: Settings, learning: bool
) -> float:
    """Return the bytes of parameters and activations on the host."""
    stages, steps, batch = network.stages, network.steps or 1, network.batch_size
    parameters = sum(stage.parameters for stage in stages)
    neurons = sum(stage.neurons for stage in stages)
    floats: float = PARAMETER_FLOATS * parameters
    engines = [ENGINES[name] for name in possible_engines("cpu", network)]
    if config.device == "cuda" or any("cpu" not in one.devices for one in engines):
        return FLOAT_BYTES * floats  # the rest is on the GPU
    spikes = 0 if learning else batch * (network.steps or 0) * neurons
    if any(engine.samplewise for engine in engines):
        # The work space of each thread holds one sample.
        inputs = max(math.prod(stage.in_shape) for stage in stages)
        traces = TRACE_FLOATS * (steps if learning else 2) * neurons
        sums = parameters if learning else 0
        threads = config.cpu_threads or THREADS
        floats += threads * (traces + LIST_FLOATS * inputs + sums)
        n_bytes = COMPILER_MIB * MIB + EVENTS_SPIKE_BYTES * spikes
        return n_bytes + FLOAT_BYTES * floats
    # All steps of the input of a batch stand ready; autograd keeps what neurons did.
    pooled = sum(math.prod(stage.map_shape) for stage in stages if stage.pool > 1)
    step = NEURON_FLOATS * neurons + OUTPUT_FLOATS * pooled
    kept = step * steps if learning else step
    floats += batch * (steps * math.prod(network.input_shape) + kept)
    return FLOAT_BYTES * floats + STEPWISE_SPIKE_BYTES * spikes


def _pass_s(network: NetworkDescription, samples: int) -> float:
    """Return the seconds that samples take to pass through a network, at most."""
    stages, steps = network.stages, network.steps or 1
    engines = [ENGINES[name] for name in possible_engines("auto", network)]
    products = samples * steps * sum(map(_products, stages))
    calls = math.ceil(samples / network.batch_size) * len(stages)
    if not engines or any(engine.stepwise for engine in engines):
        return products / STEPWISE_RATE + calls * steps * CALL_S
    return products / SKIPPING_RATE + calls * CALL_S


def _products(stage: Stage) -> int:
    """Return the products of one sample and step."""
    if stage.kind == "linear":
        return math.prod(stage.in_shape) * stage.neurons
    return stage.in_shape[0] * stage.kernel**2 * math.prod(stage.map_shape)
