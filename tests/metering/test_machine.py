"""What tells one machine from another."""

import pytest

from spikemeter.metering.machine import find_cpu_name

CORE = """processor\t: {n}
BogoMIPS\t: 243.75
Features\t: fp asimd evtstrm
CPU implementer\t: 0x41
CPU architecture: 8
CPU variant\t: {variant}
CPU part\t: {part}
CPU revision\t: 1

"""


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Return a function that makes a machine from its cores and its board's name."""
    monkeypatch.setattr("platform.processor", lambda: "aarch64")
    monkeypatch.setattr("platform.node", lambda: "pi4")

    def make(cpuinfo, board=None, where="proc/device-tree/model"):
        for name, text in (("proc/cpuinfo", cpuinfo), (where, board)):
            if text is not None:
                path = tmp_path / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        return find_cpu_name(tmp_path)

    return make


def cores(*parts, variant="0x3"):
    return "".join(
        CORE.format(n=n, part=part, variant=variant) for n, part in enumerate(parts)
    )


def test_a_model_is_the_name(machine):
    cpuinfo = "processor\t: 0\nmodel name\t: AMD EPYC 7763: a part\n"
    assert machine(2 * cpuinfo, "board") == "AMD EPYC 7763: a part"


def test_arm_has_numbers_and_a_board(machine):
    assert machine(cores("0xd08", "0xd08"), "Raspberry Pi 4 Model B Rev 1.4\0") == (
        "aarch64, CPU implementer 0x41, CPU variant 0x3, CPU part 0xd08, "
        "CPU revision 1, Raspberry Pi 4 Model B Rev 1.4"
    )


def test_two_arm_machines_differ(machine):
    """In the model of the core, its variant, the board, or by the host's name."""
    dmi = "sys/class/dmi/id/product_name"
    names = [
        machine(cores("0xd0c")),
        machine(cores("0xd0c", "0xd05")),
        machine(cores("0xd0c", variant="0x4")),
        machine(cores("0xd0c"), "c6g.large", dmi),
        machine(cores("0xd0c"), "ThunderX", dmi),
    ]
    assert len({*names}) == len(names)
    assert names[0].endswith("host pi4")


@pytest.mark.parametrize("cpuinfo", [None, "", "model name\t: unknown\n"])
def test_a_machine_that_tells_nothing_has_its_host_s_name(machine, cpuinfo):
    assert machine(cpuinfo) == "aarch64, host pi4"
