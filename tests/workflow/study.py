"""A copy of the workflow with a config of its own, to change and to run."""

import shutil
from pathlib import Path
from typing import Any

import yaml

from tests.workflow.command import Outcome, snakemake

ROOT = Path(__file__).parents[2]
WORKFLOW = (
    *("Snakefile", "config.yaml", "rules", "config", "profiles"),
    *("workflow_scripts", "resources", "envs"),
)
TABLES, FIGURES = "results/tables.md", "figures"
# All that is written for a reader.
WHOLE = (TABLES, "results/claims.md", "results/report.html", FIGURES)


class Study:
    """A folder that holds the workflow and what it has made.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __truediv__(self, name: str) -> Path:
        return self.folder / name

    def copy(self, folder: Path) -> "Study":
        """Return a copy, times of files included."""
        shutil.copytree(self.folder, folder, symlinks=True)
        return Study(folder)

    def plan(self, *targets: str) -> list[str]:
        """Return the jobs that Snakemake would run; if not told, for all of WHOLE."""
        outcome = snakemake(self.folder, "-n", *(targets or WHOLE))
        assert outcome.code == 0, outcome.text
        return outcome.jobs

    def run(self, *arguments: str) -> Outcome:
        """Run Snakemake."""
        return snakemake(self.folder, *arguments)

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

    def cut(self, name: str) -> None:
        """Leave the first half of a file."""
        content = (self / name).read_bytes()
        (self / name).write_bytes(content[: len(content) // 2])

    def log(self, name: str) -> str:
        """Return what stands in a job's log."""
        return (self / f"results/logs/{name}.log").read_text()
