"""Finished runs: what they record of their making decides whether they are made again.

No time of a file counts, so that a run stays finished wherever it is copied, and
whatever becomes of the files that it was made from. This module imports nothing
heavy: Snakemake reads it while it plans.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spikemeter.files import DamagedFileError, explain_write_errors, read_json

# Of each part; a report reads the last two.
PART_FILES = {
    "train": ("model.pt", "power.csv", "epochs.csv", "train.json"),
    "test": ("steps.csv", "test.json"),
}
S_PER_H = 3600


@dataclass(frozen=True)
class Record:
    """What a finished training or test tells of itself.

    Attributes
    ----------
    key, settings : str or None
        Digests of all that it was made from, and of that without the code, as in
        :class:`~spikemeter.study.plan.Plan`.
    model : str or None
        The SHA-256 of the model that was trained or tested.
    arrays : str or None
        The SHA-256 of the input that a training saw.
    seconds : float
        How long it took, without what interruptions lost; 0 if not known.
    damaged : bool
        Whether the file cannot be read; whoever needs its content says so.
    """

    key: str | None = None
    settings: str | None = None
    model: str | None = None
    arrays: str | None = None
    seconds: float = 0.0
    damaged: bool = False


def read_parts(folder: Path) -> dict[str, Record]:
    """Return the finished parts of a run: ``train``, and ``test`` if it is of that."""
    train, test = (_read_record(folder, part) for part in PART_FILES)
    if train is None:
        return {}
    if test is None or len({train.model, test.model} - {None}) > 1:
        return {"train": train}
    return {"train": train, "test": test}


def _read_record(folder: Path, part: str) -> Record | None:
    if not all((folder / name).exists() for name in PART_FILES[part][-2:]):
        return None
    try:
        content = read_json(folder / f"{part}.json")
    except (DamagedFileError, OSError):
        return Record(damaged=True)
    except ValueError:  # of another format
        return Record()
    data: dict[str, Any] = content.get("data") or {}
    reading: dict[str, Any] = content.get("reading") or {}
    files: dict[str, str] = content.get("files") or {}
    return Record(
        content.get("key"),
        content.get("settings"),
        content.get("model_sha256") or files.get("model.pt"),
        data.get("arrays_sha256"),
        reading.get("seconds", 0.0),
    )


def read_arrays_digest(provenance: Path, key: str) -> str | None:
    """Return the SHA-256 of an input that is prepared with a key; None if none is."""
    try:
        content = read_json(provenance)
    except (OSError, ValueError):
        return None
    return content.get("arrays_sha256") if content.get("key") == key else None


def archive_run(folder: Path, parts: Iterable[str], archive: Path) -> None:
    """Keep the files of finished parts of a run in a folder of their own.

    It is ``archive/{network}/seed{seed}/{date}-{digest}``. The files are linked, or
    copied where the file system has no links, so that the run may be replaced. What is
    kept already is not kept twice. RuntimeError if the archive cannot be written.
    """
    paths = [folder / name for part in parts for name in PART_FILES[part]]
    files = [path for path in paths if path.is_file()]
    told = [path for path in files if path.suffix == ".json"]
    newest_s = max(path.stat().st_mtime for path in told)
    date = datetime.fromtimestamp(newest_s, UTC).strftime("%Y%m%dT%H%M%SZ")
    content = b"".join(path.read_bytes() for path in told)
    name = f"{date}-{hashlib.sha256(content).hexdigest()[:12]}"
    kept = archive / folder.parent.name / folder.name / name
    if kept.exists():
        return
    partial = kept.with_name(f".{name}.partial")
    with explain_write_errors(kept):
        if partial.exists():
            shutil.rmtree(partial)
        partial.mkdir(parents=True)
        for path in files:
            try:
                os.link(path, partial / path.name)
            except OSError:  # no links here, or too many
                shutil.copy2(path, partial / path.name)
        partial.rename(kept)


def describe_replaced(runs: Iterable[tuple[str, int, float]]) -> str:
    """Return what becomes of finished runs that are not this config's; "" if none.

    Each is a network, a seed, and the seconds that its replaced parts took.
    """
    seeds: dict[str, list[str]] = {}
    total_s, count = 0.0, 0
    for network, seed, seconds in runs:
        seeds.setdefault(network, []).append(str(seed))
        total_s, count = total_s + seconds, count + 1
    if not count:
        return ""
    who = "; ".join(f"{name}, seed {', '.join(found)}" for name, found in seeds.items())
    return (
        f"{count} finished run{'s' * (count > 1)} ({total_s / S_PER_H:.2f} h of "
        "training and testing) will not be used, being of other settings, data or "
        f"code, or made again by request: {who}. What replaces a run moves it to "
        "results/archive/"
    )
