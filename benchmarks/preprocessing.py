"""Time the preparation of N-MNIST against tonic's, side by side.

Both sides run on one thread, in turns, on the processor's clock; the results are
compared first.
"""

import io
import time
from collections.abc import Callable
from math import prod
from pathlib import Path
from statistics import median

import numpy as np
from tonic.io import read_mnist_file
from tonic.transforms import Denoise, ToFrame

from spikemeter.datasets.event_files import Events, decode, encode
from spikemeter.datasets.events import denoise, pack
from spikemeter.datasets.packed_events import PackedFormat
from spikemeter.datasets.samples.saccades import simulate

STRUCTURE = np.dtype([("x", int), ("y", int), ("t", int), ("p", int)])
RECORDINGS = 40
PACKING = PackedFormat((2, 34, 34), steps=400)
THEIR_DENOISE = Denoise(filter_time=10_000)
THEIR_FRAMES = ToFrame(sensor_size=(34, 34, 2), time_window=1000)


def read(folder: Path) -> list[bytes]:
    """Return recordings spread over the folder."""
    paths = sorted(folder.glob("**/*.bin"))
    if not paths:
        raise ValueError(
            f"{folder} holds no .bin file; set SPIKEMETER_DATA to a folder with NMNIST/"
        )
    return [path.read_bytes() for path in paths[:: max(1, len(paths) // RECORDINGS)]]


def simulated() -> list[bytes]:
    """Return recordings of rings of different width."""
    y, x = np.mgrid[:28, :28] - 13.5
    radius = np.hypot(x, y) - np.linspace(4, 10, RECORDINGS)[:, None, None]
    images = np.where(np.abs(radius) < 1.5, 255, 0).astype(np.uint8)  # noqa: PLR2004
    return [encode(events) for events in simulate(images)]


def their_decode(raw: bytes) -> np.ndarray:
    """Decode with tonic."""
    return read_mnist_file(io.BytesIO(raw), STRUCTURE, is_stream=True)


def their_frames(events: np.ndarray) -> np.ndarray:
    """Denoise and frame with tonic."""
    return THEIR_FRAMES(THEIR_DENOISE(events))


def our_denoise(events: Events) -> Events:
    """Denoise with spikemeter."""
    kept = denoise(events)
    return Events(*(field[kept] for field in events))


def our_words(events: Events) -> np.ndarray:
    """Denoise and frame with spikemeter, as the workflow stores it."""
    return pack(our_denoise(events), 1000, PACKING)


def our_frames(events: Events) -> np.ndarray:
    """Denoise and frame with spikemeter, to frames as tonic's, not to words."""
    step, channel, row, column = PACKING.unpack(our_words(events))
    channels, rows, columns = PACKING.shape
    flat = ((step * channels + channel) * rows + row) * columns + column
    size = (int(step[-1]) + 1) * prod(PACKING.shape)
    return np.bincount(flat, minlength=size).reshape(-1, *PACKING.shape)


def seconds(work: Callable, items: list) -> float:
    """Return the processor time of ``work`` on all items."""
    start_s = time.process_time()
    for item in items:
        work(item)
    return time.process_time() - start_s


def compare(ours: list[Events], theirs: list[np.ndarray]) -> None:
    """Stop unless the frames are equal."""
    for one, other in zip(ours, theirs, strict=True):
        frames, expected = our_frames(one), their_frames(other)
        # A silent window at the very end has no word; tonic gives it an empty frame.
        if not np.array_equal(frames, expected[: len(frames)]) or np.any(
            expected[len(frames) :]
        ):
            raise RuntimeError("spikemeter's frames differ from tonic's")


def measure(folder: str | None, rounds: int) -> dict[str, list[str]]:
    """Compare, time, and return the ``lines`` of a table.

    Parameters
    ----------
    folder : str or None
        Holds .bin files of N-MNIST; None simulates recordings.
    rounds : int
    """
    raws = read(Path(folder)) if folder else simulated()
    ours = [decode(raw) for raw in raws]
    theirs = [their_decode(raw) for raw in raws]
    compare(ours, theirs)
    stages: dict[str, tuple[Callable, list, Callable, list]] = {
        "decode": (their_decode, raws, decode, raws),
        "denoise": (THEIR_DENOISE, theirs, our_denoise, ours),
        "denoise, then pack": (their_frames, theirs, our_words, ours),
        "denoise, then frames": (their_frames, theirs, our_frames, ours),
    }
    n_events = sum(len(events.t) for events in ours)
    kind = "real" if folder else "simulated"
    lines = [
        f"{len(raws)} {kind} recordings, {n_events} events; the results are equal.",
        "",
        "| stage | tonic, ms a recording | spikemeter | ratio |",
        "|---|---|---|---|",
    ]
    for stage, (their_work, their_items, our_work, our_items) in stages.items():
        times = [
            (seconds(their_work, their_items), seconds(our_work, our_items))
            for _ in range(rounds)
        ]
        their_ms, our_ms = (
            1e3 * median(side) / len(raws) for side in zip(*times, strict=True)
        )
        ratio = their_ms / our_ms
        lines.append(f"| {stage} | {their_ms:.3f} | {our_ms:.4f} | {ratio:.0f} |")
    return {"lines": lines}
