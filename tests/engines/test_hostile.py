"""What no engine can compute is refused, and never read out of range."""

import dataclasses

import pytest
import torch

from spikemeter.engines.reference import ReferenceEngine
from spikemeter.networks.encoding import Frames
from spikemeter.networks.losses import LOSSES
from tests.engines.exactness import EVENTS, IMAGES, LIF, SENSOR, Case


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("place", ["0.weight", "1.weight", "2.weight", "0.bias", "in"])
@pytest.mark.parametrize("layers", ["20-17-10", "5C3-P2-17-10"])
def test_no_number_is_refused_or_silent_as_in_the_reference(
    exact, layers, place, number
):
    case = Case(layers, (2, 10, 9), LIF, kind="counts", steps=33)
    synapses, frames = case.synapses(), case.inputs().frames
    spoilt = frames if place == "in" else synapses.get_parameter(f"layers.{place}")
    spoilt.data.view(-1)[3] = number
    expected = ReferenceEngine(LIF).trains(synapses, Frames(frames))
    made = exact(LIF)
    for compute in (
        lambda: made.trains(synapses, Frames(frames))[-1],
        lambda: made.run(synapses, Frames(frames)).output,
    ):
        try:
            found = compute()
        except (ValueError, FloatingPointError):
            continue
        assert torch.equal(found.float(), expected[-1].float())


@pytest.mark.parametrize(
    "frames",
    [
        torch.zeros(5, 2, 3, 10, 9),
        torch.zeros(5, 2, 1, 10, 9),
        torch.zeros(5, 1, 4, 10, 9),
        torch.zeros(5, 2, 2, 9, 10),
        torch.zeros(5, 2, 2, 9, 9),
        torch.zeros(5, 2, 180),
        torch.zeros(2, 10, 9),
        torch.zeros(5, 0, 2, 10, 9),
        torch.zeros(0, 2, 2, 10, 9),
        torch.zeros(5, 2, 2, 10, 9, dtype=torch.float64),
        torch.zeros(5, 2, 2, 10, 9, dtype=torch.uint8),
    ],
    ids=lambda frames: f"{str(frames.dtype)[6:]}{list(frames.shape)}",
)
@pytest.mark.parametrize("layers", ["20-10", "5C3-P2-10"])
def test_other_inputs_are_refused(engine, layers, frames):
    synapses = Case(layers, (2, 10, 9), LIF).synapses()
    assert_refused(engine, synapses, Frames(frames))


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16])
@pytest.mark.parametrize("layers", ["20-10", "5C3-P2-10"])
def test_other_weights_are_refused(engine, layers, dtype):
    case = Case(layers, (2, 10, 9), LIF)
    assert_refused(engine, case.synapses().to(dtype), case.inputs())


@pytest.mark.parametrize("kind", [*IMAGES, *EVENTS])
@pytest.mark.parametrize("change", [{"batch": 0}, {"shape": (1, 10, 9)}])
def test_other_encoded_inputs_are_refused(engine, kind, change):
    shape = SENSOR if kind in EVENTS else (2, 10, 9)
    case = Case("20-10", shape, LIF, kind)
    if kind in EVENTS and "shape" in change:
        synapses = dataclasses.replace(case, **change).synapses()
        assert_refused(engine, synapses, case.inputs())
    else:
        inputs = dataclasses.replace(case, **change).inputs()
        assert_refused(engine, case.synapses(), inputs)


@pytest.mark.parametrize("kind", EVENTS)
@pytest.mark.parametrize("layers", ["20-10", "5C3-P2-10"])
@pytest.mark.parametrize(
    ("field", "far"),
    [
        ("offsets", 2**20),
        ("index", 3),
        ("index", -5),
        ("events", 40 << 13),  # steps are 0 to 39
        ("events", 39 << 13 | 1 << 12 | 63 << 6 | 63),  # pixels 0 to 33
    ],
)
def test_events_out_of_range_are_refused(exact, kind, layers, field, far):
    case = Case(layers, SENSOR, LIF, kind)
    spoilt = dataclasses.replace(case.inputs(), index=torch.tensor([2]))
    values = getattr(spoilt, field).clone()
    values[-1] = far
    with pytest.raises((ValueError, IndexError, RuntimeError)):
        exact(LIF).run(case.synapses(), dataclasses.replace(spoilt, **{field: values}))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("wrong", [[0, 1, 2, 10], [0, -1, 2, 3], [0, 1, 2]])
def test_labels_out_of_range_are_refused(engine, loss, wrong):
    case = Case("20-10", (2, 10, 9), LIF)
    labels = torch.tensor(wrong)
    with pytest.raises((ValueError, IndexError, RuntimeError)):
        engine(LIF).learn(case.synapses(), case.inputs(), labels, loss)


def assert_refused(engine, synapses, inputs):
    made, labels = engine(LIF), torch.zeros(inputs.batch, dtype=torch.int64)
    with pytest.raises(ValueError, match="must"):
        made.run(synapses, inputs)
    with pytest.raises(ValueError, match="must"):
        made.trains(synapses, inputs)
    with pytest.raises(ValueError, match="must"):
        made.learn(synapses, inputs, labels, "mse_count")
