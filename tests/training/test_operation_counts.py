"""Synaptic operations, counted by hand, by brute force and by every engine."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from spikemeter.datasets.packed_events import PackedFormat
from spikemeter.networks.encodings.encoded import Frames
from spikemeter.networks.neurons.lif import Lif
from spikemeter.networks.notation import Stage, parse_layers
from spikemeter.training import operation_counts as module
from spikemeter.training.loop import run_pass
from spikemeter.training.operation_counts import count_fan_out, count_operations
from spikemeter.training.randomness import make_generator
from spikemeter.training.run import build_model
from spikemeter.training.samples import EventSamples, ImageSamples
from spikemeter.training.steps import average_operations
from tests.training.conftest import made_samples

CPU = torch.device("cpu")


@dataclasses.dataclass(frozen=True)
class Given:
    """Samples whose values are given, (steps, samples, channels, height, width)."""

    values: torch.Tensor
    labels: torch.Tensor

    def plain(self, index):
        return self.values[0, index]

    def encoded(self, index, _key):
        return Frames(self.values[:, index])


def stage_columns(table, number):
    columns = table.filter(regex=f"^stage{number}_")
    return columns.rename(columns=lambda name: name.split("_", 1)[1])


# --- Fan-out -------------------------------------------------------------------------


@given(
    channels=st.tuples(st.integers(1, 3), st.integers(1, 3)),
    kernel=st.sampled_from([1, 2, 3, 5]),
    size=st.tuples(st.integers(6, 8), st.integers(6, 8)),
    padded=st.booleans(),
    pool=st.sampled_from(["", "-P2"]),
)
@settings(max_examples=30, deadline=None)
def test_fan_outs_are_what_impulses_reach(channels, kernel, size, padded, pool):
    (inputs, outputs), (height, width) = channels, size
    padding = "same" if padded and kernel % 2 else "valid"
    layers = f"{outputs}C{kernel}{pool}-1"
    (stage, _) = parse_layers(layers, (inputs, height, width), padding)
    weight = torch.randint(0, 2, (outputs, inputs, kernel, kernel)).float()
    impulses = torch.eye(inputs * height * width).view(-1, inputs, height, width)
    reached = torch.nn.functional.conv2d(impulses, weight, padding=stage.padding)
    assert count_fan_out(stage, weight).tolist() == reached.sum((1, 2, 3)).tolist()
    whole = count_fan_out(stage, torch.ones_like(weight))
    assert int(whole.sum()) == stage.connections
    weight = torch.randint(0, 2, (outputs, inputs)).float()
    stage = Stage("linear", (inputs,), (outputs,))
    assert count_fan_out(stage, weight).tolist() == weight.sum(0).tolist()


# --- By hand -------------------------------------------------------------------------


@pytest.fixture
def tiny(spiking):
    """Return a network of 3 inputs, 2 neurons and 2 outputs."""
    changes = {"input_shape": (1, 1, 3), "layers": "2-2", "batch_size": 2, "steps": 3}
    chosen = spiking.replace(neuron=Lif(beta=0.5), engine="snntorch", **changes)
    model = build_model(chosen, 0, CPU)
    weights = [[[2.0, 0, 1], [0, 0, -1]], [[2.0, 2], [0, 2]]]
    with torch.no_grad():
        for layer, weight in zip(model.synapses.layers, weights, strict=True):
            layer.weight.copy_(torch.tensor(weight))
    return model


def test_a_tiny_network(tiny):
    """Fan-outs 1, 0, 2 and 1, 2; neuron 0 and output 0 fire in the first two steps."""
    shown = [[1.0, 0, 0], [0, 1, 2], [-1, 0, 1]]
    values = torch.tensor([[frame, [0, 0, 0]] for frame in shown])[:, :, None, None]
    table = count_operations(tiny, Given(values, torch.tensor([0, 1])), 0)
    assert table["step"].tolist() == [1, 2, 3]
    # The second sample is silent: the lowest class is wrong, one of the two is right.
    assert table["correct"].tolist() == [1.5, 1.5, 1.5]
    assert table["correct_lowest_index"].tolist() == [1, 1, 1]
    assert table["tied"].tolist() == table["silent"].tolist() == [1, 1, 1]
    first = stage_columns(table, 1)
    assert first["macs"].tolist() == [0, 2, 0]
    assert first["acs"].tolist() == [1, 0, 3]
    assert first["synaptic_events"].tolist() == [1, 4, 3]
    assert first["spikes"].tolist() == [1, 1, 0]
    second = stage_columns(table, 2)
    assert second["macs"].tolist() == [0, 0, 0]
    assert second["acs"].tolist() == second["synaptic_events"].tolist() == [1, 1, 0]
    assert second["spikes"].tolist() == [1, 1, 0]
    common = {"neuron_updates": 6, "spikes": 1.0, "neurons": 2}
    counted = {"macs": 1.0, "acs": 2.0, "synaptic_events": 4.0}
    one = {"dense_macs": 18, "synapses": 6, **counted, **common}
    counted = {"macs": 0.0, "acs": 1.0, "synaptic_events": 1.0}
    other = {"dense_macs": 12, "synapses": 4, **counted, **common}
    assert average_operations(table, tiny.synapses.stages, 2) == [one, other]


def test_what_kind_an_operation_is_depends_on_its_own_sample(tiny):
    values = torch.tensor([[[2.0, 0, 0], [1, 0, 1]]] * 3)[:, :, None, None]
    table = count_operations(tiny, Given(values, torch.tensor([0, 1])), 0)
    assert table["stage1_macs"].tolist() == [1, 1, 1]
    assert table["stage1_acs"].tolist() == [3, 3, 3]


def test_intensities_are_multiplied_and_are_no_events(tiny):
    images = torch.tensor([[[[51, 0, 102]]], [[[255, 0, 255]]]], dtype=torch.uint8)
    samples = ImageSamples(images, torch.tensor([0, 0]), 3, "direct")
    table = count_operations(tiny, samples, 0)
    assert table["stage1_macs"].tolist() == [3, 3, 3]
    assert table["stage1_acs"].tolist() == [3, 3, 3]  # 255 is 1
    assert table["stage1_synaptic_events"].isna().all()
    assert table["stage2_synaptic_events"].notna().all()
    first, second = average_operations(table, tiny.synapses.stages, 2)
    assert first["synaptic_events"] is None
    assert second["synaptic_events"] is not None


def test_a_relu_network_counts_what_is_not_zero(plain):
    chosen = plain.replace(layers="3C3-P2-5-4", batch_size=7)
    model, samples = build_model(chosen, 0, CPU), made_samples(20)
    samples.images[0] = 255  # of one sample, the input is 1 everywhere
    table = count_operations(model, samples, 0)
    activity = samples.plain(torch.arange(20))
    expected = {}
    for number, stage in enumerate(model.synapses.stages, start=1):
        outgoing = count_fan_out(stage, model.synapses.layers[number - 1].weight)
        used = (activity != 0).flatten(1).double() @ outgoing
        spiking = ((activity == 0) | (activity == 1)).flatten(1).all(1)
        expected[f"stage{number}_acs"] = int(used[spiking].sum())
        expected[f"stage{number}_macs"] = int(used[~spiking].sum())
        activity = model.synapses.current(number - 1, activity).relu()
    assert expected["stage1_acs"] > 0
    tally = run_pass(model, samples, torch.arange(20), 0)
    expected |= {"step": 1, "correct": tally.correct, "tied": tally.tied}
    expected["correct_lowest_index"] = np.trace(tally.confusion)
    assert table.dropna(axis=1).to_dict("records") == [expected]
    first, *_ = average_operations(table, model.synapses.stages, 20)
    assert first["spikes"] is first["synaptic_events"] is None
    assert first["neuron_updates"] == 0


# --- Against other ways --------------------------------------------------------------


def made_events(count=30, steps=5):
    """Return recordings with several events of a pixel in a step."""
    draws = make_generator(0, "events")

    def drawn(low, high):
        return torch.randint(low, high, (count, 200), generator=draws)

    words = drawn(0, steps) << 13 | drawn(0, 2) << 12 | drawn(9, 20) << 6 | drawn(9, 20)
    events, offsets = words.sort(1).values.flatten().int(), torch.arange(count + 1)
    packing = PackedFormat((2, 34, 34), steps)
    return events, 200 * offsets, torch.arange(count) % 4, packing


def a_case(spiking, encoding, **changes):
    """Return the settings of a network, and samples encoded so."""
    kind, coding = encoding.split(", ")
    if kind == "events":
        shape, samples = (2, 34, 34), EventSamples(*made_events(), coding)
    else:
        made = made_samples(30)
        shape = made.images.shape[1:]
        samples = ImageSamples(made.images, made.labels, 5, coding)
    changes = {"layers": "3C3-P2-8-4", "batch_size": 8} | changes
    changes |= {"input_kind": kind, "input_shape": tuple(shape)}
    return spiking.replace(neuron=Lif(threshold=0.3), **changes), samples


ENCODINGS = [f"images, {coding}" for coding in ("rate", "latency", "direct")]
ENCODINGS += ["events, direct", "events, delta"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_neither_engine_nor_batches_nor_chunks_matter(spiking, encoding, monkeypatch):
    chosen, samples = a_case(spiking, encoding, engine="events")

    def table(**changes):
        return count_operations(
            build_model(chosen.replace(**changes), 0, CPU), samples, 3
        )

    whole = table()
    assert whole["stage3_spikes"].sum() > 0
    pd.testing.assert_frame_equal(table(engine="snntorch"), whole)
    pd.testing.assert_frame_equal(table(batch_size=1), whole)
    monkeypatch.setattr(module, "CHUNKS", {"cpu": 1})
    pd.testing.assert_frame_equal(table(), whole)


def test_each_step_ends_a_shorter_test(spiking):
    """What enters in the first steps is the same, however many there are."""
    chosen, samples = a_case(spiking, "images, rate", engine="events")
    model = build_model(chosen, 0, CPU)
    table = count_operations(model, samples, 3)
    assert table["correct"].nunique() > 1
    for steps in range(1, 6):
        shorter = dataclasses.replace(samples, steps=steps)
        short = dataclasses.replace(model, settings=chosen.replace(steps=steps))
        tally = run_pass(short, shorter, torch.arange(30), 3)
        row = table.iloc[steps - 1]
        assert row["correct"] == tally.correct
        assert row["correct_lowest_index"] == np.trace(tally.confusion)
        assert (row["tied"], row["silent"]) == (tally.tied, tally.silent)
