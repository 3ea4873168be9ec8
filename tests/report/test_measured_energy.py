import numpy as np
import pytest

from spikemeter.files import read_json
from spikemeter.report.formats import format_table, render_markdown
from spikemeter.report.notes import list_notes
from spikemeter.report.tables import list_table_notes
from tests.report.made_up import CPU, NO_RAPL, Study, change

GROSS, NET = "J/inference", "J/inference, net of idle"


def test_training_and_test_have_their_energy_gross_and_net(study):
    frame = study.tables()["energy"]
    # 10 J and 90 J in two epochs; 170 J in 100 passes of 10,000 samples.
    assert format_table("energy", frame).iloc[0].to_dict() == {
        "exp": "1",
        "network": "ANN",
        "engine": "plain",
        "J/epoch": "50.0 ± 5.0 J",
        "J/epoch, net of idle": "25.0 ± 3.3 J",
        GROSS: "170 ± 17 µJ",
        NET: "85.0 ± 11.3 µJ",
    }
    under = list_table_notes(study.read())
    page = render_markdown(study.tables(), under, [])
    assert "## Measured energy" in page
    assert "- Net of idle: less the idle power" in page


def test_the_error_of_a_long_training_is_that_of_all_its_epochs(study):
    path = study.folder / "exp1_ann/seed0/train.json"
    reading = read_json(path)["reading"]
    change(path, reading=reading | {"seconds": 4.0, "energy_error_j": 2.0})
    (low, *_) = study.tables()["energy"]["epoch_energy_j_low"]
    assert low == pytest.approx(50 - 1)  # of 2 J in two epochs
    change(path, sessions=2)  # of which the reading is the last one's
    (low, *_) = study.tables()["energy"]["epoch_energy_j_low"]
    assert low == pytest.approx(50 - 5)


def test_more_seeds_do_not_lower_the_meters_error(tmp_path):
    study = Study(tmp_path, [0, 1])
    study.add("exp1_ann", "ANN", factor=lambda seed: 1 + 0.01 * seed)
    row = study.tables()["energy"].iloc[0]
    half = row["inference_energy_j_high"] - row["inference_energy_j"]
    first, second = 170e-6, 170e-6 * 1.01**2
    seeds = 12.70620474 * (second - first) / 2  # Student's t with 1 degree of freedom
    assert half == pytest.approx(np.hypot(seeds, (first + second) / 20))


def test_an_energy_that_was_not_metered_is_blank_with_its_reason(tmp_path):
    study = Study(tmp_path, [0])
    study.add("ann", "ANN", conditions=CPU)
    cells = format_table("energy", study.tables()["energy"]).iloc[0]
    assert set(cells[["J/epoch", "J/epoch, net of idle", GROSS, NET]]) == {"–"}
    (why,) = (note for note in list_notes(study.read()) if note.startswith("– not met"))
    assert why.startswith(f"– not metered, {NO_RAPL}: ")
    assert f"{NET} of the test" in why


def test_an_energy_of_a_cpu_is_marked(study):
    for part in ("train", "test"):
        path = study.folder / f"exp1_ann/seed0/{part}.json"
        change(path, conditions=read_json(path)["conditions"] | {"device": "cpu"})
    cells = format_table("energy", study.tables()["energy"]).iloc[0]
    assert cells[NET] == "85.0 ± 11.3 µJ°"
