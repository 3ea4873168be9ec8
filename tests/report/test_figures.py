import numpy as np
import pytest

from spikemeter.networks.notation import parse_layers
from spikemeter.report.figures.architecture import architecture
from spikemeter.report.figures.curves import experiment
from spikemeter.report.figures.examples import (
    Example,
    Recording,
    first_example,
    first_recording,
    images,
    saccades,
)
from spikemeter.report.figures.neuron import lif, neuron
from spikemeter.report.figures.style import save
from spikemeter.report.figures.unrolled import unrolled
from tests.report.made_up import CPU, MNIST, STAND_IN, Study


def texts(figure):
    figure.draw_without_rendering()
    return [t.get_text() for t in figure.findobj(lambda a: hasattr(a, "get_text"))]


def recording(**changes):
    fields = {
        "x": np.array([0, 33, 5]),
        "y": np.array([0, 33, 6]),
        "polarity": np.array([0, 1, 1]),
        "time_us": np.array([0, 104_999, 210_000]),
        "label": "5",
        "data": "simulated N-MNIST",
    }
    return Recording(**(fields | changes))


def draw_architecture():
    stages = parse_layers("12C5-P2-32C5-10", (2, 34, 34), "valid")
    return architecture("SNN", (2, 34, 34), stages, "LIF")


