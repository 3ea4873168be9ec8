"""What a prepared input tells of itself, for the tables' footnotes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from spikemeter.files import read_json


def of_input(
    source: Path, made_from: Mapping[str, Any], arrays: Mapping[str, np.ndarray]
) -> dict[str, Any]:
    """Return where an input comes from and how it was prepared.

    Parameters
    ----------
    source : Path
        ``source.json`` of its raw files.
    made_from : mapping
        ``spec`` (the preparation) and ``key`` of the job.
    arrays : mapping
        The prepared arrays, with ``train_labels`` and ``test_labels``.
    """
    return read_json(source) | {
        "key": made_from["key"],
        "prepared": made_from["spec"],
        "train_samples": len(arrays["train_labels"]),
        "test_samples": len(arrays["test_labels"]),
    }
