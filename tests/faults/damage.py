"""Ways in which a file or a folder can be other than it was left."""

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


def cut(name: str) -> Change:
    """Leave the first half of a file."""
    return lambda study: study.cut(name)


def flip(name: str) -> Change:
    """Change one bit in the middle of a file, which in a text turns a 2 to a 3."""

    def change(study: Study) -> None:
        content = bytearray((study / name).read_bytes())
        middle = len(content) // 2
        digit = re.compile(rb"[0-9](?=[,\n])").search(content, middle)
        content[digit.start() if digit else middle] ^= 1
        (study / name).write_bytes(content)

    return change


def remove(name: str) -> Change:
    """Delete a file, or a folder with what is in it."""

    def change(study: Study) -> None:
        path = study / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return change


def empty(name: str) -> Change:
    """Delete all that is in a folder."""

    def change(study: Study) -> None:
        shutil.rmtree(study / name)
        (study / name).mkdir()

    return change


def folder_instead(name: str) -> Change:
    """Put a folder that is not empty where a file should be."""

    def change(study: Study) -> None:
        (study / name).unlink(missing_ok=True)
        (study / name).mkdir(parents=True)
        (study / name / "notes.txt").touch()

    return change


def file_instead(name: str) -> Change:
    """Put a file where a folder should be."""

    def change(study: Study) -> None:
        shutil.rmtree(study / name, ignore_errors=True)
        (study / name).write_text("notes")

    return change


class _Code:
    """What writes a file when it is unpickled without care."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple:
        return Path.touch, (self.path,)


PROOF = "code-has-run"


def code_in_torch_file(name: str) -> Change:
    """Hide code in a file that torch.save would write."""

    def change(study: Study) -> None:
        torch.save({"key": _Code(study / PROOF)}, study / name)

    return change


def code_in_arrays(name: str) -> Change:
    """Hide code in a file of arrays."""

    def change(study: Study) -> None:
        with zipfile.ZipFile(study / name, "a") as archive:
            archive.writestr("more.npy", pickle.dumps(_Code(study / PROOF)))

    return change


def future(*folders: str) -> Change:
    """Set the times of all files a year ahead."""

    def change(study: Study) -> None:
        for folder in folders:
            for path in (study / folder).rglob("*"):
                ahead_s = path.stat().st_mtime + 365 * 86400
                os.utime(path, (ahead_s, ahead_s))

    return change


def all_of(*changes: Change) -> Change:
    """Do several things."""

    def change(study: Study) -> None:
        for one in changes:
            one(study)

    return change


def without(folder: Path, *programs: str) -> str:
    """Return a PATH with all programs of this machine but some."""
    folder.mkdir()
    for place in map(Path, os.environ["PATH"].split(os.pathsep)):
        for program in place.glob("*"):
            link = folder / program.name
            if program.name not in programs and not link.is_symlink():
                link.symlink_to(program)
    return str(folder)
