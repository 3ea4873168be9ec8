"""The first training sample of each prepared input that a figure shows."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy.typing as npt
from matplotlib.figure import Figure

from spikemeter.datasets.prepared import read_input


class FirstSample(NamedTuple):
    """A prepared input, and the class of its first training sample.

    Attributes
    ----------
    arrays, provenance : mapping
        What :func:`spikemeter.datasets.prepared.read_input` returns.
    label : str
        The name of the class, or its number where no name is known.
    panel_us : int or None
        Length of one part of an event recording, where its data set has parts.
    """

    arrays: Mapping[str, npt.NDArray[Any]]
    provenance: Mapping[str, Any]
    label: str
    panel_us: int | None


def draw_samples(
    draw: Callable[[list[FirstSample]], Figure],
) -> Callable[[Mapping[str, Any], Sequence[str]], Figure]:
    """Return how an illustration calls a function that draws the first samples."""

    def make(spec: Mapping[str, Any], files: Sequence[str]) -> Figure:
        pairs = zip(files[::2], files[1::2], strict=True)
        samples = []
        for pair, facts in zip(pairs, spec["inputs"], strict=True):
            arrays, provenance = read_input(pair, facts["key"])
            label = name_class(arrays["train_labels"][0], provenance, facts["classes"])
            samples.append(FirstSample(arrays, provenance, label, facts["panel_us"]))
        return draw(samples)

    return make


def name_class(label: int, provenance: Mapping[str, Any], stated: Sequence[str]) -> str:
    """Return the name of a class, or its number where no name is known.

    A stand-in may have other classes than the data set that it stands for.
    """
    names = provenance.get("classes") or ([] if provenance["stand_in"] else stated)
    return str(names[label] if names else label)
