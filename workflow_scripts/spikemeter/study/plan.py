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

from spikemeter.datasets.kinds.registry import KINDS
from spikemeter.datasets.registry import DATASETS
from spikemeter.engines.resolution import entry_modules
from spikemeter.report.figures.registry import FIGURES, ILLUSTRATIONS
from spikemeter.study.config import Config
from spikemeter.study.figure_jobs import (
    FigureJob,
    describe_input,
    describe_layers,
    plan_figures,
)
from spikemeter.study.needs import Needs, to_prepare, to_test, to_train
from spikemeter.study.staleness import canonical, code, digest, file_digest

FORMATS = ("svg", "pdf", "png")
STYLE = "spikemeter/report/figures/spikemeter.mplstyle"
CHIPS = "spikemeter/report/energy/chips.py"  # reads resources/chips.yaml
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
        settings = self.config.data[dataset]
        spec = {"dataset": dataset, **settings.model_dump(mode="json")}
        embedded = DATASETS[dataset].sample if settings.source == "sample" else None
        if embedded is None:
            return self._params(None, spec)
        sample = file_digest(self.resources / embedded.file)
        return self._params(embedded.module, spec, sample=sample)

    @_once
    def prepare(self, name: str) -> Params:
        """Params of the job that prepares an input."""
        settings = self.config.inputs[name]
        dataset = settings.dataset
        modules = (DATASETS.module(dataset), KINDS.module(DATASETS[dataset].kind))
        spec = settings.model_dump(mode="json")
        spec["source_key"] = self.fetch(dataset)["key"]
        return self._params("prepare.py", spec, *modules)

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
        settings = self.config.networks[network].settings
        return entry_modules(self.config.machine["device"], settings)

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
        return self._report("tables.py", self._chips())

    def claims(self) -> Params:
        """Params of the page that judges the paper's claims."""
        return self._report("claims.py", {})

    @_once
    def figures(self) -> dict[str, FigureJob]:
        """Return the figures of this study by the names of their files, in order."""
        return plan_figures(self)

    @_once
    def figure(self, name: str) -> Params:
        """Params of a figure."""
        job = self.figures()[name]
        entry, module = FIGURES[job.entry], ILLUSTRATIONS.module(job.entry)
        spec = {"figure": job.entry, "title": job.title, **self._style()}
        if CHIPS in code(self.scripts, "figure.py", module):
            spec |= self._chips()
        if job.runs:
            spec |= self._runs(list(job.runs))
        if job.inputs:
            spec["inputs"] = [
                {"key": self.prepare(name)["key"], **describe_input(self, name)}
                for name in job.inputs
            ]
        if entry.per == "network":
            spec |= describe_layers(self.config.networks[job.networks[0]])
        return self._params("figure.py", spec, module)

    def title(self, experiment: int) -> str:
        """Return the title of an experiment."""
        return f"Experiment {experiment}"

    def report(self, full: Mapping[str, Any]) -> Params:
        """Params of the report page, which shows the whole config."""
        sheets = [file_digest(self.scripts / sheet) for sheet in SHEETS]
        figures = {name: asdict(job) for name, job in self.figures().items()}
        extra = {"config": full, "sheets": sheets, **self._chips()}
        # A list, because the order of the figures is that of the page.
        extra["figures"] = [{"name": name, **job} for name, job in figures.items()]
        modules = {ILLUSTRATIONS.module(job["entry"]) for job in figures.values()}
        return self._report("report.py", extra, tuple(sorted(modules)))

    def _report(
        self, script: str, extra: Params, entries: tuple[str, ...] = ()
    ) -> Params:
        spec = self._runs(self.networks()) | extra
        return self._params(script, spec, *entries)

    def _runs(self, networks: list[str]) -> Params:
        """Return which runs are read, and by which settings they were made."""
        shown = {
            name: {
                "experiment": entry.experiment,
                "label": entry.label,
                "compare_to": entry.compare_to,
                "published": getattr(entry, "published", None),
                "train_key": self.train(name)["key"],
                "test_key": self.test(name)["key"],
            }
            for name, entry in self.config.networks.items()
            if name in networks
        }
        # The order of the networks is the order of the rows.
        seeds = list(self.config.seeds)
        return {"networks": shown, "order": networks, "seeds": seeds}

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
