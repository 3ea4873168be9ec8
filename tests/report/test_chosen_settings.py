"""Every setting of the paper's networks is stated by it, or chosen for a reason."""

import pytest
import torch

from spikemeter.engines.reference import ReferenceEngine
from spikemeter.networks.encodings.encoded import Frames
from spikemeter.networks.layers import Synapses
from spikemeter.report.ties import find_tie
from spikemeter.study.checks import check_config
from spikemeter.training.randomness import make_generator
from tests.engines.test_reference import draw
from tests.study.test_config import BASE, PAPER, overlaid

CONFIG = check_config(overlaid(BASE, PAPER))
TIES = {
    name: find_tie(network.published)
    for name, network in CONFIG.settings.networks.items()
    if network.published
}
# What a data set decides, or what does not change a result.
NOT_SETTINGS = {"input", "input_kind", "classes", "engine"}


@pytest.mark.parametrize("name", TIES)
def test_each_setting_is_stated_or_chosen(name):
    network = CONFIG.descriptions[name]
    given = network.model_dump(exclude={"neuron"}, exclude_none=True)
    needed = {*given, *network.neuron.model_dump()} - {"name", *NOT_SETTINGS}
    if "C" not in network.layers:
        needed.remove("padding")
    tie = TIES[name]
    assert needed <= {*tie.settings, *tie.study.rows[tie.row].chosen}


def count_kept_bytes(network, steps, batch=2):
    """Return what snnTorch's loop keeps for the gradients, parameters left out."""
    synapses = Synapses(network.stages, make_generator(0, "weights"))
    own = {one.untyped_storage().data_ptr() for one in synapses.parameters()}
    kept = {}

    def keep(tensor):
        kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    frames = Frames(draw(steps, batch, network.input_shape))
    labels = torch.arange(batch)
    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        ReferenceEngine(network.neuron).learn(synapses, frames, labels, network.loss)
    return sum(kept[i].untyped_storage().nbytes() for i in kept.keys() - own)


def kept_mib(name):
    """Return what a step of a batch of 128 keeps."""
    network = CONFIG.descriptions[name]
    few, more = (count_kept_bytes(network, steps) for steps in (3, 5))
    return (more - few) / 2 / 2 * 128 / 2**20


def above_pct(name):
    """Return the published memory above that of experiment 1."""
    found, least = (find_tie(f"nhsjs2024/{row}") for row in (name, "exp1_snn"))
    return found.figures["train.memory_pct"] - least.figures["train.memory_pct"]


@pytest.mark.parametrize(("name", "steps"), [("exp2_snn", 28), ("exp3_snn_mnist", 186)])
def test_the_published_memory_gives_the_steps(name, steps):
    """N-MNIST's 300 steps are the yardstick."""
    pct_mib = 300 * kept_mib("exp3_snn_nmnist") / above_pct("exp3_snn_nmnist")
    assert above_pct(name) * pct_mib / kept_mib(name) == pytest.approx(steps, abs=0.5)
    # They are not known better than this.
    assert CONFIG.descriptions[name].steps == pytest.approx(steps, rel=0.12)
