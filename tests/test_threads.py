import threading

import pytest
import torch

from spikemeter.threads import in_threads


@pytest.fixture(autouse=True)
def _restored():
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("count", [0, 1, 2, 7, 100])
def test_every_item_once_in_contiguous_slices(threads, count):
    torch.set_num_threads(threads)
    slices = []
    in_threads(count, lambda first, last: slices.append((first, last)))
    assert len(slices) == max(1, min(threads, count))
    items = [item for first, last in sorted(slices) for item in range(first, last)]
    assert items == list(range(count))


def test_slices_run_at_once():
    torch.set_num_threads(3)
    meeting = threading.Barrier(3, timeout=20)
    in_threads(3, lambda _first, _last: meeting.wait())


def test_an_error_is_raised_once_all_have_ended():
    torch.set_num_threads(2)
    first_has_failed, ended = threading.Event(), []

    def work(first, _last):
        if first == 0:
            first_has_failed.set()
            raise ValueError("no such sample")
        assert first_has_failed.wait(20)
        ended.append(first)

    with pytest.raises(ValueError, match="no such sample"):
        in_threads(10, work)
    assert ended == [5]
