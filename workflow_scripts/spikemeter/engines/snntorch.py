"""The engine ``snntorch``: the reference."""

from typing import TYPE_CHECKING, ClassVar

from spikemeter.engines.engine_entry import EngineEntry
from spikemeter.networks.neurons.neuron import SpikingNeuron

if TYPE_CHECKING:
    from spikemeter.engines.interface import Engine
    from spikemeter.networks.description import NetworkDescription


class SnnTorch(EngineEntry):
    """Steps any spiking neuron, and LIF neurons by snnTorch's own module."""

    name = "snntorch"
    title = "snnTorch"
    summary = "snnTorch, one time step after the other"
    devices: ClassVar[tuple[str, ...]] = ("cpu", "cuda")
    stepwise: ClassVar[bool] = True

    def supports(self, description: "NetworkDescription") -> str | None:
        """Return None for every network that spikes."""
        if isinstance(description.neuron, SpikingNeuron):
            return None
        return f"{description.neuron.title} neurons do not spike"

    def make(self, description: "NetworkDescription") -> "Engine":
        """Make the reference engine."""
        from spikemeter.engines.reference import ReferenceEngine  # noqa: PLC0415

        assert isinstance(description.neuron, SpikingNeuron)
        return ReferenceEngine(description.neuron)


SNNTORCH = SnnTorch()
