"""The engine ``events``: exact, on the processor, sample by sample on every thread."""

import logging
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from spikemeter.datasets.packed_events import PackedFormat
from spikemeter.engines.checks import check_batch
from spikemeter.engines.cpu.compiled import BLOCK, CACHE_FOLDER
from spikemeter.engines.cpu.kernel_batches import make_batch
from spikemeter.engines.cpu.layout import Parameters, describe_stages, make_work_space
from spikemeter.engines.cpu.lif import Neuron, convert_settings
from spikemeter.engines.cpu.passes import learn_samples, run_samples
from spikemeter.engines.cpu.work_space import (
    GradientSums,
    KernelBatch,
    KernelNetwork,
    WorkSpace,
)
from spikemeter.engines.events import LOSSES
from spikemeter.engines.interface import Activity
from spikemeter.networks.encodings.direct import EventFrames
from spikemeter.networks.encodings.encoded import Encoded
from spikemeter.networks.layers import Synapses
from spikemeter.networks.neurons.lif import Lif
from spikemeter.networks.notation import Stage, parse_layers
from spikemeter.threads import run_in_threads

log = logging.getLogger(__name__)


class EventsEngine:
    """Compute a spiking network from its spikes.

    Each thread takes a share of the batch and passes its samples through all stages,
    forward and back, one after the other. What it needs does not grow with the batch.

    Parameters
    ----------
    lif : Lif
        Settings of all neurons of the network.
    """

    def __init__(self, lif: Lif) -> None:
        self.neuron = convert_settings(lif)
        self.plan: _Plan | None = None
        self._compile()

    def run(self, synapses: Synapses, inputs: Encoded) -> Activity:
        """Run a batch; see :class:`spikemeter.engines.interface.Engine`."""
        plan, network, batch = self._prepare(synapses, inputs)
        results = _Results.of(inputs, plan.stages)

        def work(share: int, first: int, last: int) -> None:
            space = plan.work(share, inputs.steps, 2)
            counts = results.counts(share)
            run_samples(network, batch, space, (first, last), results.output, counts)

        run_in_threads(inputs.batch, work)
        return results.activity()

    def learn(
        self, synapses: Synapses, inputs: Encoded, labels: Tensor, loss: str
    ) -> tuple[Activity, Tensor]:
        """Run a batch and set the gradients, which last until the next call."""
        check_batch(synapses, inputs, (labels, loss))
        plan = self._make_plan(synapses)
        network = plan.network(synapses, self.neuron)
        with torch.enable_grad():
            currents = plan.currents(synapses, inputs)
        batch = make_batch(inputs, plan.records[0], currents)
        results = _Results.of(inputs, plan.stages)
        current_sums = np.zeros_like(batch.currents)
        goal = labels.numpy(), LOSSES.index(loss), np.float32(1 / inputs.batch)

        def work(share: int, first: int, last: int) -> None:
            sums = plan.sums(share)
            results.losses[share] = learn_samples(
                network,
                batch,
                plan.work(share, inputs.steps, inputs.steps),
                (first, last),
                results.output,
                results.counts(share),
                goal,
                GradientSums(sums.weights.numpy(), sums.biases.numpy(), current_sums),
            )

        shares = run_in_threads(inputs.batch, work)
        plan.set_gradients(synapses, shares)
        if currents is not None:
            first = synapses.layers[0]
            first.weight.grad = first.bias.grad = None
            currents.backward(torch.from_numpy(current_sums))
        return results.activity(), results.loss(inputs.batch)

    def spike_trains(self, synapses: Synapses, inputs: Encoded) -> list[Tensor]:
        """Return every spike of every stage."""
        plan, network, batch = self._prepare(synapses, inputs)
        results = _Results.of(inputs, plan.stages)
        space, counts = plan.work(0, inputs.steps, 2), results.counts(0)
        samples = []
        for sample in range(inputs.batch):
            chosen = (sample, sample + 1)
            run_samples(network, batch, space, chosen, results.output, counts)
            samples.append(plan.spikes(space, inputs.steps))
        return [torch.stack(stage, 1) for stage in zip(*samples, strict=True)]

    def _compile(self) -> None:
        """Compile the kernels, or load them, before anything is metered."""
        if not CACHE_FOLDER.exists():
            log.info("compiling the engine's kernels, once: about half a minute")
        packing = PackedFormat((2, 34, 34), 1)
        stages = parse_layers("1", packing.shape, "valid")
        synapses = Synapses(stages, torch.Generator())
        zero = torch.zeros(1, dtype=torch.int64)
        inputs = EventFrames(zero[:0].int(), zero.expand(2).contiguous(), zero, packing)
        self.run(synapses, inputs)
        self.learn(synapses, inputs, zero, LOSSES[0])
        self.plan = None

    def _prepare(
        self, synapses: Synapses, inputs: Encoded
    ) -> tuple["_Plan", KernelNetwork, KernelBatch]:
        """Return what a pass without gradients needs."""
        check_batch(synapses, inputs)
        plan = self._make_plan(synapses)
        with torch.no_grad():
            currents = plan.currents(synapses, inputs)
        network = plan.network(synapses, self.neuron)
        return plan, network, make_batch(inputs, plan.records[0], currents)

    def _make_plan(self, synapses: Synapses) -> "_Plan":
        """Return the plan of a network; an engine mostly sees one network only."""
        if self.plan is None or self.plan.stages != synapses.stages:
            self.plan = _Plan(synapses.stages)
        return self.plan


