"""What every reader of raw files asks of them."""

from pathlib import Path

import numpy as np

from spikemeter.files import DamagedFileError

# The published files have 47 MB at most; some pickles take two bytes for one.
LARGEST_FILE_BYTES = 1 << 27


def read_bounded(path: Path) -> bytes:
    """Return the contents of a file of images or labels.

    Raises
    ------
    ValueError
        If it is longer than any of them is.
    """
    n_bytes = path.stat().st_size
    if n_bytes > LARGEST_FILE_BYTES:
        found = f"{n_bytes} bytes, but {LARGEST_FILE_BYTES} are the most allowed"
        raise DamagedFileError(path, found)
    return path.read_bytes()


def check_labels(path: Path, labels: np.ndarray, n_images: int, n_classes: int) -> None:
    """Check that there is a label of a class for each of at least one image.

    Raises
    ------
    ValueError
        If not; the message names the file.
    """
    if labels.shape != (n_images,) or not n_images:
        raise DamagedFileError(path, f"{labels.size} labels for {n_images} images")
    if labels.dtype.kind not in "iu" or labels.min() < 0 or labels.max() >= n_classes:
        raise DamagedFileError(path, f"labels are not 0 to {n_classes - 1}")
