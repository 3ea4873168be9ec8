import threading

import pytest
import torch

from spikemeter.threads import run_in_threads


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
    shares = run_in_threads(count, lambda *one: slices.append(one))
    assert shares == len(slices) == max(1, min(threads, count))
    slices.sort()
    assert [share for share, *_ in slices] == list(range(shares))
    items = [item for _, first, last in slices for item in range(first, last)]
    assert items == list(range(count))


def test_slices_run_at_once():
    torch.set_num_threads(3)
    meeting = threading.Barrier(3, timeout=20)
    run_in_threads(3, lambda *_: meeting.wait())


@pytest.mark.parametrize("failing", [0, 1])
def test_an_error_is_raised_once_all_have_ended(failing):
    torch.set_num_threads(2)
    first_has_failed, ended = threading.Event(), []

    def work(share, first, _last):
        if share == failing:
            first_has_failed.set()
            raise ValueError("no such sample")
        assert first_has_failed.wait(20)
        ended.append(first)

    with pytest.raises(ValueError, match="no such sample"):
        run_in_threads(10, work)
    assert ended == [5 - 5 * failing]
