import json
from dataclasses import asdict, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikemeter.engines.names import DEVICES
from spikemeter.files import read_json
from spikemeter.metering.reading import Reading
from spikemeter.metering.source import Sample
from spikemeter.metering.summary import Window, summarise
from spikemeter.networks.description import NetworkDescription
from spikemeter.report.artifacts import SCHEMA as SCHEMA_FILE
from spikemeter.report.artifacts import content_problems
from spikemeter.study.strict_yaml import read_yaml
from tests.report.made_up import write_run

SCHEMA = read_yaml(SCHEMA_FILE)["$defs"]


def test_the_schema_knows_all_that_is_written():
    reading = [item.name for item in fields(Reading)]
    for name, names in (
        ("reading", reading),
        ("spec", list(NetworkDescription.model_fields)),
    ):
        assert sorted(SCHEMA[name]["properties"]) == sorted(names)
        assert sorted(SCHEMA[name]["required"]) == sorted(names)
    assert SCHEMA["engine"]["enum"] == ["plain", *DEVICES]


def test_what_is_required_is_described():
    for name, block in SCHEMA.items():
        missing = set(block.get("required", ())) - set(block.get("properties", ()))
        assert not missing or name == "files"


AMOUNTS = st.floats(0, 1e4)
COUNTER = AMOUNTS | st.just("no counter")


@st.composite
def windows(draw):
    """What a meter may have read in a window."""
    seconds = draw(st.floats(1e-3, 20))
    times = sorted(draw(st.lists(st.floats(0, seconds), max_size=6)))
    some = draw(st.booleans())
    samples = [
        Sample(
            time_s,
            "train",
            power_w=draw(AMOUNTS) if some else None,
            memory_used_bytes=draw(st.none() | st.integers(0, 2**40)),
            memory_pct=draw(st.none() | st.floats(0, 100)),
            sm_clock_mhz=draw(st.none() | AMOUNTS),
            throttle_bits=draw(st.none() | st.integers(0, 1023)),
        )
        for time_s in times
    ]
    return Window(
        start_s=0.0,
        end_s=seconds,
        samples=samples,
        counter_j=(draw(COUNTER), draw(COUNTER)),
        others_s=(draw(AMOUNTS), draw(AMOUNTS)),
        counter_name=draw(st.sampled_from(["counter", "rapl"])),
        reason=lambda name: f"no {name}",
        lost=draw(st.sampled_from([None, None, "the board is gone"])),
        peaks=draw(st.none() | st.just((1, 2))),
        idle_w=draw(st.none() | AMOUNTS),
    )


@pytest.fixture(scope="module")
def train(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "seed0"
    write_run(folder, "snn", 0)
    return read_json(folder / "train.json")


@given(window=windows())
def test_whatever_a_meter_reads_is_accepted(train, window):
    reading = json.loads(json.dumps(asdict(summarise(window, 1.0, 1.0))))
    missing = train["missing"] | reading["missing"]
    content = train | {"reading": reading, "missing": missing}
    assert content_problems("train", content) == []
