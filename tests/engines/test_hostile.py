"""What no engine can compute is refused, and never read out of range."""

import dataclasses
from operator import itemgetter

import pytest
import torch

from spikemeter.datasets.packed_events import PackedFormat
from spikemeter.engines.checks import check_batch
from spikemeter.engines.reference import ReferenceEngine
from spikemeter.networks.encodings.direct import EventFrames
from spikemeter.networks.encodings.encoded import Frames
from spikemeter.networks.encodings.latency import LatencyCoded
from spikemeter.networks.losses.registry import LOSSES
from tests.engines.exactness import EVENTS, IMAGES, LIF, SENSOR, Case

NUMBERS = (float("nan"), float("inf"), -float("inf"))


def frames_with(number):
    frames = torch.ones(5, 2, 2, 10, 9)
    frames.view(-1)[3] = number
    return frames


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("place", ["0.weight", "1.weight", "2.weight", "0.bias"])
def test_weights_that_are_no_number_are_refused(engine, place, number):
    case = Case("5C3-P2-17-10", (2, 10, 9), LIF)
    synapses = case.synapses()
    synapses.get_parameter(f"layers.{place}").data.view(-1)[3] = number
    error = FloatingPointError
    assert_refused(engine, synapses, case.inputs(), error, "lower learning_rate")


@pytest.mark.parametrize(
    "frames",
    [
        *(torch.zeros(5, 2, 3, 10, 9), torch.zeros(5, 2, 1, 10, 9)),
        *(torch.zeros(5, 1, 4, 10, 9), torch.zeros(5, 2, 2, 9, 10)),
        *(torch.zeros(5, 2, 2, 9, 9), torch.zeros(5, 2, 180), torch.zeros(2, 10, 9)),
        *(torch.zeros(5, 0, 2, 10, 9), torch.zeros(0, 2, 2, 10, 9)),
        torch.zeros(5, 2, 2, 10, 9, dtype=torch.float64),
        torch.zeros(5, 2, 2, 10, 9, dtype=torch.uint8),
        *map(frames_with, NUMBERS),
    ],
    ids=lambda frames: f"{frames.view(-1)[3:4].tolist()}{list(frames.shape)}",
)
@pytest.mark.parametrize("layers", ["20-10", "5C3-P2-10"])
def test_other_frames_are_refused(engine, layers, frames):
    synapses = Case(layers, (2, 10, 9), LIF).synapses()
    assert_refused(engine, synapses, Frames(frames))


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
@pytest.mark.parametrize("layers", ["20-10", "5C3-P2-10"])
def test_other_weights_are_refused(engine, layers, dtype):
    case = Case(layers, (2, 10, 9), LIF)
    assert_refused(engine, case.synapses().to(dtype), case.inputs())


flat, nested = itemgetter(0), itemgetter(None)
OTHER_INPUTS = [
    *[(kind, "steps", lambda _, steps=n: steps) for kind in IMAGES for n in (0, -3)],
    *[(kind, "images", do) for kind in IMAGES for do in (torch.Tensor.float, flat)],
    *[("rate", "key", lambda _, key=n: key) for n in (-1, 2**64)],
    *[("rate", "samples", lambda _, n=n: torch.arange(n)) for n in (3, 5)],
    *[("rate", "samples", do) for do in (torch.Tensor.int, lambda v: v[:, None])],
    *[
        (kind, field, do)
        for kind in EVENTS
        for field in ("events", "offsets", "index")
        for do in (torch.Tensor.double, nested)
    ],
]


@pytest.mark.parametrize(("kind", "field", "change"), OTHER_INPUTS)
def test_other_encoded_inputs_are_refused(engine, kind, field, change):
    case = Case("20-10", SENSOR if kind in EVENTS else (2, 10, 9), LIF, kind)
    inputs = case.inputs()
    spoilt = dataclasses.replace(inputs, **{field: change(getattr(inputs, field))})
    assert_refused(engine, case.synapses(), spoilt)


@pytest.mark.parametrize("kind", [*IMAGES, *EVENTS])
def test_no_sample_and_another_shape_are_refused(engine, kind):
    case = Case("20-10", SENSOR if kind in EVENTS else (2, 10, 9), LIF, kind)
    assert_refused(engine, case.synapses(), dataclasses.replace(case, batch=0).inputs())
    other = dataclasses.replace(case, shape=(1, 10, 9)).synapses()
    assert_refused(engine, other, case.inputs())


def test_what_lies_on_another_device_is_refused(engine):
    case = Case("20-10", (2, 10, 9), LIF)
    elsewhere = Frames(case.inputs().frames.to("meta"))
    assert_refused(engine, case.synapses(), elsewhere)
    assert_refused(engine, case.synapses().to("meta"), case.inputs())


def test_an_unknown_encoding_is_refused(engine):
    class Other(LatencyCoded):
        pass

    class Unknown:
        steps, batch = 40, 4

    case = Case("20-10", (2, 10, 9), LIF, "latency")
    known = Other(case.inputs().images, case.steps)
    assert engine(LIF).run(case.synapses(), known).spikes.sum() > 0
    assert_refused(engine, case.synapses(), Unknown())


