"""What every artifact of the study depends on, as Snakemake's ``params``.

Snakemake compares params by ``repr``, so that everything here is builtins with sorted
keys. A *key* is a digest of a job's own settings, of the code it runs, and of the
keys of everything above it: whatever happened to the files in between, the
recorded key of an artifact tells whether it belongs to the config at hand.
"""

from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

from spikemeter.datasets.kinds.registry import KINDS
from spikemeter.datasets.registry import DATASETS
from spikemeter.engines.resolution import entry_modules
from spikemeter.report.figures.registry import FIGURES, ILLUSTRATIONS
from spikemeter.study.figure_jobs import (
    FigureJob,
    describe_input,
    describe_layers,
    plan_figures,
)
from spikemeter.study.needs import Needs, to_prepare, to_test, to_train
from spikemeter.study.staleness import canonical, code, digest, file_digest
from spikemeter.study.study import Study, complete_config

FORMATS = ("svg", "pdf", "png")
STYLE = "spikemeter/report/figures/spikemeter.mplstyle"
CHIPS = "spikemeter/report/energy/chips.py"  # reads resources/chips.yaml
PUBLISHED = "spikemeter/report/published.py"  # reads resources/published/
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
    study : Study
    root : Path
        The repository.

    Examples
    --------
    >>> plan = Plan(check_config(values), Path())  # doctest: +SKIP
    >>> plan.train("exp1_snn")["spec"]["network"]["epochs"]  # doctest: +SKIP
    10
    """

    def __init__(self, study: Study, root: Path) -> None:
        self.study = study
        self.settings = study.settings
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
        source = getattr(self.settings.data, dataset)
        spec = {"dataset": dataset, **source.model_dump(mode="json")}
        embedded = DATASETS[dataset].sample if source.source == "sample" else None
        if embedded is None:
            return self._params((), spec)
        sample = file_digest(self.resources / embedded.file)
        return self._params((embedded.module,), spec, sample)

    @_once
    def prepare(self, name: str) -> Params:
        """Params of the job that prepares an input."""
        settings = self.study.inputs[name]
        spec = settings.model_dump(mode="json")
        spec["source_key"] = self.fetch(settings.dataset)["key"]
        return self._params(self.modules("prepare", name), spec)

    # --- Networks --------------------------------------------------------------------

    @_once
    def train(self, network: str) -> Params:
        """Params of a training; the seed is a wildcard of its rule."""
        description = self.study.descriptions[network]
        meter = self.settings.meter
        spec = {
            "network": description.model_dump(mode="json"),
            "device": self.settings.device,
            "cpu_threads": self.settings.cpu_threads,
            "interval_ms": meter.interval_ms,
            "baseline_s": meter.baseline_s,
            "input_key": self.prepare(description.input)["key"],
        }
        return self._params(self.modules("train", network), spec)

    @_once
    def test(self, network: str) -> Params:
        """Params of a test."""
        description = self.study.descriptions[network]
        meter = self.settings.meter
        spec = {
            "network": description.model_dump(mode="json"),
            "device": self.settings.device,
            "cpu_threads": self.settings.cpu_threads,
            "interval_ms": meter.interval_ms,
            "test_min_s": meter.test_min_s,
            "test_max_passes": meter.test_max_passes,
            "input_key": self.prepare(description.input)["key"],
            "train_key": self.train(network)["key"],
        }
        return self._params(self.modules("test", network), spec)

    def modules(self, rule: str, name: str) -> tuple[str, ...]:
        """Return the script and the files of the entries that a job uses.

        Parameters
        ----------
        rule, name : str
            As in :meth:`needs`.
        """
        if rule == "prepare":
            dataset = self.study.inputs[name].dataset
            kind = KINDS.module(DATASETS[dataset].kind)
            return ("prepare.py", DATASETS.module(dataset), kind)
        description = self.study.descriptions[name]
        entries = entry_modules(self.settings.device, description)
        return (f"{rule}.py", KINDS.module(description.input_kind), *entries)

    def networks(self, experiment: str | None = None) -> list[str]:
        """Return the names of the networks, of one experiment or of all."""
        return [
            name
            for name, network in self.study.networks.items()
            if experiment in (None, network.experiment)
        ]

    def experiments(self) -> list[str]:
        """Return the names of the experiments that run."""
        running = self.study.experiments.items()
        return [name for name, experiment in running if experiment.enabled]

    def spiking_experiments(self) -> list[str]:
        """Return the names of the experiments that have spiking networks."""
        spiking = {
            self.study.networks[name].experiment
            for name, description in self.study.descriptions.items()
            if description.spiking
        }
        return [name for name in self.experiments() if name in spiking]

    def publications(self) -> list[str]:
        """Return the published studies that networks are compared with."""
        rows = {n.published for n in self.study.networks.values() if n.published}
        return sorted({row.partition("/")[0] for row in rows})

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
            return to_prepare(self.study.inputs[name]).times(attempt)
        description = self.study.descriptions[name]
        inputs = self.study.inputs[description.input]
        machine = {
            "device": self.settings.device,
            "cpu_threads": self.settings.cpu_threads,
            "test_min_s": self.settings.meter.test_min_s,
        }
        needs = {"train": to_train, "test": to_test}[rule]
        return needs(description, inputs, machine).times(attempt)

    # --- Report ----------------------------------------------------------------------

    def tables(self) -> Params:
        """Params of the tables."""
        return self._report("tables.py", self._chips())

    def claims(self) -> Params:
        """Params of the page that judges published claims."""
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
        spec: Params = {"figure": job.entry, "title": job.title, **self._style()}
        modules = code(self.scripts, "figure.py", module)
        if CHIPS in modules:
            spec |= self._chips()
        if job.runs:
            spec |= self._runs(list(job.runs))
            if PUBLISHED not in modules:
                del spec["published"]
        if job.inputs:
            spec["inputs"] = [
                {"key": self.prepare(name)["key"], **describe_input(self, name)}
                for name in job.inputs
            ]
        if entry.per == "network":
            spec |= describe_layers(self.study, job.networks[0])
        return self._params(("figure.py", module), spec)

    def report(self) -> Params:
        """Params of the report page, which shows the whole config."""
        sheets = [file_digest(self.scripts / sheet) for sheet in SHEETS]
        figures = {name: asdict(job) for name, job in self.figures().items()}
        extra: Params = {"config": complete_config(self.study), "sheets": sheets}
        # A list, because the order of the figures is that of the page.
        extra["figures"] = [{"name": name, **job} for name, job in figures.items()]
        modules = {ILLUSTRATIONS.module(job["entry"]) for job in figures.values()}
        return self._report("report.py", extra | self._chips(), *sorted(modules))

    def _report(self, script: str, extra: Params, *entries: str) -> Params:
        return self._params((script, *entries), self._runs(self.networks()) | extra)

    def _runs(self, networks: list[str]) -> Params:
        """Return which runs are read, and by which settings they were made."""
        shown = {
            name: {
                "experiment": network.experiment,
                "label": network.label,
                "compare_to": network.compare_to,
                "published": network.published,
                "train_key": self.train(name)["key"],
                "test_key": self.test(name)["key"],
            }
            for name, network in self.study.networks.items()
            if name in networks
        }
        experiments = {entry["experiment"] for entry in shown.values()}
        return {
            "networks": shown,
            "experiments": {name: self.study.title(name) for name in experiments},
            "published": self._published(shown),
            # The order of the networks is the order of the rows.
            "order": networks,
            "seeds": list(self.settings.seeds),
        }

    def _published(self, shown: Params) -> Params:
        """Return digests of the published studies whose rows networks name."""
        rows = [entry["published"] for entry in shown.values() if entry["published"]]
        folder = self.resources / "published"
        names = {row.partition("/")[0] for row in rows}
        return {name: file_digest(folder / f"{name}.yaml") for name in names}

    def _style(self) -> Params:
        dpi = self.settings.figures.dpi
        return {"dpi": dpi, "style": file_digest(self.scripts / STYLE)}

    def _chips(self) -> Params:
        return {"chips": file_digest(self.resources / "chips.yaml")}

    def _params(
        self, modules: tuple[str, ...], spec: Params, sample: str = ""
    ) -> Params:
        found = digest(code(self.scripts, *modules)) if modules else ""
        spec = canonical(spec)
        return {"spec": spec, "code": found, "key": digest(found, spec, sample)}
