"""Which engine computes a network on a device.

Import-light, so that Snakemake can read it while planning.
"""

from itertools import chain

from spikemeter.engines.registry import ENGINES
from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.encodings.registry import ENCODINGS
from spikemeter.networks.losses.registry import LOSSES
from spikemeter.networks.neurons.registry import NEURONS

AUTO = "auto"
DEVICES = ("cpu", "cuda")


def resolve_engine(name: str, device: str, description: NetworkDescription) -> str:
    """Return the name of the engine that computes a network.

    ``auto`` is the fastest engine that is exact up to float32 ties and supports the
    network: for LIF neurons ``events`` on a CPU and ``scan`` on a GPU. Every other name
    is itself.

    Parameters
    ----------
    name : str
        ``auto`` or a name in :data:`spikemeter.engines.registry.ENGINES`.
    device : {"cpu", "cuda"}
    description : NetworkDescription

    Raises
    ------
    RuntimeError
        If no engine, or not this one, computes the network on the device.

    Examples
    --------
    ``resolve_engine("auto", "cpu", description)`` is ``"events"`` for LIF neurons.
    """
    problem = refuse_engine(name, device, description)
    if problem:
        raise RuntimeError(f"engine {problem}; set engine in config.yaml")
    return _exact_engines(device, description)[0][0] if name == AUTO else name


def refuse_engine(
    name: str, device: str, description: NetworkDescription
) -> str | None:
    """Return why an engine cannot compute a network on a device, None if it can.

    The device ``auto`` is not known yet: one that the engine computes on is enough.
    """
    if name == AUTO:
        if any(_exact_engines(device, description)):
            return None
        return f"is 'auto' but no engine computes this network on {device}"
    problem = refuse_device(name, device)
    reason = ENGINES[name].supports(description)
    if problem or reason is None:
        return problem
    able = dict.fromkeys(chain(*_exact_engines(AUTO, description)))
    named = ", ".join([AUTO, *able]) if able else "no engine"
    return f"is {name!r} but {reason}; this network can run on {named}"


def refuse_device(name: str, device: str) -> str | None:
    """Return why an engine does not compute on a device, None if it does."""
    if AUTO in (name, device) or device in ENGINES[name].devices:
        return None
    fitting = [other for other, entry in ENGINES.items() if device in entry.devices]
    return (
        f"is {name!r} but must be one of {', '.join([AUTO, *reversed(fitting)])} for "
        f"the device {device}"
    )


def find_rounding(name: str) -> str | None:
    """Return the format that an engine rounds to, None if to none or no engine."""
    return ENGINES[name].rounding if name in ENGINES else None


def possible_engines(device: str, description: NetworkDescription) -> list[str]:
    """Return the engines that a network's job may use; device and engine may be auto.

    A network that does not spike has none.
    """
    if description.engine == AUTO:
        found = _exact_engines(device, description)
        return list(dict.fromkeys(names[0] for names in found if names))
    return [description.engine] if description.engine else []


def entry_modules(device: str, description: NetworkDescription) -> tuple[str, ...]:
    """Return the files of all registries' entries that a network's jobs use.

    They are relative to the parent of the package, as
    :meth:`spikemeter.registry.Registry.module` gives them.
    """
    files = [NEURONS.module(description.neuron.name), LOSSES.module(description.loss)]
    if description.encoding is not None:
        files.append(ENCODINGS.module(description.encoding))
    files += [ENGINES.module(name) for name in possible_engines(device, description)]
    return tuple(files)


def _exact_engines(device: str, description: NetworkDescription) -> list[list[str]]:
    """Return the engines of a device, or with ``auto`` of each, fastest first."""
    return [
        [
            name
            for name, entry in ENGINES.items()
            if entry.rounding is None and one in entry.devices
            if entry.supports(description) is None
        ]
        for one in (DEVICES if device == AUTO else (device,))
    ]