class _Plan:
    """A network laid out for the kernels, and the memory of each share of a batch."""

    def __init__(self, stages: tuple[Stage, ...]) -> None:
        self.stages = stages
        self.records = describe_stages(stages)
        self.parameters = Parameters(stages, self.records)
        self._work: dict[tuple[int, int, int], WorkSpace] = {}
        self._sums: dict[int, Parameters] = {}

    def network(self, synapses: Synapses, neuron: Neuron) -> KernelNetwork:
        """Return the network with its present weights."""
        self.parameters.load(synapses)
        return KernelNetwork(
            self.records,
            self.parameters.weights.numpy(),
            self.parameters.biases.numpy(),
            self.parameters.backward.numpy(),
            neuron,
        )

    def currents(self, synapses: Synapses, inputs: Encoded) -> Tensor | None:
        """Return what a constant input feeds the first stage, in its map's order."""
        if not inputs.is_constant:
            return None
        current = synapses.current(0, inputs.frame())
        missing = int(self.records[0].lanes) - current.shape[1]
        return functional.pad(current.movedim(1, -1), (0, missing)).flatten(1)

    def work(self, share: int, steps: int, kept: int) -> WorkSpace:
        """Return the work space for a share of the batch."""
        key = share, steps, kept
        if key not in self._work:
            self._work[key] = make_work_space(self.records, steps, kept)
        return self._work[key]

    def sums(self, share: int) -> Parameters:
        """Return the sums of gradients of a share, emptied."""
        if share not in self._sums:
            self._sums[share] = Parameters(self.stages, self.records)
        self._sums[share].weights.zero_()
        self._sums[share].biases.zero_()
        return self._sums[share]

    def set_gradients(self, synapses: Synapses, shares: int) -> None:
        """Add up the sums of all shares, in their order, and hand them over."""
        total, *others = (self._sums[share] for share in range(shares))
        for other in others:
            total.weights += other.weights
            total.biases += other.biases
        total.gradients(synapses)

    def spikes(self, work: WorkSpace, steps: int) -> list[Tensor]:
        """Return the spikes of one sample, (steps, *out_shape) for each stage."""
        blocks = -(-steps // BLOCK)
        bits = np.arange(BLOCK, dtype=np.uint32)[:, None]
        trains = []
        for stage, record in zip(self.stages, self.records, strict=True):
            words = work.words[blocks * record.start :][: blocks * record.neurons]
            fired = (words.reshape(blocks, 1, -1) >> bits & 1).astype(np.uint8)
            shape = (-1, record.pooled_rows, record.pooled_columns, record.lanes)
            train = torch.from_numpy(fired).view(shape)[:steps, ..., : record.features]
            trains.append(train.movedim(-1, 1).reshape(steps, *stage.out_shape))
        return trains


@dataclass(frozen=True)
class _Results:
    """What the threads write to, each for its share of the batch."""

    output: np.ndarray
    stages: int
    spikes: dict[int, np.ndarray] = field(default_factory=dict)
    losses: dict[int, float] = field(default_factory=dict)

    @classmethod
    def of(cls, inputs: Encoded, stages: tuple[Stage, ...]) -> "_Results":
        """Return empty results for a batch."""
        shape = (inputs.steps, inputs.batch, stages[-1].neurons)
        return cls(np.empty(shape, np.float32), len(stages))

    def counts(self, share: int) -> np.ndarray:
        """Return the count of spikes of each stage in a share, at 0."""
        self.spikes[share] = np.zeros(self.stages, np.int64)
        return self.spikes[share]

    def activity(self) -> Activity:
        """Return the spikes."""
        total = np.sum(list(self.spikes.values()), 0, dtype=np.float64)
        return Activity(torch.from_numpy(self.output), torch.from_numpy(total))

    def loss(self, batch: int) -> Tensor:
        """Return the mean loss."""
        total = sum(self.losses[share] for share in sorted(self.losses))
        return torch.tensor(total / batch, dtype=torch.float32)
