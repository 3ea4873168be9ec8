import torch

from spikemeter.training.loop import run_pass
from spikemeter.training.model import make_adam
from spikemeter.training.run import build_model

CPU = torch.device("cpu")


def learn(settings, samples):
    """Return the tallies of a pass that learns and of one that does not."""
    model = build_model(settings.replace(batch_size=32), 0, CPU)
    optimiser = make_adam(model.synapses.parameters(), 0.01)
    order = torch.arange(136)
    return [
        run_pass(model, samples, order, 1, optimiser),
        run_pass(model, samples, order, 2),
        run_pass(model, samples, order, 3, optimiser),
    ]


def test_a_network_without_spikes_is_replayed_with_the_same_results(
    plain, samples, recordings, monkeypatch
):
    found = learn(plain, samples)
    # Batches of 32 are recorded the second time; of those of 8, the ones that learn.
    assert [(one.shapes[0][0], one.replays) for one in recordings] == [
        *((32, 7), (32, 3), (8, 1)),
    ]
    monkeypatch.undo()
    assert [vars(tally)["loss"] for tally in found] == [
        vars(tally)["loss"] for tally in learn(plain, samples)
    ]
    assert found[2].loss < 0.9 * found[0].loss
