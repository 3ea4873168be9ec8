"""The rows of published studies to which networks are tied.

A network whose config says ``published: nhsjs2024/exp1_snn`` is tied to the row
``exp1_snn`` of ``resources/published/nhsjs2024.yaml``. Import-light, so that Snakemake
can read it while planning.
"""

from collections.abc import Iterable
from functools import cache
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from spikemeter.messages import format_value
from spikemeter.report.published import PublishedStudy, StatedSetting
from spikemeter.report.quantities import Quantity
from spikemeter.report.resource_files import read_resource
from spikemeter.resource_paths import find_resource
from spikemeter.study.strict_yaml import ConfigError

if TYPE_CHECKING:
    from spikemeter.report.runs import Run

FOLDER = find_resource("published")


class Tie(NamedTuple):
    """A row of a published study, to which a network is tied."""

    study: PublishedStudy
    row: str

    @property
    def figures(self) -> dict[str, float]:
        """The figures of the row."""
        return self.study.figures(self.row)

    @property
    def settings(self) -> dict[str, StatedSetting]:
        """What the study states of the network's settings."""
        return self.study.rows[self.row].settings


@cache
def read_published(path: Path) -> PublishedStudy:
    """Return what a file holds; ConfigError names it and every key that is wrong."""
    return read_resource(path, PublishedStudy)


@cache
def find_tie(published: str) -> Tie:
    """Return the row that ``study/row`` names; ConfigError names those that there are.

    Examples
    --------
    >>> find_tie("nhsjs2024/exp1_snn").figures["train.epoch_s"]
    26.38
    """
    name, _, row = published.partition("/")
    studies = sorted(path.stem for path in FOLDER.glob("*.yaml"))
    if name not in studies:
        raise ConfigError(
            f"{format_value(published)} names no file of resources/published; write "
            f"STUDY/ROW with one of {', '.join(studies)} as STUDY"
        )
    study = read_published(FOLDER / f"{name}.yaml")
    if row not in study.rows:
        raise ConfigError(
            f"{format_value(published)} names no row of resources/published/"
            f"{name}.yaml; its rows are {', '.join(study.rows)}"
        )
    return Tie(study, row)


def get_tie(run: "Run") -> Tie | None:
    """Return the row to which a run's network is tied, None if it is not."""
    return find_tie(run.published) if run.published else None


def get_published_figure(quantity: Quantity, run: "Run") -> float:
    """Return the published figure of a run's network, NaN if there is none."""
    tie = get_tie(run)
    return quantity.published(tie.figures) if tie else nan


def list_tied_studies(runs: Iterable["Run"]) -> list[PublishedStudy]:
    """Return the published studies to which the networks of these runs are tied."""
    ties = filter(None, map(get_tie, runs))
    return list({tie.study.title: tie.study for tie in ties}.values())


def name_studies(runs: Iterable["Run"]) -> str:
    """Return how a sentence speaks of the studies to which runs are tied."""
    return " and ".join(study.name for study in list_tied_studies(runs))
