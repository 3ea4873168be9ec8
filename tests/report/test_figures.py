import numpy as np
import pytest
from matplotlib.axes import Axes

from spikemeter.datasets.packed_events import PackedFormat
from spikemeter.report.figures.anytime_curves import draw_anytime
from spikemeter.report.figures.architecture import draw_architecture
from spikemeter.report.figures.curves import draw_curves
from spikemeter.report.figures.energy_fronts import draw_energy
from spikemeter.report.figures.event_panels import count_events, draw_recordings
from spikemeter.report.figures.first_samples import FirstSample, name_class
from spikemeter.report.figures.illustration import save_figure
from spikemeter.report.figures.image_examples import draw_examples
from spikemeter.report.figures.neuron_sketch import simulate_lif
from spikemeter.report.figures.palette import COLOURS
from spikemeter.report.figures.registry import FIGURES, ILLUSTRATIONS
from tests.report.made_up import CPU, GPU, MNIST, STAND_IN, Study


def texts(figure):
    figure.draw_without_rendering()
    return [t.get_text() for t in figure.findobj(lambda a: hasattr(a, "get_text"))]


def sample(arrays):
    prepared = {"window_us": 5000, "steps": 60}
    return FirstSample(arrays, {"title": "Digits", "prepared": prepared}, "5", 105_000)


def recording(
    steps=(0, 20, 42), columns=(0, 33, 5), shape=(2, 34, 34), channels=(0, 1, 1)
):
    """Three events, and a second recording that does not count."""
    # As wide fields as the sensor's, so that events may lie outside of it.
    sides = [1 << bits for bits in PackedFormat(shape, 60).pixel_bits]
    packing = PackedFormat(tuple(sides), 1 << 7)
    words = packing.pack(steps, channels, (0, 33, 6), columns)
    arrays = {
        "sensor_shape": np.array(shape),
        "train_events": np.append(words, packing.dtype.type(99)),
        "train_offsets": np.array([0, 3, 4]),
    }
    return sample(arrays)


def architecture(spiking=True):
    spec = {"label": "SNN", "input_shape": [2, 34, 34], "layers": "12C5-P2-32C5-10"}
    spec |= {"padding": "valid", "neuron": "LIF" if spiking else "ReLU"}
    return draw_architecture(spec | {"spiking": spiking}, [])


def examples(channels=1):
    images = np.zeros((1, channels, 4, 4), np.uint8)
    return draw_examples([sample({"train_images": images})])


DRAWINGS = {
    "neuron": lambda: ILLUSTRATIONS["neuron"].draw({}, []),
    "forward": lambda: ILLUSTRATIONS["unrolled_forward"].draw({}, []),
    "backward": lambda: ILLUSTRATIONS["unrolled_backward"].draw({}, []),
    "architecture": architecture,
    "examples": examples,
    "recordings": lambda: draw_recordings([recording()]),
}


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_drawing_saves_in_all_formats_with_equal_bytes(tmp_path, name):
    ends = ("svg", "pdf", "png")
    for stem in "ab":
        save_figure(DRAWINGS[name](), [tmp_path / f"{stem}.{end}" for end in ends], 60)
    for end in ends:
        content = (tmp_path / f"a.{end}").read_bytes()
        assert len(content) > 1000
        assert content == (tmp_path / f"b.{end}").read_bytes()


def test_neuron_is_snntorchs_leaky():
    membrane, spikes = simulate_lif(np.full(6, 0.6), 0.9, 1.0)
    expected = [0.6, 1.14, 0.626, 1.1634, 0.64706, 1.182354]
    np.testing.assert_allclose(membrane, expected)
    assert spikes.tolist() == [False, True] * 3


def test_curves_show_every_network_and_why_power_is_missing(tmp_path):
    study = Study(tmp_path, [0, 1])
    for name in ("ANN", "SNN"):
        study.add(name, name, conditions=CPU, data=STAND_IN)
    figure = draw_curves("Experiment 2", study.read())
    shown = texts(figure)
    assert (
        "Experiment 2\ndata: coloured_digits (stand-in)\n"
        "line: mean of 2 seeds; band: 95 % interval"
    ) in shown
    assert "not metered: no RAPL on this machine" in shown
    assert {"ANN", "SNN", "validation", "training"} <= set(shown)


def test_curves_are_means_with_an_interval_that_stays_within_what_can_be(tmp_path):
    study = Study(tmp_path, [0, 9])
    study.add("exp1_ann", "ANN", factor=lambda seed: 1 + seed / 9)
    accuracy, seconds, *_ = draw_curves("Experiment 1", study.read()).axes
    lines = [line.get_ydata() for line in (*accuracy.lines, seconds.lines[0])]
    np.testing.assert_allclose(lines, [[60, 74.5], [50, 75], [1.5, 4.5]])
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
    figure = draw_curves("Experiment 1", study.read())
    assert not any(axes.collections for axes in figure.axes)
    assert "Experiment 1\ndata: MNIST\none seed (3)" in texts(figure)


def test_a_network_that_is_not_metered_is_named_beside_one_that_is(make_pair):
    shown = texts(draw_curves("Experiment 1", make_pair(0, conditions=CPU).read()))
    assert "SNN: not metered: no RAPL on this\nmachine" in shown
    assert "CPU package\npower (W) or\nboard power (W)" in shown


