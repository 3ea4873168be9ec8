"""How the engine's kernels are compiled, and where they are kept."""

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
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
    parent = next(filter(_can_write, _list_places(sources)), None) or _make_private()
    folder = parent / f"kernels-{hashlib.sha256(text).hexdigest()[:16]}"
    for old in parent.glob("kernels-*"):
        if old != folder:
            shutil.rmtree(old, ignore_errors=True)
    return folder


def _list_places(sources: Path) -> Iterator[Path]:
    """Yield where machine code may be kept, the best first.

    Numba runs what it finds there: all are the user's own, or the code's.
    """
    if config.CACHE_DIR:  # NUMBA_CACHE_DIR
        yield Path(config.CACHE_DIR)
    yield sources / "__pycache__"
    with suppress(RuntimeError):  # no home is known
        cache = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
        yield Path(cache) / "spikemeter"


def _can_write(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _make_private() -> Path:
    """Return a temporary folder that is this user's alone, kept if it can be."""
    folder = Path(tempfile.gettempdir()) / f"spikemeter-{os.getuid()}"
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    # Anyone can have made a folder of this name.
    if (found.st_uid, found.st_mode) == (os.getuid(), stat.S_IFDIR | 0o700):
        return folder
    return Path(tempfile.mkdtemp(prefix="spikemeter-"))


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
