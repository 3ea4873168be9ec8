"""The paper's networks, and inputs for them made of the embedded digits."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from torch import Tensor

from spikemeter.datasets.packed_events import PackedFormat
from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.layers import Synapses
from spikemeter.study.checks import check_config
from spikemeter.training.randomness import make_generator
from spikemeter.training.samples import Samples, load_samples

ROOT = Path(__file__).parents[2]
DIGITS = ROOT / "resources/mnist_sample.npz"
SPIKING = ("exp1_snn", "exp2_snn", "exp3_snn_mnist", "exp3_snn_nmnist")
EVENTS = 4000  # of a recording, as N-MNIST's


class CheckError(AssertionError):
    """What a check found wrong."""


@dataclass(frozen=True)
class Place:
    """Where to check, and how much: ``tiny`` is for a CPU, to test the checks.

    ``wheels`` are packages that the machine may lack.
    """

    device: torch.device
    wheels: Path
    tiny: bool = False

    def choose(self, full: int, tiny: int) -> int:
        """Return a number of samples or steps."""
        return tiny if self.tiny else full

    def synchronize(self) -> None:
        """Wait for the device."""
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


def require(condition: object, found: str) -> None:
    """Raise what was found if the condition does not hold."""
    if not condition:
        raise CheckError(found)


def read_networks(place: Place) -> dict[str, NetworkDescription]:
    """Return the networks of the paper's study; tiny ones have few steps."""
    files = ("config.yaml", "config/paper.yaml")
    values, paper = (yaml.safe_load((ROOT / name).read_text()) for name in files)
    _lay_over(values, paper)
    found = check_config(values).descriptions
    if not place.tiny:
        return dict(found)
    return {
        name: one.replace(steps=one.steps and 6, batch_size=8)
        for name, one in found.items()
    }


def _lay_over(values: dict[str, Any], changes: dict[str, Any]) -> None:
    for key, change in changes.items():
        if isinstance(change, dict) and isinstance(values.get(key), dict):
            _lay_over(values[key], change)
        else:
            values[key] = change


def make_samples(network: NetworkDescription, count: int, place: Place) -> Samples:
    """Return digits as a network's input: in its size and colours, or as events."""
    digits = np.load(DIGITS)
    images, labels = digits["train_images"][:count], digits["train_labels"][:count]
    arrays = {"train_labels": labels, "test_labels": labels}
    if network.input_kind == "events":
        arrays |= make_recordings(images, network)
    else:
        channels, side, _ = network.input_shape
        border = (side - images.shape[1]) // 2
        padded = np.pad(images, ((0, 0), (border, border), (border, border)))
        shown = np.repeat(padded[:, None], channels, axis=1)
        arrays |= {"train_images": shown, "test_images": shown}
    return load_samples(arrays, "train", network, place.device)


def make_recordings(
    images: np.ndarray, network: NetworkDescription
) -> dict[str, np.ndarray]:
    """Return recordings whose events come from bright pixels, at random times."""
    random = np.random.default_rng(0)
    packing = PackedFormat(network.input_shape, network.steps or 1)
    border = (network.input_shape[1] - images.shape[1]) // 2
    words = []
    for image in images:
        place = random.choice(image.size, EVENTS, p=image.ravel() / image.sum())
        row, column = np.divmod(place, image.shape[1])
        step = np.sort(random.integers(0, packing.steps, EVENTS))
        channel = random.integers(0, packing.shape[0], EVENTS)
        words.append(packing.pack(step, channel, row + border, column + border))
    offsets = np.arange(len(images) + 1) * EVENTS
    recordings = {"sensor_shape": np.array(network.input_shape)}
    for part in ("train", "test"):
        recordings[f"{part}_events"] = np.concatenate(words)
        recordings[f"{part}_offsets"] = offsets
    return recordings


def make_synapses(network: NetworkDescription, place: Place) -> Synapses:
    """Return a network's first weights, strong enough that every stage fires."""
    synapses = Synapses(network.stages, make_generator(0, "weights"))
    with torch.no_grad():
        for layer in synapses.layers:
            layer.get_parameter("weight").mul_(2)
            layer.get_parameter("bias").add_(0.1)
    return synapses.to(place.device)


def first(samples: Samples, count: int) -> Tensor:
    """Return the numbers of the first samples."""
    return torch.arange(count, device=samples.labels.device)


@contextmanager
def no_bar(_title: str, _total: int) -> Iterator[Any]:
    """Show no progress."""
    yield lambda _samples: None
