"""The engine ``events``: compiled kernels for the CPU, from spike to spike."""

from typing import TYPE_CHECKING, ClassVar

from spikemeter.engines.engine_entry import EngineEntry
from spikemeter.engines.lif_kernels import refuse_other_neurons, require_lif

if TYPE_CHECKING:
    from spikemeter.engines.interface import Engine
    from spikemeter.networks.description import NetworkDescription

# The losses that its kernels compute, in the order of their numbers there.
LOSSES = ("mse_count", "cross_entropy")


class Events(EngineEntry):
    """LIF neurons and the losses of spike counts that its kernels compute."""

    name = "events"
    title = "events"
    summary = "spikemeter's own for the CPU, from spike to spike"
    devices: ClassVar[tuple[str, ...]] = ("cpu",)
    samplewise: ClassVar[bool] = True

    def supports(self, description: "NetworkDescription") -> str | None:
        """Return why it cannot compute this network, None if it can."""
        if description.loss not in LOSSES:
            return f"it computes the losses {' and '.join(LOSSES)} only"
        return refuse_other_neurons(description)

    def make(self, description: "NetworkDescription") -> "Engine":
        """Make the engine; its kernels are compiled, or loaded, here."""
        from spikemeter.engines.cpu.engine import EventsEngine  # noqa: PLC0415

        return EventsEngine(require_lif(description))


EVENTS = Events()
