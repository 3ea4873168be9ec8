"""docs/recovery.md tells how to go on after every message of the fault campaign."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# What docs/faults.md says of a fault that ends in no message, or shows in a result.
NO_MESSAGE = {
    "nothing",
    "a row of the tables with 100 % silent samples",
    "the line of the training that failed",
}
READINGS = ("RAPL not readable", "nvmlDeviceGet")  # notes under a table


def rows(text):
    """Return the cells of every row of the tables of a page."""
    found = [line for line in text.splitlines() if line.startswith("| ")]
    return [re.split(r"(?<!\\)\|", line.strip("| ")) for line in found]


def guide():
    """Return what the first column of the guide matches."""
    page = (ROOT / "docs/recovery.md").read_text(encoding="utf-8")
    messages = [m for row in rows(page) for m in re.findall("`([^`]+)`", row[0])]
    parts = ([re.escape(part) for part in text.split("…")] for text in messages)
    return [re.compile(".*".join(part)) for part in parts]


def messages():
    """Return what users saw, fault by fault."""
    page = (ROOT / "docs/faults.md").read_text(encoding="utf-8")
    seen = {row[1].strip(" `") for row in rows(page)[1:]}
    seen = {text for text in seen if not text.startswith(("---", *READINGS))}
    return sorted(seen - NO_MESSAGE)


@pytest.mark.parametrize("message", messages())
def test_every_message_of_a_fault_stands_in_the_guide(message):
    assert any(pattern.search(message) for pattern in guide())


def test_the_guide_does_not_match_anything():
    assert len(guide()) > 20
    assert not any(pattern.search("some other message") for pattern in guide())
