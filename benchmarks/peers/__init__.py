"""The candidates: other libraries, and our own engines, on the same task."""

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Protocol

import numpy as np

from benchmarks.workloads import Task


class Peer(Protocol):
    """A network ready to run, on one batch."""

    def train_step(self) -> float:
        """Do forward pass, loss, gradients and one update; return the loss."""

    def infer(self) -> np.ndarray:
        """Return the output spikes, (steps, batch, classes)."""

    def gradients(self) -> list[np.ndarray]:
        """Return the gradients of the first update, weight and bias in turn."""


@dataclass(frozen=True)
class Candidate:
    """How a candidate is made and described.

    Attributes
    ----------
    title : str
    package : str
        The distribution that it needs.
    target : str
        Module below this package, and the class in it.
    devices : tuple of {"cpu", "cuda"}
    neuron : str
        How its neuron relates to the equations of the study.
    arguments : tuple
        What the class takes besides the task.
    """

    title: str
    package: str
    target: str
    neuron: str = "same"
    devices: tuple[str, ...] = ("cpu", "cuda")
    arguments: tuple[str, ...] = ()

    @property
    def ours(self) -> bool:
        """Tell whether it is an engine of spikemeter."""
        return self.target.startswith("ours:")

    def installed(self) -> str | None:
        """Return the version of its package, None where it is not installed."""
        try:
            return version(self.package)
        except PackageNotFoundError:
            return None

    def build(self, task: Task) -> Peer:
        """Import what it needs and make the network."""
        module, name = self.target.split(":")
        made: Peer = getattr(import_module(f"benchmarks.peers.{module}"), name)(
            task, *self.arguments
        )
        return made


def _ours(engine: str, device: str, neuron: str = "same") -> Candidate:
    title = f"spikemeter, engine {engine}"
    devices = ("cpu", "cuda") if device == "any" else (device,)
    return Candidate(title, "torch", "ours:Ours", neuron, devices, (engine,))


REFERENCE = "snntorch"
OURS = {"cpu": "events", "cuda": "scan"}
CANDIDATES = {
    "snntorch": Candidate("snnTorch, its tutorials' loop", "snntorch", "snntorch:Loop"),
    "events": _ours("events", "cpu"),
    "scan": _ours("scan", "cuda"),
    "scan_tf32": _ours("scan_tf32", "cuda", "same, rounded inputs of products"),
    "scan_bf16": _ours("scan_bf16", "cuda", "same, rounded inputs of products"),
    "reference": _ours("snntorch", "any"),
    "spikingjelly": Candidate(
        "SpikingJelly LIFNode",
        "spikingjelly",
        "spikingjelly:LifNode",
        "not the same: the reset is decayed",
    ),
    "flexsn": Candidate(
        "SpikingJelly FlexSN, our equations", "spikingjelly", "spikingjelly:FlexNode"
    ),
    "norse": Candidate(
        "norse LIFBox, our reset",
        "norse",
        "norse:LifBox",
        "same; another surrogate gradient",
    ),
    "sinabs": Candidate("sinabs LIF, our reset", "sinabs", "sinabs:Lif"),
    "spyx": Candidate(
        "Spyx LIF",
        "spyx",
        "spyx:Sequential",
        "not the same: fires a step late, gradient through the reset",
    ),
    "jax": Candidate("plain JAX, our code", "jax", "jax:Batched"),
}


def list_candidates(device: str) -> dict[str, Candidate]:
    """Return the candidates that can run on ``cpu`` or ``cuda``."""
    return {n: c for n, c in CANDIDATES.items() if device in c.devices}
