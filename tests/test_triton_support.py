import sysconfig

import pytest

from spikemeter import triton_support
from spikemeter.triton_support import explain_missing_triton


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    """Return a machine that has all; the path of its header and of its compiler."""
    monkeypatch.setattr(triton_support, "find_spec", lambda _name: object())
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sysconfig, "get_paths", lambda _scheme: {"include": tmp_path})
    for name in ("gcc", "Python.h"):
        (tmp_path / name).touch(0o755)
    explain_missing_triton.cache_clear()
    yield tmp_path
    explain_missing_triton.cache_clear()


def test_a_compiler_and_the_headers_are_enough(machine):
    assert explain_missing_triton() is None


def test_another_compiler_is_as_good(machine):
    (machine / "gcc").rename(machine / "clang")
    assert explain_missing_triton() is None


def test_without_triton(monkeypatch):
    monkeypatch.setattr(triton_support, "find_spec", lambda _name: None)
    assert "comes with torch on Linux only" in explain_missing_triton()


def test_without_a_compiler(machine):
    (machine / "gcc").unlink()
    assert explain_missing_triton().endswith("no C compiler; install gcc")


def test_with_the_name_of_a_compiler_that_is_not_there(monkeypatch):
    monkeypatch.setenv("CC", "icx")
    assert explain_missing_triton().endswith("no C compiler; install icx")


def test_without_the_headers(machine):
    (machine / "Python.h").unlink()
    assert f"{machine}/Python.h; install" in explain_missing_triton()