@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize("layers", ["20-10", "5C3-P2-10"])
@pytest.mark.parametrize(
    ("field", "far"),
    [
        ("offsets", 2**20),
        ("offsets", -1),
        ("index", 3),
        ("index", -1),
        ("events", 40 << 13),  # steps are 0 to 39
        ("events", -1),
        ("events", 39 << 13 | 1 << 12 | 33 << 6 | 34),  # pixels are 0 to 33
        ("events", 39 << 13 | 1 << 12 | 34 << 6 | 33),
    ],
)
def test_events_out_of_range_are_refused(engine, kind, layers, field, far):
    case = Case(layers, SENSOR, LIF, kind)
    inputs = dataclasses.replace(case.inputs(), index=torch.tensor([2, 0]))
    values = getattr(inputs, field).clone()
    values[-1] = far
    spoilt = dataclasses.replace(inputs, **{field: values})
    assert_refused(engine, case.synapses(), spoilt)


@pytest.mark.parametrize("kind", EVENTS)
def test_recordings_that_are_not_in_the_batch_do_not_matter(engine, kind):
    case = Case("20-10", SENSOR, LIF, kind)
    inputs = dataclasses.replace(case.inputs(), index=torch.tensor([1, 0]))
    expected = engine(LIF).run(case.synapses(), inputs).output
    inputs.events[-1] = -1
    assert torch.equal(engine(LIF).run(case.synapses(), inputs).output, expected)


def test_the_highest_bit_of_an_event_belongs_to_its_step():
    synapses, last = Case("20-10", SENSOR, LIF).synapses(), 2**19 - 1
    words = torch.tensor([last << 13 | 33 << 6 | 33]).to(torch.int32)
    given = words, torch.tensor([0, 1]), torch.tensor([0])
    check_batch(synapses, EventFrames(*given, PackedFormat(SENSOR, last + 1)))
    with pytest.raises(ValueError, match=f"events reach step {last}, .* must"):
        check_batch(synapses, EventFrames(*given, PackedFormat(SENSOR, last)))


@pytest.mark.parametrize("layers", ["20-10", "5C3-P2-10"])
@pytest.mark.parametrize("pixels", [1, 34])
def test_a_step_may_hold_more_events_than_there_are_pixels(exact, layers, pixels):
    case = Case(layers, SENSOR, LIF, steps=3)
    words = torch.arange(pixels).repeat(8000 // pixels).int() | 1 << 13
    offsets = torch.tensor([0, len(words)])
    packing = PackedFormat(SENSOR, case.steps)
    inputs = EventFrames(words, offsets, torch.tensor([0]), packing)
    expected = ReferenceEngine(LIF).spike_trains(case.synapses(), inputs)
    found = exact(LIF).spike_trains(case.synapses(), inputs)
    assert all(map(torch.equal, found, expected))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize(
    "wrong",
    [
        *(torch.tensor([0, 1, 2, 10]), torch.tensor([0, -1, 2, 3]), torch.arange(3)),
        *(torch.arange(5), torch.arange(4)[:, None]),
        *(torch.arange(4).int(), torch.arange(4).float()),
    ],
)
def test_other_labels_are_refused(engine, loss, wrong):
    case = Case("20-10", (2, 10, 9), LIF)
    synapses = case.synapses()
    with pytest.raises(ValueError, match="must"):
        engine(LIF).learn(synapses, case.inputs(), wrong, loss)
    assert all(parameter.grad is None for parameter in synapses.parameters())


def test_an_unknown_loss_is_refused(engine):
    case = Case("20-10", (2, 10, 9), LIF)
    with pytest.raises(ValueError, match="'hinge' but must be one of mse_count"):
        engine(LIF).learn(case.synapses(), case.inputs(), case.labels(), "hinge")


def assert_refused(engine, synapses, inputs, error=ValueError, advice="; "):
    made, labels = engine(LIF), torch.zeros(inputs.batch, dtype=torch.int64)
    for compute in (
        lambda: made.run(synapses, inputs),
        lambda: made.spike_trains(synapses, inputs),
        lambda: made.learn(synapses, inputs, labels, "mse_count"),
    ):
        with pytest.raises(error, match=f"^[^\\n]* must [^\\n]*{advice}[^\\n]*$"):
            compute()


def test_a_gpu_is_not_waited_for():
    """Values of the device ``meta`` cannot be read at all."""
    case = Case("5C3-P2-17-10", (2, 10, 9), LIF)
    frames = Frames(case.inputs().frames.to("meta"))
    goal = case.labels().to("meta"), "mse_count"
    check_batch(case.synapses().to("meta"), frames, goal)
    with pytest.raises(ValueError, match=r"must be torch.float32 on meta"):
        check_batch(case.synapses(), frames, goal)
