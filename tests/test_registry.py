import sys

import pytest

from spikemeter.registry import Registry

GREETINGS: Registry[str] = Registry(
    "a greeting", {"upper": "antigravity:nothing", "low": "string:x"}
)


def test_an_entry_is_imported_when_it_is_asked_for():
    assert list(GREETINGS) == ["upper", "low"]
    assert "antigravity" not in sys.modules
    letters: Registry[str] = Registry("letters", {"upper": "string:ascii_uppercase"})
    assert letters["upper"].startswith("ABC")


def test_an_unknown_name_is_refused_with_those_that_are_known():
    with pytest.raises(
        KeyError, match="'hi' is not a greeting; allowed are upper, low"
    ):
        GREETINGS["hi"]


def test_the_file_of_an_entry():
    files: Registry[object] = Registry(
        "a file", {"log": "spikemeter.study.jobs:log_job"}
    )
    assert files.module("log") == "spikemeter/study/jobs.py"
