"""The first training sample of each prepared input that a figure shows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy.typing as npt

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


def read_first_samples(
    spec: Mapping[str, Any], files: Sequence[str]
) -> Iterator[FirstSample]:
    """Yield the first sample of each input.

    Parameters
    ----------
    spec : mapping
        ``inputs``: for each one its ``key``, and what its data set states: ``classes``
        and ``panel_us``.
    files : sequence of str
        For each input the arrays, then the provenance.
    """
    pairs = zip(files[::2], files[1::2], strict=True)
    for pair, facts in zip(pairs, spec["inputs"], strict=True):
        arrays, provenance = read_input(pair, facts["key"])
        label = name_class(arrays["train_labels"][0], provenance, facts["classes"])
        yield FirstSample(arrays, provenance, label, facts["panel_us"])


def name_class(label: int, provenance: Mapping[str, Any], stated: Sequence[str]) -> str:
    """Return the name of a class, or its number where no name is known.

    A stand-in may have other classes than the data set that it stands for.
    """
    names = provenance.get("classes") or ([] if provenance["stand_in"] else stated)
    return str(names[label] if names else label)
