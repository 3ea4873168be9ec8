"""Whether Triton can compile and launch its kernels on this machine."""

import os
import shutil
import sysconfig
from functools import cache
from importlib.util import find_spec
from pathlib import Path


@cache
def explain_missing_triton() -> str | None:
    """Return why Triton cannot launch a kernel, None if it can.

    Triton compiles a stub in C for every kernel, against Python's headers. Without
    them it fails at the first launch, in the middle of what is metered.

    Examples
    --------
    ``explain_missing_triton()`` is ``"Triton finds no C compiler; install gcc"`` on a
    machine without one.
    """
    if find_spec("triton") is None:
        return "Triton is missing, which comes with torch on Linux only"
    named = os.environ.get("CC")
    if not any(map(shutil.which, [named] if named else ["gcc", "clang"])):
        return f"Triton finds no C compiler; install {named or 'gcc'}"
    scheme = sysconfig.get_default_scheme()
    # Triton too takes this scheme in place of Debian's own.
    scheme = "posix_prefix" if scheme == "posix_local" else scheme
    header = Path(sysconfig.get_paths(scheme)["include"], "Python.h")
    if not header.exists():
        return f"Triton needs {header}; install Python's headers (python3-dev)"
    return None
