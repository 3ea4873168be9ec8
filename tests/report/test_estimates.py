from itertools import product

import numpy as np
import pytest

from spikemeter.files import read_json
from spikemeter.report.energy.chips import read_catalogue
from spikemeter.report.energy.estimates import (
    TARGETS,
    Counts,
    estimate_cmos,
    estimate_loihi,
)
from spikemeter.report.formats import format_table
from spikemeter.report.tables import list_table_notes
from tests.report.made_up import CPU, GPU, Study, change

# Fully connected 784-1000-10, untrained: 25 steps of rate-coded MNIST, and its twin.
SPIKING = Counts(True, 19_850_000, 0, 1_982_979, 25_250, 1_982_979)
PLAIN = Counts(False, 794_000, 397_000, 0, 0, None)


def micro(target, counts):
    found = TARGETS[target](counts, read_catalogue().chips[target])
    return None if found is None else [round(1e6 * value, 3) for value in found]


# With multiply-accumulates; and two events for each count of two in a frame.
DIRECT = SPIKING._replace(macs=1000, acs=100, synaptic_events=None)
FRAMES = SPIKING._replace(macs=500, acs=0, neuron_updates=0, synaptic_events=1000)
PLAIN_EVENTS = PLAIN._replace(synaptic_events=10.0)
BY_HAND = [
    ("cmos45", SPIKING, [1.785, 21.614]),  # × 0.9 and × 10.9 pJ
    # 397,000 × 4.6 pJ, and every one of 794,000 MACs × 14.6 pJ.
    ("cmos45", PLAIN, [1.826, 11.592]),
    ("cmos45", DIRECT, [0.005, 0.016]),  # 4.69 nJ, and 11 nJ more
    ("cmos45", FRAMES, [0.002, 0.007]),
    ("truenorth", SPIKING, [4.561, 51.557]),  # × 2.3 and × 26 pJ
    ("truenorth", FRAMES, [0.002, 0.026]),
    # × 23.6 + 25,250 × 52, and × 27.6 + 25,250 × 81; 4 of the 27.6 are the hop.
    ("loihi", SPIKING, [48.111, 56.775]),
    # Chips run spiking networks of events only.
    *product(
        ("truenorth", "loihi"), (DIRECT, PLAIN._replace(synaptic_events=9)), [None]
    ),
]


@pytest.mark.parametrize(("target", "counts", "expected"), BY_HAND)
def test_energies_by_hand(target, counts, expected):
    assert micro(target, counts) == expected


def test_estimates_of_every_step():
    steps = np.array([1.0, 2.0])
    counts = SPIKING._replace(macs=0 * steps, acs=steps, synaptic_events=steps)
    counts = counts._replace(neuron_updates=3 * steps)
    least, most = estimate_cmos(counts, read_catalogue().chips["cmos45"])
    assert least.tolist() == pytest.approx([0.9e-12, 1.8e-12])
    assert most.tolist() == pytest.approx([10.9e-12, 21.8e-12])
    least, _ = estimate_loihi(counts, read_catalogue().chips["loihi"])
    assert least.tolist() == pytest.approx([179.6e-12, 359.2e-12])


def table(study):
    return study.tables()["estimates"], list_table_notes(study.read())["estimates"]


def test_rows_by_hand(study):
    frame, _ = table(study)
    plain, spiking = (frame.iloc[place] for place in (0, 1))
    # 39,325 ACs, all of them events; 14 neurons, 25 steps. The twin: 1,588 of 3,176.
    assert spiking["cmos45_least_j"] == pytest.approx(39_325 * 0.9e-12)
    assert spiking["loihi_most_j"] == pytest.approx(39_325 * 27.6e-12 + 350 * 81e-12)
    best = (39_325 * 0.9) / (3176 * 14.6)
    worst = (39_325 * 10.9) / (1588 * 4.6)
    assert spiking["cmos45_by_twin_best"] == pytest.approx(best)
    assert spiking["cmos45_by_twin_worst"] == pytest.approx(worst)
    assert np.isnan(plain["cmos45_by_twin_best"])
    assert np.isnan(plain["truenorth_least_j"])
    assert np.isnan(plain["loihi_least_j"])


def test_cells(study):
    frame, _ = table(study)
    rows = format_table("estimates", frame)
    assert rows.iloc[1].tolist() == [
        *("1", "SNN", "35.4–429 nJ", "0.0904–1.02 µJ", "0.946–1.11 µJ"),
        *("0.76–58.68", "1.06 ± 0.11 mJ", "531 ± 71 µJ", "Made Board"),
    ]
    assert rows.iloc[2].tolist()[1:] == [
        *("CNN ‡", "7.30–46.4 nJ", "–", "–", "–", "–", "–", "–")
    ]
    assert [name.partition(":")[0] for name in rows.columns[2:]] == [
        *["estimated"] * 4,
        *("measured here", "measured here, net of idle", "on"),
    ]


def test_measured_energy_net_of_idle(study):
    for network, net_j in {"exp1_snn": 500.0, "exp1_ann": None}.items():
        path = study.folder / network / "seed0" / "test.json"
        values = read_json(path)
        changed = values["reading"] | {"net_energy_j": net_j}
        missing = values["missing"] | {"net_energy_j": "no idle baseline"}
        change(path, reading=changed, missing=missing)
    frame, notes = table(study)
    # 100 passes of 10,000 samples.
    assert frame["measured_net_inference_energy_j"][1] == pytest.approx(0.5e-3)
    why = "– measured here, net of idle: no idle baseline (exp1_ann)."
    assert why in notes


def test_no_mean_of_the_energies_of_two_machines(tmp_path):
    study = Study(tmp_path, [0, 1])
    study.add(
        "exp1_ann", "ANN", neuron="relu", conditions=lambda seed: (GPU, CPU)[seed]
    )
    frame, notes = table(study)
    assert np.isnan(frame["measured_inference_energy_j"][0])
    assert frame["machine"][0] == "–"
    assert any("– measured here: " in note for note in notes)


def test_bounds_over_seeds_are_means(make_pair):
    study = make_pair(0, 1, 2, plain={"neuron": "relu"})
    row = table(study)[0].iloc[1]
    assert row["cmos45_least_j"] == pytest.approx(39_325 * 0.9e-12)
    assert np.isnan(row["cmos45_least_j_low"])  # the same for all seeds
    assert row["cmos45_by_twin_best"] == pytest.approx(39_325 * 0.9 / (3176 * 14.6))


def test_notes_say_what_the_numbers_are_and_where_they_come_from(study):
    _, notes = table(study)
    text = " ".join(notes)
    for part in (
        "Estimated, not measured",
        "ordinary hardware multiplies zeros too",
        "An FP32 MAC is a straw man",
        "was not checked",
        "the ranking of the networks follows the constants",
        "pre-silicon simulation",
        "measured silicon",
        "Not read in the source but in",
        "doi 10.1109/ISSCC.2014.6757323",
        "No estimate for Loihi 2: no published energy per event.",
        "differ 45 times",
        "– on chips: ReLU networks do not run on them.",
    ):
        assert part in text
    assert all(note.endswith(".") for note in notes)
