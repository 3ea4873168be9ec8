"""The engines by name."""

from spikemeter.engines.interface import Engine
from spikemeter.engines.reference import ReferenceEngine
from spikemeter.networks.neurons import Lif

ENGINES = {"snntorch": ReferenceEngine}


def choose(name: str) -> str:
    """Return the name of the engine to use; ``auto`` is the fastest exact one."""
    return "snntorch" if name == "auto" else name


def make(name: str, lif: Lif) -> Engine:
    """Make the engine of that name for neurons with these settings.

    Raises
    ------
    KeyError
        For a name that is not in ``ENGINES``.
    """
    return ENGINES[name](lif)
