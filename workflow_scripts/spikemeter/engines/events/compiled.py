"""How the engine's kernels are compiled, and where they are kept."""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba.core import config

# Steps that are worked on together; bit t of a neuron's word is step t of the block.
BLOCK = 32
# Channels are padded to whole vectors of so many float32.
LANES = 16

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def _kept_in() -> Path:
    """Return the folder of these very kernels' machine code.

    Numba looks at the date of a kernel's own file alone, but a kernel holds those that
    it calls: a folder for each state of all files is safe. Older states are removed.
    """
    here = Path(__file__).parent
    text = b"".join(path.read_bytes() for path in sorted(here.glob("*.py")))
    parent = here / "__pycache__"
    if not os.access(parent if parent.exists() else here, os.W_OK):
        parent = Path(tempfile.gettempdir()) / f"spikemeter-{os.getuid()}"
    folder = parent / f"kernels-{hashlib.sha256(text).hexdigest()[:16]}"
    for old in parent.glob("kernels-*"):
        if old != folder:
            shutil.rmtree(old, ignore_errors=True)
    return folder


def _compiler(folder: Path, **options: bool) -> Decorator:
    # numpy's error model spares the tests of divisors; the kernels hold no lock.
    jit: Decorator = numba.njit(nogil=True, error_model="numpy", cache=True, **options)

    def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
        before, config.CACHE_DIR = config.CACHE_DIR, str(folder)
        try:
            return jit(function)
        finally:
            config.CACHE_DIR = before

    return compiled


_FOLDER = _kept_in()
compiled = _compiler(_FOLDER)
# For what is called often and does little: arrays are costly to hand over.
inlined = _compiler(_FOLDER, forceinline=True)
