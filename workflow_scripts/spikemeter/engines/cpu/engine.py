"""The engine ``events``: sample by sample on every thread of the processor.

Its spikes equal the reference's, up to ties of float32 rounding.
"""

import logging

import numpy as np
import torch
from torch import Tensor

from spikemeter.engines.checks import check_batch
from spikemeter.engines.cpu.compiled import CACHE_FOLDER
from spikemeter.engines.cpu.kernel_batches import KernelBatch, make_batch
from spikemeter.engines.cpu.layout import Layout
from spikemeter.engines.cpu.lif import convert_settings
from spikemeter.engines.cpu.passes import pass_samples
from spikemeter.engines.events import LOSSES
from spikemeter.engines.interface import Activity
from spikemeter.networks.encodings.encoded import Encoded, Frames
from spikemeter.networks.layers import Synapses
from spikemeter.networks.neurons.lif import Lif
from spikemeter.networks.notation import parse_layers
from spikemeter.threads import run_in_threads

log = logging.getLogger(__name__)


class EventsEngine:
    """Compute a spiking network from its spikes.

    Each thread takes a share of the batch and passes its samples through all stages,
    forward and back, one after the other. What it needs does not grow with the batch.
    """

    def __init__(self, lif: Lif) -> None:
        self.neuron = convert_settings(lif)
        self.layout: Layout | None = None
        if not CACHE_FOLDER.exists():
            log.info("compiling the engine's kernels, once: about half a minute")
        # They are compiled, or loaded, here: before anything is metered.
        synapses = Synapses(parse_layers("1", (1, 1, 1), "valid"), torch.Generator())
        label, inputs = torch.zeros(1, dtype=torch.int64), Frames(torch.ones([1] * 5))
        self.learn(synapses, inputs, label, LOSSES[0])

    def run(self, synapses: Synapses, inputs: Encoded) -> Activity:
        """Run a batch; see :class:`spikemeter.engines.interface.Engine`."""
        check_batch(synapses, inputs)
        with torch.no_grad():
            layout, batch, _ = self._prepare(synapses, inputs)
        activity, _ = _pass(layout, batch)
        return activity

    def learn(
        self, synapses: Synapses, inputs: Encoded, labels: Tensor, loss: str
    ) -> tuple[Activity, Tensor]:
        """Run a batch and set the gradients, which last until the next call."""
        check_batch(synapses, inputs, (labels, loss))
        with torch.enable_grad():
            layout, batch, currents = self._prepare(synapses, inputs)
        batch = batch._replace(labels=labels.numpy(), loss=LOSSES.index(loss))
        activity, losses = _pass(layout, batch)
        layout.set_gradients(synapses, inputs.steps, len(losses))
        if currents is not None:
            first = synapses.layers[0]
            first.weight.grad = first.bias.grad = None
            currents.backward(torch.from_numpy(batch.current_gradients))
        return activity, torch.tensor(sum(losses) / inputs.batch, dtype=torch.float32)

    def spike_trains(self, synapses: Synapses, inputs: Encoded) -> list[Tensor]:
        """Return every spike of every stage."""
        check_batch(synapses, inputs)
        with torch.no_grad():
            layout, batch, _ = self._prepare(synapses, inputs)
        space = layout.work_space(0, inputs.steps, learns=False)
        counts = np.zeros(len(layout.stages), np.int64)
        samples = []
        for sample in range(inputs.batch):
            pass_samples(layout.network, batch, space, (sample, sample + 1), counts)
            samples.append(layout.read_spikes(space, inputs.steps))
        return [torch.stack(stage, 1) for stage in zip(*samples, strict=True)]

    def _prepare(
        self, synapses: Synapses, inputs: Encoded
    ) -> tuple[Layout, KernelBatch, Tensor | None]:
        """Return network and batch for the kernels, and the currents of a constant one.

        The layout is kept: an engine mostly sees one network only.
        """
        if self.layout is None or self.layout.stages != synapses.stages:
            self.layout = Layout(synapses.stages, self.neuron)
        self.layout.load(synapses)
        currents = self.layout.constant_currents(synapses, inputs)
        return self.layout, make_batch(inputs, synapses.stages, currents), currents


def _pass(layout: Layout, batch: KernelBatch) -> tuple[Activity, list[float]]:
    """Pass all samples on all threads; return also the loss of each thread's share."""
    shares, learns = torch.get_num_threads(), len(batch.labels) > 0
    spikes, losses = np.zeros((shares, len(layout.stages)), np.int64), [0.0] * shares

    def work(share: int, first: int, last: int) -> None:
        space = layout.work_space(share, batch.steps, learns)
        losses[share] = pass_samples(
            layout.network, batch, space, (first, last), spikes[share]
        )

    used = run_in_threads(batch.output.shape[1], work)
    totals = torch.from_numpy(spikes.sum(0, dtype=np.float64))
    return Activity(torch.from_numpy(batch.output), totals), losses[:used]
