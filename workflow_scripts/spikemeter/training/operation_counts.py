"""The synaptic operations of a test, and the decoded class after every step.

An input that is not 0 costs an operation for each synapse that leaves it with a weight
other than 0. These are accumulates where all inputs of a stage are -1, 0 or 1, else
multiply-accumulates: decided for every sample, step and stage, as NeuroBench 2.3 does
with a batch of one. Counts are whole numbers below 2**53, added up in float64, so they
do not depend on the order of the sums, the batches or the device.

References
----------
Yik et al. 2025, NeuroBench, arXiv:2304.04640
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager

import pandas as pd
import torch
from torch import Tensor
from torch.nn import functional

from spikemeter.networks.notation import Stage
from spikemeter.training.loop import (
    Progress,
    decode,
    expect_correct,
    explain_lack_of_memory,
)
from spikemeter.training.model import Model
from spikemeter.training.samples import Samples
from spikemeter.training.steps import name_column, name_columns

# Values of the input that are counted together: few enough for a CPU's cache, and
# enough to keep a GPU busy.
CHUNKS = {"cpu": 1 << 18, "cuda": 1 << 25}

Counts = dict[str, Tensor]


def count_fan_out(stage: Stage, weight: Tensor) -> Tensor:
    """Count the synapses that leave each input of a stage; float64, shape (inputs,).

    A weight of 0 is no synapse.
    """
    synapses = (weight != 0).double()
    if stage.kind == "linear":
        return synapses.sum(0)
    outputs = synapses.new_ones(1, *stage.map_shape)
    reached = functional.conv_transpose2d(outputs, synapses, padding=stage.padding)
    return reached.flatten().round()


def count_operations(
    model: Model, samples: Samples, key: int, progress: Progress = lambda _samples: None
) -> pd.DataFrame:
    """Count what the network does with all samples, step by step.

    ``key`` and ``progress`` are as for :func:`spikemeter.training.loop.run_pass`, and
    so is the RuntimeError if the memory does not hold a batch.

    Returns
    -------
    DataFrame
        One row per step, with the columns of
        :func:`spikemeter.training.steps.name_columns`: sums over all samples, int64,
        or NaN where there is nothing to count. The scores are of the outputs up to
        this step; ``correct``, float64, is expected over ties broken at random.
    """
    weights = (layer.get_parameter("weight") for layer in model.synapses.layers)
    fan_outs = list(map(count_fan_out, model.synapses.stages, weights))
    every = torch.arange(len(samples.labels), device=samples.labels.device)
    count_batch = _count_plain if model.engine is None else _count_spiking
    batches, right = [], []
    # The batches that are scored: rounding, and so a spike, may depend on them.
    for index in every.split(model.settings.batch_size):
        with torch.no_grad(), explain_lack_of_memory(len(index)):
            outputs, stages = count_batch(model, samples, index, key, fan_outs)
            with _one_thread():
                decoded = decode(outputs, samples.labels[index])
                right.append(decoded.count_right(outputs.shape[-1]))
                lowest = decoded.predicted == samples.labels[index]
                counts = {"correct_lowest_index": lowest.sum(1)}
                counts["tied"] = decoded.tied.sum(1)
                if model.settings.spiking:
                    counts["silent"] = decoded.silent.sum(1)
        for number, stage in enumerate(stages, start=1):
            counts |= {name_column(number, name): n for name, n in stage.items()}
        batches.append(pd.DataFrame({name: n.cpu() for name, n in counts.items()}))
        progress(len(index))
    table = sum(batches[1:], batches[0])
    table = table.assign(
        step=range(1, len(table) + 1), correct=expect_correct(torch.stack(right).sum(0))
    )
    return table.reindex(columns=name_columns(len(model.synapses.stages)))


def _count_plain(
    model: Model, samples: Samples, index: Tensor, _key: int, fan_outs: list[Tensor]
) -> tuple[Tensor, list[Counts]]:
    """Return the logits, of shape (1, samples, classes), and what each stage counts."""
    activity, stages = samples.plain(index), []
    for number, outgoing in enumerate(fan_outs):
        found = _count_entering(activity.flatten(1)[None], outgoing)
        stages.append({"macs": found["macs"], "acs": found["acs"]})
        logits = model.synapses.current(number, activity)
        activity = functional.relu(logits)
    return logits[None], stages


def _count_spiking(
    model: Model, samples: Samples, index: Tensor, key: int, fan_outs: list[Tensor]
) -> tuple[Tensor, list[Counts]]:
    """Return the output spikes up to each step, and what each stage counts."""
    assert model.engine is not None
    trains = model.engine.spike_trains(model.synapses, samples.encoded(index, key))
    with _one_thread():
        stages = [_count_first(model, samples, index, key, fan_outs[0])]
        for number, train in enumerate(trains, start=1):
            # Step by step: on a CPU, torch casts everything that it sums at once.
            fired = [frame.flatten(1).sum(0, dtype=torch.int32) for frame in train]
            spikes = torch.stack(fired)
            stages[-1]["spikes"] = spikes.sum(1)
            if number < len(trains):  # spikes are 0 or 1: accumulates all
                events = (spikes.double() @ fan_outs[number]).long()
                none = torch.zeros_like(events)
                stages.append({"macs": none, "acs": events, "synaptic_events": events})
        return trains[-1].cumsum(0), stages


def _count_first(
    model: Model, samples: Samples, index: Tensor, key: int, outgoing: Tensor
) -> Counts:
    """Return the operations that a batch takes in the first stage."""
    stage, steps = model.synapses.stages[0], model.settings.steps or 1
    total: Counts = {}
    values = steps * math.prod(stage.in_shape)
    for part in index.split(max(1, CHUNKS[index.device.type] // values)):
        inputs = samples.encoded(part, key)
        found = _count_entering(inputs.first_frames().flatten(2), outgoing)
        total = {name: n + total.get(name, 0) for name, n in found.items()}
    if inputs.is_constant:  # every step costs the same and has no events
        return {name: total[name].expand(steps) for name in ("macs", "acs")}
    return total


@contextmanager
def _one_thread() -> Iterator[None]:
    """Use one thread for many small sums: several wait longer than they work."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _count_entering(values: Tensor, outgoing: Tensor) -> Counts:
    """Return the operations that inputs, of shape (steps, samples, inputs), take.

    The ``synaptic_events`` are right only if the values are whole numbers.
    """
    # In floats throughout: torch takes ten times as long for numbers of other types.
    magnitudes = values.abs()
    present = magnitudes.sign()
    accumulating = (magnitudes - present).abs().amax(-1) == 0
    operations = present.double() @ outgoing
    acs = (operations * accumulating).sum(1)
    events = (magnitudes.double() @ outgoing).sum(1)
    found = {"macs": operations.sum(1) - acs, "acs": acs, "synaptic_events": events}
    return {name: counts.long() for name, counts in found.items()}