def test_seeds_that_were_not_all_metered_have_no_line_but_the_reason(tmp_path):
    study = Study(tmp_path, [0, 1])
    study.add("s", "SNN", conditions=lambda seed: CPU if seed else GPU)
    figure = draw_curves("Experiment 1", study.read())
    assert "not metered: no RAPL on this machine" in texts(figure)
    assert not np.isfinite(figure.axes[3].lines[0].get_ydata()).any()


MANY = {f"snn{n}": f"SNN {n}" for n in range(8)}


@pytest.fixture
def many(tmp_path):
    """Eight networks in one experiment, the later the more accurate, and two seeds."""
    study = Study(tmp_path, [0, 1])
    for place, (name, label) in enumerate(MANY.items()):
        study.add(name, label, val_accuracy=(0.1, 0.5 + place / 20))
    return study.read()


@pytest.mark.parametrize(
    ("entry", "draw", "lines"),
    [("experiment", draw_curves, 16), ("anytime", draw_anytime, 8)],
)
def test_of_many_networks_all_have_a_line_and_the_best_a_name(many, entry, draw, lines):
    figure = draw("Experiment 1", many)
    drawn = figure.axes[0].lines
    assert len(drawn) == lines
    grey = [line for line in drawn if line.get_linewidth() < 1]
    assert len(grey) == lines // 4
    assert {line.get_color() for line in grey}.isdisjoint(COLOURS)
    assert {line.get_color() for line in drawn if line not in grey} == set(COLOURS)
    named = [text.get_text() for text in figure.legends[0].get_texts()]
    assert [text.partition(",")[0] for text in named] == [
        *list(MANY.values())[2:],
        "2 less accurate in validation",
    ]
    caption = ILLUSTRATIONS[entry].describe("Experiment 1", many).caption
    assert "other 2 are thin and grey" in caption
    caption = ILLUSTRATIONS[entry].describe("Experiment 1", many[:12]).caption
    assert "grey" not in caption


@pytest.mark.parametrize("draw", [draw_curves, lambda _, runs: draw_energy(runs)])
def test_long_labels_stay_within_the_figure(tmp_path, draw):
    study = Study(tmp_path, [0])
    for n in range(6):
        study.add(f"snn{n}", f"{n} The quick brown fox jumps over a dog (snnTorch)")
    figure = draw("Experiment 1", study.read())
    figure.draw_without_rendering()
    box = figure.legends[0].get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.width


def test_architecture_names_shapes_and_layers():
    shown = texts(architecture())
    assert {"2×34×34", "12×15×15", "32×11×11", "10"} <= set(shown)
    assert "conv 5×5\nmax pool 2×2\nLIF" in shown
    assert "conv 5×5\nLIF" in shown
    assert "linear\n3872 → 10\nLIF" in shown
    shown = texts(architecture(spiking=False))  # logits have no neuron under them
    assert {"conv 5×5\nReLU", "linear\n3872 → 10"} <= set(shown)


def test_panels_count_the_events_of_their_time():
    shown = texts(draw_recordings([recording(), recording()]))
    assert shown.count("Digits, label: 5") == 2
    assert {"2 events", "0 events", "1 events", "210 to 315 ms"} <= set(shown)
    assert {"ON", "OFF"} <= set(shown)


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"steps": (80, 80, 80)}, "no event"), ({"columns": (0, 34, 5)}, "invalid entry")],
)
def test_recordings_without_events_or_with_some_outside_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        draw_recordings([recording(**changes)])


@pytest.mark.parametrize(
    ("panel_us", "length", "panels"), [(105_000, 60, 3), (None, 3, 3), (5000, 60, 6)]
)
def test_panels_follow_the_data_set_or_divide_the_recording(panel_us, length, panels):
    found = recording()
    found.provenance["prepared"]["steps"] = length
    figure = draw_recordings([found._replace(panel_us=panel_us)])
    assert sum(bool(axes.images) for axes in figure.findobj(Axes)) == panels


def test_a_large_sensor_without_polarity_has_no_on_and_off():
    large = recording(shape=(1, 720, 1280), channels=(0, 0, 0))
    assert not {"ON", "OFF"} & set(texts(draw_recordings([large])))


def test_events_are_unpacked_in_their_place():
    found = np.argwhere(count_events(recording())[0])
    assert found.tolist() == [[0, 0, 0, 0], [0, 1, 33, 33], [2, 1, 6, 5]]


@pytest.mark.parametrize(
    ("changes", "stated", "name"),
    [
        ({}, ["cat", "dog"], "dog"),
        ({"stand_in": True}, ["cat", "dog"], "1"),
        ({}, [], "1"),
        ({"stand_in": True, "classes": ["red", "blue"]}, ["cat", "dog"], "blue"),
    ],
)
def test_classes_have_names_where_they_are_known(changes, stated, name):
    assert name_class(1, MNIST | changes, stated) == name


def test_images_of_any_number_of_channels_are_drawn():
    for channels in (1, 2, 3):
        (axes,) = examples(channels).axes
        assert axes.images[0].get_array().shape[:2] == (4, 4)


def test_files_are_named_after_what_they_show():
    for entry, subject, name in (
        ("experiment", "1", "experiment1"),
        ("anytime", "2b", "anytime2b"),
        ("experiment", "mine", "experiment_mine"),
        ("architecture", "3_layers", "architecture_3_layers"),
        ("energy", "", "energy"),
    ):
        assert FIGURES[entry].file_name(entry, subject) == name
