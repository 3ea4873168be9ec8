"""Whatever a byte of a run's files is changed to, no table shows it."""

from functools import cache

import pytest
from hypothesis import strategies as st

from spikemeter.files import DamagedFileError
from tests.fuzz.refusals import assert_readable, refuses
from tests.report.made_up import Study

RUN = "exp1_snn/seed0"
NAMES = ["train.json", "test.json", "epochs.csv", "steps.csv"]


@cache
def make_study(folder):
    study = Study(folder, [0])
    study.add("exp1_snn", "SNN")
    return study


@refuses(
    390,
    of=400,
    name=st.sampled_from(NAMES),
    place=st.integers(0, 10**4),
    change=st.integers(0, 255),
)
def test_bytes_that_no_run_wrote(name, place, change, tmp_path):
    study, path = make_study(tmp_path), tmp_path / RUN / name
    raw = path.read_bytes()
    place %= len(raw)
    flipped = bytes([raw[place] ^ (change or 1)])
    path.write_bytes(raw[:place] + (flipped + raw[place + 1 :] if change else b""))
    with pytest.raises(DamagedFileError) as caught:
        study.read()
    path.write_bytes(raw)
    message = str(caught.value)
    assert_readable(message)
    assert f"{RUN}/{name}" in message
    return True
