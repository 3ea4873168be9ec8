"""Our counts of synaptic operations beside what NeuroBench 2.3.0 counted."""

import pytest
from benchmarks.neurobench_counts import (
    CASES,
    KEY,
    PATH,
    SAMPLES,
    make_model,
    make_samples,
)

from spikemeter.files import read_json
from spikemeter.training.operation_counts import count_operations
from spikemeter.training.steps import average_operations

RECORDED = read_json(PATH)["counts"]


@pytest.mark.parametrize("engine", ["snntorch", "events"])
@pytest.mark.parametrize("name", CASES)
def test_equal_to_the_last_digit(name, engine):
    settings = CASES[name]
    if settings.spiking:
        settings = settings.replace(engine=engine)
    model = make_model(settings)
    table = count_operations(model, make_samples(settings), KEY)
    counted = average_operations(table, model.synapses.stages, SAMPLES)

    def total(name):
        # Whole numbers first: a sum of means is rounded at every stage.
        return sum(round(stage[name] * SAMPLES) for stage in counted) / SAMPLES

    theirs = RECORDED[name]
    assert total("macs") == theirs["Effective_MACs"]
    assert total("acs") == theirs["Effective_ACs"]
    assert total("dense_macs") == theirs["Dense"]
    assert total("neuron_updates") >= theirs["MembraneUpdates"]


def test_the_cases_tell_macs_from_acs():
    kinds = {
        (c["Effective_MACs"] > 0, c["Effective_ACs"] > 0) for c in RECORDED.values()
    }
    assert kinds == {(True, False), (False, True), (True, True)}
