"""The engines' names and where they run; for who must not load PyTorch to know."""

# The devices that an engine computes on.
DEVICES = {
    "snntorch": ("cpu", "cuda"),
    "events": ("cpu",),
    "scan": ("cuda",),
    "scan_tf32": ("cuda",),
    "scan_bf16": ("cuda",),
}
# Those whose rounding lets other neurons spike than the reference, and how they round.
APPROXIMATE = {"scan_tf32": "TF32", "scan_bf16": "bfloat16"}
# The fastest exact engine of a device.
FASTEST = {"cpu": "events", "cuda": "scan"}


def chosen(name: str, device: str) -> str:
    """Return the engine that ``auto`` is on a device; every other name is its own.

    Parameters
    ----------
    name : str
        ``auto`` or one of ``DEVICES``.
    device : {"cpu", "cuda"}
    """
    return FASTEST[device] if name == "auto" else name


def misfit(name: str, device: str) -> str:
    """Return why an engine and a device do not go together, nothing if they do.

    Parameters
    ----------
    name : str
        ``auto`` or one of ``DEVICES``.
    device : {"auto", "cpu", "cuda"}
        ``auto`` is not known yet: everything may fit.
    """
    if "auto" in (name, device) or device in DEVICES[name]:
        return ""
    fitting = [other for other, devices in DEVICES.items() if device in devices]
    return (
        f"is {name!r} but must be one of auto, {', '.join(fitting)} for the device "
        f"{device}"
    )
