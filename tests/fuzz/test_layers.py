"""Whatever stands for layers: what cannot be is refused, with its position."""

import re

import pytest
from hypothesis import strategies as st

from spikemeter.messages import format_value
from spikemeter.networks.notation import parse_layers
from tests.fuzz.refusals import assert_readable, refuses

NUMBERS = st.integers(1, 40) | st.sampled_from([0, 256, 999_999, 10**6])
PLAUSIBLE = st.one_of(
    st.builds("{}C{}".format, st.integers(1, 40), st.integers(1, 9)),
    st.builds("P{}".format, st.integers(1, 4)),
    NUMBERS.map(str),
)
TOKENS = st.one_of(
    *[PLAUSIBLE] * 6,
    st.builds("{}C{}".format, NUMBERS, NUMBERS),
    st.sampled_from(["", " 10", "10 ", "C5", "5C", "P", "P0", "3c3", "p2", "5C3P2"]),
    st.sampled_from(["+5", "5.0", "1e2", "4C3\n", "0x10", "9" * 5000, "\uff19", "²"]),
    st.text(max_size=4).map(lambda text: text.replace("-", "")),
)


def first_wrong(tokens, shape, padding):
    """Return the position of the first layer that cannot be, 0 if all can."""
    sides, dense, pooled = list(shape[1:]), False, True
    for position, token in enumerate(tokens, start=1):
        numbers = re.findall("[0-9]+", token)
        kind = re.sub("[0-9]+", "#", token) if token.isascii() else "?"
        if any(n[0] == "0" or len(n) > 6 for n in numbers) or "\n" in token:
            return position
        if kind == "#":
            dense, pooled = True, True
        elif kind == "P#":
            sides = [side // int(numbers[0]) for side in sides]
            if dense or pooled or min(sides) < 1:
                return position
            pooled = True
        elif kind == "#C#":
            kernel = int(numbers[1])
            if dense or (padding == "same" and kernel % 2 == 0):
                return position
            if padding == "valid":
                sides = [side - kernel + 1 for side in sides]
            if min(sides) < 1:
                return position
            pooled = False
        else:
            return position
    return 0 if dense else len(tokens)


@refuses(
    400,
    of=800,
    tokens=st.lists(TOKENS, min_size=1, max_size=6),
    end=st.sampled_from([["10"], []]),
    shape=st.tuples(st.just(3), st.integers(9, 34), st.integers(9, 34)),
    padding=st.sampled_from(["valid", "same"]),
)
def test_layers_that_cannot_be(tokens, end, shape, padding):
    tokens = [*tokens, *end]
    wrong = first_wrong(tokens, shape, padding)
    if not wrong:
        stages = parse_layers("-".join(tokens), shape, padding)
        assert stages[-1].neurons == int(tokens[-1])
        return False
    with pytest.raises(ValueError, match=r"\(layer \d+\)") as caught:
        parse_layers("-".join(tokens), shape, padding)
    message = str(caught.value)
    assert_readable(message)
    assert message.startswith(f"{format_value(tokens[wrong - 1])} (layer {wrong}) ")
    return True
