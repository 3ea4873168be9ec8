"""The same training on a CUDA device: repeatable, resumable, metered."""

import dataclasses

import pytest
import torch

from spikemeter.metering.meter import Meter
from spikemeter.training import testing
from spikemeter.training.checkpoint import Checkpoint
from spikemeter.training.device import prepare_device
from spikemeter.training.model import Model
from spikemeter.training.run import build_model, train
from spikemeter.training.testing import Repetition
from tests.training.conftest import made_samples, no_bar

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]
LEARNED = ("train_accuracy", "train_loss", "val_accuracy", "val_loss")


def test_repeats_resumes_and_is_metered(settings, tmp_path):
    device = prepare_device("cuda", None)
    made = made_samples(200)
    samples = dataclasses.replace(
        made, images=made.images.to(device), labels=made.labels.to(device)
    )

    def history(name, epochs):
        wanted = settings.replace(epochs=epochs)
        model = build_model(wanted, 0, device)
        with Meter(device) as meter:
            checkpoint = Checkpoint(tmp_path / name, "key")
            found = train(model, samples, 0, meter, checkpoint, no_bar)
            tested, _ = testing.test(
                model, samples, 0, meter, Repetition(2.0, 4), no_bar
            )
        return [[row[name] for name in LEARNED] for row in found.rows], tested

    first, tested = history("a.pt", 4)
    assert history("b.pt", 4)[0] == first
    history("c.pt", 2)
    assert history("c.pt", 4)[0] == first
    assert tested["reading"]["allocator_peak_bytes"] > 0
    assert tested["samples"] == 200
    checked = tested["self_check"]
    assert checked["compared"] == 2 * 3  # batches of 32 and of 8
    assert checked["execution"] == "CUDA graphs"
    assert (checked["checked"] or 0) > 0 or not settings.spiking


def test_a_network_without_spikes_replays_bit_for_bit(plain):
    device = prepare_device("cuda", None)
    made = made_samples(64)
    samples = dataclasses.replace(
        made, images=made.images.to(device), labels=made.labels.to(device)
    )
    model, index = build_model(plain, 0, device), torch.arange(32, device=device)
    for start in range(0, 32, 8):
        found = model.learn(samples, index + start, 0)
        gradients = [one.grad for one in model.synapses.parameters()]
        eager = Model(model.synapses, plain).learn(samples, index + start, 0)
        assert torch.equal(found.outputs, eager.outputs)
        assert torch.equal(found.loss, eager.loss)
        for one, parameter in zip(gradients, model.synapses.parameters(), strict=True):
            assert torch.equal(one, parameter.grad)
            parameter.data.sub_(0.1 * parameter.grad)
