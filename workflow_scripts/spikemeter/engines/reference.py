"""The reference engine: one time step after the other.

Every faster engine has to give the same spikes, up to ties of float32 rounding, and the
same gradients, up to that rounding.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from spikemeter.engines.checks import check_batch
from spikemeter.engines.interface import Activity
from spikemeter.networks.encodings.encoded import Encoded
from spikemeter.networks.layers import Synapses
from spikemeter.networks.losses.registry import LOSSES
from spikemeter.networks.neurons.neuron import SpikingNeuron
from spikemeter.networks.surrogates import spike_function


class ReferenceEngine:
    """Step a neuron of any model through time.

    A neuron that snnTorch has a module for is stepped by that module, so that what is
    metered is snnTorch's own cost; another one by its own ``step``. One module serves
    all stages, because the states are passed in and out; snnTorch keeps every neuron
    object ever made in a list of its own.
    """

    def __init__(self, neuron: SpikingNeuron) -> None:
        self.neuron = neuron
        self._module = neuron.snntorch_module()
        self._fire = spike_function(neuron.surrogate)

    def run(self, synapses: Synapses, inputs: Encoded) -> Activity:
        """Run a batch; see :class:`spikemeter.engines.interface.Engine`."""
        check_batch(synapses, inputs)
        with torch.no_grad():
            return self._activity(synapses, inputs)

    def learn(
        self, synapses: Synapses, inputs: Encoded, labels: Tensor, loss: str
    ) -> tuple[Activity, Tensor]:
        """Run a batch and set the gradients."""
        check_batch(synapses, inputs, (labels, loss))
        with torch.enable_grad():
            activity = self._activity(synapses, inputs)
            for parameter in synapses.parameters():
                parameter.grad = None
            mean = LOSSES[loss](activity.output.sum(0), labels, inputs.steps)
            mean.backward()
        return Activity(activity.output.detach(), activity.spikes), mean.detach()

    def spike_trains(self, synapses: Synapses, inputs: Encoded) -> list[Tensor]:
        """Return every spike of every stage."""
        check_batch(synapses, inputs)
        device = next(synapses.parameters()).device
        shape = inputs.steps, inputs.batch
        trains = [
            torch.empty(*shape, *stage.out_shape, dtype=torch.uint8, device=device)
            for stage in synapses.stages
        ]
        with torch.no_grad():
            for step, spikes in enumerate(self._steps(synapses, inputs)):
                for train, fired in zip(trains, spikes, strict=True):
                    train[step] = fired
        return trains

    def step(
        self, current: Tensor, states: Sequence[Tensor]
    ) -> tuple[Tensor, Sequence[Tensor]]:
        """Advance neurons by one time step; return their spikes and states."""
        if self._module is None:
            return self.neuron.step(current, tuple(states), self._fire)
        fired, *states = self._module(current, *states)
        return fired, states

    def _activity(self, synapses: Synapses, inputs: Encoded) -> Activity:
        output, counts = [], []
        for spikes in self._steps(synapses, inputs):
            output.append(spikes[-1])
            totals = [train.detach().sum(dtype=torch.float64) for train in spikes]
            counts.append(torch.stack(totals))
        return Activity(torch.stack(output), torch.stack(counts).sum(0))

    def _steps(self, synapses: Synapses, inputs: Encoded) -> Iterator[list[Tensor]]:
        """Yield the spikes of all stages, step by step."""
        frames = inputs.dense()
        if self._module is not None:
            self._module.to(frames.device)
        states: list[Sequence[Tensor]] = [
            [
                torch.zeros(frames.shape[1], *stage.out_shape, device=frames.device)
                for _ in self.neuron.states
            ]
            for stage in synapses.stages
        ]
        for activity in frames:
            spikes = [activity]
            for index, before in enumerate(states):
                current = synapses.current(index, spikes[-1])
                fired, states[index] = self.step(current, before)
                spikes.append(fired)
            yield spikes[1:]
