"""Checkpoints from which a killed training continues.

They are no declared outputs of a rule, since Snakemake deletes those before a job
starts.
"""

import logging
import pickle
import struct
import zipfile
from pathlib import Path
from typing import Any

import torch

from spikemeter.files import whole_file

# What zipfile, torch.load and load_state_dict raise for a file that is not what it
# should be.
READ_ERRORS = (
    pickle.UnpicklingError,
    zipfile.BadZipFile,
    struct.error,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)

log = logging.getLogger(__name__)


def read_state(path: Path) -> Any:
    """Read what ``torch.save`` wrote, to the CPU; only tensors and plain values.

    The checksums are compared first, which ``torch.load`` leaves out: a flipped bit
    in a tensor would otherwise be another weight.

    Raises
    ------
    READ_ERRORS
        If the file is damaged.
    """
    with zipfile.ZipFile(path) as stored:
        broken = stored.testzip()
    if broken is not None:
        raise zipfile.BadZipFile(f"the checksum of {broken} differs")
    return torch.load(path, map_location="cpu", weights_only=True)


class Checkpoint:
    """The state of one training in one file.

    Parameters
    ----------
    path : Path
        The file; its folder is made when the first state is saved.
    key : str
        What the training depends on; a state with another key is ignored.
    """

    def __init__(self, path: Path, key: str) -> None:
        self.path = path
        self.key = key

    def save(self, state: dict[str, Any]) -> None:
        """Save a state of tensors, numbers, texts, lists and dicts, whole."""
        with whole_file(self.path) as temporary:
            torch.save({"key": self.key, **state}, temporary)

    def load(self) -> dict[str, Any] | None:
        """Return the saved state, on the CPU, or None where there is none that fits.

        Why a file that is there is not used stands in the log. Only tensors and
        plain values are read; a file cannot run code.
        """
        if not self.path.exists():
            return None
        try:
            state = read_state(self.path)
        except READ_ERRORS as error:
            log.info("%s is damaged (%s): starting afresh", self.path, error)
            return None
        if not isinstance(state, dict) or state.get("key") != self.key:
            log.info("%s is of other settings: starting afresh", self.path)
            return None
        return state

    def remove(self) -> None:
        """Delete the file and its folder once the training is complete."""
        self.path.unlink(missing_ok=True)
        for partial in self.path.parent.glob(f".{self.path.stem}.*.partial.*"):
            partial.unlink()  # of a process that was killed while it saved
        if self.path.parent.is_dir() and not any(self.path.parent.iterdir()):
            self.path.parent.rmdir()
