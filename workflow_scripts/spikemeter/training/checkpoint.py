"""What a killed training leaves: the state it continues from, and what it lost.

These files are not declared as outputs of a rule, because Snakemake deletes those
before a job starts.
"""

import io
import logging
import pickle
import shutil
import struct
import time
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from spikemeter.datasets.fetch.zips import open_zip
from spikemeter.files import read_json, write_json, write_whole
from spikemeter.metering.meter import Meter
from spikemeter.metering.reading import Reading
from spikemeter.training.model import Model

# What zipfile and torch.load raise for a damaged file.
READ_ERRORS = (
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)

# The share of a training's time that checkpoints may take.
SHARE = 0.005
# The most that a journal is behind.
EVERY_S = 10.0

log = logging.getLogger(__name__)

Row = dict[str, Any]


def read_state(path: Path) -> Any:
    """Read tensors and plain values that ``torch.save`` wrote, to the CPU.

    The checksums are compared first, since ``torch.load`` does not: a flipped bit in
    a tensor would go unnoticed.

    Raises
    ------
    READ_ERRORS
        If the file is damaged.
    """
    # torch.save does not compress; a compressed file could take any memory.
    with open_zip(path, path.stat().st_size) as stored:
        broken = stored.testzip()
    if broken is not None:
        raise zipfile.BadZipFile(f"the checksum of {broken} differs")
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        # torch's own message advises a way of loading that may run code.
        found = "it holds more than tensors and plain values"
        raise pickle.UnpicklingError(found) from error


def write_state(path: str | Path, state: dict[str, Any]) -> None:
    """Write tensors and plain values for :func:`read_state`, whole or not at all.

    In memory first: on a full disk ``torch.save`` does not say what is wrong.
    """
    packed = io.BytesIO()
    torch.save(state, packed)
    with write_whole(path) as temporary:
        temporary.write_bytes(packed.getbuffer())


class Checkpoint:
    """The state of one training in one file, whose folder the first save makes.

    ``key`` is all that the training depends on: a state with another key is ignored.
    ``spent_s`` is the time spent on saving.
    """

    def __init__(self, path: Path, key: str) -> None:
        self.path = path
        self.key = key
        self._opened_s = time.perf_counter()
        self.spent_s = 0.0
        self._last_s = 0.0

    def is_due(self) -> bool:
        """Tell whether saving now keeps its total below ``SHARE`` of the time.

        True before the first one. Epochs that last 200× longer than saving are all
        saved; if they are shorter, a few may have to be repeated after a kill.
        """
        passed_s = time.perf_counter() - self._opened_s
        return not self.spent_s or self.spent_s + self._last_s <= SHARE * passed_s

    def save(self, state: dict[str, Any]) -> None:
        """Save a state of tensors, numbers, texts, lists and dicts, whole."""
        start_s = time.perf_counter()
        write_state(self.path, {"key": self.key, **state})
        self._last_s = time.perf_counter() - start_s
        self.spent_s += self._last_s

    def load(self) -> dict[str, Any] | None:
        """Return the saved state, on the CPU; None if there is none that fits.

        A warning says why an existing file is not used. Only tensors and plain values
        are read; a file cannot run code.
        """
        if not self.path.exists():
            return None
        try:
            state = read_state(self.path)
        except READ_ERRORS as error:
            log.warning("%s is damaged (%s): starting afresh", self.path, error)
            return None
        if not isinstance(state, dict) or state.get("key") != self.key:
            log.warning(
                "%s is of other settings, another version of the code or another "
                "machine: starting afresh",
                self.path,
            )
            return None
        return state

    def remove(self) -> None:
        """Delete the folder of the file, once the training is complete."""
        if self.path.parent.exists():
            shutil.rmtree(self.path.parent)


