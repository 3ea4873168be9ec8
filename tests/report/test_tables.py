import numpy as np
import pytest

from spikemeter.files import read_json
from spikemeter.report.formats import format_table
from spikemeter.report.marks import choose_data_mark
from spikemeter.report.notes import list_notes
from spikemeter.report.statistics import wilson
from spikemeter.report.tables import build_tables, list_table_notes
from tests.report.made_up import (
    CPU,
    GPU,
    MNIST,
    SAMPLE,
    STAND_IN,
    Study,
    change,
    change_epochs,
)

ENDS = ("", "_sd", "_low", "_high")
ENERGIES = ("energy_j", "energy_counter_j", "energy_sampled_j", "power_w")
T2 = 4.30265273  # Student's t with 2 degrees of freedom


def test_not_metered_is_nan_and_never_zero(study):
    made = study.tables()
    for name in ("training", "test"):
        assert made[name]["power_w"].isna().tolist() == [False, False, True, True]
    assert made["ratios"]["power_w_ratio"].isna().tolist() == [False, True]
    # One unmetered epoch makes the mean unknown.
    unmetered = {name: [np.nan, 1.0] for name in ENERGIES}
    change_epochs(study.folder / "exp1_snn/seed0", **unmetered)
    assert np.isnan(study.tables()["training"]["power_w"][1])


@pytest.mark.parametrize(
    ("data", "wilson"), [(MNIST, (90.424, 91.545)), (SAMPLE, (89.066, 92.620))]
)
def test_intervals_over_seeds_and_of_the_size_of_the_test_set(tmp_path, data, wilson):
    study = Study(tmp_path, [0, 1, 2])
    study.add("exp1_ann", "ANN", data=data)
    row = study.tables()["test"].iloc[0]
    half = T2 / np.sqrt(3)
    found = row[[f"accuracy_pct{end}" for end in ENDS]].tolist()
    assert found == pytest.approx([91, 1, 91 - half, 91 + half])
    ends = row[["accuracy_pct_wilson_low", "accuracy_pct_wilson_high"]].tolist()
    assert ends == pytest.approx(wilson, abs=1e-3)
    assert row["seeds"] == 3


DRAWS = {"count": 10, "accuracy_mean": 0.935, "accuracy_sd": 0.004}
DRAWS |= {"accuracy_lowest_index_mean": 0.92}


def test_a_random_encoding_is_shown_by_the_mean_and_the_sd_of_its_draws(study):
    ann, snn = ("exp1_ann", "exp1_snn")
    change(study.folder / ann / "seed0/test.json", correct=9050.0, accuracy=0.905)
    change(study.folder / snn / "seed0/test.json", draws=DRAWS)
    made = study.tables()
    test = made["test"].set_index("network")
    names = [f"accuracy{n}" for n in ("_pct", "_draw_sd_points", "_lowest_index_pct")]
    assert test.loc[snn, names].tolist() == pytest.approx([93.5, 0.4, 92])
    expected = [90.5, np.nan, 90]
    assert test.loc[ann, names].tolist() == pytest.approx(expected, nan_ok=True)
    assert test.loc[[ann, snn], "tied_pct"].tolist() == [0.5, 0.5]
    ends = [test.loc[snn, f"accuracy_pct_wilson_{end}"] for end in ("low", "high")]
    assert ends == pytest.approx(100 * np.array(wilson(0.935, 10_000)))
    # The scores of the confusion matrix stay those of the metered test.
    assert test.loc[snn, "recall"] == pytest.approx(0.9)
    assert made["ratios"].loc[0, "accuracy_difference_points"] == pytest.approx(3)
    cells = format_table("test", made["test"]).iloc[:2]
    assert cells["sd over draws, points"].tolist() == ["–", "0.40"]
    assert cells["acc %, lowest index"].tolist() == ["90.00", "92.00"]
    ties, draws, reason, _ = list_table_notes(study.read())["test"]
    assert "ties are broken at random" in ties
    networks = "exp1_snn, extra"
    assert draws.startswith(f"A network with a random encoding ({networks}) is tested")
    assert reason == "– sd over draws: a ReLU network has no encoding."
    # Nothing was to be metered that was not.
    assert not any("sd over draws" in note for note in list_notes(study.read()))


def test_two_seeds_have_the_geometric_mean_of_their_ratios(make_pair):
    study = make_pair(0, 1, factor=lambda seed: 1 + 3 * seed)
    found = study.tables()["ratios"].loc[0, [f"epoch_s_ratio{end}" for end in ENDS]]
    # Of 1 and 4. Error of the logarithms: ln 2; Student's t with 1 degree: 12.7062.
    low, high = 2 / 2**12.70620474, 2 * 2**12.70620474
    assert found.tolist() == pytest.approx([2, 3 / np.sqrt(2), low, high])


def test_accuracies_of_three_seeds_are_compared_in_pairs(make_pair):
    study = make_pair(0, 1, 2, right_pct=lambda seed: 91 + 2 * seed)
    row = study.tables()["ratios"].iloc[0]
    # Differences 1, 2 and 3 points: t = 2 / (1 / √3), 2 degrees of freedom.
    half = T2 / np.sqrt(3)
    found = row[[f"accuracy_difference_points{end}" for end in ENDS]].tolist()
    assert found == pytest.approx([2, 1, 2 - half, 2 + half])
    assert row["p_value"] == pytest.approx(1 - np.sqrt(12 / 14))


