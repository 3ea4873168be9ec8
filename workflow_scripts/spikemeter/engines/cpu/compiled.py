"""How the engine's kernels are compiled, and where they are kept."""

import hashlib
import os
import shutil
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


def choose_cache_folder(sources: Path, *others: Path) -> Path:
    """Return the folder for the machine code of the kernels in a folder.

    Numba looks at the date of a kernel's own file alone, but a kernel holds those that
    it calls, and constants of ``others``: a folder for each state of all files is safe.
    Older states are removed.
    """
    files = [*sorted(sources.glob("*.py")), *others]
    text = b"".join(path.read_bytes() for path in files)
    parent = sources / "__pycache__"
    if not os.access(parent if parent.exists() else sources, os.W_OK):
        # A folder of the user's own: numba runs what it finds there.
        cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        parent = Path(cache) / "spikemeter"
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


_HERE = Path(__file__).parent
CACHE_FOLDER = choose_cache_folder(
    _HERE,
    _HERE.parents[1] / "networks" / "surrogates.py",
    _HERE.parents[1] / "networks" / "losses" / "mse_count.py",
)
compiled = _compiler(CACHE_FOLDER)
# For what is called often and does little: arrays are costly to hand over.
inlined = _compiler(CACHE_FOLDER, forceinline=True)
