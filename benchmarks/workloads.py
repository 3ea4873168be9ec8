"""What is measured: networks of the study, each with one batch and trained weights."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from torch import Tensor

from spikemeter.datasets.dataset import InputSettings
from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.encodings.encoded import Encoded
from spikemeter.networks.layers import Synapses
from spikemeter.networks.neurons.lif import Lif
from spikemeter.networks.notation import Stage
from spikemeter.study.checks import check_config
from spikemeter.training.samples import load_samples

ROOT = Path(__file__).parents[1]
SEED = 0
KEY = 2**40 + 1  # of the rate coding of the measured batch


@dataclass(frozen=True)
class Workload:
    """A network of the study and how it is run here.

    Attributes
    ----------
    title : str
    network : str
        Its name in config/paper.yaml.
    steps, batch : int
        Of what is measured.
    updates, training_batch : int
        How the weights are trained first.
    """

    title: str
    network: str
    steps: int
    batch: int
    updates: int
    training_batch: int


WORKLOADS = {
    "fc": Workload("FC", "exp1_snn", 25, 128, 300, 128),
    "conv": Workload("conv MNIST", "exp3_snn_mnist", 25, 128, 200, 128),
    "nmnist": Workload("conv N-MNIST", "exp3_snn_nmnist", 300, 32, 100, 32),
    "cifar": Workload("CIFAR shape", "exp2_snn", 10, 64, 1500, 16),
}
QUICK = {
    "fc": replace(WORKLOADS["fc"], batch=32, updates=40),
    "conv": replace(WORKLOADS["conv"], batch=16, updates=20, training_batch=32),
}


def read_workload(workload: Workload) -> tuple[NetworkDescription, InputSettings]:
    """Return the paper study's settings of the network and of its input."""
    from snakemake.utils import update_config  # noqa: PLC0415 - slow, rarely needed

    files = ("config.yaml", "config/paper.yaml")
    values, paper = (yaml.safe_load((ROOT / name).read_text()) for name in files)
    update_config(values, paper)
    whole = check_config(values)
    network = whole.descriptions[workload.network]
    return network.replace(steps=workload.steps), whole.inputs[network.input]


@dataclass(frozen=True)
class Task:
    """What a candidate is to compute.

    Attributes
    ----------
    description : NetworkDescription
    state : dict of Tensor
        Trained parameters, as `Synapses.load_state_dict` takes them.
    inputs : Encoded
        The batch over time, not yet dense.
    frames : float32 Tensor of shape (steps, batch, channels, height, width)
        The same, dense.
    labels : int64 Tensor of shape (batch,)
    device : torch.device
    """

    description: NetworkDescription
    state: dict[str, Tensor]
    inputs: Encoded
    frames: Tensor
    labels: Tensor
    device: torch.device

    @property
    def stages(self) -> tuple[Stage, ...]:
        """The network's stages."""
        return self.description.stages

    @property
    def lif(self) -> Lif:
        """The network's neuron."""
        assert isinstance(self.description.neuron, Lif)
        return self.description.neuron

    @property
    def loss(self) -> str:
        """Name of the loss."""
        return self.description.loss

    def synapses(self) -> Synapses:
        """Return the trained synapses on the device."""
        synapses = Synapses(self.stages, torch.Generator())
        synapses.load_state_dict(self.state)
        return synapses.to(self.device)

    def weights(self) -> list[np.ndarray]:
        """Return weight and bias of every stage in turn."""
        return [value.numpy() for value in self.state.values()]


def load_task(bundle: dict[str, Any], device: torch.device, batch: int) -> Task:
    """Make the task of the first ``batch`` samples of a bundle.

    Parameters
    ----------
    bundle : dict
        From :func:`benchmarks.bundles.load`.
    device : torch.device
    batch : int
    """
    settings = NetworkDescription(**bundle["settings"])
    arrays = {name: value.numpy() for name, value in bundle["arrays"].items()}
    samples = load_samples(arrays, "train", settings, device)
    index = torch.arange(batch, device=device)
    inputs = samples.encoded(index, KEY)
    return Task(
        settings,
        bundle["state"],
        inputs,
        inputs.dense(),
        samples.labels[:batch],
        device,
    )
