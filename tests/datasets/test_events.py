import io
import os
import zipfile
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import tonic
from hypothesis import given, settings
from hypothesis import strategies as st
from tonic.io import read_mnist_file

from spikemeter.datasets.event_files import Events, decode, encode
from spikemeter.datasets.events import denoise, pack
from spikemeter.datasets.kinds.events import EventSettings
from spikemeter.datasets.nmnist import NMNIST
from spikemeter.datasets.packed_events import PackedFormat
from spikemeter.datasets.samples.saccades import simulate

STRUCTURE = np.dtype([("x", int), ("y", int), ("t", int), ("p", int)])
STEPS = 330
PACKING = PackedFormat((2, 34, 34), STEPS)


def ring(radius):
    y, x = np.mgrid[:28, :28] - 13.5
    inside = np.abs(np.hypot(x, y) - radius) < 1.5
    return np.where(inside, 255, 0).astype(np.uint8)


def real_files():
    folder = os.environ.get("SPIKEMETER_DATA")
    if folder is None:
        pytest.skip("SPIKEMETER_DATA is not set: no real recordings")
    return sorted(Path(folder, "NMNIST").glob("T*/*/*.bin"))[::40]


def structured(events):
    table = np.empty(len(events.t), STRUCTURE)
    for name, field in zip(Events._fields, events, strict=True):
        table[name] = field
    return table


def frames(words, steps):
    counts = np.zeros((steps, 2, 34, 34), np.int64)
    index = (words >> 13, words >> 12 & 1, words >> 6 & 63, words & 63)
    np.add.at(counts, index, 1)
    return counts


def assert_equals_tonic(events, window_us=1000):
    table = structured(events)
    kept = denoise(events)
    expected = tonic.transforms.Denoise(filter_time=10000)(table)
    assert np.array_equal(table[kept], expected)
    words = pack(events.take(kept), window_us, PACKING)
    if not len(expected):
        assert not len(words)
        return
    to_frame = tonic.transforms.ToFrame(sensor_size=(34, 34, 2), time_window=window_us)
    theirs = to_frame(expected)
    ours = frames(words, max(STEPS, len(theirs)))
    common = min(STEPS, len(theirs))
    assert np.array_equal(ours[:common], theirs[:common])
    assert not ours[common:].any()


@st.composite
def recordings(draw):
    n = draw(st.integers(1, 60))
    side = draw(st.integers(1, 34))
    latest = draw(st.sampled_from((1, 9_999, 20_000, 400_000)))
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    x, y = generator.integers(0, side, (2, n)).astype(np.uint8)
    t = np.sort(generator.integers(0, latest + 1, n))
    return Events(x, y, t, generator.integers(0, 2, n).astype(np.uint8))


@given(recordings())
@settings(deadline=None, max_examples=150)
def test_random_recordings_equal_tonic(events):
    assert_equals_tonic(events)


@pytest.mark.parametrize(
    "rows",
    [
        [(5, 5, 0, 1)],
        [(5, 5, 300, 1), (5, 5, 300, 1), (5, 6, 300, 0)],
        [(0, 0, 9_999, 1), (1, 0, 10_000, 1), (0, 0, 20_000, 1), (33, 33, 20_000, 0)],
        # On the ends of windows: the last event opens a window that stays incomplete.
        [(0, 0, 500, 1), (1, 0, 1_500, 1), (1, 1, 2_499, 0), (0, 1, 2_500, 0)],
        [(0, 0, 5, 1), (1, 0, 400_000, 1), (0, 0, 400_001, 1)],
    ],
)
def test_edge_cases_equal_tonic(rows):
    kinds = (np.uint8, np.uint8, np.int64, np.uint8)
    assert_equals_tonic(Events(*map(np.array, zip(*rows, strict=True), kinds)))


def test_simulated_recordings_equal_tonic():
    for events in simulate(np.stack([ring(5), ring(8)])):
        assert len(events.t) > 1000
        assert_equals_tonic(events)


