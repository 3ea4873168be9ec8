"""The limits that this process's control group (cgroup v1 or v2) sets on Linux.

References
----------
Linux kernel, Documentation/admin-guide/cgroup-v2.rst, cgroup-v1/memory.rst and
Documentation/scheduler/sched-bwc.rst
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from spikemeter.metering.source import UnavailableError

PROC = Path("/proc/self")
UNLIMITED_BYTES = 2**62  # version 1 has a number for it: 2**63 less a page


def read_cpu_quota(proc: Path = PROC) -> float | None:
    """Return how many CPUs' time this process may use; None without a limit."""
    return min((quota for _, quota in _list_quotas(proc)), default=None)


def read_throttled_s(proc: Path = PROC) -> float:
    """Return for how long the CPU quota held processes of the group back so far.

    In seconds, added up over the CPUs. Raises UnavailableError without a quota.
    """
    stats = [folder / "cpu.stat" for folder, _ in _list_quotas(proc)]
    if not stats:
        raise UnavailableError("no CPU quota")
    return sum(_read_stat(path) for path in stats)


def read_memory_limit_bytes(proc: Path = PROC) -> int | None:
    """Return how much memory the group may use; None without a limit."""
    names = ("memory.max", "memory.limit_in_bytes")
    texts = [_read(group / name) for group in _find("memory", proc) for name in names]
    limits = [int(text) for text in texts if text.strip().isdecimal()]
    return min((limit for limit in limits if limit < UNLIMITED_BYTES), default=None)


def _list_quotas(proc: Path) -> Iterator[tuple[Path, float]]:
    """Yield the groups with a quota, and their quota in CPUs."""
    for group in _find("cpu", proc):
        v1 = f"{_read(group / 'cpu.cfs_quota_us')} {_read(group / 'cpu.cfs_period_us')}"
        for text in (_read(group / "cpu.max"), v1):
            match text.split():
                case [quota, period] if quota.isdecimal():  # else "max" or -1
                    yield group, int(quota) / int(period)


def _read_stat(path: Path) -> float:
    found = dict(line.split() for line in _read(path).splitlines())
    if "throttled_usec" in found:
        return int(found["throttled_usec"]) / 1e6
    if "throttled_time" in found:  # version 1
        return int(found["throttled_time"]) / 1e9
    raise UnavailableError(f"{path} gives no throttled time")


def _read(path: Path) -> str:
    """Return the text of a file; empty if there is none."""
    with suppress(OSError):
        return path.read_text(encoding="ascii")
    return ""


@cache
def _find(controller: str, proc: Path) -> tuple[Path, ...]:
    """Return the folders of the process's group and of all groups around it.

    Those of version 1 if the controller is mounted as such, else those of version 2.
    """
    paths: dict[str, str] = {}
    for line in _read(proc / "cgroup").splitlines():
        _, controllers, path = line.split(":", 2)
        paths |= dict.fromkeys(controllers.split(","), path)
    mounts = {}
    for line in _read(proc / "mountinfo").splitlines():
        place, _, system = line.partition(" - ")
        kind, _, options = system.split()
        if kind == "cgroup2" or (kind == "cgroup" and controller in options.split(",")):
            mounts[kind] = place.split()[3:5]
    for kind, name in (("cgroup", controller), ("cgroup2", "")):
        if kind in mounts and name in paths:
            root, mount = mounts[kind]
            # A container sees its own group as the root, or the host's path of it.
            inside = os.path.relpath(paths[name], root)
            inside = "" if inside.startswith("..") else inside
            group = Path(mount, inside)
            levels = len(group.parts) - len(Path(mount).parts)
            return (group, *list(group.parents)[:levels])
    return ()
