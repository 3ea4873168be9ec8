import os

import pytest

from spikemeter.engines.cpu.compiled import choose_cache_folder


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
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert choose_cache_folder(sources).parent == cache / "spikemeter"
