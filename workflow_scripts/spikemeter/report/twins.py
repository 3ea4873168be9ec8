"""Which conventional network is the twin of a spiking one."""

from collections.abc import Mapping, Sequence

from spikemeter.report.runs import Run

# What two networks share that have the same synapses.
SAME = ("input", "layers", "padding")


def are_twins(spiking: Run, other: Run) -> bool:
    """Tell whether the second is the conventional network with the first's synapses."""
    ours, others = spiking.train["spec"], other.train["spec"]
    alike = all(ours[name] == others[name] for name in SAME)
    return alike and spiking.spiking and not other.spiking


def find_plain_twin(
    runs: Sequence[Run], groups: Mapping[str, Sequence[Run]]
) -> Sequence[Run]:
    """Return the runs of a network's first twin, nothing if it has none.

    Parameters
    ----------
    runs : sequence of Run
        Of one network.
    groups : mapping
        The runs of every network.
    """
    return next((o for o in groups.values() if are_twins(runs[0], o[0])), ())
