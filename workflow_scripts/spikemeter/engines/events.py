"""The engine ``events``: compiled kernels for the CPU, from spike to spike."""

from spikemeter.engines.interface import Engine, EngineEntry, refuse_other_neurons
from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.neurons.lif import Lif

# The losses that its kernels compute, in the order of their numbers there.
LOSSES = ("mse_count", "cross_entropy")


def _supports(description: NetworkDescription) -> str | None:
    if description.loss not in LOSSES:
        return f"it computes the losses {' and '.join(LOSSES)} only"
    return refuse_other_neurons(description, Lif)


def _build(lif: Lif) -> Engine:
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
