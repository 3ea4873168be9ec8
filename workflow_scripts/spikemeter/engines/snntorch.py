"""The engine ``snntorch``: the reference."""

from spikemeter.engines.interface import Engine, EngineEntry
from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.neurons.neuron import SpikingNeuron


def _supports(description: NetworkDescription) -> str | None:
    if isinstance(description.neuron, SpikingNeuron):
        return None
    return f"{description.neuron.title} neurons do not spike"


def _build(neuron: SpikingNeuron) -> Engine:
    from spikemeter.engines.reference import ReferenceEngine  # noqa: PLC0415

    return ReferenceEngine(neuron)


# It steps any spiking neuron, and LIF neurons by snnTorch's own module.
SNNTORCH = EngineEntry(
    name="snntorch",
    title="snnTorch",
    summary="snnTorch, one time step after the other",
    devices=("cpu", "cuda"),
    supports=_supports,
    build=_build,
    stepwise=True,
)
