"""What the jobs of the workflow are told: plain values with units in their names.

Snakemake hands every job a mapping of builtins (the slice of the config that its
result depends on); the job turns it into these. Only ``config.py`` knows config keys.
"""

from dataclasses import dataclass


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
