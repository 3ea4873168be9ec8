from dataclasses import replace

import numpy as np
import pytest

from spikemeter.report.formats import format_table
from spikemeter.report.inference_counts import count_by_step, count_per_inference
from spikemeter.report.tables import list_table_notes
from spikemeter.report.tables.cells import PrintedRow
from tests.report.made_up import Study, change_steps


def test_counts_of_an_inference_by_hand(study):
    plain, spiking, *_ = map(count_per_inference, study.read())
    # Half of 784 inputs by 4 neurons and half a spike by 10, in each of 25 steps.
    assert spiking == (True, 79_400, 0, 39_325, 350, 39_325)
    assert plain == (False, 3176, 1588, 0, 0, None)


def test_counts_of_the_first_steps_end_in_those_of_the_inference(study):
    run = study.read()[1]
    first, last = (
        [None if value is None else float(np.atleast_1d(value)[n]) for value in counts]
        for counts in [count_by_step(run)]
        for n in (0, -1)
    )
    assert last == [float(value) for value in count_per_inference(run)]
    assert first == [1, 3176, 0, 1573, 14, 1573]
    assert count_by_step(study.read()[0]).acs.tolist() == [0]


def test_what_spikes_or_computes_nothing_is_no_twin(study):
    folder = study.folder / "exp1_ann" / "seed0"
    change_steps(folder, stage1_macs=0, stage2_macs=0)
    assert study.tables()["operations"]["by_twin_effective"].isna().all()
    spiking = Study(study.folder / "spiking", [0])
    spiking.add("mnist", "SNN: MNIST")
    spiking.add("nmnist", "SNN: N-MNIST", compare_to="mnist")
    frame = spiking.tables()["operations"]
    assert format_table("operations", frame)["× twin's dense"].tolist() == ["–", "–"]


def test_intervals_over_seeds(make_pair):
    study = make_pair(0, 1, 2, plain={"neuron": "relu"})
    samples = 10_000
    for seed, per_step in enumerate((1000, 1100, 1200)):
        events = per_step * samples
        folder = study.folder / "exp1_snn" / f"seed{seed}"
        change_steps(folder, stage1_acs=events, stage1_synaptic_events=events)
    row = study.tables()["operations"].iloc[1]
    assert row["acs"] == 25 * (1100 + 5)
    # Student's t of two degrees of freedom: 4.3027 × 2,500 / sqrt(3).
    assert row["acs_high"] - row["acs"] == pytest.approx(6210.3, abs=0.1)
    cells = format_table("operations", study.tables()["operations"]).iloc[1]
    assert cells["effective ACs"] == "27.6 ± 6.2 k"
    assert cells["dense MACs"] == "79.4 k"
    ratios = 25 * (np.array([1000, 1100, 1200]) + 5) / 3176
    mean = np.exp(np.log(ratios).mean())
    assert row["by_twin_dense"] == pytest.approx(mean)
    assert cells["× twin's dense"].startswith(f"{mean:.2f} [")


def test_the_published_break_even_stands_in_the_heading(study):
    cells = format_table("operations", study.tables()["operations"])
    assert "spikes per synapse (break-even 1.72; 0.15 to 1.38)" in cells.columns
    plain, spiking, *_ = cells.iloc
    # 75 / 350, 39,325 / 3176 and 39,325 / 1588.
    assert spiking.tolist() == [
        *("1", "SNN", "snntorch", "79.4 k", "0", "39.3 k", "350"),
        *("0.214", "12.38", "12.38", "24.76"),
    ]
    assert plain.tolist()[-8:] == ["3.18 k", "1.59 k", "0", "0", *["–"] * 4]


def test_layers_by_hand(study):
    frame = study.tables()["layers"]
    assert len(frame) == 8
    first, second = (frame.iloc[place] for place in (2, 3))
    assert (first["layer"], first["shape"], first["synapses"]) == (1, "FC 4", 3136)
    assert (first["acs"], second["acs"]) == (39_200, 125)
    assert (first["neuron_updates"], second["neuron_updates"]) == (100, 250)
    rates = frame["spikes_per_neuron_step"]
    assert rates[2:4].tolist() == [0.125, 0.25]
    assert rates[:2].isna().all()
    assert second["operations_per_synapse"] == 125 / 40
    assert format_table("layers", frame).iloc[3].tolist() == [
        *("1", "SNN", "snntorch", "2: FC 10", "10", "40", "1.00 k", "0", "125", "250"),
        *("0.250", "3.12"),
    ]


def test_layers_add_up_to_the_network(study):
    made = study.tables()
    sums = made["layers"].groupby("network", sort=False).sum(numeric_only=True)
    for name in ("dense_macs", "macs", "acs", "neuron_updates"):
        assert sums[name].tolist() == made["operations"][name].tolist()


def test_notes_say_what_is_counted_and_what_not(study):
    plain, *_ = runs = study.read()
    assert "spike" not in " ".join(list_table_notes([plain])["operations"])
    text = " ".join(list_table_notes(runs)["operations"])
    for part in ("NeuroBench 2.3", "Not among the operations: biases", "Davidson and"):
        assert part in text
    assert text.endswith("– spikes: a ReLU network does not spike.")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (40, "40"),
        (40.5, "40.5"),
        (999.6, "1,000"),
        (1000, "1.00 k"),
        (1_982_978.75, "1.98 M"),
        (99_300_000, "99.3 M"),
        (float("nan"), "–"),
    ],
)
def test_amounts(value, text):
    assert PrintedRow({"n": value}).amount("n") == text


def test_amounts_of_energy():
    nan = float("nan")
    for mean, high, text in (
        (0.00017, nan, "170 µJ"),
        (1.5e-3, 1.6e-3, "1.50 ± 0.10 mJ"),
        (-2.5e-4, nan, "−250 µJ"),
    ):
        assert PrintedRow({"e": mean, "e_high": high}).amount("e", "J") == text
    for least, most, text in (
        (1.78e-6, 21.6e-6, "1.78–21.6 µJ"),
        (nan, nan, "–"),
        (3e-16, 4e-16, "0.000300–0.000400 pJ"),
    ):
        row = PrintedRow({"chip_least_j": least, "chip_most_j": most})
        assert row.span("chip") == text


def test_events_are_unknown_if_those_of_one_layer_are(study):
    run = study.read()[1]
    first, second = run.test["operations"]
    layers = [first | {"synaptic_events": None}, second]
    direct = replace(run, test={**run.test, "operations": layers})
    assert count_per_inference(direct).synaptic_events is None
    assert count_by_step(direct).synaptic_events is None
    assert count_by_step(direct).acs[-1] == count_per_inference(direct).acs
