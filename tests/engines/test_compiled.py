import os
import pwd
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from numba.core import config

from spikemeter.engines.cpu.compiled import choose_cache_folder

ROOT = Path(__file__).parents[2]


@pytest.fixture
def sources(tmp_path):
    for name in ("rows", "linear"):
        (tmp_path / f"{name}.py").write_text(f"# {name}")
    return tmp_path


def test_machine_code_is_of_the_present_state_of_all_files(sources):
    first = choose_cache_folder(sources)
    first.mkdir(parents=True)
    (first / "rows.nbc").write_bytes(b"machine code")
    assert choose_cache_folder(sources) == first and first.exists()
    (sources / "rows.py").write_text("# another sum")
    assert choose_cache_folder(sources) != first
    assert not first.exists()  # older states are removed
    (sources / "rows.py").write_text("# rows")
    assert choose_cache_folder(sources) == first
    constants = sources / "constants.txt"
    constants.write_text("SLOPE = 25")
    assert choose_cache_folder(sources, constants) != first


def test_sources_that_cannot_be_written_to_are_compiled_elsewhere(
    sources, monkeypatch, tmp_path_factory
):
    cache = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    (sources / "__pycache__").write_text("no folder")
    assert choose_cache_folder(sources).parent == cache / "spikemeter"


@pytest.mark.parametrize("home", ["/proc", None])
def test_without_a_home_machine_code_is_kept_in_a_private_temporary_folder(
    home, sources, monkeypatch, tmp_path_factory
):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME")
    if home:
        monkeypatch.setenv("HOME", home)
    else:  # of a user without a name
        monkeypatch.setattr(pwd, "getpwuid", {}.__getitem__)
    temporary = tmp_path_factory.mktemp("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    (sources / "__pycache__").write_text("no folder")
    own = temporary / f"spikemeter-{os.getuid()}"
    assert choose_cache_folder(sources).parent == own
    assert choose_cache_folder(sources).parent == own  # kept from process to process
    assert own.stat().st_mode & 0o777 == 0o700
    own.chmod(0o777)  # as somebody else would have made it
    other = choose_cache_folder(sources).parent
    assert other != own and other.parent == temporary
    assert other.stat().st_mode & 0o777 == 0o700


def test_numbas_own_setting_is_obeyed(sources, monkeypatch, tmp_path):
    monkeypatch.setattr(config, "CACHE_DIR", str(tmp_path / "numba"))
    assert choose_cache_folder(sources).parent == tmp_path / "numba"


KERNEL = """
from spikemeter.engines.cpu.compiled import CACHE_FOLDER, compiled

@compiled
def add(first, second):
    return first + second

print(add(1, 2), len(list(CACHE_FOLDER.rglob("*.nbc"))), CACHE_FOLDER.parent)
"""


def test_a_kernel_is_compiled_without_a_home_and_where_numba_is_told(tmp_path):
    (tmp_path / "kernel.py").write_text(KERNEL)
    told = tmp_path / "numba"
    environment = {"NUMBA_CACHE_DIR": str(told), "HOME": "/proc", "PATH": os.defpath}
    environment["PYTHONPATH"] = str(ROOT / "workflow_scripts")
    command = [sys.executable, tmp_path / "kernel.py"]
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, env=environment
    )
    assert done.stdout.split() == ["3", "1", str(told)]
