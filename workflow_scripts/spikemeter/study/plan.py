"""What every artifact of the study depends on, as Snakemake's ``params``.

Snakemake compares params by ``repr``, so that everything here is builtins with sorted
keys. A *key* is a digest of a job's own settings, of the code it runs, and of the
keys of everything above it: whatever happened to the files in between, the
recorded key of an artifact tells whether it belongs to the config at hand.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from spikemeter.datasets.registry import DATASETS, KINDS
from spikemeter.engines.resolution import entry_modules
from spikemeter.registry import entry_file
from spikemeter.report.figures.registry import FIGURES, ILLUSTRATIONS, FigureEntry
from spikemeter.study.needs import Needs, to_compute, to_prepare
from spikemeter.study.staleness import canonical, code, digest, file_digest
from spikemeter.study.study import Study, complete_config

FORMATS = ("svg", "pdf", "png")
STYLE = "spikemeter/report/figures/spikemeter.mplstyle"
CHIPS = "spikemeter/report/energy/chips.py"  # reads resources/chips.yaml
PUBLISHED = "spikemeter/report/published.py"  # reads resources/published/
SHEETS = ("spikemeter/report/page/page.html.j2", "spikemeter/report/page/page.css")

Params = dict[str, Any]


@dataclass(frozen=True)
class FigureJob:
    """One figure of a study: its entry in `FIGURES`, and what it shows.

    ``title`` is that of its experiment, "" if it shows all or none; ``networks`` are
    those that it shows, ``inputs`` the prepared inputs that it reads.
    """

    entry: str
    title: str
    networks: tuple[str, ...]
    inputs: tuple[str, ...] = ()

    @property
    def runs(self) -> tuple[str, ...]:
        """The networks whose runs it reads."""
        return self.networks if FIGURES[self.entry].reads_runs else ()


class Plan:
    """The params of every job; every seed and every report asks for them again.

    ``root`` is the folder of the repository.

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

    # --- Data ------------------------------------------------------------------------

    @cache
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
        return self._params((entry_file(embedded.maker),), spec, sample)

    @cache
    def prepare(self, name: str) -> Params:
        """Params of the job that prepares an input."""
        settings = self.study.inputs[name]
        spec = settings.model_dump(mode="json")
        spec["source_key"] = self.fetch(settings.dataset)["key"]
        return self._params(self.modules("prepare", name), spec)

    # --- Networks --------------------------------------------------------------------

    @cache
    def train(self, network: str) -> Params:
        """Params of a training; the seed is a wildcard of its rule."""
        return self._compute("train", network, {})

    @cache
    def test(self, network: str) -> Params:
        """Params of a test."""
        own = self.settings.meter.model_dump(include={"test_min_s", "test_max_passes"})
        own["train_key"] = self.train(network)["key"]
        return self._compute("test", network, own)

    def _compute(self, rule: str, network: str, own: Params) -> Params:
        """Return the params of a training or test, some of which only it has."""
        description = self.study.descriptions[network]
        spec = own | {
            "network": description.model_dump(mode="json"),
            "device": self.settings.device,
            "cpu_threads": self.settings.cpu_threads,
            "interval_ms": self.settings.meter.interval_ms,
            "baseline_s": self.settings.meter.baseline_s,
            "input_key": self.prepare(description.input)["key"],
        }
        return self._params(self.modules(rule, network), spec)

    def modules(self, rule: str, name: str) -> tuple[str, ...]:
        """Return the script and the files of the entries that a job uses."""
        if rule == "prepare":
            return ("prepare.py", DATASETS.module(self.study.inputs[name].dataset))
        description = self.study.descriptions[name]
        entries = entry_modules(self.settings.device, description)
        return (f"{rule}.py", KINDS.module(description.input_kind), *entries)

    def networks(self, experiment: str | None = None) -> list[str]:
        """Return the names of the networks, of one experiment or of all."""
        running = self.study.networks.items()
        return [n for n, net in running if experiment in (None, net.experiment)]

    def experiments(self, spiking: bool = False) -> list[str]:
        """Return the experiments that run, or those of them with spiking networks."""
        shown = {
            network.experiment
            for name, network in self.study.networks.items()
            if self.study.descriptions[name].spiking or not spiking
        }
        return [name for name in self.study.experiments if name in shown]

    def publications(self, networks: list[str] | None = None) -> list[str]:
        """Return the published studies whose rows these networks, or all, name."""
        chosen = self.networks() if networks is None else networks
        rows = filter(None, (self.study.networks[name].published for name in chosen))
        return sorted({row.partition("/")[0] for row in rows})

    @cache
    def needs(self, rule: str, name: str, attempt: int = 1) -> Needs:
        """Resources that a job asks a cluster for; ``attempt`` counts from 1.

        ``name`` is the input that the rule prepares, or the network that it computes.
        """
        if rule == "prepare":
            return to_prepare(self.study.inputs[name]).times(attempt)
        network = self.study.descriptions[name]
        inputs = self.study.inputs[network.input]
        return to_compute(rule, network, inputs, self.settings).times(attempt)

    # --- Report ----------------------------------------------------------------------

    def tables(self) -> Params:
        """Params of the tables."""
        return self._report("tables.py", self._chips())

    def claims(self) -> Params:
        """Params of the page that judges published claims."""
        return self._report("claims.py", {})

    @cache
    def figures(self) -> dict[str, FigureJob]:
        """Return the figures of this study by the names of their files, in order."""
        return {
            entry.file_name(name, subject): job
            for name, entry in FIGURES.items()
            for subject, job in self._plan_figure(name, entry)
        }

    def _plan_figure(
        self, figure: str, entry: FigureEntry
    ) -> Iterator[tuple[str, FigureJob]]:
        """Yield the subjects of a figure, each with its job."""
        if entry.per == "study":
            inputs = self._choose_inputs(entry.input_kind)
            if inputs or not entry.input_kind:
                yield "", FigureJob(figure, "", tuple(self.networks()), inputs)
        elif entry.per == "network":
            for network in self.networks():
                title = self.study.title(self.study.networks[network].experiment)
                yield network, FigureJob(figure, title, (network,))
        else:
            for name in self.experiments(entry.per == "spiking experiment"):
                networks = tuple(self.networks(name))
                yield name, FigureJob(figure, self.study.title(name), networks)

    def _choose_inputs(self, kind: str | None) -> tuple[str, ...]:
        """Return the inputs of a kind: for each data set the first that is used."""
        used = {network.input for network in self.study.networks.values()}
        first: dict[str, str] = {}
        for name, settings in self.study.inputs.items():
            if name in used and DATASETS[settings.dataset].kind == kind:
                first.setdefault(settings.dataset, name)
        return tuple(first.values())

    @cache
    def figure(self, name: str) -> Params:
        """Params of a figure."""
        job = self.figures()[name]
        entry, module = FIGURES[job.entry], ILLUSTRATIONS.module(job.entry)
        spec: Params = {
            "figure": job.entry,
            "title": job.title,
            "dpi": self.settings.figures.dpi,
            "style": file_digest(self.scripts / STYLE),
        }
        modules = code(self.scripts, "figure.py", module)
        if CHIPS in modules:
            spec |= self._chips()
        if job.runs:
            spec |= self._runs(list(job.runs))
            if PUBLISHED not in modules:
                del spec["published"]
        if job.inputs:
            spec["inputs"] = [
                {
                    "key": self.prepare(name)["key"],
                    "classes": dataset.classes,
                    "panel_us": dataset.panel_us,
                }
                for name in job.inputs
                for dataset in [DATASETS[self.study.inputs[name].dataset]]
            ]
        if entry.per == "network":
            (network,) = job.networks
            description = self.study.descriptions[network]
            spec |= description.model_dump(include={"input_shape", "layers", "padding"})
            spec["label"] = self.study.networks[network].label
            spec["neuron"] = description.neuron.title
            spec["spiking"] = description.spiking
        return self._params(("figure.py", module), spec)

    def report(self) -> Params:
        """Params of the report page, which shows the whole config."""
        sheets = [file_digest(self.scripts / sheet) for sheet in SHEETS]
        extra: Params = {"config": complete_config(self.study), "sheets": sheets}
        # A list, because the order of the figures is that of the page.
        extra["figures"] = [
            {"name": name, **asdict(job)} for name, job in self.figures().items()
        ]
        modules = {ILLUSTRATIONS.module(job.entry) for job in self.figures().values()}
        return self._report("report.py", extra | self._chips(), *sorted(modules))

    def _report(self, script: str, extra: Params, *entries: str) -> Params:
        return self._params((script, *entries), self._runs(self.networks()) | extra)

    def _runs(self, networks: list[str]) -> Params:
        """Return which runs are read, and by which settings they were made."""
        shown: Params = {}
        for name in networks:
            fields = ("experiment", "label", "published")
            network = self.study.networks[name]
            shown[name] = {field: getattr(network, field) for field in fields}
            shown[name]["compare_to"] = self.study.reference(name)
            shown[name]["train_key"] = self.train(name)["key"]
            shown[name]["test_key"] = self.test(name)["key"]
        experiments = {entry["experiment"] for entry in shown.values()}
        return {
            "networks": shown,
            "experiments": {name: self.study.title(name) for name in experiments},
            "published": {
                name: file_digest(self.resources / f"published/{name}.yaml")
                for name in self.publications(networks)
            },
            # The order of the networks is the order of the rows.
            "order": networks,
            "seeds": list(self.settings.seeds),
        }

    def _chips(self) -> Params:
        return {"chips": file_digest(self.resources / "chips.yaml")}

    def _params(
        self, modules: tuple[str, ...], spec: Params, sample: str = ""
    ) -> Params:
        found = digest(code(self.scripts, *modules)) if modules else ""
        spec = canonical(spec)
        return {"spec": spec, "code": found, "key": digest(found, spec, sample)}
