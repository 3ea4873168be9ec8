from dataclasses import replace

import numpy as np
import pytest

from spikemeter.report.figures.anytime_curves import ANYTIME, draw_anytime
from spikemeter.report.figures.illustration import save_figure
from spikemeter.report.formats import format_table
from spikemeter.report.inference_counts import find_settled_step, follow_course
from spikemeter.report.runs import group_by_network
from spikemeter.report.tables import build_tables, list_table_notes
from spikemeter.report.tables.anytime_decoding import make_steps_frame
from tests.report.made_up import STAND_IN, Study

# Of the made-up runs: 1,573 accumulates a step, 0.9 pJ each, and 10 pJ from a cache.
LEAST_J, MOST_J = 1573 * 0.9e-12, 1573 * 10.9e-12
ROW = ("first_step", "quarter", "half", "all_steps")


def stepping(run, correct):
    """Return a run whose samples are right in so many cases, step by step."""
    steps = run.steps.iloc[-len(correct) :].assign(
        step=range(1, len(correct) + 1), correct=correct
    )
    return replace(run, steps=steps)


def table(runs):
    return build_tables(runs)["anytime"]


@pytest.fixture
def run(study):
    """One spiking network of 25 steps, right in 9,000 of 10,000 cases."""
    return replace(study.read()[1], compare_to=None)


@pytest.fixture
def seeds(make_pair):
    """Three seeds, of which the accuracies rise at once, in the middle, and late."""
    runs = make_pair(0, 1, 2, plain={"neuron": "relu"}).read()
    rising = [[9000] * 25, [100] * 12 + [9100] * 13, [200] * 24 + [9200]]
    return [*runs[:3], *map(stepping, runs[3:], rising)]


# --- One run -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("correct", "step"),
    [
        ([9000] * 5, 1),
        ([8900, 8999, 8900, 9000], 1),  # a point below is within a point
        ([8899, 8999, 8900, 9000], 2),
        ([9000, 8899, 8999, 9000], 3),  # an early step that was lucky
        ([9400, 9500, 9000], 1),  # more than a point above
        ([0, 0, 0, 9000], 4),
        ([9000], 1),
        ([0, 0], 1),
    ],
)
def test_a_network_has_settled_when_it_stays_within_a_point(run, correct, step):
    assert find_settled_step(stepping(run, correct)) == step


def test_a_course_by_hand(seeds):
    found = follow_course(seeds[3:])
    assert found.accuracy_pct.shape == (3, 25)
    assert found.accuracy_pct[:, 11].tolist() == [90, 1, 2]
    assert found.accuracy_lowest_index_pct[:, 24].tolist() == [90, 91, 92]
    assert found.tied_pct[:, 23].tolist() == [1.5, 1.5, 1.5]
    assert found.operations[0].tolist() == [1573 * step for step in range(1, 26)]
    np.testing.assert_allclose(found.least_j[1, [0, 24]], [LEAST_J, 25 * LEAST_J])
    np.testing.assert_allclose(found.most_j[1, [0, 24]], [MOST_J, 25 * MOST_J])


# --- The table -----------------------------------------------------------------------


