import pytest
import torch

from spikemeter.engines import verification
from spikemeter.engines.reference import ReferenceEngine
from spikemeter.engines.verification import count_flips, find_gradients
from spikemeter.networks.encodings.encoded import Frames
from spikemeter.networks.layers import Synapses
from spikemeter.networks.losses.registry import LOSSES
from spikemeter.networks.neurons.lif import Lif
from spikemeter.networks.notation import parse_layers
from tests.engines import precise, test_reference
from tests.engines.exactness import DEEP, Case

SHAPE = (2, 9, 9)
LIFS = [Lif(beta=0.9, threshold=0.7, reset=reset) for reset in ("subtract", "zero")]


def random_network(seed=0):
    """Weights of 24 bits: sums depend on their order."""
    return test_reference.network("6C3-P2-7C3-20-10", SHAPE, "same", seed)


def draw(steps=30, batch=6):
    return test_reference.draw(steps, batch, SHAPE, 0)


def count(synapses, frames, trains, lif, **options):
    entering = [frames, *trains]
    return [
        count_flips(synapses, index, entering[index], train, lif, **options)
        for index, train in enumerate(trains)
    ]


@pytest.mark.parametrize("lif", LIFS)
def test_right_spikes_are_right_however_sums_are_ordered(lif):
    synapses, inputs = random_network(), Frames(draw())
    trains = ReferenceEngine(lif).spike_trains(synapses, inputs)
    found = count(synapses, inputs.frames, trains, lif)
    assert [one.wrong for one in found] == [0] * 4
    assert [one.checked for one in found] == [train.numel() for train in trains]
    assert all(0.01 < train.float().mean() < 0.9 for train in trains)


@pytest.mark.parametrize("lif", LIFS)
@pytest.mark.parametrize("stage", range(4))
def test_one_flipped_spike_is_wrong(lif, stage):
    synapses, inputs = random_network(), Frames(draw())
    trains = ReferenceEngine(lif).spike_trains(synapses, inputs)
    trains[stage][-1].view(-1)[7] ^= 1
    found = count(synapses, inputs.frames, trains, lif)
    assert [one.wrong for one in found[: stage + 1]] == [0] * stage + [1]


@pytest.mark.parametrize("off", [-1, 1])
def test_a_tie_is_no_error_and_what_lies_beyond_it_is(off):
    # 0.1 * 7 in float32 is not 0.7: within the bound both spikes are right.
    synapses = Synapses(parse_layers("1", (1, 1, 7), "valid"), torch.Generator())
    torch.nn.init.constant_(synapses.layers[0].weight, 0.1)
    frames = torch.ones(1, 1, 1, 1, 7)
    lif = Lif(beta=0.5, threshold=0.7)
    for fired in (0, 1):
        train = torch.full((1, 1, 1), fired, dtype=torch.uint8)
        assert count_flips(synapses, 0, frames, train, lif).wrong == 0
    torch.nn.init.constant_(synapses.layers[0].weight, 0.1 * (1 + off * 1e-5))
    train = torch.full((1, 1, 1), int(off < 0), dtype=torch.uint8)
    assert count_flips(synapses, 0, frames, train, lif) == (1, 0, 1)
    unit = verification.UNITS["TF32"]
    assert count_flips(synapses, 0, frames, train, lif, unit) == (1, 1, 0)


def test_samples_are_judged_part_by_part(monkeypatch):
    synapses, inputs = random_network(), Frames(draw())
    trains = ReferenceEngine(LIFS[0]).spike_trains(synapses, inputs)
    trains[1][:, 4] ^= 1
    together = count(synapses, inputs.frames, trains, LIFS[0])
    monkeypatch.setattr(verification, "PART_BYTES", 30 * 6 * 9 * 9 * 8 * 2)
    assert count(synapses, inputs.frames, trains, LIFS[0]) == together
    assert together[1].wrong > 1000


def test_a_constant_input_is_given_once():
    case = Case("12-4", (1, 5, 5), Lif(), "intensities", steps=20)
    synapses, inputs = case.synapses(), case.inputs()
    trains = ReferenceEngine(case.lif).spike_trains(synapses, inputs)
    once = count_flips(synapses, 0, inputs.first_frames(), trains[0], case.lif)
    assert once == count_flips(synapses, 0, inputs.dense(), trains[0], case.lif)
    assert (once.checked, once.wrong) == (20 * 4 * 12, 0)


@pytest.mark.parametrize("loss", list(LOSSES))
@pytest.mark.parametrize("reset", ["subtract", "zero"])
def test_gradients_equal_those_of_the_equations(loss, reset):
    lif = Lif(beta=0.5, reset=reset)
    case = Case(DEEP, (2, 11, 11), lif, steps=8)
    trains, _, expected = precise.learn(case, loss)
    given = [train.detach().to(torch.uint8) for train in trains]
    goal = case.labels(), loss
    frames = case.inputs().dense()
    found = find_gradients(case.synapses(), frames, given, lif, goal)
    for one, other in zip(found, expected, strict=True):
        assert other.norm() > 0
        assert (one - other).norm() <= 1e-6 * other.norm()
