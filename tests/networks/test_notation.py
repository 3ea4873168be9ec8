from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikemeter.networks.notation import parse_layers

MNIST = (1, 28, 28)
EXPERIMENT_2 = "32C5-P2-64C5-P2-128C5-P2-128C5-P2-256C5-P2-128-10"


@pytest.mark.parametrize(
    ("layers", "shape", "padding", "parameters"),
    [
        ("256-256-10", MNIST, "valid", [200_960, 65_792, 2_570]),
        ("12C5-P2-32C5-P2-10", (1, 32, 32), "valid", [312, 9_632, 8_010]),
        ("12C5-P2-32C5-P2-10", (2, 34, 34), "valid", [612, 9_632, 8_010]),
        (
            EXPERIMENT_2,
            (3, 32, 32),
            "same",
            [2_432, 51_264, 204_928, 409_728, 819_456, 32_896, 1_290],
        ),
    ],
)
def test_parameters_of_the_papers_networks(layers, shape, padding, parameters):
    stages = parse_layers(layers, shape, padding)
    assert [stage.parameters for stage in stages] == parameters


@pytest.mark.parametrize(
    ("layers", "shape", "padding", "connections"),
    [
        ("256-256-10", MNIST, "valid", [200_704, 65_536, 2_560]),
        # 28x28 and 10x10 places of 25 taps, for each pair of channels.
        ("12C5-P2-32C5-P2-10", (1, 32, 32), "valid", [235_200, 960_000, 8_000]),
        # 3 taps meet 4 pixels in 2 + 3 + 3 + 2 pairs.
        ("2C3-10", (3, 4, 4), "same", [600, 320]),
        # Each of 3 pixels meets each of 3 outputs, however large the kernel.
        ("1C9-1", (1, 3, 3), "same", [81, 9]),
        # The pooling leaves a row and a column of 5x5 outputs over.
        ("1C1-P2-1", (1, 5, 5), "valid", [25, 4]),
    ],
)
def test_connections(layers, shape, padding, connections):
    stages = parse_layers(layers, shape, padding)
    assert [stage.connections for stage in stages] == connections


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


def test_same_padding_keeps_the_size():
    stages = parse_layers("4C7-4C3-10", (1, 9, 11), "same")
    assert [s.out_shape for s in stages] == [(4, 9, 11), (4, 9, 11), (10,)]
    assert [s.padding for s in stages] == [3, 1, 0]


def test_pooling_drops_what_does_not_fill_a_window():
    stages = parse_layers("4C1-P3-10", (1, 8, 11), "valid")
    assert stages[0].out_shape == (4, 2, 3)


@pytest.mark.parametrize(
    ("layers", "padding", "message"),
    [
        ("12D5-10", "valid", "'12D5' .layer 1. is not a layer"),
        ("", "valid", "'' .layer 1. is not a layer"),
        ("10-", "valid", "'' .layer 2. is not a layer"),
        ("12C5 -10", "valid", "'12C5 ' .layer 1. is not a layer"),
        ("256\n-10", "valid", r"'256\\n' .layer 1. is not a layer"),
        ("0-10", "valid", "'0' .layer 1. is not a layer"),
        ("12C0-10", "valid", "'12C0' .layer 1. is not a layer"),
        ("4C3-P0-10", "valid", "'P0' .layer 2. is not a layer"),
        ("-5-10", "valid", "'' .layer 1. is not a layer"),
        (
            "P2-10",
            "valid",
            "'P2' .layer 1. is a pooling, which must follow a convolution",
        ),
        (
            "20-P2-10",
            "valid",
            "'P2' .layer 2. is a pooling, which must follow a convolution",
        ),
        ("4C3-P2-P2-10", "valid", "'P2' .layer 3. is a pooling, which must follow"),
        (
            "20-4C3-10",
            "valid",
            "'4C3' .layer 2. is a convolution behind a fully connected",
        ),
        ("4C29-10", "valid", "'4C29' .layer 1. has a kernel larger .* 28x28 pixels"),
        (
            "4C5-P2-4C13-10",
            "valid",
            "'4C13' .layer 3. has a kernel larger .* 12x12 pixels",
        ),
        (
            "4C5-P25-10",
            "valid",
            "'P25' .layer 2. pools more than what enters it, 24x24 pixels",
        ),
        (
            "4C4-10",
            "same",
            "'4C4' .layer 1. has an even kernel; padding 'same' needs odd",
        ),
        ("256-4C3", "valid", "'4C3' .layer 2. is a convolution behind"),
        (
            "4C3",
            "valid",
            "'4C3' .layer 1. is the last layer, but the output must be fully",
        ),
        (
            "4C3-P2",
            "valid",
            "'P2' .layer 2. is the last layer, but the output must be fully",
        ),
        ("1000000-10", "valid", "'1000000' .layer 1. is not a layer"),
    ],
)
def test_refused(layers, padding, message):
    with pytest.raises(ValueError, match=message) as caught:
        parse_layers(layers, MNIST, padding)
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
