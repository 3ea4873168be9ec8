"""Whatever bytes a recording holds, and whatever events: nothing crashes or lies."""

import numpy as np
import pytest
from hypothesis import strategies as st

from spikemeter.datasets import event_files, events
from spikemeter.datasets.event_files import Events, decode, encode
from spikemeter.datasets.events import denoise, pack
from spikemeter.datasets.packed_events import PackedFormat
from tests.fuzz.refusals import assert_readable, refuses

OVERFLOW_Y = 240
COORDINATES = st.integers(0, 33) | st.integers(0, 255)


def record(x, y, p, t):
    return (x << 32 | y << 24 | p << 23 | t).to_bytes(5, "big")


@st.composite
def recordings(draw):
    """Records as in N-MNIST: times mostly rise, some mark an overflow."""
    found, time_us = [], 0
    for _ in range(draw(st.integers(0, 25))):
        time_us += draw(st.sampled_from([0, 0, 1, 5, 3000, 8192, 10**6, -1]))
        kind = draw(st.sampled_from(["event"] * 20 + ["overflow", "overflow", "any"]))
        if kind == "any":
            found.append(draw(st.binary(min_size=5, max_size=5)))
            continue
        x, y = draw(COORDINATES) if draw(st.booleans()) else 3, draw(st.integers(0, 33))
        y = OVERFLOW_Y if kind == "overflow" else y
        found.append(record(x, y, draw(st.integers(0, 1)), time_us % 2**23))
    tail = draw(st.sampled_from([b""] * 9 + [b"1", b"1234"]))
    return b"".join(found) + tail


def read_slowly(raw):
    """Return the events of a recording and the number of the first bad record."""
    found, added_us = [], 0
    for number in range(len(raw) // 5):
        value = int.from_bytes(raw[5 * number : 5 * number + 5], "big")
        x, y, p, t = value >> 32, value >> 24 & 255, value >> 23 & 1, value & 0x7FFFFF
        if y == OVERFLOW_Y:
            added_us += 8192
            continue
        if x > 33 or y > 33 or (found and t + added_us < found[-1][2]):
            return found, number
        found.append((x, y, t + added_us, p))
    return found, None


def interpreted(raw):
    """Run the compiled decoder's Python, where an index out of range is an error."""
    records = np.frombuffer(raw, np.uint8).reshape(-1, 5)
    kinds = (np.uint8, np.uint8, np.int64, np.uint8)
    fields = [np.zeros(len(records), kind) for kind in kinds]
    return event_files._decode.py_func(records, *fields), fields


@refuses(250, of=500, raw=recordings() | st.binary(max_size=60))
def test_recordings_that_cannot_be(raw):
    if len(raw) % 5:
        with pytest.raises(ValueError, match=f"a.bin has {len(raw)} bytes but"):
            decode(raw, "a.bin")
        return True
    expected, bad = read_slowly(raw)
    (n_events, found_bad), fields = interpreted(raw)
    assert (n_events, found_bad) == (len(expected), -1 if bad is None else bad)
    if bad is not None:
        with pytest.raises(ValueError, match=f"^a.bin, event {bad}: ") as caught:
            decode(raw, "a.bin")
        assert_readable(str(caught.value))
        assert raw[5 * bad : 5 * bad + 5].hex() in str(caught.value)
        return True
    found = decode(raw, "a.bin")
    assert list(zip(*map(np.ndarray.tolist, found), strict=True)) == expected
    assert all(map(np.array_equal, found, (f[:n_events] for f in fields)))
    assert_written_again(found)
    return False


def assert_written_again(found):
    """Check that events survive the format, or that it refuses what it cannot hold."""
    if len(found.t) and found.t[-1] >= 2**23:
        with pytest.raises(ValueError, match=rf"t is \d+ to {found.t.max()} but"):
            encode(found)
        return
    raw = encode(found)
    assert len(raw) == 5 * len(found.t)
    assert all(map(np.array_equal, decode(raw), found))


@st.composite
def streams(draw):
    """Valid events: none, equal ones, and times far behind the format's 2**23."""
    n = draw(st.integers(0, 40))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    x, y = generator.integers(0, draw(st.integers(1, 34)), (2, n)).astype(np.uint8)
    latest = draw(st.sampled_from([1, 999, 20_000, 2**23, 2**32, 2**50]))
    start = draw(st.sampled_from([0, 1, 2**23 - 1, 2**40]))
    t = start + np.sort(generator.integers(0, latest, n))
    found = Events(x, y, t, generator.integers(0, 2, n).astype(np.uint8))
    twice = np.sort(
        generator.integers(0, max(n, 1), draw(st.integers(0, 10)) if n else 0)
    )
    order = np.sort(np.concatenate([np.arange(n), twice]))
    return Events(*(field[order] for field in found))


def filtered_slowly(found, memory_us):
    """Denoise as tonic does, event by event."""
    last = {}
    if len(found.t):
        sides = range(int(found.x.max()) + 1), range(int(found.y.max()) + 1)
        last = {(x, y): memory_us for x in sides[0] for y in sides[1]}
    kept = []
    for x, y, t in zip(*map(np.ndarray.tolist, found[:3]), strict=True):
        last[x, y] = t + memory_us
        near = [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)]
        kept.append(any(last.get(place, -1) > t for place in near))
    return kept


def framed_slowly(found, window_us, steps):
    """Pack with Python's integers."""
    rows = list(zip(*map(np.ndarray.tolist, found), strict=True))
    if not rows:
        return []
    first, last = rows[0][2], rows[-1][2]
    windows = min(max((last - first) // window_us, 1), steps)
    return [
        ((t - first) // window_us) << 13 | p << 12 | y << 6 | x
        for x, y, t, p in rows
        if t - first < windows * window_us
    ]


@refuses(
    0,
    of=250,
    found=streams(),
    memory_us=st.sampled_from([1, 10_000, 10**6]),
    window_us=st.sampled_from([1, 7, 1000, 2**23]),
    steps=st.sampled_from([1, 2, 300, 2**19]),
)
def test_any_events_are_filtered_and_framed_as_they_must_be(
    found, memory_us, window_us, steps
):
    kept = denoise(found, memory_us)
    assert kept.tolist() == filtered_slowly(found, memory_us)
    again = np.zeros(len(found.t), np.bool_)
    events._denoise.py_func(*found[:3], memory_us, again)
    assert np.array_equal(kept, again)
    words = pack(found, window_us, PackedFormat((2, 34, 34), steps))
    assert words.dtype == np.uint32
    assert words.tolist() == framed_slowly(found, window_us, steps)
    return False


LIMITS = {"x": 34, "y": 34, "t": 2**23, "p": 2}


@refuses(
    90,
    of=100,
    rows=st.lists(
        st.tuples(*(st.integers(0, n - 1) for n in LIMITS.values())), min_size=1
    ),
    name=st.sampled_from(list(LIMITS)),
    wrong=st.integers(-(2**62), 2**62),
)
def test_events_that_the_format_cannot_hold_are_refused_by_name(rows, name, wrong):
    values = dict(zip(LIMITS, np.array(rows, np.int64).T.copy(), strict=True))
    values[name][wrong % len(rows)] = wrong if wrong < 0 else LIMITS[name] + wrong
    with pytest.raises(ValueError, match=rf"^{name} is -?\d+ to -?\d+ but the .bin"):
        encode(Events(**values))
    return True
