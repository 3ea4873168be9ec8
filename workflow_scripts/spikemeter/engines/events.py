"""The engine ``events``: compiled kernels for the CPU, from spike to spike."""

from typing import TYPE_CHECKING

from spikemeter.engines.engine_entry import EngineEntry
from spikemeter.engines.lif_kernels import refuse_other_neurons

if TYPE_CHECKING:
    from spikemeter.engines.cpu.engine import EventsEngine
    from spikemeter.networks.description import NetworkDescription
    from spikemeter.networks.neurons.lif import Lif

# The losses that its kernels compute, in the order of their numbers there.
LOSSES = ("mse_count", "cross_entropy")


def _supports(description: "NetworkDescription") -> str | None:
    if description.loss not in LOSSES:
        return f"it computes the losses {' and '.join(LOSSES)} only"
    return refuse_other_neurons(description)


def _build(lif: "Lif") -> "EventsEngine":
    from spikemeter.engines.cpu.engine import EventsEngine  # noqa: PLC0415

    return EventsEngine(lif)


EVENTS = EngineEntry(
    name="events",
    title="events",
    summary="spikemeter's own for the CPU, from spike to spike",
    devices=("cpu",),
    supports=_supports,
    build=_build,
    samplewise=True,
)
