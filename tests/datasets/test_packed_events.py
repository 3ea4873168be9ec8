"""Words of any sensor, packed, unpacked, framed and sorted, against slow ways."""

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode

from spikemeter.datasets.event_files import Events
from spikemeter.datasets.events import denoise, pack
from spikemeter.datasets.packed_events import PackedFormat, read_format, to_signed
from spikemeter.engines.cpu.kernel_batches import make_batch
from spikemeter.networks.encodings.direct import EventFrames
from spikemeter.networks.notation import parse_layers

LARGEST = [((2, 720, 1280), 65_535), ((4096, 1, 1), 65_535), ((2, 34, 34), 2**19)]
SMALL = (2, 34, 34), 7
SIZES = st.sampled_from([1, 2, 3, 31, 32, 33, 34, 64, 100, 720, 1280])
SHAPES = st.tuples(st.sampled_from([1, 2, 3, 700, 4096]), SIZES, SIZES)
STEPS = st.sampled_from([1, 2, 7, 300, 65_535])


def draw_fields(packing, count, seed=0):
    """Return random fields of events; the first and last are the extremes."""
    tops = (packing.steps, *packing.shape)
    generator = np.random.default_rng(seed)
    fields = [generator.integers(0, top, count) for top in tops]
    for field, top in zip(fields, tops, strict=True):
        field[0], field[-1] = 0, top - 1
    return fields


@given(SHAPES, STEPS)
@example(*LARGEST[0])
@example(*LARGEST[1])
@example(*LARGEST[2])
@settings(deadline=None)
def test_what_is_packed_is_unpacked(shape, steps):
    packing = PackedFormat(shape, steps)
    fields = draw_fields(packing, 50)
    words = packing.pack(*fields)
    assert words.dtype == packing.dtype
    bits = sum(packing.pixel_bits) + (packing.steps - 1).bit_length()
    assert packing.dtype == (np.uint32 if bits <= 32 else np.uint64)
    assert all(map(np.array_equal, packing.unpack(words), fields))
    tensor = torch.from_numpy(to_signed(words))
    assert tensor.dtype == (torch.int32 if bits <= 32 else torch.int64)
    packing.check(tensor)
    assert np.array_equal(tensor.numpy().view(packing.dtype), words)
    flat = np.ravel_multi_index(fields[1:], packing.shape)
    assert np.array_equal(packing.find_pixel(words.astype(np.int64)), flat)


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ((7, 0, 0, 0), "reach step 7, channel 0, row 0, column 0 but .* 7, 3, 5, 6"),
        ((0, 3, 0, 0), "channel 3"),
        ((0, 0, 5, 0), "row 5"),
        ((0, 0, 0, 6), "column 6"),
    ],
)
def test_words_outside_are_refused(place, message):
    packing = PackedFormat((3, 5, 6), 7)
    wider = PackedFormat((4, 8, 8), 8)  # with fields of as many bits
    words = torch.from_numpy(to_signed(wider.pack(*place).reshape(1)))
    with pytest.raises(ValueError, match=message):
        packing.check(words)


@pytest.mark.parametrize(
    ("shape", "steps", "message"),
    [
        ((2, 34, 34), 0, "steps is 0 but must be 1 to 524288"),
        ((2, 34, 34), 2**19 + 1, "steps is 524289"),
        ((0, 34, 34), 1, "each size must be at least 1"),
        ((4096, 2**17, 2**17), 1, "must fit in 44 bits"),
    ],
)
def test_formats_that_cannot_be_are_refused(shape, steps, message):
    with pytest.raises(ValueError, match=message):
        PackedFormat(shape, steps)


