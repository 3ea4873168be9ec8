"""What every artifact of the study depends on, as Snakemake's ``params``.

Snakemake compares params by ``repr``, so that everything here is builtins with sorted
keys. A *key* is a digest of a job's own settings, of the code it runs, and of the
keys of everything above it: whatever happened to the files in between, the
recorded key of an artifact tells whether it belongs to the config at hand. Next to
it, ``settings`` is the same digest without any code.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

from spikemeter.datasets.registry import DATASETS, KINDS
from spikemeter.engines.resolution import entry_modules
from spikemeter.registry import entry_file
from spikemeter.report.figures.registry import FIGURES, ILLUSTRATIONS, FigureEntry
from spikemeter.study.finished import Record, read_arrays_digest, read_parts
from spikemeter.study.needs import Needs, to_compute, to_prepare
from spikemeter.study.staleness import canonical, code, digest, file_digest
from spikemeter.study.study import Study, complete_config

FORMATS = ("svg", "pdf", "png")
STYLE = "spikemeter/report/figures/spikemeter.mplstyle"
PARTS = ("train", "test")
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

    Parameters
    ----------
    study : Study
        The config.
    root : Path
        The folder of the repository.
    results : Path
        Where the study's results are; runs that are finished there stay as they are.
    is_forced : function
        Tells of a part (``train``, ``test``), a network and a seed whether that part
        of that run is made again though it is finished.

    Examples
    --------
    >>> plan = Plan(check_config(values), Path())  # doctest: +SKIP
    >>> plan.train("exp1_snn")["spec"]["network"]["epochs"]  # doctest: +SKIP
    10
    """

    def __init__(
        self,
        study: Study,
        root: Path,
        results: Path = Path("results"),
        is_forced: Callable[[str, str, int], bool] = lambda *_: False,
    ) -> None:
        self.study = study
        self.results = results
        self.is_forced = is_forced
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
        source = self.fetch(settings.dataset)
        spec = settings.model_dump(mode="json")
        return self._params(self.modules("prepare", name), spec, source_key=source)

    # --- Networks --------------------------------------------------------------------

    @cache
    def train(self, network: str) -> Params:
        """Params of a training; the seed is a wildcard of its rule."""
        return self._compute("train", network, {})

    def test(self, network: str, seed: int) -> Params:
        """Params of a test, of the training that is there or will be."""
        return self._test(network, self.key("train", network, seed))

    @cache
    def _test(self, network: str, train_key: str) -> Params:
        own = self.settings.meter.model_dump(include={"test_min_s", "test_max_passes"})
        trained = self.train(network) | {"key": train_key}
        return self._compute("test", network, own, train_key=trained)

    def _compute(self, rule: str, network: str, own: Params, **above: Params) -> Params:
        """Return the params of a training or test, some of which only it has."""
        description = self.study.descriptions[network]
        spec = own | {
            "network": description.model_dump(mode="json"),
            "device": self.settings.device,
            "cpu_threads": self.settings.cpu_threads,
            "interval_ms": self.settings.meter.interval_ms,
            "baseline_s": self.settings.meter.baseline_s,
        }
        above |= {"input_key": self.prepare(description.input)}
        return self._params(self.modules(rule, network), spec, **above)

    # --- Finished runs ---------------------------------------------------------------

    def folder(self, network: str, seed: int) -> Path:
        """Return the folder of a run."""
        return self.results / "runs" / network / f"seed{seed}"

    @cache
    def parts(self, network: str, seed: int) -> dict[str, Record]:
        """Return the records of the parts of a run that were finished in the past."""
        return read_parts(self.folder(network, seed))

    @cache
    def find(self, part: str, network: str, seed: int) -> Record | None:
        """Return the record of the finished part of a run; None if it has to be made.

        It is finished if its key is the present one; with ``reuse: settings``, also if
        its settings are. A damaged one counts as finished: its readers refuse it.
        """
        if self.is_forced(part, network, seed):
            return None
        if part == "test" and self.find("train", network, seed) is None:
            return None
        record = self.parts(network, seed).get(part)
        if record is None or record.damaged:
            return record
        if part == "train":
            seen = self._arrays(self.study.descriptions[network].input)
            if seen not in (None, record.arrays):
                return None  # of other data
        made_from = self._made_from(part, network, seed)
        reused = self.settings.reuse == "settings"
        if record.key == made_from["key"]:
            return record
        return record if reused and record.settings == made_from["settings"] else None

    def key(self, part: str, network: str, seed: int) -> str:
        """Return the key that a part of a run has, or will have once it is made."""
        record = self.find(part, network, seed)
        present: str = self._made_from(part, network, seed)["key"]
        return record.key if record and record.key else present

    def list_replaced(self) -> Iterator[tuple[str, int, float]]:
        """Yield the finished runs of which parts are to be made again.

        As network, seed, and the seconds that these parts took.
        """
        for network in self.networks():
            for seed in self.settings.seeds:
                replaced = [
                    record
                    for part, record in self.parts(network, seed).items()
                    if not self.find(part, network, seed)
                ]
                if replaced:
                    yield network, seed, sum(record.seconds for record in replaced)

    def _made_from(self, part: str, network: str, seed: int) -> Params:
        return self.train(network) if part == "train" else self.test(network, seed)

    @cache
    def _arrays(self, name: str) -> str | None:
        """Return the digest of an input that is prepared; None if it is not."""
        path = self.results / f"data/{name}.json"
        return read_arrays_digest(path, self.prepare(name)["key"])

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

    def shown_figures(self) -> dict[str, FigureJob]:
        """Return the figures that need no data from outside for finished runs alone.

        A figure of an input is among them if it is drawn already, if the input is
        prepared, or if a network that needs it has to be trained.
        """
        needed = {
            self.study.descriptions[network].input
            for network in self.networks()
            for seed in self.settings.seeds
            if not self.find("train", network, seed)
        }

        def is_at_hand(name: str) -> bool:
            return name in needed or (self.results / f"data/{name}.json").exists()

        return {
            name: job
            for name, job in self.figures().items()
            if all(map(is_at_hand, job.inputs))
            or (self.results / f"figures/{name}.svg").exists()
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
        shown = self.shown_figures()
        # A list, because the order of the figures is that of the page.
        extra["figures"] = [
            {"name": name, **asdict(job)} for name, job in shown.items()
        ]
        extra["omitted"] = [name for name in self.figures() if name not in shown]
        modules = {ILLUSTRATIONS.module(job.entry) for job in shown.values()}
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
            shown[name]["keys"] = {
                seed: self._run_keys(name, seed) for seed in self.settings.seeds
            }
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

    def _run_keys(self, network: str, seed: int) -> Params:
        """Return the keys of a run, and which of its parts other code made."""
        present = {p: self._made_from(p, network, seed)["key"] for p in PARTS}
        keys: Params = {part: self.key(part, network, seed) for part in PARTS}
        return keys | {"other_code": [p for p in PARTS if keys[p] != present[p]]}

    def _chips(self) -> Params:
        return {"chips": file_digest(self.resources / "chips.yaml")}

    def _params(
        self,
        modules: tuple[str, ...],
        spec: Params,
        sample: str = "",
        /,
        **above: Params,
    ) -> Params:
        """Return the params of a job; ``above`` are those of what it is made from."""
        found = digest(code(self.scripts, *modules)) if modules else ""
        settings = spec | {name: made["settings"] for name, made in above.items()}
        spec = canonical(spec | {name: made["key"] for name, made in above.items()})
        return {
            "spec": spec,
            "code": found,
            "key": digest(found, spec, sample),
            "settings": digest(settings, sample),
        }
