"""What the module of a figure makes: how to draw it, and what the page says of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib.style
from matplotlib.figure import Figure

from spikemeter.files import write_whole

# Decorates what draws or saves in the project's style.
styled = matplotlib.style.context(
    ["default", Path(__file__).with_name("spikemeter.mplstyle")]
)
# Without dates and versions, so that equal results are equal files.
METADATA: dict[str, dict[str, None]] = {
    ".svg": {"Date": None, "Creator": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    ".png": {"Software": None},
}


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
    make : callable
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
    make: Callable[[Mapping[str, Any], Sequence[str]], Figure]
    describe: Callable[[str, Sequence[Any]], Description]

    @styled
    def draw(self, spec: Mapping[str, Any], files: Sequence[str]) -> Figure:
        """Return the figure, made in the project's style."""
        return self.make(spec, files)


def describe_as(title: str, caption: str, alt: str) -> Callable[..., Description]:
    """Return a function that describes a figure in the same words in every study."""
    return lambda *_: Description(title, caption, alt)


@styled
def save_figure(figure: Figure, paths: Sequence[Path], dpi: int) -> None:
    """Write a figure to each path, as SVG, PDF or PNG by its ending.

    Equal figures give equal bytes.

    Parameters
    ----------
    dpi : int
        Resolution of PNG, and of images within the others, in dots per inch.
    """
    for path in paths:
        with write_whole(path) as temporary:
            figure.savefig(temporary, dpi=dpi, metadata=METADATA[path.suffix])