def draw_recordings(packing, count):
    """Return the words of three recordings, the second empty, fields and offsets."""
    fields = draw_fields(packing, count)
    fields[0].sort()
    for field in fields[1:]:
        field[count // 2 :] = field[count // 2]  # many equal events
    words = torch.from_numpy(to_signed(packing.pack(*fields)))
    return words, fields, torch.tensor([0, count // 3, count // 3, count])


def count_slowly(packing, fields, offsets, index):
    counts = np.zeros((packing.steps, len(index), *packing.shape), np.float32)
    for place, number in enumerate(index):
        chosen = slice(offsets[number], offsets[number + 1])
        step, *pixel = (field[chosen] for field in fields)
        np.add.at(counts, (step, place, *pixel), 1)
    return counts


@given(
    st.tuples(st.sampled_from([1, 2, 3]), SIZES, SIZES),
    st.integers(1, 4),
    st.integers(1, 400),
    st.booleans(),
    st.sampled_from([[2, 1, 0], [2, 2, 1], [1], []]),
)
@settings(deadline=None, max_examples=40)
def test_frames_and_sorted_events_equal_a_naive_reference(
    shape, steps, count, linear, chosen
):
    packing = PackedFormat(shape, steps)
    words, fields, offsets = draw_recordings(packing, count)
    index = torch.tensor(chosen, dtype=torch.int64)
    expected = count_slowly(packing, fields, offsets, index)
    frames = packing.densify(words, offsets, index)
    assert frames.dtype == torch.float32 and np.array_equal(frames, expected)
    summed = packing.densify(words, offsets, index, summed=True)
    assert np.array_equal(summed, expected.sum(0))
    if not chosen:
        return
    # In the order of sample, step, channel, row, column.
    of_samples = expected.swapaxes(0, 1)
    places = np.argwhere(of_samples)
    if linear:
        pixel = np.ravel_multi_index(places.T[2:], shape) << 32
    else:
        pixel = places[:, 2] << 32 | places[:, 3] << 16 | places[:, 4]
    inputs = EventFrames(words, offsets, index, packing)
    stages = parse_layers("3" if linear else "1C1-3", shape, "valid")
    batch = make_batch(inputs, stages, None)
    assert batch.events.tolist() == pixel.tolist()
    assert batch.values.tolist() == of_samples[tuple(places.T)].tolist()
    frame = places[:, 0] * steps + places[:, 1]
    assert np.array_equal(
        np.diff(batch.starts), np.bincount(frame, None, len(index) * steps)
    )


def test_the_last_step_of_a_word_is_not_negative():
    events, packing = torch.tensor([-1 << 13]).to(torch.int32), PackedFormat(*SMALL)
    place = torch.tensor([0, 1]), torch.tensor([0])
    assert packing.densify(events, *place, summed=True)[0, 0, 0, 0] == 1
    with pytest.raises((IndexError, RuntimeError)):
        packing.densify(events, *place)


@pytest.mark.parametrize("warn_only", [True, False])
def test_counts_are_added_in_any_order_and_nothing_else_is(warn_only):
    packing, index = PackedFormat(*SMALL), torch.tensor([2, 0])
    words, _, offsets = draw_recordings(packing, 400)
    modes = {}

    class Modes(TorchDispatchMode):
        def __torch_dispatch__(self, function, _types, args=(), kwargs=None):
            name = function.overloadpacket.__name__
            modes[name] = torch.are_deterministic_algorithms_enabled()
            return function(*args, **(kwargs or {}))

    torch.use_deterministic_algorithms(True, warn_only=warn_only)
    try:
        with Modes():
            packing.densify(words, offsets, index)
        assert torch.are_deterministic_algorithms_enabled()
        assert torch.is_deterministic_algorithms_warn_only_enabled() == warn_only
    finally:
        torch.use_deterministic_algorithms(False)
    assert [name for name, enabled in modes.items() if not enabled] == ["index_add_"]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_frames_on_a_gpu_equal_those_on_the_cpu():
    packing, index = PackedFormat(*SMALL), torch.tensor([2, 2, 1, 0])
    words, fields, offsets = draw_recordings(packing, 400)
    torch.use_deterministic_algorithms(True)
    try:
        frames = packing.densify(words.cuda(), offsets.cuda(), index.cuda())
    finally:
        torch.use_deterministic_algorithms(False)
    assert np.array_equal(frames.cpu(), count_slowly(packing, fields, offsets, index))


@pytest.mark.parametrize(("shape", "steps"), LARGEST[:2])
def test_recordings_of_large_sensors_are_filtered_and_packed(shape, steps):
    channels, rows, columns = shape
    # Two neighbours, then an event alone, at the far corner.
    x = np.array([columns - 1, max(columns - 2, 0), 0], np.uint16)
    y = np.array([rows - 1, rows - 1, 0], np.uint16)
    p = np.array([channels - 1, 0, channels - 1], np.uint16)
    t = np.array([20_000, 20_001, 65_535_000 + 20_000])
    events, packing = Events(x, y, t, p), PackedFormat(shape, steps)
    assert denoise(events).tolist() == [False, columns > 1, False]
    words = pack(events, 1000, packing)
    step, channel, row, column = packing.unpack(words)
    assert step.tolist() == [0, 0]
    assert channel.tolist() == [channels - 1, 0]
    assert (row.tolist(), column.tolist()) == (y[:2].tolist(), x[:2].tolist())
    outside = events._replace(p=p + np.uint16(1))
    with pytest.raises(ValueError, match=f"channel 0 to {channels}, "):
        pack(outside, 1000, packing)


def test_a_prepared_input_carries_its_sensor():
    arrays = {"sensor_shape": np.array([2, 720, 1280])}
    assert read_format(arrays, 5) == PackedFormat((2, 720, 1280), 5)
