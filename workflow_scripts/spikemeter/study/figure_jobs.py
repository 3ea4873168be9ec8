"""Which figures a study has, and what each one depends on besides runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spikemeter.datasets.registry import DATASETS
from spikemeter.report.figures.registry import FIGURES, FigureEntry
from spikemeter.study.study import Study

if TYPE_CHECKING:
    from spikemeter.study.plan import Plan


@dataclass(frozen=True)
class FigureJob:
    """One figure of a study.

    Attributes
    ----------
    entry : str
        Its name in :data:`spikemeter.report.figures.registry.FIGURES`.
    title : str
        The title of the experiment that it shows; "" if it shows all or none.
    networks, inputs : tuple of str
        The networks that it shows, and the prepared inputs that it reads.
    """

    entry: str
    title: str
    networks: tuple[str, ...]
    inputs: tuple[str, ...] = ()

    @property
    def runs(self) -> tuple[str, ...]:
        """The networks whose runs it reads."""
        return self.networks if FIGURES[self.entry].reads_runs else ()


def plan_figures(plan: "Plan") -> dict[str, FigureJob]:
    """Return the figures of a study by the names of their files, in order."""
    return {
        entry.file_name(name, subject): job
        for name, entry in FIGURES.items()
        for subject, job in _plan_entry(plan, name, entry)
    }


def describe_input(plan: "Plan", name: str) -> dict[str, Any]:
    """Return what the data set of an input states about its samples."""
    dataset = DATASETS[plan.study.inputs[name].dataset]
    return {"classes": dataset.classes, "panel_us": dataset.panel_us}


def describe_layers(study: Study, network: str) -> dict[str, Any]:
    """Return what the drawing of a network's layers shows."""
    description = study.descriptions[network]
    return {
        "label": study.networks[network].label,
        "neuron": description.neuron.title,
        "spiking": description.spiking,
        "input_shape": description.input_shape,
        "layers": description.layers,
        "padding": description.padding,
    }


def _plan_entry(
    plan: "Plan", name: str, entry: FigureEntry
) -> Iterator[tuple[str, FigureJob]]:
    """Yield the subjects of a figure, each with its job."""
    if entry.per == "study":
        inputs = _choose_inputs(plan, entry.input_kind) if entry.input_kind else []
        if inputs or not entry.input_kind:
            yield "", FigureJob(name, "", tuple(plan.networks()), tuple(inputs))
    elif entry.per == "network":
        for network in plan.networks():
            title = plan.study.title(plan.study.networks[network].experiment)
            yield network, FigureJob(name, title, (network,))
    else:
        spiking = entry.per == "spiking experiment"
        for n in plan.spiking_experiments() if spiking else plan.experiments():
            yield n, FigureJob(name, plan.study.title(n), tuple(plan.networks(n)))


def _choose_inputs(plan: "Plan", kind: str) -> list[str]:
    """Return the inputs of a kind: for each data set the first that is used."""
    used = {network.input for network in plan.study.networks.values()}
    first: dict[str, str] = {}
    for name, settings in plan.study.inputs.items():
        if name in used and DATASETS[settings.dataset].kind == kind:
            first.setdefault(settings.dataset, name)
    return list(first.values())
