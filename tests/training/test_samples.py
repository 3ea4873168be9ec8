import dataclasses

import numpy as np
import pytest
import torch

from spikemeter.networks.encodings.delta import EventChanges
from spikemeter.networks.encodings.direct import Constant, EventFrames
from spikemeter.networks.encodings.latency import LatencyCoded
from spikemeter.networks.encodings.rate import RateCoded
from spikemeter.training.randomness import make_generator
from spikemeter.training.samples import (
    EventSamples,
    ImageSamples,
    load_samples,
    split_samples,
)
from tests.training.conftest import made_samples

CPU = torch.device("cpu")


def test_images_are_shares_of_full_scale():
    images = torch.tensor([0, 51, 255, 7], dtype=torch.uint8).reshape(2, 1, 1, 2)
    samples = ImageSamples(images, torch.tensor([0, 1]), 3, "direct")
    plain = samples.plain(torch.tensor([1, 0, 1]))
    assert plain.dtype == torch.float32
    assert plain.shape == (3, 1, 1, 2)
    assert plain.flatten().tolist() == pytest.approx([1, 7 / 255, 0, 0.2, 1, 7 / 255])
    encoded = samples.encoded(torch.tensor([1, 0, 1]), 0).dense()
    assert torch.equal(encoded, torch.stack([plain] * 3))


def test_images_are_encoded_as_asked():
    index = torch.tensor([7, 3])
    images = made_samples().images[index]
    for encoding, expected in {
        "rate": RateCoded(images, 5, 12, index),
        "latency": LatencyCoded(images, 5),
        "direct": Constant(images, 5),
    }.items():
        samples = dataclasses.replace(made_samples(), encoding=encoding)
        encoded = samples.encoded(index, 12)
        assert type(encoded) is type(expected)
        assert torch.equal(encoded.dense(), expected.dense())


def test_other_encodings_are_refused(event_arrays, spiking):
    images = dataclasses.replace(made_samples(), encoding="delta")
    with pytest.raises(ValueError, match="'delta' but the input holds images: delta"):
        images.encoded(torch.arange(2), 0)
    recorded = spiking.replace(input_kind="events")
    events = load_samples(event_arrays, "train", recorded, CPU)
    with pytest.raises(ValueError, match="'rate' but the input holds events: rec"):
        events.encoded(torch.arange(2), 0)


def test_load_images_of_a_part(spiking, plain):
    images = np.arange(3 * 2 * 2, dtype=np.uint8).reshape(3, 1, 2, 2)
    labels = np.array([3, 1, 2], np.uint8)
    arrays = {"train_images": images, "train_labels": labels}
    arrays |= {"test_images": images + 9, "test_labels": labels[::-1].copy()}
    samples = load_samples(arrays, "test", spiking, CPU)
    assert samples.labels.tolist() == [2, 1, 3]
    assert samples.labels.dtype == torch.int64
    assert samples.images.flatten().tolist() == list(range(9, 21))
    assert (samples.steps, samples.encoding) == (5, "rate")
    assert load_samples(arrays, "train", plain, CPU).labels.tolist() == [3, 1, 2]


@pytest.fixture
def event_arrays():
    # Recording 0 has two events, recording 1 none, recording 2 one in the last step.
    step, polarity = np.array([0, 1, 4]), np.array([1, 0, 1])
    row, column = np.array([33, 2, 0]), np.array([5, 33, 7])
    words = step << 13 | polarity << 12 | row << 6 | column
    return {
        "sensor_shape": np.array([2, 34, 34]),
        "train_events": words.astype(np.uint32),
        "train_offsets": np.array([0, 2, 2, 3]),
        "train_labels": np.array([0, 1, 2], np.uint8),
    }


def test_events_are_frames_over_time_and_their_sum(event_arrays, spiking):
    spiking = spiking.replace(input_kind="events", encoding="direct")
    samples = load_samples(event_arrays, "train", spiking, CPU)
    assert isinstance(samples, EventSamples)
    index = torch.tensor([2, 0])
    encoded = samples.encoded(index, 0)
    assert isinstance(encoded, EventFrames)
    frames = encoded.dense()
    assert frames.shape == (5, 2, 2, 34, 34)
    places = [[0, 1, 1, 33, 5], [1, 1, 0, 2, 33], [4, 0, 1, 0, 7]]
    assert frames.nonzero().tolist() == places
    assert torch.equal(samples.plain(index), frames.sum(0))
    changing = dataclasses.replace(samples, encoding="delta").encoded(index, 0)
    assert isinstance(changing, EventChanges)
    changes = changing.dense()
    assert changes[:, 1, 1, 33, 5].tolist() == [1, -1, 0, 0, 0]
    assert changes[:, 0, 1, 0, 7].tolist() == [0, 0, 0, 0, 1]


def test_recordings_are_checked_once_when_they_are_loaded(event_arrays, spiking):
    spiking = spiking.replace(input_kind="events", encoding="direct")
    batch = load_samples(event_arrays, "train", spiking, CPU).encoded(torch.ones(1), 0)
    assert batch.are_checked
    # On a device whose values cannot be read without waiting for it.
    meta = {name: getattr(batch, name).to("meta") for name in ("events", "offsets")}
    there = dataclasses.replace(batch, **meta, index=torch.ones(1, device="meta"))
    there.check_bounds()
    with pytest.raises(RuntimeError, match="meta"):
        dataclasses.replace(there, are_checked=False).check_bounds()


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("offsets", [0, 2, 1, 3], "events 2 to 1 but must lie within the 3"),
        ("offsets", [0, 2, 2, 4], "events 2 to 4 but must lie within the 3"),
        ("offsets", [-1, 2, 2, 3], "events -1 to 2 but must lie within the 3"),
        ("events", [0, 0, 5 << 13], "events reach step 5, .* below 5"),
    ],
)
def test_damaged_recordings_are_refused_when_they_are_loaded(
    event_arrays, spiking, name, values, message
):
    kind = event_arrays[f"train_{name}"].dtype
    event_arrays[f"train_{name}"] = np.array(values, kind)
    spiking = spiking.replace(input_kind="events", encoding="direct")
    with pytest.raises(ValueError, match=message):
        load_samples(event_arrays, "train", spiking, CPU)


@pytest.mark.parametrize(
    ("count", "fraction", "sizes"),
    [(101, 0.2, (81, 20)), (10, 0.01, (9, 1)), (10, 0.99, (1, 9))],
)
def test_split_is_a_partition_that_follows_the_seed(count, fraction, sizes):
    parts, again, other = (
        split_samples(count, fraction, make_generator(seed, "split"))
        for seed in (0, 0, 1)
    )
    assert tuple(map(len, parts)) == sizes  # at least one on each side
    assert sorted(torch.cat(parts).tolist()) == list(range(count))
    assert all(map(torch.equal, parts, again))
    assert not all(map(torch.equal, parts, other))
