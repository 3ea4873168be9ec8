"""What the report page says of each figure: where it stands, caption, alt text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spikemeter.report.figures import anytime_curves as anytime
from spikemeter.report.figures import energy_fronts as energy
from spikemeter.report.figures.lines import seeds_line
from spikemeter.report.runs import Run, group_by_network

# Groups of figures, in the order of the page.
GROUPS = {
    "energy": "Accuracy against energy",
    "anytime": "Accuracy after every time step",
    "experiment": "Over the epochs",
    "data": "What the networks see",
    "architecture": "The networks",
    "neuron": "The neuron",
    "workflow": "The workflow",
}


@dataclass(frozen=True)
class Illustration:
    """A figure on the page.

    Attributes
    ----------
    name : str
        Of its file, without the ending.
    group : str
        One of :data:`GROUPS`.
    title, caption : str
    alt : str
        For those who do not see it: what is drawn, and how.
    """

    name: str
    group: str
    title: str
    caption: str
    alt: str


FIXED = {
    "neuron": (
        "neuron",
        "The leaky integrate-and-fire neuron",
        "Left: its circuit. Right: spikes that arrive, the membrane potential that "
        "they drive, and the spikes that leave whenever it passes the threshold.",
        "Circuit of a resistor and a capacitor in parallel; beside it three traces "
        "over time: input spikes, a membrane potential that decays between them, and "
        "output spikes where it passes a dashed threshold.",
    ),
    "unrolled_forward": (
        "neuron",
        "The neuron unrolled over time: forward",
        "Input X, membrane potential U and spikes S of three time steps. The potential "
        "decays by β from step to step, and a spike lowers it by the threshold.",
        "Graph of boxes X, U and S for three time steps, arrows upward from X to S and "
        "onward from U to U, from S back to the next U as the reset.",
    ),
    "unrolled_backward": (
        "neuron",
        "The neuron unrolled over time: backward",
        "The gradient flows against the computation; a surrogate stands for the "
        "derivative of the spike, and the reset carries no gradient.",
        "The same graph with arrows turned round, from the loss down to the inputs and "
        "from each time step to the one before; the arrows of the reset are absent.",
    ),
    "examples": (
        "data",
        "One example of each image data set",
        "The first training image of each data set that a network sees.",
        "Images side by side, each under the name of its data set and above its label.",
    ),
    "saccades": (
        "data",
        "A recording of the event camera",
        "The events of the first training recording, a panel a saccade. Orange: more "
        "ON events (a pixel became brighter), blue: more OFF events; the stronger, the "
        "more events.",
        "Three panels, one a saccade, in which the edges of a digit appear in orange "
        "on one side and in blue on the other.",
    ),
    "rulegraph": (
        "workflow",
        "The rules of the workflow",
        "Every box is a rule, every line leads from a rule to one that reads its "
        "files; lines that follow from others are left out. Drawn from the graph that "
        "Snakemake plans for this config.",
        "Graph from the left to the right: rules that fetch and prepare data, train, "
        "test, draw figures and write tables, up to this report.",
    ),
}


def illustration(name: str, runs: Sequence[Run]) -> Illustration:
    """Return what is said of a figure.

    Raises
    ------
    ValueError
        If nothing is known of such a figure.
    """
    if name in FIXED:
        return Illustration(name, *FIXED[name])
    if name == "energy":
        return _energy(runs)
    if name.startswith("architecture_"):
        return _architecture(name, group_by_network(runs))
    for group, describe in (("experiment", _curves), ("anytime", _anytime)):
        if name.startswith(group):
            number = int(name.removeprefix(group))
            return describe(number, [r for r in runs if r.experiment == number])
    raise ValueError(
        f"figure {name} has no caption; add one to report/page/illustrations.py or "
        "take the figure from the report's input in rules/report.smk"
    )


def _architecture(name: str, groups: Mapping[str, Sequence[Run]]) -> Illustration:
    run = groups[name.removeprefix("architecture_")][0]
    spec = run.train["spec"]
    shape = "×".join(map(str, spec["input_shape"]))
    return Illustration(
        name,
        "architecture",
        f"Experiment {run.experiment}: {run.label}",
        f"{run.network}: {spec['layers']} after an input of {shape}, padding "
        f"{spec['padding']}, {run.train['parameters']:,} parameters.",
        f"The layers of {run.network} as blocks from the left to the right, each with "
        "its shape and its operation.",
    )


def _curves(number: int, runs: Sequence[Run]) -> Illustration:
    labels = _labels(runs)
    seeds = seeds_line(list(dict.fromkeys(run.seed for run in runs)))
    return Illustration(
        f"experiment{number}",
        "experiment",
        f"Experiment {number} over the epochs",
        f"Accuracy, time, memory and power of {labels}, epoch by epoch; {seeds}. What "
        "was not metered is said in its panel.",
        f"Four panels of lines over the epochs for {labels}: training and validation "
        "accuracy in percent, seconds, memory and power; their sums and best values "
        "stand in the tables.",
    )


def _anytime(number: int, runs: Sequence[Run]) -> Illustration:
    return Illustration(
        f"anytime{number}",
        "anytime",
        f"Experiment {number} after every time step",
        anytime.caption(runs),
        f"Four panels of lines for {_labels(runs)}: accuracy, synaptic operations and "
        "estimated energy over the time steps, and accuracy over operations; values "
        "stand in the table on anytime decoding.",
    )


def _energy(runs: Sequence[Run]) -> Illustration:
    return Illustration(
        "energy",
        "energy",
        "Accuracy against the energy of an inference",
        energy.caption(runs),
        f"A panel a target, accuracy over energy on a logarithmic scale, for "
        f"{_labels(runs)}; values stand in the table of estimated energy.",
    )


def _labels(runs: Sequence[Run]) -> str:
    return ", ".join(dict.fromkeys(run.label for run in runs))
