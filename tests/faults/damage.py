"""Ways in which a file or a folder can be other than it was left."""

import functools
import os
import pickle
import re
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import torch

from tests.workflow.study import Study

Change = Callable[[Study], None]
PROOF = "code-has-run"


def _change(act: Callable[[Path], None]) -> Callable[[str], Change]:
    """Turn what is done to a path into what is done to a study at a name."""

    @functools.wraps(act)
    def at(name: str) -> Change:
        return lambda study: act(study / name)

    return at


@_change
def cut(path: Path) -> None:
    """Leave the first half of a file."""
    os.truncate(path, path.stat().st_size // 2)


@_change
def flip(path: Path) -> None:
    """Change one bit in the middle of a file, which in a text turns a 2 to a 3."""
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    digit = re.compile(rb"[0-9](?=[,\n])").search(content, middle)
    content[digit.start() if digit else middle] ^= 1
    path.write_bytes(content)


def remove(name: str) -> Change:
    """Delete a file, or a folder with what is in it."""
    return lambda study: study.remove(name)


@_change
def empty(path: Path) -> None:
    """Delete all that is in a folder."""
    shutil.rmtree(path)
    path.mkdir()


@_change
def folder_instead(path: Path) -> None:
    """Put a folder that is not empty where a file should be."""
    path.unlink(missing_ok=True)
    path.mkdir(parents=True)
    (path / "notes.txt").touch()


@_change
def file_instead(path: Path) -> None:
    """Put a file where a folder should be."""
    shutil.rmtree(path, ignore_errors=True)
    path.write_text("notes")


class _Code:
    """What writes a file when it is unpickled without care."""

    def __init__(self, beside: Path) -> None:
        self.path = beside.with_name(PROOF)

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


@_change
def code_in_torch_file(path: Path) -> None:
    """Hide code in a file that torch.save would write."""
    torch.save({"key": _Code(path)}, path)


@_change
def code_in_arrays(path: Path) -> None:
    """Hide code in a file of arrays."""
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("more.npy", pickle.dumps(_Code(path)))


def future(study: Study) -> None:
    """Set the times of all files of a study a year ahead."""
    for folder in ("results", "workflow_scripts", "resources"):
        for path in (study / folder).rglob("*"):
            ahead_s = path.stat().st_mtime + 365 * 86400
            os.utime(path, (ahead_s, ahead_s))


def without(folder: Path, *programs: str) -> str:
    """Return a PATH with all programs of this machine but some."""
    folder.mkdir()
    for place in map(Path, os.environ["PATH"].split(os.pathsep)):
        for program in place.glob("*"):
            link = folder / program.name
            if program.name not in programs and not link.is_symlink():
                link.symlink_to(program)
    return str(folder)
