"""What an inference would cost on hardware that did not run here: ranges, estimated.

Counts of operations times published energies of one operation. The energies differ by
what they include (resources/chips.yaml says what), so a range is printed, and the
ranking of two networks follows the constants.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from spikemeter.report.energy.chips import Chip
from spikemeter.report.statistics import Values

# One number, or one for each step.
Amount = float | Values


class Counts(NamedTuple):
    """What one inference takes in all layers, means over the test samples.

    As ``operations`` of test.json has them; ``synaptic_events`` is None if the inputs
    of a layer are not events.
    """

    spiking: bool
    dense_macs: Amount
    macs: Amount
    acs: Amount
    neuron_updates: Amount
    synaptic_events: Amount | None


class Range(NamedTuple):
    """The least and the most that an inference is estimated to take, in J."""

    least: Amount
    most: Amount


def estimate_cmos(counts: Counts, chip: Chip) -> Range:
    """Return the energy of the arithmetic on 45 nm CMOS, without and with memory.

    At least, operations whose input or weight is zero are skipped and nothing but the
    arithmetic counts: an accumulate is an addition, a multiply-accumulate a
    multiplication more. At most, every operation reads a cache of 8 kB once, and a
    ReLU network computes its zeros too, as ordinary hardware does.

    References
    ----------
    Horowitz 2014, doi:10.1109/ISSCC.2014.6757323
    """
    add, access = chip.joules("add"), chip.joules("cache_access")
    mac = add + chip.joules("multiply")
    least = counts.macs * mac + counts.acs * add
    if counts.spiking:
        return Range(least, least + (counts.macs + counts.acs) * access)
    return Range(least, counts.dense_macs * (mac + access))


def estimate_truenorth(counts: Counts, chip: Chip) -> Range | None:
    """Return the energy of the synaptic events on TrueNorth.

    At least what one more event adds, at most its share of the whole chip's power.

    References
    ----------
    Merolla et al. 2014, doi:10.1126/science.1254642
    """
    if counts.synaptic_events is None or not counts.spiking:
        return None
    return Range(
        counts.synaptic_events * chip.joules("event_marginal"),
        counts.synaptic_events * chip.joules("event_whole_chip"),
    )


def estimate_loihi(counts: Counts, chip: Chip) -> Range | None:
    """Return the energy of synaptic events and neuron updates on Loihi.

    At least, all neurons are inactive and no spike leaves its tile; at most, all are
    active and every event takes one hop.

    References
    ----------
    Davies et al. 2018, doi:10.1109/MM.2018.112130359
    """
    if counts.synaptic_events is None or not counts.spiking:
        return None
    event = chip.joules("synaptic_event")
    least = counts.synaptic_events * event
    most = counts.synaptic_events * (event + chip.joules("hop"))
    updates = counts.neuron_updates
    return Range(
        least + updates * chip.joules("update_inactive"),
        most + updates * chip.joules("update_active"),
    )


# By the names of the chips.
TARGETS: Mapping[str, Callable[[Counts, Chip], Range | None]] = {
    "cmos45": estimate_cmos,
    "truenorth": estimate_truenorth,
    "loihi": estimate_loihi,
}
