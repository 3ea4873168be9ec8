from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from spikemeter.files import read_json
from spikemeter.report.energy.pareto import find_pareto_front
from spikemeter.report.figures.energy_fronts import ENERGY, draw_energy
from tests.report.made_up import Study, change

ESTIMATED = ["45 nm CMOS, FP32 (estimated)", "Loihi (estimated)"]


def panels(figure: Figure) -> dict:
    return {axes.get_title(): axes for axes in figure.axes}


def curves(axes) -> list:
    """Return the lines of the networks: the fronts have no marker."""
    return [line for line in axes.lines if line.get_marker() != "None"]


def test_a_spiking_network_is_a_curve_over_its_steps(study):
    axes = panels(draw_energy(study.read()))[ESTIMATED[0]]
    spiking = curves(axes)[1]
    joules, accuracies = spiking.get_data()
    # 1,573 ACs in each of 25 steps, at the middle of 0.9 and 10.9 pJ.
    middle = 1573 * np.sqrt(0.9 * 10.9) * 1e-12
    assert joules == pytest.approx(middle * np.arange(1, 26))
    assert accuracies[-1] == pytest.approx(90)
    assert accuracies[0] == pytest.approx(46.8)
    assert spiking.get_markevery() == [0, 3, 24]
    labels = [text.get_text() for text in axes.texts]
    assert labels == ["1", "4", "25"] * 2


def test_a_relu_network_is_a_hollow_point_with_its_range(study):
    axes = panels(draw_energy(study.read()))[ESTIMATED[0]]
    plain, spiking, *_ = curves(axes)
    assert len(plain.get_xdata()) == 1
    assert plain.get_markerfacecolor() == "white"
    assert spiking.get_markerfacecolor() == spiking.get_color()
    (segment,) = axes.collections[0].get_segments()
    assert segment[:, 0] == pytest.approx([1588 * 4.6e-12, 3176 * 14.6e-12])
    assert segment[:, 1] == pytest.approx([90, 90])


def test_measured_energies_have_a_panel_where_there_are_some(study):
    runs = study.read()
    drawn = panels(draw_energy(runs))
    assert list(drawn) == [*ESTIMATED, "measured here"]
    # Chips show spiking networks alone.
    assert [len(curves(drawn[name])) for name in ESTIMATED] == [4, 2]
    # 17,000 J and 2.5 times as long at 2.5 times the power, 100 passes of 10,000.
    joules = [line.get_xdata()[0] for line in curves(drawn["measured here"])]
    assert joules == pytest.approx([170e-6, 170e-6 * 6.25])
    unmetered = [run for run in runs if run.experiment == "2"]
    assert list(panels(draw_energy(unmetered))) == ESTIMATED


def test_the_bar_of_a_measured_energy_goes_down_to_the_net_energy(study):
    path = study.folder / "exp1_ann" / "seed0" / "test.json"
    reading = read_json(path)["reading"]
    change(path, reading=reading | {"net_energy_j": 70.0})
    axes = panels(draw_energy(study.read()))["measured here"]
    (segment,) = axes.collections[0].get_segments()
    assert segment[:, 0] == pytest.approx([70e-6, 170e-6])


def test_networks_of_one_test_set_share_a_front(study):
    axes = panels(draw_energy(study.read()))[ESTIMATED[1]]
    fronts = [line for line in axes.lines if line.get_marker() == "None"]
    assert len(fronts) == 2
    joules, accuracies = fronts[0].get_data()
    assert (np.diff(joules) > 0).all()
    assert (np.diff(accuracies) > 0).all()


def test_pareto_front_by_hand():
    energies = np.array([3.0, 1.0, 2.0, 2.0, 4.0, np.nan])
    accuracies = np.array([80.0, 50.0, 70.0, 60.0, 80.0, 99.0])
    assert find_pareto_front(energies, accuracies) == [1, 2, 0]
    assert find_pareto_front(np.array([np.nan]), np.array([10.0])) == []


def test_the_legend_names_every_network_and_marks_stand_ins(study):
    (legend,) = draw_energy(study.read()).legends
    assert [text.get_text() for text in legend.get_texts()] == [
        *("exp 1: ANN", "exp 1: SNN", "exp 2: CNN ‡", "exp 2: A_B", "Pareto front"),
        "‡ a stand-in data set",
    ]


def test_means_over_seeds(tmp_path):
    study = Study(tmp_path, [0, 1])
    study.add("exp1_snn", "SNN")
    axes = panels(draw_energy(study.read()))[ESTIMATED[0]]
    assert curves(axes)[0].get_ydata()[-1] == pytest.approx(90.5)


def test_a_step_before_the_first_operation_is_not_drawn(study):
    run = study.read()[1]
    steps = run.steps.copy()
    steps.loc[0, steps.columns.str.startswith("stage")] = 0
    axes = panels(draw_energy([replace(run, steps=steps)]))[ESTIMATED[0]]
    joules = curves(axes)[0].get_xdata()
    assert np.isnan(joules[0])
    assert (joules[1:] > 0).all()


def test_more_networks_than_colours(tmp_path):
    study = Study(tmp_path, [0])
    for number in range(13):
        study.add(f"snn{number}", f"SNN {number}", experiment=1 + number % 3)
    looks = {
        (line.get_color(), line.get_marker())
        for line in curves(panels(draw_energy(study.read()))[ESTIMATED[0]])
    }
    assert len(looks) == 13


def test_the_caption_says_what_is_shown(study):
    runs = study.read()
    text = ENERGY.describe("", runs).caption
    for part in ("on Made Board", "published energies", "fired most after the first t"):
        assert part in text
    unmetered = ENERGY.describe("", [r for r in runs if r.experiment == "2"]).caption
    assert "could not be measured on this machine" in unmetered


def test_a_panel_without_a_network_is_left_out(study):
    assert list(panels(draw_energy([study.read()[2]]))) == [ESTIMATED[0]]
