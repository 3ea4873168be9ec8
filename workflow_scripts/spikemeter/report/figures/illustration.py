"""What a figure's module tells of it: how to draw it, and what the page says of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from matplotlib.figure import Figure


class Description(NamedTuple):
    """What the page says of a figure; ``alt`` is for readers who do not see it."""

    title: str
    caption: str
    alt: str


@dataclass(frozen=True)
class Illustration:
    """A figure: its drawing and its texts.

    Attributes
    ----------
    group : str
        The heading on the page; figures with the same heading share it.
    draw : callable
        Takes the ``spec`` of the job's params and the paths of its input files.
    describe : callable
        Takes the title of what is drawn (an experiment, or ``""``) and its runs.

    Examples
    --------
    >>> from spikemeter.report.figures.registry import ILLUSTRATIONS
    >>> figure = ILLUSTRATIONS["neuron"].draw({}, [])
    >>> ILLUSTRATIONS["neuron"].describe("", []).title
    'The leaky integrate-and-fire neuron'
    """

    group: str
    draw: Callable[[Mapping[str, Any], Sequence[str]], Figure]
    describe: Callable[[str, Sequence[Any]], Description]


def describe_as(title: str, caption: str, alt: str) -> Callable[..., Description]:
    """Return a function that describes a figure in the same words in every study."""
    return lambda *_: Description(title, caption, alt)
