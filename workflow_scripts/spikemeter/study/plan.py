"""What every artifact of the study depends on, as Snakemake's ``params``.

Snakemake compares params by ``repr``, so that everything here is builtins with sorted
keys. A *key* is a digest of a job's own settings, of the code it runs, and of the
keys of everything above it: whatever happened to the files in between, the
recorded key of an artifact tells whether it belongs to the config at hand.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

from spikemeter.datasets.catalogue import DATA_SETS
from spikemeter.networks.neurons.registry import NEURONS
from spikemeter.study.config import Config
from spikemeter.study.needs import Needs, to_prepare, to_test, to_train
from spikemeter.study.staleness import canonical, code, digest, file_digest

RAW_FILES = {name: tuple(found.raw_files) for name, found in DATA_SETS.items()}
# What makes a data set from the digits of the embedded sample.
SAMPLE_MAKERS = {
    "cifar10": "spikemeter/datasets/samples/colours.py",
    "nmnist": "spikemeter/datasets/samples/saccades.py",
}
FORMATS = ("svg", "pdf", "png")
STYLE = "spikemeter/report/figures/spikemeter.mplstyle"
SHEETS = ("spikemeter/report/page/page.html.j2", "spikemeter/report/page/page.css")

Params = dict[str, Any]
T = TypeVar("T")


def _once(method: Callable[..., T]) -> Callable[..., T]:
    """Keep what a method returns: every seed and every report asks for it again."""

    @wraps(method)
    def kept(plan: "Plan", *asked: Any) -> T:
        key = (method.__name__, *asked)
        if key not in plan.kept:
            plan.kept[key] = method(plan, *asked)
        found: T = plan.kept[key]
        return found

    return kept


class Plan:
    """The params of every job.

    Parameters
    ----------
    config : Config
    root : Path
        The repository.
    """

    def __init__(self, config: Config, root: Path) -> None:
        self.config = config
        self.scripts = root / "workflow_scripts"
        self.resources = root / "resources"
        self.kept: dict[tuple[Any, ...], Any] = {}

    # --- Data ------------------------------------------------------------------------

    @_once
    def fetch(self, dataset: str) -> Params:
        """Params of the job that brings the raw files of a data set.

        Fetched files are known by their checksums, whatever code fetched them: only
        what is made from the embedded sample depends on code.
        """
        spec = {"dataset": dataset, **asdict(self.config.data[dataset])}
        sampled = spec["source"] == "sample"
        sample = file_digest(self.resources / "mnist_sample.npz") if sampled else ""
        maker = SAMPLE_MAKERS.get(dataset) if sampled else None
        return self._params(maker, spec, sample=sample)

    @_once
    def prepare(self, name: str) -> Params:
        """Params of the job that prepares an input."""
        settings = self.config.inputs[name]
        script = "prepare_events.py" if self.is_events(name) else "prepare_images.py"
        source_key = self.fetch(settings.dataset)["key"]
        return self._params(script, {**asdict(settings), "source_key": source_key})

    def is_events(self, name: str) -> bool:
        """Tell whether an input holds event recordings."""
        return self.config.inputs[name].dataset == "nmnist"

    # --- Networks --------------------------------------------------------------------

    @_once
    def train(self, network: str) -> Params:
        """Params of a training; the seed is a wildcard of its rule."""
        settings = self.config.networks[network].settings
        spec = {
            "network": settings.model_dump(mode="json"),
            **self._machine("device", "cpu_threads", "interval_ms", "baseline_s"),
            "input_key": self.prepare(settings.input)["key"],
        }
        return self._params("train.py", spec, *self._entries(network))

    @_once
    def test(self, network: str) -> Params:
        """Params of a test."""
        settings = self.config.networks[network].settings
        spec = {
            "network": settings.model_dump(mode="json"),
            **self._machine("device", "cpu_threads", "interval_ms"),
            **self._machine("test_min_s", "test_max_passes"),
            "input_key": self.prepare(settings.input)["key"],
            "train_key": self.train(network)["key"],
        }
        return self._params("test.py", spec, *self._entries(network))

    def _entries(self, network: str) -> tuple[str, ...]:
        """Return the files of the registries' entries that a network's jobs use."""
        return (NEURONS.module(self.config.networks[network].settings.neuron.name),)

    def networks(self, experiment: int | None = None) -> list[str]:
        """Names of the networks, of one experiment or of all."""
        return [
            name
            for name, entry in self.config.networks.items()
            if experiment in (None, entry.experiment)
        ]

    def experiments(self) -> list[int]:
        """Numbers of the experiments that have networks."""
        return sorted({entry.experiment for entry in self.config.networks.values()})

    def spiking_experiments(self) -> list[int]:
        """Numbers of the experiments that have spiking networks."""
        entries = self.config.networks.values()
        return sorted({e.experiment for e in entries if e.settings.spiking})

    @_once
    def needs(self, rule: str, name: str, attempt: int = 1) -> Needs:
        """Resources that a job asks a cluster for.

        Parameters
        ----------
        rule : {"prepare", "train", "test"}
        name : str
            The input, or the network.
        attempt : int
            1, and one more each time that the job failed.
        """
        if rule == "prepare":
            return to_prepare(self.config.inputs[name]).times(attempt)
        settings = self.config.networks[name].settings
        inputs = self.config.inputs[settings.input]
        needs = {"train": to_train, "test": to_test}[rule]
        return needs(settings, inputs, self.config.machine).times(attempt)

    # --- Report ----------------------------------------------------------------------

    def tables(self) -> Params:
        """Params of the tables."""
        return self._report("tables.py", self.networks(), self._chips())

    def claims(self) -> Params:
        """Params of the page that judges the paper's claims."""
        return self._report("claims.py", self.networks(), {})

    def curves(self, experiment: int) -> Params:
        """Params of the figure of an experiment."""
        return self._report("curves.py", self.networks(experiment), self._style())

    def anytime(self, experiment: int) -> Params:
        """Params of the figure of an experiment over its time steps."""
        shown = self._style() | self._chips()
        return self._report("anytime.py", self.networks(experiment), shown)

    def energy(self) -> Params:
        """Params of the figure of accuracy against energy."""
        shown = self._style() | self._chips()
        return self._report("energy.py", self.networks(), shown)

    def architecture(self, network: str) -> Params:
        """Params of the drawing of a network."""
        entry = self.config.networks[network]
        names = ("input_shape", "layers", "padding")
        spec = {name: getattr(entry.settings, name) for name in names}
        spec["neuron"] = entry.settings.neuron.title
        return self.drawing("architecture.py", label=entry.label, **spec)

    def rulegraph(self) -> Params:
        """Params of the drawing of the rules: what decides which of them there are."""
        root = self.scripts.parent
        files = (root / "Snakefile", *sorted((root / "rules").glob("*.smk")))
        inputs = {entry.settings.input for entry in self.config.networks.values()}
        spec = {
            "rules": {path.name: file_digest(path) for path in files},
            "data_sets": sorted({self.config.inputs[name].dataset for name in inputs}),
            "spiking": bool(self.spiking_experiments()),
        }
        return self.drawing("rulegraph.py", **spec)

    def report(self, full: Mapping[str, Any]) -> Params:
        """Params of the report page, which shows the whole config."""
        sheets = [file_digest(self.scripts / sheet) for sheet in SHEETS]
        extra = {"config": full, "sheets": sheets, **self._chips()}
        return self._report("report.py", self.networks(), extra)

    def drawing(self, script: str, **spec: Any) -> Params:
        """Params of a figure that shows no run."""
        if "inputs" in spec:
            spec["input_keys"] = [self.prepare(name)["key"] for name in spec["inputs"]]
        return self._params(script, spec | self._style())

    def _report(self, script: str, networks: list[str], style: Params) -> Params:
        shown = {
            name: {
                "experiment": entry.experiment,
                "label": entry.label,
                "compare_to": entry.compare_to,
                "train_key": self.train(name)["key"],
                "test_key": self.test(name)["key"],
            }
            for name, entry in self.config.networks.items()
            if name in networks
        }
        # The order of the networks is the order of the rows.
        seeds = list(self.config.seeds)
        spec = {"networks": shown, "order": networks, "seeds": seeds, **style}
        return self._params(script, spec)

    def _style(self) -> Params:
        return {"dpi": self.config.dpi, "style": file_digest(self.scripts / STYLE)}

    def _chips(self) -> Params:
        return {"chips": file_digest(self.resources / "chips.yaml")}

    def _machine(self, *names: str) -> Params:
        return {name: self.config.machine[name] for name in names}

    def _params(
        self, script: str | None, spec: Params, *entries: str, sample: str = ""
    ) -> Params:
        modules = digest(code(self.scripts, script, *entries)) if script else ""
        spec = canonical(spec)
        return {"spec": spec, "code": modules, "key": digest(modules, spec, sample)}
