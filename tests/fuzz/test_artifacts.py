"""Whatever a byte of a run's files is changed to, no table shows it."""

import pytest
from hypothesis import strategies as st

from spikemeter.files import DamagedFileError
from tests.fuzz.refusals import assert_readable, count_refused
from tests.report.made_up import Study

RUN = "exp1_snn/seed0"
NAMES = ["train.json", "test.json", "epochs.csv", "steps.csv"]


def test_bytes_that_no_run_wrote(tmp_path):
    study = Study(tmp_path, [0])
    study.add("exp1_snn", "SNN")
    before = {name: (tmp_path / RUN / name).read_bytes() for name in NAMES}

    def check(name, place, change):
        raw, path = before[name], tmp_path / RUN / name
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

    refused = count_refused(
        check,
        400,
        name=st.sampled_from(NAMES),
        place=st.integers(0, 10**4),
        change=st.integers(0, 255),
    )
    assert refused >= 390
