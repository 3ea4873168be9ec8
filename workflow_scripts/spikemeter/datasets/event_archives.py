"""N-MNIST's two archives made into the arrays of an input, event by event."""

import zipfile
from pathlib import Path

import numpy as np

from spikemeter.datasets.event_files import BYTES_PER_EVENT, Array, Events, decode
from spikemeter.datasets.events import denoise, pack
from spikemeter.datasets.recordings import (
    Recording,
    first_recordings,
    read_recording,
    recordings,
)


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
        Width of a time step, in µs, and number of steps, see
        :func:`spikemeter.datasets.events.pack`.
    train_samples, test_samples : int or None
        How many recordings (None for all), in the order of their ids: not of their
        labels, so that the first n are a fair sample.

    Returns
    -------
    arrays : dict
        ``train_events`` uint32 (total,) as ``pack`` writes them, ``train_offsets``
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
