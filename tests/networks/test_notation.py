from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikemeter.networks.layers import Synapses
from spikemeter.networks.notation import parse_layers
from spikemeter.training.randomness import make_generator

DIGITS = (1, 28, 28)


@pytest.mark.parametrize(
    ("layers", "shape", "padding", "parameters", "connections"),
    [
        (
            *("256-256-10", DIGITS, "valid", [200_960, 65_792, 2_570]),
            [200_704, 65_536, 2_560],
        ),
        # 28x28 and 10x10 places of 25 taps, for each pair of channels; padded, a side
        # of n meets 5 n - 6 taps.
        (
            *("12C5-P2-32C5-P2-10", (1, 32, 32), "valid", [312, 9_632, 8_010]),
            [235_200, 960_000, 8_000],
        ),
        (
            *("12C5-P2-32C5-P2-10", (2, 34, 34), "valid", [612, 9_632, 8_010]),
            [540_000, 1_161_600, 8_000],
        ),
        (
            *("32C5-P2-64C5-P2-128C5-P2-128C5-P2-256C5-P2-128-10", (3, 32, 32), "same"),
            [2_432, 51_264, 204_928, 409_728, 819_456, 32_896, 1_290],
            [2_276_736, 11_214_848, 9_469_952, 3_211_264, 524_288, 32_768, 1_280],
        ),
        # 3 taps meet 4 pixels in 2 + 3 + 3 + 2 pairs.
        ("2C3-10", (3, 4, 4), "same", [56, 330], [600, 320]),
        # Each of 3 pixels meets each of 3 outputs, however large the kernel.
        ("1C9-1", (1, 3, 3), "same", [82, 10], [81, 9]),
        # The pooling leaves a row and a column of 5x5 outputs over.
        ("1C1-P2-1", (1, 5, 5), "valid", [2, 5], [25, 4]),
    ],
)
def test_parameters_and_connections(layers, shape, padding, parameters, connections):
    stages = parse_layers(layers, shape, padding)
    assert [stage.parameters for stage in stages] == parameters
    assert [stage.connections for stage in stages] == connections
    layers = Synapses(stages, make_generator(0, "weights")).layers
    counted = [sum(p.numel() for p in layer.parameters()) for layer in layers]
    assert counted == parameters


@given(
    kernel=st.integers(1, 5),
    padded=st.booleans(),
    shape=st.tuples(*[st.integers(5, 7)] * 2),
)
def test_connections_are_taps_inside_the_image(kernel, padded, shape):
    kernel += padded and kernel % 2 == 0
    padding = "same" if padded else "valid"
    stage, _ = parse_layers(f"1C{kernel}-1", (1, *shape), padding)
    taps = product(
        *(range(outputs) for outputs in stage.map_shape[1:]), *[range(kernel)] * 2
    )
    read = ((y + j - stage.padding, x + i - stage.padding) for y, x, j, i in taps)
    inside = sum(0 <= y < shape[0] and 0 <= x < shape[1] for y, x in read)
    assert stage.connections == inside


def test_shapes_and_neurons():
    first, second, last = parse_layers("12C5-P2-32C5-P2-10", (2, 34, 34), "valid")
    assert (first.kind, first.kernel, first.padding, first.pool) == ("conv", 5, 0, 2)
    assert first.out_shape == (12, 15, 15)
    assert second.in_shape == first.out_shape
    assert second.out_shape == (32, 5, 5)
    assert (second.neurons, last.neurons) == (800, 10)
    assert last.in_shape == second.out_shape
    stages = parse_layers("4C7-4C3-10", (1, 9, 11), "same")
    assert [s.out_shape for s in stages] == [(4, 9, 11), (4, 9, 11), (10,)]
    assert [s.padding for s in stages] == [3, 1, 0]
    # Pooling drops what does not fill a window.
    assert parse_layers("4C1-P3-10", (1, 8, 11), "valid")[0].out_shape == (4, 2, 3)


KIND, BEHIND = "is not a layer; ", "is a convolution behind a fully connected layer"
ALONE = "is a pooling, which must follow a convolution"
LAST = "is the last layer, but the output must be fully connected"
# For each string the number of the layer that is wrong, and what is wrong with it.
REFUSED = {
    "12D5-10": (1, KIND),
    "": (1, KIND),
    "10-": (2, KIND),
    "12C5 -10": (1, KIND),
    "256\n-10": (1, KIND),
    "0-10": (1, KIND),
    "12C0-10": (1, KIND),
    "4C3-P0-10": (2, KIND),
    "-5-10": (1, KIND),
    "1000000-10": (1, KIND),
    "P2-10": (1, ALONE),
    "20-P2-10": (2, ALONE),
    "4C3-P2-P2-10": (3, ALONE),
    "20-4C3-10": (2, BEHIND),
    "256-4C3": (2, BEHIND),
    "4C29-10": (1, "has a kernel larger than what enters it, 28x28 pixels"),
    "4C5-P2-4C13-10": (3, "has a kernel larger than what enters it, 12x12 pixels"),
    "4C5-P25-10": (2, "pools more than what enters it, 24x24 pixels"),
    "4C4-10": (1, "has an even kernel; padding 'same' needs odd ones"),
    "4C3": (1, LAST),
    "4C3-P2": (2, LAST),
}


@pytest.mark.parametrize("layers", REFUSED)
def test_refused(layers):
    position, reason = REFUSED[layers]
    padding = "same" if "padding" in reason else "valid"
    with pytest.raises(ValueError, match=r"\(layer \d\)") as caught:
        parse_layers(layers, DIGITS, padding)
    token = layers.split("-")[position - 1]
    assert str(caught.value).startswith(f"{token!r} (layer {position}) {reason}")
    assert "\n" not in str(caught.value)


TOKENS = st.one_of(
    st.from_regex(r"[1-9][0-9]?C[1-9]", fullmatch=True),
    st.sampled_from(
        ["P1", "P2", "P3", "P40", "10", "256", "C5", "5C", "", "P", "1\u0661"]
    ),
    st.text(max_size=4),
)


@given(
    st.lists(TOKENS, max_size=7).map("-".join),
    st.tuples(*[st.integers(1, 40)] * 3),
    st.sampled_from(["valid", "same"]),
)
def test_any_string_gives_consistent_stages_or_a_value_error(layers, shape, padding):
    try:
        stages = parse_layers(layers, shape, padding)
    except ValueError:
        return
    assert stages[0].in_shape == shape
    assert stages[-1].kind == "linear"
    for stage, following in pairwise(stages):
        assert stage.out_shape == following.in_shape
        assert min(stage.out_shape) >= 1
    tokens = [token for token in layers.split("-") if not token.startswith("P")]
    assert len(stages) == len(tokens)
    widths = [stage.out_shape[0] for stage in stages]
    assert widths == [int(token.partition("C")[0]) for token in tokens]
