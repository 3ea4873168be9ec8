"""Values that a typing error, another tool or an enemy may leave in a file."""

import datetime
import math
from typing import Any

from hypothesis import strategies as st

ODD: tuple[Any, ...] = (
    *(None, True, False, "", " ", "yes", "no", "on", "null", "~", "nan", ".inf"),
    *("1e-3", "0x10", "1_000", "12:30:45", "=", "<<", "*a", "&a"),
    "!!python/name:os.system",
    *(0, -1, 1, 2, 0.5, -0.0, 1e-400, 1e308, math.nan, math.inf, -math.inf, 2**31),
    *(2**63, -(2**63), 10**400, 10**4000, 5e-324, 28.5, "28", "lif ", "LIF"),
    *("x" * 5000, "\x00", "\n", "a\n", "\ud800", "\u202e", "é", "\uff11", "a|b"),
    "\x1b[31m",
    *([], {}, [None], [[]], {"a": 1}, {1: 2}, {None: None}, [1, 1], ["a", 1, None]),
    *(datetime.date(2026, 1, 2), datetime.datetime(2026, 1, 2, 3), b"bytes", (1, 2)),
)
SCALARS = st.one_of(
    st.sampled_from(ODD),
    st.integers(),
    st.floats(),
    st.text(max_size=12),
    st.integers(0, 400),
)
KEYS = st.one_of(
    st.text(max_size=8), st.integers(), st.none(), st.booleans(), st.floats()
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=3)
    ),
    max_leaves=6,
)


def nested(depth: int) -> object:
    """Return lists and blocks inside each other."""
    value: object = 1
    for level in range(depth):
        value = [value] if level % 2 else {"a": value}
    return value
