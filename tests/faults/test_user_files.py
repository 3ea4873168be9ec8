"""Files in a user's own directory that are not as they should be."""

import io
import pickle
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from unittest.mock import ANY

from tests.faults.fault import Fault, campaign, causing
from tests.faults.places import DATA, said_by

HOME = "own"
LFS_POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 2\n"
LABELS = "t10k-labels-idx1-ubyte"
NO_FOLDER = "the user's directory does not exist"


@dataclass(frozen=True)
class Trouble:
    """A file that differs from a good one, and what is said of it."""

    title: str
    name: str
    found: str
    change: Callable[[bytes], bytes]
    dataset: str = "mnist"


def packed_by(method):
    """Return what packs the members of an archive again, by a method."""

    def pack(good):
        made = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(good)) as old,
            zipfile.ZipFile(made, "w", method) as new,
        ):
            for name in old.namelist():
                new.writestr(name, old.read(name))
        return made.getvalue()

    return pack


TROUBLES = (
    Trouble(
        "a user's IDX file that is cut",
        "train-images-idx3-ubyte",
        "states shape (5000, 28, 28) but holds 1959992",
        lambda good: good[: len(good) // 2],
    ),
    Trouble(
        "a user's labels for other images",
        LABELS,
        "999 labels for 1000 images",
        lambda good: good[:4] + (999).to_bytes(4, "big") + good[8:-1],
    ),
    Trouble(
        "a Git LFS pointer in place of a user's file",
        "data_batch_3",
        "a Git LFS pointer, not the file itself: run git lfs pull there",
        lambda _: LFS_POINTER,
        "cifar10",
    ),
    Trouble(
        "a user's batch with code in it",
        "test_batch",
        "not a CIFAR-10 batch: ValueError it names 'builtins print'",
        lambda _: pickle.dumps(print),
        "cifar10",
    ),
    Trouble(
        "a user's recording with bytes too many",
        "Train/5/00001.bin",
        "the recording has {n} bytes but each event has 5: it is cut off or no "
        "recording of N-MNIST",
        lambda good: good + b"mor",
        "nmnist",
    ),
    Trouble(
        "a user's recording of a larger sensor",
        "Train/5/00001.bin",
        "the recording, event 1: x is 127 and y is 90 but the sensor has 0 to 33 "
        "(bytes 7f5a000002)",
        lambda _: bytes([5, 7, 128, 0, 1, 127, 90, 0, 0, 2]),
        "nmnist",
    ),
    Trouble(
        "a user's archive of recordings that is cut",
        "test.zip",
        "File is not a zip file",
        lambda good: good[: len(good) // 2],
        "nmnist",
    ),
    Trouble(
        "a user's archive of recordings packed by bzip2",
        "test.zip",
        "'Test/4/00001.bin' is compressed by method bzip2 but must be stored or "
        "deflated, as by zip -r",
        packed_by(zipfile.ZIP_BZIP2),
        "nmnist",
    ),
)


def take_files(study, dataset):
    """Put good files into a directory of the user's, and let the config name it."""
    home, raw = study / HOME, study / f"{DATA}/{dataset}/raw"
    shutil.copytree(raw, home)
    (home / "source.json").unlink()
    if dataset == "nmnist":
        with zipfile.ZipFile(home / "train.zip") as archive:
            archive.extractall(home)
        (home / "train.zip").unlink()
    study.configure(**{f"data__{dataset}": {"source": "directory", "directory": HOME}})
    return home


@campaign(TROUBLES)
def test_user_files(fault, broken, expected, recover):
    path = take_files(broken, fault.dataset) / fault.name
    good = path.read_bytes()
    bad = fault.change(good)
    path.write_bytes(bad)
    raw = f"{DATA}/{fault.dataset}/raw"
    found = fault.found.format(n=len(bad))
    recover(
        Fault(
            fault.title,
            f"{raw}/source.json",
            said_by(
                f"fetch_{fault.dataset}",
                f"{HOME}/{fault.name} cannot be used ({found}): replace it, then run "
                "the same command again",
                log=f"fetch/{fault.dataset}",
            ),
            missing=(raw,),
            mend=lambda _: path.write_bytes(good),
            remedy="replace it",
        ),
        expected=expected | dict.fromkeys(files_of(fault.dataset), ANY),
    )


def files_of(dataset):
    """Return what differs where recordings were packed again, and its provenance."""
    packed = ["train.zip"] if dataset == "nmnist" else []
    return [f"data/{dataset}/raw/{name}" for name in ("source.json", *packed)]


@causing(NO_FOLDER)
def test_no_folder(broken, expected, recover):
    home = take_files(broken, "mnist")
    away = home.rename(broken / "elsewhere")
    recover(
        Fault(
            NO_FOLDER,
            f"{DATA}/mnist/raw/source.json",
            said_by(
                "fetch_mnist",
                f"{HOME} does not exist; correct data.mnist.directory in config.yaml",
            ),
            missing=(f"{DATA}/mnist/raw",),
            mend=lambda _: away.rename(home),
            remedy="put it there",
        ),
        expected=expected | dict.fromkeys(files_of("mnist"), ANY),
    )
