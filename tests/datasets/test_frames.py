import numpy as np
import pytest
import torch

from spikemeter.datasets.frames import densify, sum_frames
from spikemeter.datasets.packed_events import PackedFormat

STEPS = 7
PACKING = PackedFormat((2, 34, 34), STEPS)


@pytest.fixture
def packed():
    generator = np.random.default_rng(0)
    lengths = [40, 0, 1, 300, 5]
    fields = (generator.integers(0, top, sum(lengths)) for top in (STEPS, 2, 34, 34))
    step, p, y, x = fields
    # Duplicates, so that counts above 1 occur.
    for field in (step, p, y, x):
        field[100:150] = field[100]
    words = (step << 13 | p << 12 | y << 6 | x).astype(np.uint32)
    return words, np.cumsum([0, *lengths])


def expected(words, offsets, index, steps):
    counts = np.zeros((steps, len(index), 2, 34, 34), np.float32)
    for place, i in enumerate(index):
        chosen = words[offsets[i] : offsets[i + 1]]
        at = (chosen >> 13, place, chosen >> 12 & 1, chosen >> 6 & 63, chosen & 63)
        np.add.at(counts, at, 1)
    return counts


@pytest.mark.parametrize("index", [[0, 1, 2, 3, 4], [3, 3, 1], [1], []])
@pytest.mark.parametrize("kind", [torch.uint32, torch.int32])
def test_counts_are_exact_in_any_order(packed, index, kind):
    words, offsets = packed
    events = torch.from_numpy(words).view(kind)
    chosen = torch.tensor(index, dtype=torch.int64)
    frames = densify(events, torch.from_numpy(offsets), chosen, PACKING)
    wanted = expected(words, offsets, index, STEPS)
    assert frames.dtype == torch.float32
    assert np.array_equal(frames.numpy(), wanted)
    summed = sum_frames(events, torch.from_numpy(offsets), chosen, PACKING)
    assert np.array_equal(summed.numpy(), wanted.sum(axis=0))


def test_the_last_step_of_a_word_is_not_negative():
    events = torch.tensor([(2**19 - 1) << 13], dtype=torch.int64).to(torch.uint32)
    offsets, index = torch.tensor([0, 1]), torch.tensor([0])
    assert sum_frames(events, offsets, index, PACKING)[0, 0, 0, 0] == 1
    with pytest.raises((IndexError, RuntimeError)):
        densify(events, offsets, index, PACKING)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_frames_on_a_gpu_equal_those_on_the_cpu(packed):
    words, offsets = packed
    index = torch.tensor([4, 3, 1, 0])
    there = [
        tensor.cuda()
        for tensor in (torch.from_numpy(words), torch.from_numpy(offsets), index)
    ]
    torch.use_deterministic_algorithms(True)
    try:
        frames = densify(*there, PACKING)
    finally:
        torch.use_deterministic_algorithms(False)
    assert np.array_equal(
        frames.cpu().numpy(), expected(words, offsets, index.tolist(), STEPS)
    )
