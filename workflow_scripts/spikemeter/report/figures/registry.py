"""The figures, in the order of the page, and what the plan asks about each.

A new figure is one module that makes an :class:`Illustration`, and one line here.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from spikemeter.registry import Registry

if TYPE_CHECKING:
    from spikemeter.report.figures.illustration import Illustration

FOLDER = "spikemeter.report.figures"
Subject = Literal["study", "experiment", "spiking experiment", "network"]


@dataclass(frozen=True)
class FigureEntry:
    """Where a figure is drawn, how often, and what it reads.

    Attributes
    ----------
    drawn_by : str
        Module in this folder and the name of its ``Illustration``.
    per : {"study", "experiment", "spiking experiment", "network"}
        A file per study is named as the entry; per experiment and per network, the
        name of that follows (``experiment1``, ``experiment_mine``).
    reads_runs : bool
        Whether it reads the runs of the networks that it shows.
    input_kind : str or None
        The kind of the prepared inputs that it reads: one input of each data set.
    """

    drawn_by: str
    per: Subject = "study"
    reads_runs: bool = False
    input_kind: str | None = None

    def file_name(self, entry: str, subject: str) -> str:
        """Return the name of a file without its ending."""
        if self.per == "study":
            return entry
        joint = "" if self.per != "network" and subject[0].isdigit() else "_"
        return f"{entry}{joint}{subject}"


FIGURES = {
    "energy": FigureEntry("energy_fronts:ENERGY", reads_runs=True),
    "anytime": FigureEntry(
        "anytime_curves:ANYTIME", per="spiking experiment", reads_runs=True
    ),
    "experiment": FigureEntry("curves:CURVES", per="experiment", reads_runs=True),
    "examples": FigureEntry("image_examples:EXAMPLES", input_kind="images"),
    "saccades": FigureEntry("event_panels:EVENTS", input_kind="events"),
    "architecture": FigureEntry("architecture:ARCHITECTURE", per="network"),
    "neuron": FigureEntry("neuron_sketch:NEURON"),
    "unrolled_forward": FigureEntry("unrolled:FORWARD"),
    "unrolled_backward": FigureEntry("unrolled:BACKWARD"),
}
ILLUSTRATIONS: "Registry[Illustration]" = Registry(
    "a figure",
    {name: f"{FOLDER}.{entry.drawn_by}" for name, entry in FIGURES.items()},
)
