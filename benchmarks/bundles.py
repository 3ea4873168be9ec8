"""Trained networks with a batch of their input, made once and kept."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.workloads import SEED, Workload, load_task, read_workload
from spikemeter.datasets.dataset import InputSettings
from spikemeter.datasets.fetch.source_settings import SourceSettings
from spikemeter.datasets.fetch.sources import fetch
from spikemeter.datasets.packed_events import to_signed
from spikemeter.datasets.registry import DATASETS
from spikemeter.engines.registry import ENGINES
from spikemeter.files import write_whole
from spikemeter.networks.description import NetworkDescription
from spikemeter.study.staleness import digest
from spikemeter.training.loop import run_pass
from spikemeter.training.model import make_adam
from spikemeter.training.randomness import derive_key, make_generator
from spikemeter.training.run import build_model
from spikemeter.training.samples import load_samples

Arrays = dict[str, np.ndarray]
HELD_OUT = 500  # samples that tell the accuracy


def choose_source(dataset: str) -> SourceSettings:
    """Return where a data set comes from.

    Events and colour images come from the folder that the environment variable
    SPIKEMETER_DATA names, if it is set; else from the repository's sample, as digits
    always do.
    """
    folder = os.environ.get("SPIKEMETER_DATA")
    if folder and dataset != "mnist":
        return SourceSettings(source="directory", directory=folder)
    return SourceSettings()


def make(workload: dict[str, Any], folder: str, device: str) -> dict[str, Any]:
    """Train a network if its bundle is not there yet.

    Parameters
    ----------
    workload : dict
        A `Workload`, as JSON holds it.
    folder : str
        Where bundles and raw data are kept.
    device : str
        Where to train.

    Returns
    -------
    dict
        ``path`` of the bundle, and what a report says of it: ``data``,
        ``accuracy`` on ``held_out`` samples, ``densities`` of what enters each stage.
    """
    wanted = Workload(**workload)
    settings, taken = read_workload(wanted)
    source = choose_source(taken.dataset)
    inputs = (taken.model_dump(), source.model_dump(mode="json"))
    parts = (workload, settings.model_dump(mode="json"), *inputs)
    path = Path(folder) / f"{wanted.network}-{digest(*parts)}.pt"
    if not path.exists():
        title, arrays = _read(taken, source, Path(folder))
        bundle = _train(wanted, settings, arrays, torch.device(device))
        with write_whole(path) as temporary:
            torch.save(bundle | {"data": title}, temporary)
    bundle = load(str(path))
    told = ("data", "accuracy", "held_out", "densities")
    return {"path": str(path)} | {name: bundle[name] for name in told}


def load(path: str) -> dict[str, Any]:
    """Read a bundle: ``settings``, ``state``, ``arrays`` and what was found."""
    bundle: dict[str, Any] = torch.load(path, weights_only=True)
    return bundle


def _read(
    taken: InputSettings, source: SourceSettings, folder: Path
) -> tuple[str, Arrays]:
    """Return the title of a data set and all of it, as the workflow prepares it."""
    raw = folder / "raw" / f"{taken.dataset}-{source.source}"
    dataset = DATASETS[taken.dataset]
    title = fetch(dataset, source, raw)["title"]
    whole = taken.model_copy(update={"train_samples": None, "test_samples": None})
    arrays, _ = dataset.prepare(raw, whole)
    return title, {name: values.copy() for name, values in arrays.items()}


def _train(
    workload: Workload,
    settings: NetworkDescription,
    arrays: Arrays,
    device: torch.device,
) -> dict[str, Any]:
    trained = settings.replace(batch_size=workload.training_batch)
    model = build_model(trained, SEED, device)
    samples = load_samples(arrays, "train", settings, device)
    stream = make_generator(SEED, "benchmark")
    passes = -(-workload.updates * workload.training_batch // len(samples.labels))
    order = torch.cat(
        [torch.randperm(len(samples.labels), generator=stream) for _ in range(passes)]
    )[: workload.updates * workload.training_batch]
    optimiser = make_adam(model.synapses.parameters(), settings.learning_rate)
    run_pass(model, samples, order, derive_key(SEED, "benchmark"), optimiser)
    tested = load_samples(arrays, "test", settings, device)
    held_out = torch.arange(min(HELD_OUT, len(tested.labels)))
    tally = run_pass(model, tested, held_out, derive_key(SEED, "held out"))
    bundle = {
        "settings": settings.model_dump(mode="json"),
        "state": {n: v.cpu() for n, v in model.synapses.state_dict().items()},
        "arrays": _first(arrays, workload.batch),
        "accuracy": tally.accuracy,
        "held_out": tally.samples,
    }
    return bundle | {"densities": _densities(bundle, workload.batch)}


def _first(arrays: Arrays, batch: int) -> dict[str, torch.Tensor]:
    """Return the first training samples."""
    labels = arrays["train_labels"][:batch]
    if "train_images" in arrays:
        chosen = {"train_images": arrays["train_images"][:batch]}
    else:
        offsets = arrays["train_offsets"][: batch + 1]
        # PyTorch stores signed words; reading them gives the same bits.
        events = to_signed(arrays["train_events"][: offsets[-1]])
        chosen = {"train_events": events, "train_offsets": offsets}
        chosen["sensor_shape"] = arrays["sensor_shape"]
    chosen["train_labels"] = labels
    return {name: torch.from_numpy(value.copy()) for name, value in chosen.items()}


def _densities(bundle: dict[str, Any], batch: int) -> list[float]:
    """Return the share of values that are not 0 in what enters each stage."""
    task = load_task(bundle, torch.device("cpu"), batch)
    engine = ENGINES["snntorch"].make(task.description)
    trains = engine.spike_trains(task.synapses(), task.inputs)
    entering = [task.frames, *trains[:-1]]
    return [float((values != 0).double().mean()) for values in entering]