def test_a_row_of_one_seed_by_hand(run):
    correct = [1000 * n // 25 * 9 for n in range(1, 26)]
    (row,) = table([stepping(run, correct)]).to_dict("records")
    assert (row["steps"], row["encoding"], row["engine"]) == (25, "rate", "snntorch")
    # After 1, 7, 13 and 25 of the steps.
    assert [row[f"accuracy_{n}_pct"] for n in ROW] == [3.6, 25.2, 46.8, 90]
    assert (row["settled_step"], row["saved_pct"]) == (25, 0)
    assert row["inference_energy_j"] == pytest.approx(6.25 * 1.7 / 10_000)
    assert np.isnan(row["settled_step_low"])


def test_a_row_of_several_seeds_by_hand(seeds):
    (row,) = table(seeds).to_dict("records")
    assert row["accuracy_half_pct"] == pytest.approx((90 + 91 + 2) / 3)
    assert row["settled_step"] == pytest.approx((1 + 13 + 25) / 3)
    # Student's t of two degrees of freedom, 4.3027, by the error of 1, 13 and 25.
    assert row["settled_step_high"] - 13 == pytest.approx(4.3027 * 12 / 3**0.5, 1e-4)
    assert row["settled_operations"] == pytest.approx(1573 * 13)
    assert row["operations"] == 39_325
    assert row["saved_pct"] == pytest.approx((96 + 48 + 0) / 3)
    assert row["settled_least_j"] == pytest.approx(13 * LEAST_J)
    assert row["settled_most_j"] == pytest.approx(13 * MOST_J)


def test_cells(seeds):
    (cells,) = format_table("anytime", table(seeds)).to_dict("records")
    assert (
        cells.items()
        >= {
            "T": "25",
            "T steps": "91.0 ± 2.5",
            "steps to within 1 point": "13.0 ± 29.8",
            "operations in T steps": "39.3 k",
            "energy to there, estimated": "18.4–223 nJ",
            "energy of T steps, measured": "170 ± 17 µJ",
        }.items()
    )


def test_of_one_step_without_operations_nothing_is_saved(run):
    still = run.steps.assign(**{f"stage{n}_acs": 0 for n in (1, 2)})
    frame = table([stepping(replace(run, steps=still), [9000])])
    (row,) = frame.to_dict("records")
    assert {row[f"accuracy_{n}_pct"] for n in ROW} == {90}
    assert (row["steps"], row["settled_step"], row["operations"]) == (1, 1, 0)
    assert np.isnan(row["saved_pct"])
    assert format_table("anytime", frame)["saved %"].tolist() == ["–"]


def test_what_is_not_metered_has_its_reason_under_the_table(study):
    plain, metered, _, unmetered = runs = study.read()
    shown = format_table("anytime", table(runs))["energy of T steps, measured"].tolist()
    assert shown == ["1.06 ± 0.11 mJ", "–"]
    notes = list_table_notes([metered, unmetered])["anytime"]
    assert notes[-1] == "– not metered: no RAPL on this machine."
    assert all(note.endswith(".") for note in notes)
    assert "not metered" not in " ".join(list_table_notes([metered])["anytime"])
    assert table([plain]).empty  # a ReLU network has no row
    assert list_table_notes([plain])["anytime"] == []


def test_every_step_has_a_row(seeds):
    frame = make_steps_frame(group_by_network(seeds))
    assert frame["step"].tolist() == list(range(1, 26))
    last, whole = frame.iloc[-1], table(seeds).iloc[0]
    for end in ("", "_sd", "_low", "_high"):
        ours = last[[f"accuracy_pct{end}", f"acs{end}"]].tolist()
        theirs = whole[[f"accuracy_all_steps_pct{end}", f"operations{end}"]].tolist()
        np.testing.assert_equal(ours, theirs)
    assert frame.loc[11, "accuracy_pct"] == pytest.approx(31)
    assert frame.loc[0, "most_j"] == pytest.approx(MOST_J)


# --- The figure ----------------------------------------------------------------------


def panels(runs):
    figure = draw_anytime("Experiment 1", runs)
    return figure, figure.axes


def dashed(axes):
    return [line.get_ydata()[0] for line in axes.lines if line.get_linestyle() == "--"]


def names_in(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_lines_are_what_the_steps_hold(seeds):
    _, (accuracy, operations, energy, both) = panels(seeds)
    steps, expected = np.arange(1, 26), np.full(25, 91.0)
    expected[:12], expected[12:24] = 31, (90 + 91 + 2) / 3
    for axes, values in ((accuracy, expected), (operations, 1573 * steps)):
        line = axes.lines[0]
        np.testing.assert_allclose(line.get_xdata(), steps)
        np.testing.assert_allclose(line.get_ydata(), values)
    least, most = (line.get_ydata() for line in energy.lines[:2])
    np.testing.assert_allclose(least, LEAST_J * steps)
    np.testing.assert_allclose(most, MOST_J * steps)
    np.testing.assert_allclose(both.lines[0].get_xdata(), 1573 * steps)
    np.testing.assert_allclose(both.lines[0].get_ydata(), expected)
    assert len(accuracy.collections) == 1  # the band
    assert max(accuracy.collections[0].get_datalim(accuracy.transData).max) <= 100


def test_the_plain_twin_is_dashed(seeds):
    figure, (accuracy, operations, energy, both) = panels(seeds)
    assert (dashed(accuracy), dashed(operations)) == ([91], [3176])
    # 1,588 multiply-accumulates of 4.6 pJ, and 3,176 with 10 pJ more.
    assert dashed(energy) == pytest.approx([1588 * 4.6e-12, 3176 * 14.6e-12])
    assert both.lines[-1].get_xydata().tolist() == [[3176, 91]]
    assert names_in(figure) == ["SNN, MNIST", "not spiking, one pass"]
    caption = ANYTIME.describe("", seeds).caption
    assert "conventional network with the same layers" in caption


@pytest.mark.parametrize("name", ["input", "layers", "padding"])
def test_another_network_is_no_twin(seeds, name):
    other = [
        replace(run, train=run.train | {"spec": run.train["spec"] | {name: "other"}})
        for run in seeds[:3]
    ]
    figure, axes = panels([*other, *seeds[3:]])
    assert not any(map(dashed, axes))
    assert len(names_in(figure)) == 1
    assert "conventional" not in ANYTIME.describe("", [*other, *seeds[3:]]).caption


def test_data_stand_in_the_legend(tmp_path):
    study = Study(tmp_path, [0])
    study.add("a", "SNN", data=STAND_IN)
    study.add("b", "SNN 2", data=STAND_IN | {"title": "dots (stand-in for dashes)"})
    figure, (accuracy, *_) = panels(study.read())
    assert names_in(figure) == [
        "SNN, coloured_digits (stand-in)",
        "SNN 2, dots (stand-in for dashes)",
    ]
    assert len(accuracy.collections) == 0
    assert "one seed (0)" in figure.get_suptitle()


@pytest.mark.parametrize("count", [1, 300])
def test_few_and_many_steps_are_drawn(run, tmp_path, count):
    few = replace(run, steps=run.steps.iloc[[0] * count].assign(step=range(count)))
    save_figure(draw_anytime("Experiment 1", [few]), [tmp_path / "a.svg"], 60)
