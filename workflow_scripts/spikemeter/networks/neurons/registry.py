"""The neuron models by name."""

from spikemeter.networks.neurons.neuron import Neuron
from spikemeter.registry import Registry

NEURONS: Registry[type[Neuron]] = Registry(
    "a neuron",
    {
        "relu": "spikemeter.networks.neurons.relu:Relu",
        "lif": "spikemeter.networks.neurons.lif:Lif",
    },
)
