"""Work shared among threads: what is compiled without Python's lock runs at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import pairwise

import torch


def in_threads(count: int, function: Callable[[int, int], object]) -> None:
    """Call ``function(first, last)`` for contiguous slices of ``range(count)``.

    There are as many slices as PyTorch uses threads, at most ``count``; with one,
    everything happens in the calling thread.

    Parameters
    ----------
    count : int
        Number of items.
    function : callable
        Given the first item of a slice and the one after its last. What it raises
        is raised here, once all slices have ended.
    """
    threads = min(torch.get_num_threads(), count)
    if threads <= 1:
        function(0, count)
        return
    bounds = [count * i // threads for i in range(threads + 1)]
    work = [
        _pool(threads).submit(function, first, last) for first, last in pairwise(bounds)
    ]
    errors = [future.exception() for future in work]
    for error in errors:
        if error is not None:
            raise error


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Return the threads; starting them anew would cost more than a small batch."""
    return ThreadPoolExecutor(threads)
