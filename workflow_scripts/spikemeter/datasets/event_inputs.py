"""Recordings made into the arrays of an input, event by event."""

from pathlib import Path

import numpy as np

from spikemeter.datasets.dataset import EventDataSet
from spikemeter.datasets.event_arrays import Array, Events, RecordingSet
from spikemeter.datasets.events import denoise, pack
from spikemeter.datasets.packed_events import PackedFormat


def prepare_events(
    dataset: EventDataSet,
    folder: Path,
    samples: tuple[int | None, int | None],
    denoise_us: int | None,
    window_us: int,
    steps: int,
) -> tuple[dict[str, Array], dict[str, dict[str, int]]]:
    """Read, denoise and frame the first recordings of a data set.

    Parameters
    ----------
    dataset : EventDataSet
    folder : Path
        Holds its raw files.
    samples : pair of int or None
        How many recordings train and test (None for all), in the order of their
        numbers: not of their labels, so that the first n are a fair sample.
    denoise_us : int or None
        Memory of the noise filter, in µs; None or 0 for no denoising.
    window_us, steps : int
        Width of a time step, in µs, and number of steps, see
        :func:`spikemeter.datasets.events.pack`.

    Returns
    -------
    arrays : dict
        ``sensor_shape`` int64 (3,): channels, rows, columns. ``train_events`` (total,),
        words as ``pack`` writes them, ``train_offsets``
        int64 (n + 1,), ``train_labels`` and ``train_ids`` int64 (n,), and the same for
        ``test``. Recording i is ``events[offsets[i]:offsets[i + 1]]``; one that the
        filter emptied stays, empty.
    counts : dict
        For ``train`` and ``test``: ``recordings``, ``events`` in the files,
        ``denoised_events`` after the filter, and ``late_events`` of these dropped, past
        the last step or in an incomplete last window.

    Raises
    ------
    ValueError
        If an archive or recording is damaged, there are too few recordings, or a
        setting is out of range.
    """
    packing = PackedFormat(dataset.sample_shape, steps)
    arrays: dict[str, Array] = {"sensor_shape": np.array(packing.shape)}
    counts = {}
    for part, wanted in zip(("train", "test"), samples, strict=True):
        with dataset.open(folder, part, wanted) as found:
            words, lengths, counts[part] = _frame(found, denoise_us, window_us, packing)
        arrays[f"{part}_events"] = words
        arrays[f"{part}_offsets"] = np.cumsum([0, *lengths], dtype=np.int64)
        arrays[f"{part}_labels"] = np.array(found.labels, np.int64)
        arrays[f"{part}_ids"] = np.array(found.numbers, np.int64)
    return arrays, counts


def _frame(
    found: RecordingSet, denoise_us: int | None, window_us: int, packing: PackedFormat
) -> tuple[Array, list[int], dict[str, int]]:
    """Return the packed events of all recordings, the length of each, and counts."""
    words = np.empty(found.most_events, packing.dtype)
    lengths: list[int] = []
    read = denoised = framed = 0
    for events in found.recordings:
        kept = denoise(events, denoise_us) if denoise_us else slice(None)
        packed = pack(Events(*(field[kept] for field in events)), window_us, packing)
        words[framed : framed + len(packed)] = packed
        lengths.append(len(packed))
        read += len(events.t)
        denoised += len(events.t[kept])
        framed += len(packed)
    counts = {
        "recordings": len(lengths),
        "events": read,
        "denoised_events": denoised,
        "late_events": denoised - framed,
    }
    return words[:framed], lengths, counts
