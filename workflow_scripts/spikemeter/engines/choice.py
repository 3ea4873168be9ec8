"""The engines by name."""

import torch

from spikemeter.engines.interface import Engine
from spikemeter.engines.names import chosen, misfit
from spikemeter.networks.neurons.lif import Lif
from spikemeter.networks.neurons.neuron import Neuron

# What the scanning engines multiply in.
PRECISIONS = {"scan": "float32", "scan_tf32": "tf32", "scan_bf16": "bf16"}


def choose(name: str, device: torch.device) -> str:
    """Return the name of the engine to use.

    ``auto`` is the fastest one that is exact: ``events`` on the processor, ``scan``
    on a GPU. Every other name is what it says.

    Raises
    ------
    RuntimeError
        If the engine does not compute on the device.
    """
    problem = misfit(name, device.type)
    if problem:
        raise RuntimeError(f"engine {problem}; set engine in config.yaml")
    return chosen(name, device.type)


def make(name: str, lif: Neuron) -> Engine:
    """Make the engine of that name for neurons with these settings.

    The modules are loaded when asked for: one compiles kernels, another needs
    Triton, which is not everywhere. They are named in import statements, because
    :func:`spikemeter.study.staleness.code` follows those.

    Raises
    ------
    KeyError
        For a name that is not in ``spikemeter.engines.names.DEVICES``.
    RuntimeError
        If the engine cannot run on this machine.
    """
    if not isinstance(lif, Lif):
        raise RuntimeError(f"engine {name} computes LIF neurons only")
    if name == "snntorch":
        from spikemeter.engines.reference import ReferenceEngine  # noqa: PLC0415

        return ReferenceEngine(lif)
    if name == "events":
        from spikemeter.engines.cpu.engine import EventsEngine  # noqa: PLC0415

        return EventsEngine(lif)
    from spikemeter.engines.cuda.engine import ScanEngine  # noqa: PLC0415

    return ScanEngine(lif, PRECISIONS[name])
