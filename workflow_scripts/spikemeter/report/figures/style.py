"""What all figures share: the style, and how they are saved."""

import functools
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ParamSpec

import matplotlib.style
from matplotlib.figure import Figure

from spikemeter.files import write_whole

STYLE = Path(__file__).with_name("spikemeter.mplstyle")
# Without dates and versions, so that equal results are equal files.
METADATA: dict[str, dict[str, None]] = {
    ".svg": {"Date": None, "Creator": None},
    ".pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    ".png": {"Software": None},
}

P = ParamSpec("P")


def styled(draw: Callable[P, Figure]) -> Callable[P, Figure]:
    """Make a function draw in the project's style."""

    @functools.wraps(draw)
    def in_style(*args: P.args, **kwargs: P.kwargs) -> Figure:
        with matplotlib.style.context(["default", STYLE]):
            return draw(*args, **kwargs)

    return in_style


def save_figure(figure: Figure, paths: Sequence[Path], dpi: int) -> None:
    """Write a figure to each path, as SVG, PDF or PNG by its ending.

    Equal figures give equal bytes.

    Parameters
    ----------
    dpi : int
        Resolution of PNG, and of images within the others, in dots per inch.

    Raises
    ------
    ValueError
        If a path ends otherwise.
    """
    for path in paths:
        if path.suffix not in METADATA:
            raise ValueError(
                f"{path} ends in {path.suffix!r} but must end in "
                f"{', '.join(METADATA)}; correct FORMATS in spikemeter/study/plan.py"
            )
        with (
            matplotlib.style.context(["default", STYLE]),
            write_whole(path) as temporary,
        ):
            figure.savefig(temporary, dpi=dpi, metadata=METADATA[path.suffix])
