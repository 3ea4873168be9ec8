"""Limits as Docker, Podman, Kubernetes, SLURM and systemd write them."""

import pytest

from spikemeter.metering import control_groups as groups
from spikemeter.metering.source import UnavailableError
from spikemeter.training.device import count_cpus

TMPFS = "31 23 0:28 / {root}/fs rw - tmpfs tmpfs rw,mode=755\n"


def describe(root, cgroup, *mounts):
    """Write /proc/self; ``mounts`` are kind, root in the hierarchy, place, options."""
    proc = root / "proc"
    proc.mkdir(parents=True)
    (proc / "cgroup").write_text(cgroup)
    lines = [
        f"32 31 0:29 {top} {root}/{place} rw shared:9 - {kind} {kind} rw,{more}"
        for kind, top, place, more in mounts
    ]
    (proc / "mountinfo").write_text(TMPFS.format(root=root) + "\n".join(lines))
    return proc


def write(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(f"{text}\n")


def version_2(root, path="/"):
    mount = ("cgroup2", "/", "fs", "nsdelegate")
    return describe(root, f"0::{path}\n", mount)


@pytest.fixture
def container_v2(tmp_path):
    """A container with its own name space: its group is the root that it sees."""
    proc = version_2(tmp_path)
    write(
        tmp_path / "fs",
        cpu__max="150000 100000",
        cpu__stat="usage_usec 9\nnr_periods 7\nnr_throttled 5\nthrottled_usec 2500000",
        memory__max=2**31,
    )
    return proc


@pytest.fixture
def container_v1(tmp_path):
    """A container without one: the mount is the group that the host names."""
    group = "/docker/4f2a"
    mounts = [
        ("cgroup", group, "fs/cpu,cpuacct", "cpu,cpuacct"),
        ("cgroup", group, "fs/memory", "memory"),
    ]
    names = f"4:memory:{group}\n3:cpu,cpuacct:{group}\n0::{group}\n"
    proc = describe(tmp_path, names, *mounts)
    write(
        tmp_path / "fs/cpu,cpuacct",
        cpu__cfs_quota_us=150000,
        cpu__cfs_period_us=100000,
        cpu__stat="nr_periods 7\nnr_throttled 5\nthrottled_time 2500000000",
    )
    write(tmp_path / "fs/memory", memory__limit_in_bytes=2**31)
    return proc


@pytest.mark.parametrize("version", ["container_v1", "container_v2"])
def test_limits_of_a_container(version, request, monkeypatch):
    proc = request.getfixturevalue(version)
    assert groups.read_cpu_quota(proc) == 1.5
    assert groups.read_throttled_s(proc) == 2.5
    assert groups.read_memory_limit_bytes(proc) == 2**31


@pytest.mark.parametrize(
    ("quota", "threads"), [(None, 8), (64.0, 8), (2.0, 2), (1.5, 1), (0.1, 1)]
)
def test_a_quota_limits_threads(monkeypatch, quota, threads):
    module = "spikemeter.training.device"
    monkeypatch.setattr(f"{module}.read_cpu_quota", lambda: quota)
    monkeypatch.setattr("os.sched_getaffinity", lambda _pid: range(8), raising=False)
    assert count_cpus() == threads


def test_the_tightest_limit_of_all_groups_around_counts(tmp_path):
    proc = version_2(tmp_path, "/slurm/job_7/step_0")
    stat = "throttled_usec 1000000"
    job = tmp_path / "fs/slurm/job_7"
    write(tmp_path / "fs/slurm", cpu__max="max 100000", memory__max=2**34)
    write(job, cpu__max="400000 100000", memory__max=2**33, cpu__stat=stat)
    write(job / "step_0", cpu__max="800000 100000", memory__max="max", cpu__stat=stat)
    assert groups.read_cpu_quota(proc) == 4
    assert groups.read_throttled_s(proc) == 2
    assert groups.read_memory_limit_bytes(proc) == 2**33


def test_no_limits_of_version_1(tmp_path):
    mounts = [("cgroup", "/", f"fs/{name}", name) for name in ("cpu", "memory")]
    proc = describe(tmp_path, "4:memory:/a\n1:cpu:/\n", *mounts)
    write(tmp_path / "fs/cpu", cpu__cfs_quota_us=-1, cpu__cfs_period_us=100000)
    write(tmp_path / "fs/memory/a", memory__limit_in_bytes=9223372036854771712)
    assert_unlimited(proc)


def test_no_limits_of_version_2(tmp_path):
    proc = version_2(tmp_path, "/user.slice")
    write(tmp_path / "fs/user.slice", cpu__max="max 100000", memory__max="max")
    assert_unlimited(proc)


def test_no_control_groups_at_all(tmp_path):
    assert_unlimited(tmp_path)


def assert_unlimited(proc):
    assert groups.read_cpu_quota(proc) is None
    assert groups.read_memory_limit_bytes(proc) is None
    with pytest.raises(UnavailableError, match="no CPU quota"):
        groups.read_throttled_s(proc)
