"""A copy of the workflow with a config of its own, to change and to run."""

import shutil
from pathlib import Path
from typing import Any

import yaml

from tests.workflow.command import Call, Outcome

ROOT = Path(__file__).parents[2]
CONFIG = "tests/workflow/study.yaml"
WORKFLOW = (
    *("Snakefile", "config.yaml", "rules", "config", "profiles"),
    *("workflow_scripts", "resources", "envs"),
)
TABLES, FIGURES = "results/tables.md", "figures"
DRAWN = (
    *("architecture_ann", "architecture_snn", "architecture_nmnist", "examples"),
    *("anytime1", "anytime3", "energy", "experiment1", "experiment3"),
    *("neuron", "saccades", "unrolled_backward", "unrolled_forward"),
)
# All that is written for a reader.
WHOLE = (TABLES, "results/claims.md", "results/report.html", FIGURES)


# The entry of the spiking network, for others like it.
SPIKING = yaml.safe_load((ROOT / CONFIG).read_text())["networks"]["snn"]


class Study:
    """A folder that holds the workflow and what it has made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    def of_run(self, network: str, name: str) -> Path:
        """Return the path of a file of the run of a network."""
        return self / f"results/runs/{network}/seed0/{name}"

    def copy(self, folder: Path) -> "Study":
        """Return a copy, times of files included."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Study(folder)

    def plan(self, *targets: str) -> list[str]:
        """Return the jobs that Snakemake would run; if not told, for all of WHOLE."""
        outcome = self.run("-n", *(targets or WHOLE))
        assert outcome.code == 0, outcome.text
        return outcome.jobs

    def run(self, *arguments: str, **more: Any) -> Outcome:
        """Run Snakemake, with ``more`` as of :class:`~tests.workflow.command.Call`."""
        return Call(self.folder, arguments, **more).wait()

    def succeed(self, *arguments: str, **more: Any) -> None:
        """Run Snakemake as :meth:`run` does; it must not fail."""
        outcome = self.run(*arguments, **more)
        assert outcome.code == 0, outcome.text

    def configure(self, **values: Any) -> None:
        """Set config keys; ``networks__snn__beta`` is networks.snn.beta."""
        config = yaml.safe_load((self / "config.yaml").read_text())
        for path, value in values.items():
            *blocks, key = path.split("__")
            place = config
            for block in blocks:
                place = place[block]
            place[key] = value
        (self / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace a text that stands once in a file."""
        text = (self / name).read_text()
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {name}"
        (self / name).write_text(text.replace(old, new))

    def append(self, name: str, text: str) -> None:
        """Add text at the end of a file."""
        with (self / name).open("a") as file:
            file.write(text)

    def remove(self, *names: str) -> None:
        """Delete files, and folders with what is in them."""
        for path in map(self.folder.joinpath, names):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def log(self, name: str) -> str:
        """Return what stands in a job's log."""
        return (self / f"results/logs/{name}.log").read_text()
