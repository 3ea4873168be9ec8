"""What engines with kernels of leaky integrate-and-fire neurons have in common."""

from typing import TYPE_CHECKING

from spikemeter.networks.neurons.lif import Lif

if TYPE_CHECKING:
    from spikemeter.networks.description import NetworkDescription


def refuse_other_neurons(description: "NetworkDescription") -> str | None:
    """Return why the kernels do not compute a network's neurons, None if they do."""
    if isinstance(description.neuron, Lif):
        return None
    return f"it computes LIF neurons only, not {description.neuron.title} ones"
