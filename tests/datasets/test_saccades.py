import json
import os
import zipfile
from pathlib import Path

import numba
import numpy as np
import pytest

from spikemeter.datasets.event_files import decode, encode
from spikemeter.datasets.kinds.events import EventSettings
from spikemeter.datasets.nmnist import NMNIST
from spikemeter.datasets.samples.nmnist_camera import REFRACTORY_MS
from spikemeter.datasets.samples.saccades import simulate, write_archives
from tests.datasets import nmnist_statistics
from tests.datasets.nmnist_statistics import coarse, frames, intervals_us, rate_profile

STATISTICS = json.loads(nmnist_statistics.FILE.read_text(encoding="utf-8"))
SAMPLE = Path(__file__).parents[2] / "resources" / "mnist_sample.npz"
PER_LABEL = 30
LEAK_HZ = "spikemeter.datasets.samples.saccades.LEAK_HZ"


@pytest.fixture(scope="module")
def digits():
    with np.load(SAMPLE) as sample:
        images, labels = sample["train_images"], sample["train_labels"]
    rows = np.stack([np.flatnonzero(labels == k)[:PER_LABEL] for k in range(10)])
    return images[rows.ravel()]


@pytest.fixture(scope="module")
def recordings(digits):
    return list(simulate(digits))


@pytest.fixture(scope="module")
def counts(recordings):
    return np.stack([frames(events) for events in recordings])


def correlation(one, other):
    return np.corrcoef(np.ravel(one), np.ravel(other))[0, 1]


def relative_errors(simulated, real):
    return np.abs(np.asarray(simulated) / np.asarray(real) - 1)


def test_recordings_are_like_the_real_ones(counts, recordings):
    of_label = counts.reshape(10, PER_LABEL, *counts.shape[1:]).mean(axis=1)
    by_label, real = of_label.sum(axis=(1, 2, 3, 4)), STATISTICS["events_by_label"]
    assert relative_errors(by_label.mean(), np.mean(real)) < 0.05
    assert relative_errors(by_label, real).max() < 0.12
    assert 0.47 <= counts[:, :, 1].sum() / counts.sum() <= 0.54
    by_saccade = counts.sum(axis=(3, 4)).mean(axis=0)
    real = STATISTICS["events_by_saccade_and_polarity"]
    assert relative_errors(by_saccade, real).max() < 0.08
    profile = rate_profile(recordings)
    assert correlation(profile, STATISTICS["events_by_5_ms"]) > 0.98
    outside = np.concatenate([events.t > 315_000 for events in recordings])
    assert outside.mean() <= 0.005
    between = np.quantile(intervals_us(recordings), nmnist_statistics.QUANTILES)
    assert relative_errors(between, STATISTICS["intervals_us"]).max() < 0.1
    simulated = coarse(of_label)
    for label, real in enumerate(STATISTICS["frame_by_label"]):
        assert correlation(simulated[label].sum(axis=0), real) > 0.92
    by_saccade = simulated.mean(axis=0)
    assert correlation(by_saccade, STATISTICS["frame_by_saccade"]) > 0.97


def test_single_recordings_are_the_real_ones_of_the_same_digit():
    folder = os.environ.get("SPIKEMETER_DATA")
    if folder is None:
        pytest.skip("SPIKEMETER_DATA is not set: no real recordings")
    paths = {int(path.stem): path for path in Path(folder).glob("NMNIST/Train/*/*.bin")}
    with np.load(SAMPLE) as sample:
        ids = sample["train_ids"] + 1
        chosen = np.flatnonzero(np.isin(ids, list(paths)))
        images, ids = sample["train_images"][chosen], ids[chosen]
    assert len(ids) >= 30
    simulated = [frames(events) for events in simulate(images)]
    real = [frames(decode(paths[number].read_bytes())) for number in ids]
    agreement = [correlation(*pair) for pair in zip(simulated, real, strict=True)]
    assert np.mean(agreement) >= 0.92
    totals = [[counts.sum() for counts in side] for side in (simulated, real)]
    assert correlation(*totals) > 0.98


def test_ink_is_dark(monkeypatch):
    """The first saccade moves down: ink comes, ground darkens below every stroke."""
    bar = np.zeros((1, 28, 28), np.uint8)
    bar[0, 12:16, 4:24] = 255
    monkeypatch.setattr(LEAK_HZ, 0)
    (events,) = simulate(bar)
    first = (events.t > 30_000) & (events.t < 60_000)
    below = events.y > events.y[first].mean()
    assert events.p[first & below].mean() < 0.1
    assert events.p[first & ~below].mean() > 0.9


def test_an_empty_digit_gives_leak_events_alone(monkeypatch):
    blank = np.zeros((20, 28, 28), np.uint8)
    n_leak = np.array([len(events.t) for events in simulate(blank)])
    assert 80 < n_leak.mean() < 112  # 0.27 a second, pixel: 96 in 308 ms
    monkeypatch.setattr(LEAK_HZ, 0)
    assert not any(len(events.t) for events in simulate(blank))


def test_dead_time_holds(digits, monkeypatch):
    monkeypatch.setattr(LEAK_HZ, 0)
    shortest_us = intervals_us(list(simulate(digits[:20]))).min()
    assert shortest_us >= 1000 * REFRACTORY_MS - 1


def test_a_recording_depends_on_seed_stream_and_place_alone(digits):
    original = [encode(events) for events in simulate(digits[:40])]
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        assert [encode(events) for events in simulate(digits[:35])] == original[:35]
    finally:
        numba.set_num_threads(threads)
    for other in (simulate(digits[:1], seed=1), simulate(digits[:1], stream=1)):
        assert encode(next(other)) != original[0]


def arrays_of(images, labels):
    parts = {"train_images": images, "train_labels": labels}
    return parts | {"test_images": images[:2], "test_labels": labels[:2]}


def test_archives_are_in_the_layout_of_nmnist_and_repeat(digits, tmp_path):
    images, labels = digits[::60], np.arange(0, 10, 2)
    for run in ("one", "two"):
        write_archives(arrays_of(images, labels), tmp_path / run)
    for name in ("train.zip", "test.zip"):
        one, two = (tmp_path / run / name for run in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()
    with zipfile.ZipFile(tmp_path / "one" / "train.zip") as archive:
        assert archive.namelist()[1] == "Train/2/00002.bin"
        first = archive.read("Train/0/00001.bin")
    with zipfile.ZipFile(tmp_path / "one" / "test.zip") as archive:
        # The same digit and sensor, but not the same noise.
        assert archive.read("Test/0/00001.bin") != first
    folder = tmp_path / "one"
    settings = EventSettings(
        dataset="nmnist", denoise_us=10_000, window_us=1000, steps=300
    )
    arrays, counts = NMNIST.prepare(folder, settings)
    assert arrays["train_labels"].tolist() == labels.tolist()
    assert counts["train"]["late_events"] < 0.01 * counts["train"]["denoised_events"]


def test_bad_digits_are_refused(digits):
    with pytest.raises(ValueError, match="images are float64"):
        next(simulate(digits[:1] / 255))
    with pytest.raises(ValueError, match=r"shape \(1, 14, 28\)"):
        next(simulate(digits[:1, ::2]))