def test_real_recordings_equal_tonic():
    for path in real_files():
        raw = path.read_bytes()
        events = decode(raw, str(path))
        expected = read_mnist_file(io.BytesIO(raw), STRUCTURE, is_stream=True)
        assert np.array_equal(structured(events), expected)
        assert encode(events) == raw
        assert_equals_tonic(events)


def test_listing_printed_in_the_tutorials():
    raw = bytes.fromhex("0a1e8003a9" + "2114800406" + "0c1b80041c" + "0b1184a8bd")
    events = decode(raw)
    assert [tuple(map(int, event)) for event in zip(*events, strict=True)] == [
        (10, 30, 937, 1),
        (33, 20, 1030, 1),
        (12, 27, 1052, 1),
        (11, 17, 305341, 1),
    ]


@given(st.lists(st.tuples(*[st.sampled_from((0, 1, 33, 34, 128, 240, 255))] * 5)))
@settings(deadline=None, max_examples=300)
def test_decode_equals_tonic_or_refuses(rows):
    raw = bytes(byte for row in rows for byte in row)
    expected = read_mnist_file(io.BytesIO(raw), STRUCTURE, is_stream=True)
    inside = np.all((expected["x"] < 34) & (expected["y"] < 34))
    if inside and np.all(np.diff(expected["t"]) >= 0):
        assert np.array_equal(structured(decode(raw)), expected)
    else:
        with pytest.raises(ValueError, match=r"one\.bin, event"):
            decode(raw, "one.bin")


def test_refusals_say_what_and_where():
    one = Events(*(np.array([value]) for value in (0, 0, 2**23, 0)))
    with pytest.raises(ValueError, match=r"t is 8388608 .* 0 to 8388607"):
        encode(one)
    for window_us, steps, words in ((0, 1, "window_us is 0"), (1, 2**20, "steps is")):
        with pytest.raises(ValueError, match=words):
            pack(one, window_us, PackedFormat((2, 34, 34), steps))
    with pytest.raises(ValueError, match="denoise_us is -1"):
        denoise(one, -1)


@pytest.mark.parametrize("place", [(2, 0, 0), (0, 34, 0), (1, 0, 34)])
def test_events_outside_the_sensor_are_refused(place):
    channel, row, column = place
    for last_us in (0, 10**6):  # also behind the last step
        beyond = Events(
            *(np.array([0, value]) for value in (column, row, last_us, channel))
        )
        message = f"channel 0 to {channel}, row 0 to {row}, column 0 to {column} but"
        with pytest.raises(ValueError, match=message):
            pack(beyond, 1000, PackedFormat((2, 34, 34), steps=1))


def test_a_recording_of_a_larger_sensor_is_refused():
    x = np.arange(128, dtype=np.uint8)
    events = Events(x, x[::-1], np.arange(128), x % 2)
    wide = np.stack([x, x[::-1], x % 2 << 7, 0 * x, x], axis=1).tobytes()
    with pytest.raises(ValueError, match=r"event 0: x is 0 and y is 127 .* 0 to 33 "):
        decode(wide)
    packing = PackedFormat((2, 34, 34), steps=1)
    message = "row 0 to 127, column 0 to 127 but .* below 1, 2, 34, 34;"
    with pytest.raises(ValueError, match=message):
        pack(events, 1000, packing)
    with pytest.raises(ValueError, match=message):
        packing.pack(0, events.p, events.y, events.x)
    for place in ((0, 0, -1, 0), (0, 0, 0, -1), (1, 0, 0, 0)):
        with pytest.raises(ValueError, match=r"lie at step 0 to [01], .*above and bel"):
            packing.pack(*place)


def test_a_larger_sensor_is_refused_even_if_the_filter_drops_its_events(archives):
    class LargerSensor(type(NMNIST)):
        def read(self, folder, part, samples):
            far = [np.array([value]) for value in (127, 3, 10**6, 1)]
            yield 0, 1, Events(*far)

    larger = LargerSensor(**{f.name: getattr(NMNIST, f.name) for f in fields(NMNIST)})
    settings = EventSettings(dataset="nmnist", denoise_us=10, window_us=1000, steps=2)
    assert not denoise(next(larger.read(archives, "train", 1))[2], 10).any()
    with pytest.raises(ValueError, match=r"column 0 to 127 but must .* 2, 2, 34, 34;"):
        larger.prepare(archives, settings)


