"""How the paper trained its networks, as far as it says, and what is other here."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from spikemeter.report.paper import PUBLISHED
from spikemeter.report.runs import Run


@dataclass(frozen=True)
class Stated:
    """What the paper states of a setting.

    Attributes
    ----------
    text : str
        In words.
    fits : callable
        Given a value, whether it is that.
    """

    text: str
    fits: Callable[[Any], bool]


def _is(*values: Any) -> Stated:
    return Stated(" or ".join(map(str, values)), lambda value: value in values)


def _shape(*sides: int) -> Stated:
    return Stated(
        " × ".join(map(str, sides)), lambda value: tuple(value or ()) == sides
    )


COMMON = {"learning_rate": _is(1e-3), "validation_fraction": _is(0.2)}
PLAIN = COMMON | {"neuron": _is("relu"), "loss": _is("cross_entropy")}
SPIKING = COMMON | {
    "neuron": _is("lif"),
    "loss": _is("mse_count"),
    "beta": _is(0.8),
    "reset": _is("subtract"),
    "surrogate": _is("atan", "atan_paper"),
}
RATE = SPIKING | {"encoding": _is("rate")}
# The three saccades of a recording last 100 ms each.
FRAMES = SPIKING | {
    "encoding": _is("direct"),
    "denoise_us": _is(10_000),
    "window_us": _is(1000),
    "steps": Stated("about 300", lambda value: value is not None and value >= 300),  # noqa: PLR2004
}
EXP1 = {"layers": _is("256-256-10"), "input_shape": _shape(1, 28, 28)}
EXP2 = {
    "layers": Stated(
        "five 5x5 convolutions, each followed by 2x2 pooling, then two fully "
        "connected layers",
        lambda value: bool(re.fullmatch(r"(\d+C5-P2-){5}\d+-10", str(value))),
    ),
    "padding": _is("same"),
    "input_shape": _shape(3, 32, 32),
}
EXP3 = {"layers": _is("12C5-P2-32C5-P2-10"), "padding": _is("valid")}
SETTINGS: dict[str, Mapping[str, Stated]] = {
    "exp1_ann": EXP1 | PLAIN,
    "exp1_snn": EXP1 | RATE,
    "exp2_cnn": EXP2 | PLAIN,
    "exp2_snn": EXP2 | RATE,
    "exp3_snn_mnist": EXP3 | RATE | {"input_shape": _shape(1, 32, 32)},
    "exp3_snn_nmnist": EXP3 | FRAMES | {"input_shape": _shape(2, 34, 34)},
}


def other_settings(run: Run) -> list[str]:
    """Return what of a run is not as the paper states it, one text a setting."""
    spec = run.train["data"].get("prepared", {}) | run.settings
    stated = {"epochs": _is(PUBLISHED[run.network].epochs)}
    stated |= SETTINGS[run.network.removesuffix("_snntorch")]
    return [
        f"{name} {_text(spec.get(name))}, the paper {paper.text}"
        for name, paper in stated.items()
        if not paper.fits(spec.get(name))
    ]


def _text(value: Any) -> str:
    return (
        " × ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    )
