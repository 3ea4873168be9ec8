"""Checkpoints from which a killed training continues.

They are not declared as outputs of a rule, because Snakemake deletes those before a
job starts.
"""

import io
import logging
import pickle
import shutil
import struct
import time
import zipfile
import zlib
from pathlib import Path
from typing import Any

import torch

from spikemeter.datasets.fetch.zips import open_zip
from spikemeter.files import write_whole

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

log = logging.getLogger(__name__)


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
