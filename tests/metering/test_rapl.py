import pytest

from spikemeter.metering.host import Rapl
from spikemeter.metering.source import UnavailableError

RANGE_UJ = 1_000_000_000


def make_zone(root, folder, name, energy_uj):
    zone = root / folder
    zone.mkdir(parents=True)
    (zone / "name").write_text(f"{name}\n")
    (zone / "max_energy_range_uj").write_text(f"{RANGE_UJ}\n")
    (zone / "energy_uj").write_text(f"{energy_uj}\n")
    return zone / "energy_uj"


def test_energy_since_the_opening(tmp_path):
    counter = make_zone(tmp_path, "intel-rapl:0", "package-0", 5_000_000)
    rapl = Rapl.open(tmp_path)
    assert rapl.energy_j() == 0
    counter.write_text("7500000\n")
    assert rapl.energy_j() == 2.5


def test_packages_add_up_and_inner_zones_do_not_count(tmp_path):
    zones = ["intel-rapl:0", "intel-rapl:1", "intel-rapl:0:0", "intel-rapl:2"]
    names = ["package-0", "package-1", "core", "psys"]
    counters = [
        make_zone(tmp_path, zone, name, 0)
        for zone, name in zip(zones, names, strict=True)
    ]
    rapl = Rapl.open(tmp_path)
    for counter in counters:
        counter.write_text("1000000")
    assert rapl.energy_j() == 2.0


def test_wrapping_counter(tmp_path):
    counter = make_zone(tmp_path, "intel-rapl:0", "package-0", RANGE_UJ - 2_000_000)
    rapl = Rapl.open(tmp_path)
    for energy_uj in (RANGE_UJ - 1_000_000, 1_000_000, 4_000_000):
        counter.write_text(str(energy_uj))
        rapl.energy_j()
    assert rapl.energy_j() == 6.0


def test_counter_set_back_is_no_energy_any_more(tmp_path):
    counter = make_zone(tmp_path, "intel-rapl:0", "package-0", 9_000_000)
    rapl = Rapl.open(tmp_path)
    counter.write_text("1000000")
    for _ in range(2):
        with pytest.raises(UnavailableError, match="intel-rapl:0 was set back"):
            rapl.energy_j()


def test_no_rapl(tmp_path):
    with pytest.raises(UnavailableError, match="no RAPL on this machine"):
        Rapl.open(tmp_path / "powercap")


def test_unreadable(tmp_path, monkeypatch):
    counter = make_zone(tmp_path, "intel-rapl:0", "package-0", 0)
    read_text = type(counter).read_text

    def refuse(path, **options):  # a mode of 0 would not stop root
        if path == counter:
            raise PermissionError(13, "Permission denied")
        return read_text(path, **options)

    monkeypatch.setattr(type(counter), "read_text", refuse)
    message = f"RAPL not readable: permission denied: {counter}"
    with pytest.raises(UnavailableError, match=message):
        Rapl.open(tmp_path)


@pytest.mark.parametrize("text", ["", "-5", "1e6", "garbage"])
def test_garbage(tmp_path, text):
    make_zone(tmp_path, "intel-rapl:0", "package-0", text)
    with pytest.raises(UnavailableError, match="is no count"):
        Rapl.open(tmp_path)