DRAWINGS = {
    "neuron": lambda: neuron(0.8, 1.0),
    "forward": lambda: unrolled(backward=False),
    "backward": lambda: unrolled(backward=True),
    "architecture": draw_architecture,
    "images": lambda: images([Example(np.zeros((1, 4, 4), np.uint8), "5", "MNIST")]),
    "saccades": lambda: saccades(recording()),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_drawing_saves_in_all_formats_with_equal_bytes(tmp_path, name):
    paths = [tmp_path / f"a.{end}" for end in ("svg", "pdf", "png")]
    again = [tmp_path / f"b.{end}" for end in ("svg", "pdf", "png")]
    save(DRAWINGS[name](), paths, 60)
    save(DRAWINGS[name](), again, 60)
    for first, second in zip(paths, again, strict=True):
        assert first.stat().st_size > 1000
        assert first.read_bytes() == second.read_bytes()


def test_save_refuses_other_formats(tmp_path):
    with pytest.raises(ValueError, match="must end in"):
        save(DRAWINGS["neuron"](), [tmp_path / "a.jpg"], 60)
    assert not list(tmp_path.iterdir())


def test_neuron_is_snntorchs_leaky():
    membrane, spikes = lif(np.full(6, 0.6), 0.9, 1.0)
    expected = [0.6, 1.14, 0.626, 1.1634, 0.64706, 1.182354]
    np.testing.assert_allclose(membrane, expected)
    assert spikes.tolist() == [False, True] * 3


def test_curves_show_every_network_and_why_power_is_missing(tmp_path):
    study = Study(tmp_path, [0, 1])
    for name in ("ANN", "SNN"):
        study.add(name, name, conditions=CPU, data=STAND_IN)
    figure = experiment("Experiment 2", study.read())
    shown = texts(figure)
    assert (
        "Experiment 2\ndata: coloured_digits (stand-in)\n"
        "line: mean of 2 seeds; band: 95 % interval"
    ) in shown
    assert "not metered: no RAPL on this machine" in shown
    assert {"ANN", "SNN", "validation", "training"} <= set(shown)
    paths = [tmp_path / "a.svg", tmp_path / "b.svg"]
    for path in paths:
        save(experiment("Experiment 2", study.read()), [path], 60)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_curves_draw_the_mean_of_the_seeds_in_percent(tmp_path):
    study = Study(tmp_path, [0, 1])
    study.add("exp1_ann", "ANN")
    accuracy, seconds, *_ = experiment("Experiment 1", study.read()).axes
    validation, training = accuracy.lines
    np.testing.assert_allclose(validation.get_ydata(), [60, 70.5])
    np.testing.assert_allclose(training.get_ydata(), [50, 75])
    np.testing.assert_allclose(seconds.lines[0].get_ydata(), [1, 3])


def test_bands_are_the_interval_over_the_seeds_and_stay_within_what_can_be(tmp_path):
    study = Study(tmp_path, [0, 9])
    study.add("exp1_ann", "ANN", factor=lambda seed: 1 + seed / 9)
    accuracy, seconds, *_ = experiment("Experiment 1", study.read()).axes
    validation = limits_of(accuracy.collections[0])
    # 70 and 79 %: 74.5 and 4.5 standard errors times Student's t, 12.7062; to 100.
    assert validation == pytest.approx((74.5 - 4.5 * 12.7062047, 100))
    # 3 and 6 s: from 4.5 − 19.1, which no epoch takes.
    time = limits_of(seconds.collections[0])
    assert time == pytest.approx((0, 4.5 + 1.5 * 12.7062047))


def limits_of(drawn):
    limits = drawn.get_datalim(drawn.axes.transData)
    return limits.y0, limits.y1


def test_one_seed_has_no_band_and_says_so(tmp_path):
    study = Study(tmp_path, [3])
    study.add("exp1_ann", "ANN")
    figure = experiment("Experiment 1", study.read())
    assert not any(axes.collections for axes in figure.axes)
    assert "Experiment 1\ndata: MNIST\none seed (3)" in texts(figure)


def test_a_network_that_is_not_metered_is_named_beside_one_that_is(tmp_path):
    study = Study(tmp_path, [0])
    study.add("a", "ANN")
    study.add("s", "SNN", conditions=CPU)
    shown = texts(experiment("Experiment 1", study.read()))
    assert "SNN: not metered: no RAPL on this\nmachine" in shown
    assert "CPU package\npower (W) or\nboard power (W)" in shown


def test_a_figure_shows_at_least_one_network():
    with pytest.raises(ValueError, match="0 networks with results"):
        experiment("Experiment 9", [])


def test_architecture_names_shapes_and_layers():
    shown = texts(draw_architecture())
    assert {"2×34×34", "12×15×15", "32×11×11", "10"} <= set(shown)
    assert "conv 5×5\nmax pool 2×2\nLIF" in shown
    assert "conv 5×5\nLIF" in shown
    assert "linear\n3872 → 10\nLIF" in shown


def test_saccades_count_events_by_time():
    shown = texts(saccades(recording()))
    assert "simulated N-MNIST, label: 5" in shown
    assert {"2 events", "0 events", "1 events", "210 to 315 ms"} <= set(shown)


def test_saccades_refuse_a_recording_without_events():
    with pytest.raises(ValueError, match="no event"):
        saccades(recording(time_us=np.full(3, 400_000)))


def test_saccades_refuse_events_outside_the_sensor():
    with pytest.raises(ValueError, match="invalid entry"):
        saccades(recording(x=np.array([0, 34, 5])))


def test_first_recording_unpacks_the_events():
    packed = np.array([7 << 13 | 1 << 12 | 33 << 6 | 20, 99], np.uint32)
    arrays = {
        "train_events": packed,
        "train_offsets": np.array([0, 1, 2]),
        "train_labels": np.array([4, 0]),
    }
    found = first_recording(arrays, {"title": "N", "prepared": {"window_us": 5000}})
    values = (found.x, found.y, found.polarity, found.time_us)
    assert [value.tolist() for value in values] == [[20], [33], [1], [35_000]]
    assert (found.label, found.data) == ("4", "N")


@pytest.mark.parametrize(
    ("changes", "label"),
    [({}, "frog"), ({"stand_in": True}, "6"), ({"dataset": "mnist"}, "6")],
)
def test_first_example_names_classes_of_the_real_data_only(changes, label):
    arrays = {"train_images": np.zeros((2, 3, 4, 4)), "train_labels": np.array([6, 1])}
    provenance = MNIST | {"dataset": "cifar10"} | changes
    assert first_example(arrays, provenance).label == label
