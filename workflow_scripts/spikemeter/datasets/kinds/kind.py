"""What every kind of data set answers: settings, shapes, sizes, and preparation."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from spikemeter.datasets.dataset import DataSet

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


S = TypeVar("S", bound=InputSettings)
D = TypeVar("D", bound=DataSet)


class Kind(ABC, Generic[S, D]):
    """One kind of data set.

    Attributes
    ----------
    title : str
        What its samples are, for messages.
    settings : type of InputSettings
        The keys of an input of this kind.

    Examples
    --------
    >>> from spikemeter.datasets.kinds.registry import KINDS
    >>> from spikemeter.datasets.registry import DATASETS
    >>> images = KINDS["images"]
    >>> images.shape(DATASETS["mnist"], images.settings(dataset="mnist", size=32))
    (1, 32, 32)
    """

    title: str
    settings: type[S]

    @abstractmethod
    def shape(self, dataset: D, settings: S) -> Shape:
        """Return (channels, rows, columns) of a prepared sample."""

    @abstractmethod
    def steps(self, settings: S) -> int | None:
        """Return the time steps that the input brings; None if it has no time."""

    @abstractmethod
    def prepared_bytes(self, dataset: D, settings: S) -> int:
        """Return the size of a prepared sample, in bytes."""

    @abstractmethod
    def held_bytes(self, dataset: D) -> int:
        """Return what preparing holds in memory besides the prepared samples."""

    @abstractmethod
    def prepare(
        self, dataset: D, folder: Path, settings: S
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
