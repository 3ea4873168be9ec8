"""N-MNIST recordings made ready for networks: denoised, framed, one word an event.

Denoising and framing equal tonic 1.7 (``Denoise``, ``ToFrame``) event for event;
compiled, they take a hundredth of its time.
"""

import zipfile
from pathlib import Path

import numpy as np

from spikemeter.data.event_files import (
    BYTES_PER_EVENT,
    TIME_BITS,
    Array,
    Events,
    compiled,
    decode,
)
from spikemeter.data.recordings import (
    Recording,
    first_recordings,
    read_recording,
    recordings,
)

STEP_BITS = 19


def denoise(events: Events, filter_time_us: int = 10_000) -> Array:
    """Return which events have an earlier neighbour in space and time.

    Equal to tonic's ``Denoise``: an event stays if one of its 4 neighbour pixels had
    an event of either polarity less than ``filter_time_us`` before, dropped or not.
    As there, each pixel inside the recording's own bounding box counts as active
    at time 0, so that earlier events than ``filter_time_us`` stay.

    Parameters
    ----------
    events : Events
        One recording.
    filter_time_us : int
        The memory of a pixel, in µs; at least 1.

    Returns
    -------
    bool array of shape (n_events,)
        True where the event stays.
    """
    if filter_time_us < 1:
        raise ValueError(
            f"denoise_us is {filter_time_us} but must be at least 1, or null for no "
            "denoising; set inputs.*.denoise_us in config.yaml"
        )
    kept = np.zeros(len(events.t), np.bool_)
    _denoise(events.x, events.y, events.t, filter_time_us, kept)
    return kept


@compiled
def _denoise(x, y, t, filter_time_us, kept):  # type: ignore[no-untyped-def]
    # A frame of one pixel that is never active spares the tests of the border.
    width, height = 0, 0
    for i in range(len(t)):
        width, height = max(width, x[i] + 1), max(height, y[i] + 1)
    active_until = np.full((width + 2, height + 2), -1, np.int64)
    active_until[1 : width + 1, 1 : height + 1] = filter_time_us
    for i in range(len(t)):
        column, row, now = np.int64(x[i]) + 1, np.int64(y[i]) + 1, t[i]
        active_until[column, row] = now + filter_time_us
        kept[i] = (
            active_until[column - 1, row] > now
            or active_until[column + 1, row] > now
            or active_until[column, row - 1] > now
            or active_until[column, row + 1] > now
        )


def pack(events: Events, window_us: int, steps: int) -> Array:
    """Assign events to time steps and write each as one 32-bit word.

    Step k holds the times t0 + k * ``window_us`` up to but excluding the next, where
    t0 is the first event: the windows of tonic's ``ToFrame(time_window=window_us)``.
    As there, the last window is dropped where it is incomplete, and at least one
    stays. The number of steps is fixed, so that every batch costs the same: later
    events are dropped, missing steps are empty.

    Parameters
    ----------
    events : Events
        One recording, after denoising.
    window_us : int
        Width of a step, in µs.
    steps : int
        Number of steps, at most 2**19.

    Returns
    -------
    uint32 array of shape (n_kept,)
        ``step << 13 | p << 12 | y << 6 | x``; equal events stay as duplicates.

    Raises
    ------
    ValueError
        If ``window_us`` or ``steps`` is out of range.
    """
    for name, value, limit in (
        ("window_us", window_us, 1 << TIME_BITS),
        ("steps", steps, 1 << STEP_BITS),
    ):
        if not 1 <= value <= limit:
            raise ValueError(
                f"{name} is {value} but must be 1 to {limit}; set inputs.*.{name} in "
                "config.yaml"
            )
    if not len(events.t):
        return np.empty(0, np.uint32)
    time_us = events.t - events.t[0]
    windows = min(max(int(time_us[-1]) // window_us, 1), steps)
    stop = np.searchsorted(time_us, windows * window_us)
    x, y, p = (
        field[:stop].astype(np.uint32) for field in (events.x, events.y, events.p)
    )
    step = (time_us[:stop] // window_us).astype(np.uint32)
    return step << 13 | p << 12 | y << 6 | x


def prepare_events(
    archive_paths: tuple[Path, Path],
    denoise_us: int | None,
    window_us: int,
    steps: int,
    train_samples: int | None,
    test_samples: int | None,
) -> tuple[dict[str, Array], dict[str, dict[str, int]]]:
    """Read, denoise and frame the first recordings of N-MNIST's two archives.

    Parameters
    ----------
    archive_paths : pair of paths
        ``train.zip`` and ``test.zip``, with members ``Train/<label>/<id>.bin`` and
        ``Test/<label>/<id>.bin``, the folder in any case.
    denoise_us : int or None
        Memory of the noise filter, in µs; None or 0 for no denoising.
    window_us, steps : int
        Width of a time step, in µs, and number of steps, see :func:`pack`.
    train_samples, test_samples : int or None
        How many recordings (None for all), in the order of their ids: not of their
        labels, so that the first n are a fair sample.

    Returns
    -------
    arrays : dict
        ``train_events`` uint32 (total,) as :func:`pack` writes them, ``train_offsets``
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
        If an archive or recording is damaged, its names are not N-MNIST's, there are
        too few recordings, or a setting is out of range.
    """
    arrays: dict[str, Array] = {}
    counts = {}
    for split, path, samples in zip(
        ("train", "test"), archive_paths, (train_samples, test_samples), strict=True
    ):
        with recordings(path) as archive:
            members = first_recordings(archive, split, samples)
            words, lengths, counts[split] = _framed(
                archive, members, denoise_us, window_us, steps
            )
        arrays[f"{split}_events"] = words
        arrays[f"{split}_offsets"] = np.cumsum([0, *lengths], dtype=np.int64)
        arrays[f"{split}_labels"] = np.array([m.label for m in members], "i8")
        arrays[f"{split}_ids"] = np.array([m.number for m in members], "i8")
    return arrays, counts


def _framed(
    archive: zipfile.ZipFile,
    members: list[Recording],
    denoise_us: int | None,
    window_us: int,
    steps: int,
) -> tuple[Array, list[int], dict[str, int]]:
    """Return the packed events of all members, the length of each, and counts."""
    total_bytes = sum(member.entry.file_size for member in members)
    words = np.empty(total_bytes // BYTES_PER_EVENT, np.uint32)
    lengths: list[int] = []
    read = denoised = framed = 0
    for member in members:
        name = f"{archive.filename}: {member.entry.filename}"
        events = decode(read_recording(archive, member), name)
        kept = denoise(events, denoise_us) if denoise_us else slice(None)
        packed = pack(Events(*(field[kept] for field in events)), window_us, steps)
        words[framed : framed + len(packed)] = packed
        lengths.append(len(packed))
        read += len(events.t)
        denoised += len(events.t[kept])
        framed += len(packed)
    counts = {
        "recordings": len(members),
        "events": read,
        "denoised_events": denoised,
        "late_events": denoised - framed,
    }
    return words[:framed], lengths, counts