@dataclass
class History:
    """The results of a training so far."""

    # One per epoch, for epochs.csv.
    rows: list[Row] = field(default_factory=list)
    # The meter's raw samples, for power.csv, each after its session.
    samples: list[tuple[Any, ...]] = field(default_factory=list)
    # The reason for each reading that could not be metered.
    missing: dict[str, str] = field(default_factory=dict)
    # The earliest epoch with the highest validation accuracy, from 1; 0 before it.
    best_epoch: int = 0
    # Its parameters, on the CPU.
    best_state: dict[str, Tensor] = field(default_factory=dict)
    # Number of processes that the training took; more than 1 after a kill.
    sessions: int = 1
    # The cost of epochs that had to be repeated after a kill, see `Journal`.
    lost: list[Row] = field(default_factory=list)
    # The cost of the last process, from its first epoch on.
    reading: Reading | None = None
    # What `warm_up` of self_check.py found in the last process; None on a CPU.
    self_check: Row | None = None

    def keep_best(self, model: Model) -> None:
        """Keep the parameters of the last epoch if it validates best so far."""
        accuracies = [row["val_accuracy"] for row in self.rows]
        if accuracies[-1] > max(accuracies[:-1], default=-1.0):
            self.best_epoch = len(accuracies)
            self.best_state = {
                name: value.detach().cpu().clone()
                for name, value in model.synapses.state_dict().items()
            }


def resume(
    model: Model, optimiser: torch.optim.Optimizer, checkpoint: Checkpoint
) -> History:
    """Restore a model and its optimiser from a checkpoint; return the history."""
    saved = checkpoint.load()
    if saved is None:
        return History()
    model.synapses.load_state_dict(saved["synapses"])
    optimiser.load_state_dict(saved["optimiser"])
    history = History(**saved["history"])
    history.sessions += 1
    log.info("continuing after epoch %d", len(history.rows))
    return history


class Journal:
    """A file next to the checkpoint that holds what a kill would lose.

    A record has the ``session`` (the process, from 1), ``after_epoch`` (the epochs
    that its checkpoint holds), and ``seconds`` and ``energy_j`` used since, up to at
    most ``EVERY_S`` before the end, with the reason in ``energy_missing`` if there is
    no energy. A journal with another key than the checkpoint's is ignored; what killed
    processes left in it is added to the history's ``lost``, ``sessions`` and
    ``missing``. The meter is open.
    """

    def __init__(self, checkpoint: Checkpoint, meter: Meter, history: History) -> None:
        self._path = checkpoint.path.with_name("unsaved.json")
        self._key = checkpoint.key
        self._meter = meter
        self._history = history
        if not self._path.exists():
            return
        try:
            content = read_json(self._path)
        except ValueError:
            log.warning("%s is damaged: what was lost is not known", self._path)
            history.missing["lost"] = f"{self._path.name} was damaged"
            return
        if content["key"] != self._key:
            log.info("%s is of other settings: ignored", self._path)
            return
        *earlier, last = content["lost"]
        history.sessions = last["session"] + 1
        gone = last["after_epoch"] - len(history.rows)
        # A process may have been killed after the checkpoint that holds its cost.
        history.lost = earlier if gone < 0 else [*earlier, last]
        if gone > 0:
            lost = f"{gone} epochs whose checkpoint could not be used"
            history.missing["lost"] = lost

    def restart(self) -> None:
        """Begin a new record: the earlier cost is in the checkpoint or is lost."""
        self._epochs = len(self._history.rows)
        self._mark = self._meter.mark()
        self._due_s = 0.0
        self.note()

    def note(self) -> None:
        """Bring the record up to date, if the last note is ``EVERY_S`` old."""
        if time.monotonic() < self._due_s:
            return
        reading = self._meter.since(self._mark)
        record = {
            "session": self._history.sessions,
            "after_epoch": self._epochs,
            "seconds": reading.seconds,
            "energy_j": reading.energy_j,
            "energy_missing": reading.missing.get("energy_j"),
        }
        lost = [*self._history.lost, record]
        write_json(self._path, {"key": self._key, "lost": lost})
        self._due_s = time.monotonic() + EVERY_S
