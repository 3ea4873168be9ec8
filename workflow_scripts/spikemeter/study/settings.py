"""What the jobs of the workflow are told: plain values with units in their names.

Snakemake hands every job a mapping of builtins (the slice of the config that its
result depends on); the job turns it into these. Only ``config.py`` knows config keys.
"""

from dataclasses import dataclass
from typing import Any, Literal

Padding = Literal["valid", "same"]


@dataclass(frozen=True)
class SourceSettings:
    """Where a data set comes from.

    Attributes
    ----------
    source : {'sample', 'npm', 'official', 'directory'}
        `spikemeter.datasets.fetch.sources.ALLOWED_SOURCES` says which a data set has.
    mirrors : tuple of str
        For ``official``: addresses of folders, tried before the official ones.
    directory : str or None
        For ``directory``: the folder that holds the files.
    allow_http : bool
        Whether mirrors may be http.
    """

    source: str
    mirrors: tuple[str, ...] = ()
    directory: str | None = None
    allow_http: bool = False


@dataclass(frozen=True)
class InputSettings:
    """How a data set becomes an input of networks.

    Attributes
    ----------
    dataset : {"mnist", "cifar10", "nmnist"}
    train_samples, test_samples : int or None
        The first so many samples; None is all.
    size : int or None
        Side of the images in pixels; None for event recordings.
    denoise_us : int or None
        Drop an event without a neighbour in so many µs; 0 keeps all.
    window_us : int or None
        Width of one event frame.
    steps : int or None
        Number of event frames.
    """

    dataset: str
    train_samples: int | None = None
    test_samples: int | None = None
    size: int | None = None
    denoise_us: int | None = None
    window_us: int | None = None
    steps: int | None = None


@dataclass(frozen=True)
class NetworkSettings:
    """Everything that the training and the test of one network depend on.

    Attributes
    ----------
    input : str
        Name of the prepared input.
    input_shape : tuple of int
        (channels, height, width).
    layers, padding : str
        See :mod:`spikemeter.networks.notation`.
    neuron : {"lif", "relu"}
    epochs, batch_size : int
    learning_rate, validation_fraction : float
    loss : {"mse_count", "cross_entropy"}
    steps : int or None
        Time steps; None for a ReLU network, as are all that follow.
    encoding, engine, surrogate, reset : str or None
    beta, threshold : float or None
    """

    input: str
    input_shape: tuple[int, int, int]
    layers: str
    padding: Padding
    neuron: str
    epochs: int
    batch_size: int
    learning_rate: float
    validation_fraction: float
    loss: str
    steps: int | None = None
    encoding: str | None = None
    engine: str | None = None
    beta: float | None = None
    threshold: float | None = None
    reset: str | None = None
    surrogate: str | None = None

    @classmethod
    def from_mapping(cls, values: dict[str, Any]) -> "NetworkSettings":
        """Make the settings from the mapping that a job was given."""
        return cls(**{**values, "input_shape": tuple(values["input_shape"])})
