"""A fault: how it is caused, what the user sees of it, and how the work goes on."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.faults.causes import Cause
from tests.workflow.command import Outcome
from tests.workflow.study import Study

KILLED = "Command '…' died with <Signals.SIGKILL: 9>."
AGAIN = "the same command"
TITLES: list[str] = []
# Caused in every run of the tests; `make test-faults` causes the others too.
QUICK = {
    "Ctrl-C while a training runs",
    "NVML lost in the middle of a training",
    "a checkpoint with code in it",
    "a server with another file of the same length",
    "a user's IDX file that is cut",
    "disk full while tables writes training.csv",
    "network lost in the middle of a download",
    "test killed in its third draw of the rate code",
    "prepare[digits] killed while it writes digits.npz",
    "the RAPL counter vanishes",
    "the folder .snakemake lost",
    "the weights become NaN",
    "train killed in a later epoch",
}


def nothing(study: Study) -> None:
    """Leave a study as it is."""


@dataclass(frozen=True)
class Fault:
    """A fault of one run of the workflow; ``title`` is its name in docs/faults.md.

    The user asks Snakemake for ``target``; ``missing`` is taken from the complete study
    before. ``causes`` are injected into the scripts of the first run, ``always`` into
    both runs. ``arrange`` brings the fault about, ``mend`` takes it away, which
    ``remedy`` says in words. Of the first run are the ``environment`` and ``first``,
    called in Snakemake's process; of the second the ``options``.

    ``said`` is the line that tells of it, without what differs from machine to machine;
    ``left`` are files that were not there before; the run may complete in spite of it.
    """

    title: str
    target: str
    said: str
    left: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    arrange: Callable[[Study], None] = nothing
    mend: Callable[[Study], None] = nothing
    remedy: str = ""
    options: tuple[str, ...] = ()
    succeeds: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    always: tuple[Cause, ...] = ()
    first: Callable[[], None] | None = None


def campaign(faults: Iterable[Any]) -> pytest.MarkDecorator:
    """Give a test each of these faults, or of their titles, as ``fault``."""
    values = []
    for fault in faults:
        title = fault if isinstance(fault, str) else fault.title
        mark = causing(title)
        marks = () if title in QUICK else mark
        values.append(pytest.param(fault, id=title, marks=marks))
    return pytest.mark.parametrize("fault", values)


def causing(*titles: str) -> pytest.MarkDecorator:
    """Mark a test that causes these faults, none of which is quick."""
    TITLES.extend(titles)
    return pytest.mark.faults


def seen(outcome: Outcome, study: Study) -> str:
    """Return the line that tells the user what went wrong, the last of them.

    Without what differs from run to run: folders, processes, hosts and times.
    """
    lines = [line.strip() for line in outcome.text.splitlines() if line.strip()]
    told = [line for line in lines if _TELLS(line)]
    if not told and (outcome.code or -1) > 0:
        told = lines[-1:]  # of Snakemake itself
    return anonymous(told[-1], study.folder) if told else "nothing"


_TELLS = re.compile(
    r"\w+: .*\(details: "
    r"|.* died with <Signals"
    r"|Error: Directory cannot be locked"
).match

_DIFFERS = {
    r"md5:[0-9a-f]{32}": "md5:…",  # of what this machine's gzip made
    r"damaged \([^()]*: line \d+ column \d+ \(char \d+\)\)": "damaged (…)",
    r"Command '.*'": "Command '…'",
    r"process \d+": "process N",
    r"logs/train/\w+/": "logs/train/NETWORK/",  # either may come first
    r"\bon \S+: wait": "on HOST: wait",
    r"127\.0\.0\.1:\d+": "127.0.0.1:PORT",
}


def anonymous(text: str, folder: Path) -> str:
    """Return a text without what differs from machine to machine."""
    text = text.replace(f"{folder}/", "").replace(str(folder), ".")
    for found, name in _DIFFERS.items():
        text = re.sub(found, name, text)
    return text


def files(study: Study) -> set[str]:
    """Return what lies below results/, but logs, and whether Snakemake is locked."""
    paths = [path for path in (study / "results").rglob("*") if path.is_file()]
    names = {path.relative_to(study.folder).as_posix() for path in paths}
    found = {
        re.sub(r"(/\.[\w-]+)\.[\w.-]+-\d+(\.partial)", r"\1.*\2", name)
        for name in names
        if not name.startswith("results/logs/")
    }
    locked = any((study / ".snakemake/locks").glob("*"))
    return found | ({".snakemake/locks"} if locked else set())


def assert_tidy(study: Study) -> None:
    """Nothing temporary is left below results/ in the folder of a study."""
    untidy = re.compile(r"\.partial|\.part$|/resume\b|/downloads\b|\.lock$|/\.")
    paths = (str(p.relative_to(study.folder)) for p in (study / "results").rglob("*"))
    assert [path for path in paths if untidy.search(path)] == []
