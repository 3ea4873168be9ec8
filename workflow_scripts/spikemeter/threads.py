"""Work shared among threads, for compiled code that releases Python's lock."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from itertools import pairwise

import torch


def run_in_threads(count: int, function: Callable[[int, int, int], object]) -> int:
    """Call ``function(share, first, last)`` for contiguous slices of ``range(count)``.

    There is one slice per thread that PyTorch uses, at most ``count``; the calling
    thread takes the first. Return the number of slices. An exception of ``function``
    is raised after all slices have ended.
    """
    shares = max(min(torch.get_num_threads(), count), 1)
    bounds = [count * i // shares for i in range(shares + 1)]
    slices = [(i, *pair) for i, pair in enumerate(pairwise(bounds))]
    work = [_pool(shares).submit(function, *one) for one in slices[1:]]
    try:
        function(*slices[0])
    finally:
        wait(work)
    for future in work:
        future.result()
    return shares


@cache
def _pool(threads: int) -> ThreadPoolExecutor:
    """Return the threads; starting them again would cost more than a small batch."""
    return ThreadPoolExecutor(threads)