def test_notes_under_the_tables_say_what_the_intervals_are(study, tmp_path):
    one = list_table_notes(study.read())
    assert one["test"][-1].startswith("Wilson 95 %: how far the accuracy")
    assert "p: –, a paired t-test needs two seeds or more." in one["ratios"]
    two = Study(tmp_path / "two", [0, 1])
    two.add("exp1_ann", "ANN")
    ratios = list_table_notes(two.read())["ratios"]
    assert "several seeds: geometric mean and [from, to] the 95 %" in ratios[0]
    assert ratios[-1].startswith("p (paired t-test, two-sided, of the accuracies")
    assert ratios[-1].endswith("– if the difference is the same for all seeds.")


def test_no_ratio_between_different_machines(make_pair):
    study = make_pair(0, plain={"conditions": CPU}, conditions=GPU)
    row = study.tables()["ratios"].iloc[0]
    assert row.filter(regex="_ratio$").isna().tolist() == [True] * 6
    assert row["accuracy_difference_points"] == 0


def test_no_ratio_of_tests_on_different_machines(study):
    other = GPU | {"board": "Other Board"}
    change(study.folder / "exp1_snn" / "seed0" / "test.json", conditions=other)
    change_epochs(study.folder / "exp1_ann" / "seed0", memory_pct=0.0)
    row = study.tables()["ratios"].iloc[0]
    assert np.isnan(row["test_s_ratio"])
    assert np.isnan(row["inference_energy_j_ratio"])
    assert np.isnan(row["memory_pct_ratio"])  # of a reading of 0
    assert row["epoch_s_ratio"] == pytest.approx(2.5)


@pytest.mark.parametrize(
    ("parts", "unknown"),
    [
        (["train"], ["epoch_s", "epoch_energy_j"]),
        (["test"], ["test_s"]),
        (["train", "test"], ["epoch_s", "epoch_energy_j", "test_s"]),
    ],
)
def test_no_ratio_of_times_between_different_amounts_of_data(make_pair, parts, unknown):
    fewer = {f"{part}_samples": MNIST[f"{part}_samples"] // 10 for part in parts}
    row = make_pair(0, data=MNIST | fewer).tables()["ratios"].iloc[0]
    missing = [name for name in row.index[row.isna()] if name.endswith("_ratio")]
    assert missing == [f"{name}_ratio" for name in unknown]
    assert row["power_w_ratio"] == pytest.approx(1)
    by_inference = 10 if "test" in parts else 1  # a tenth of the samples
    assert row["inference_energy_j_ratio"] == pytest.approx(by_inference)


def test_the_paper_has_the_network_that_snntorch_computes_once_more(study):
    study.add("exp1_snn-snntorch", "again", compare_to="exp1_snn", factor=5.0)
    made = study.tables()
    again, first = (made["training"].iloc[place] for place in (-1, 1))
    assert again["epoch_s_published"] == first["epoch_s_published"] == 26.38
    row = made["ratios"].iloc[-1]
    assert row["epoch_s_ratio"] == pytest.approx(2)
    assert np.isnan(row["epoch_s_ratio_published"])  # it has no network twice
    assert np.isnan(row["accuracy_difference_points_published"])


def test_a_test_on_another_device_has_the_engine_of_that_device(study):
    study.add("auto", "SNN 2", engine="scan", asked="auto", compare_to="exp1_ann")
    folder = study.folder / "auto" / "seed0"
    change(folder / "test.json", conditions=CPU, engine="events")
    made = study.tables()
    tables = ("training", "test", "activity")
    found = [made[name]["engine"].iloc[-1] for name in tables]
    assert found == ["scan", "events", "events"]
    row = made["ratios"].iloc[-1]
    assert (row["engine"], row["reference_engine"]) == ("events scan", "plain")
    assert (row["train_device"], row["test_device"]) == ("cuda", "cpu cuda")


def test_activity_shows_spiking_networks_only(study):
    activity = study.tables()["activity"]
    assert activity["network"].tolist() == ["exp1_snn", "extra"]
    assert activity["tied_pct"].tolist() == [0.5, 0.5]
    assert activity["layer2_spikes_per_neuron_step"].tolist() == [0.25, 0.25]


@pytest.mark.parametrize(
    ("data", "mark"),
    [
        (MNIST, ""),
        (SAMPLE, "†"),
        (MNIST | {"verified": False}, "†"),
        (MNIST | {"train_samples": 59_999}, "†"),
        (STAND_IN, "‡"),
    ],
)
def test_rows_made_from_other_data_are_marked(tmp_path, data, mark):
    study = Study(tmp_path, [0])
    study.add("exp1_ann", "ANN", data=data)
    assert choose_data_mark(study.read()[0]) == mark


def test_refuses_no_runs():
    with pytest.raises(ValueError, match="no run to report"):
        build_tables([])


def test_epochs_too_short_to_meter_are_metered_together(study):
    folder = study.folder / "exp1_snn" / "seed0"
    change_epochs(folder, **dict.fromkeys(ENERGIES, np.nan))
    train = read_json(folder / "train.json")
    reading = train["reading"] | {"power_w": 30.0, "energy_j": 300.0, "seconds": 10.0}
    reading |= {"energy_counter_j": 300.0, "energy_source": "counter"}
    metered = ("power_w", "energy_j", "energy_counter_j")
    reasons = {n: r for n, r in reading["missing"].items() if n not in metered}
    change(folder / "train.json", reading=reading | {"missing": reasons})
    assert study.tables()["training"].loc[1, "power_w"] == 30
    ratio = study.tables()["ratios"].loc[0, "epoch_energy_j_ratio"]
    assert ratio == pytest.approx(3)  # 150 J / 50 J

    # The reading is then of the last process alone.
    change(folder / "train.json", sessions=2)
    assert np.isnan(study.tables()["training"].loc[1, "power_w"])