def archive(path, members):
    with zipfile.ZipFile(path, "w") as file:
        for name, content in members:
            file.writestr(name, content)
    return path


def recording(*times_us):
    n = len(times_us)
    x, y, p = np.zeros((3, n), np.uint8)
    return encode(Events(x, y, np.array(times_us, np.int64), p))


@pytest.fixture
def archives(tmp_path):
    train = [
        ("Train/", b""),
        ("Train/3/00010.bin", recording(0, 1_500, 2_500)),
        ("Train/1/00009.bin", recording(0)),
        ("Train/7/00002.bin", recording(7_000, 7_000, 9_000)),
    ]
    test = [("TEST/0/00001.bin", recording(0, 5_000))]
    archive(tmp_path / "train.zip", train)
    archive(tmp_path / "test.zip", test)
    return tmp_path


def prepare(folder, train=None, test=None, denoise_us=0):
    """Prepare with numbers that may be smaller than the config's."""
    settings = EventSettings.model_construct(
        train_samples=train,
        test_samples=test,
        denoise_us=denoise_us,
        window_us=1000,
        steps=2,
    )
    return NMNIST.prepare(folder, settings)


def test_recordings_come_in_the_order_of_their_ids(archives):
    arrays, counts = prepare(archives, 2, 1)
    assert arrays["train_ids"].tolist() == [2, 9]
    assert arrays["train_labels"].tolist() == [7, 1]
    assert arrays["train_offsets"].tolist() == [0, 2, 3]
    assert arrays["train_events"].tolist() == [0, 0, 0]
    assert arrays["train_events"].dtype == np.uint32
    kinds = {arrays[f"train_{key}"].dtype.name for key in ("offsets", "labels", "ids")}
    assert kinds == {"int64"}
    assert counts["train"] == {
        "recordings": 2,
        "events": 4,
        "denoised_events": 4,
        "late_events": 1,
    }
    assert counts["test"]["late_events"] == 1
    assert prepare(archives)[0]["train_ids"].tolist() == [2, 9, 10]  # all of them


def test_a_recording_that_the_filter_empties_stays(archives):
    arrays, counts = prepare(archives, 3, 1, denoise_us=10_000)
    assert arrays["train_offsets"].tolist() == [0, 0, 0, 0]
    assert len(arrays["train_labels"]) == 3
    assert counts["train"]["denoised_events"] == 0


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([], "it holds no Train/<label"),
        ([("Train/0/1.bin", b""), ("train/1/01.bin", b"")], "an id must occur once"),
        ([("Train/10/1.bin", b"")], "Train/<label 0 to 9>"),
        ([("Test/0/1.bin", b"")], "Train/<label 0 to 9>"),
        ([("Train/0/1.bin", b"1234")], "Train/0/1.bin has 4 bytes"),
    ],
)
def test_bad_archives_are_refused(archives, members, message):
    archive(archives / "train.zip", members)
    with pytest.raises(ValueError, match=message):
        prepare(archives, 1, 1)


def test_damaged_archives_and_numbers_out_of_range_are_refused(archives):
    for samples in (0, 2):
        with pytest.raises(ValueError, match=r"set inputs\.\*\.test_samples"):
            prepare(archives, 1, samples)
    path = archives / "train.zip"
    raw = bytearray(path.read_bytes())
    raw[raw.index(b"00010.bin") + 10] ^= 1
    path.write_bytes(raw)
    with pytest.raises(ValueError, match=r"train\.zip is damaged"):
        prepare(archives, 3, 1)
    path.write_bytes(b"no archive")
    with pytest.raises(ValueError, match=r"train\.zip is damaged"):
        prepare(archives, 3, 1)
