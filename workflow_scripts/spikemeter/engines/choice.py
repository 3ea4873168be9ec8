"""The engines by name."""

from collections.abc import Callable
from importlib import import_module

import torch

from spikemeter.engines.interface import Engine
from spikemeter.networks.neurons import Lif

# Module, class, and what it is given besides the neurons. The modules are loaded when
# asked for: one compiles kernels, another needs a GPU.
_CLASSES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "snntorch": ("reference", "ReferenceEngine", ()),
    "events": ("events.engine", "EventsEngine", ()),
    "scan": ("scan", "ScanEngine", ("float32",)),
    "scan_tf32": ("scan", "ScanEngine", ("tf32",)),
    "scan_bf16": ("scan", "ScanEngine", ("bf16",)),
}
ENGINES = tuple(_CLASSES)


def choose(name: str, device: torch.device) -> str:
    """Return the name of the engine to use.

    ``auto`` is the fastest one that is exact: ``events`` on the processor, ``scan``
    on a GPU. Every other name is what it says.
    """
    if name != "auto":
        return name
    return "scan" if device.type == "cuda" else "events"


def make(name: str, lif: Lif) -> Engine:
    """Make the engine of that name for neurons with these settings.

    Raises
    ------
    KeyError
        For a name that is not in ``ENGINES``.
    RuntimeError
        If the engine cannot run on this machine.
    """
    module, kind, arguments = _CLASSES[name]
    engine: Callable[..., Engine] = getattr(
        import_module(f"spikemeter.engines.{module}"), kind
    )
    return engine(lif, *arguments)
