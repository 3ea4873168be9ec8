"""Made-up runs, written as the training and the test write them."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from spikemeter.files import read_json, sha256, write_json
from spikemeter.metering.reading import Reading
from spikemeter.networks.description import NetworkDescription
from spikemeter.networks.neurons.lif import Lif
from spikemeter.networks.neurons.relu import Relu
from spikemeter.report.runs import Run, read_runs
from spikemeter.report.tables import build_tables
from spikemeter.report.ties import FOLDER, read_published
from spikemeter.training.draws import explain_no_draws
from spikemeter.training.steps import (
    OF_A_STAGE,
    average_operations,
    explain_missing,
    name_column,
    name_columns,
)
from spikemeter.training.testing import compute_scores
from tests.engines.exactness import PLAIN, describe

UNKNOWN = ("board", "driver", "power_limit_w", "power_field", "idle_w", "job")
CPU: dict[str, Any] = dict.fromkeys((*UNKNOWN, "other_compute_processes")) | {
    "device": "cpu",
    "cpu": "Made CPU",
    "cpu_threads": 2,
    "machine_memory_bytes": 8 * 1024**3,
    "platform": "Linux",
    "versions": {"python": "3.11", "torch": "2.15"},
}
SENSOR = {"update_s": 0.1, "window_s": 0.1, "gain_pct": 12.7}
GPU = CPU | {"device": "cuda", "board": "Made Board", "driver": "555", "idle_w": 20.0}
GPU |= {"power_sensor": SENSOR}
NO_RAPL = "no RAPL on this machine"
MNIST = {
    "dataset": "mnist",
    "title": "MNIST",
    "source": "official",
    "stand_in": False,
    "verified": True,
    "licence": "CC BY-SA 3.0",
    "train_samples": 60_000,
    "test_samples": 10_000,
}
SAMPLE = MNIST | {"source": "sample", "train_samples": 5000, "test_samples": 1000}
STAND_IN = SAMPLE | {"dataset": "cifar10", "title": "coloured_digits", "stand_in": True}


# The study that config.yaml reproduces.
PAPER, BY_NAME = "nhsjs2024", "by name"
PAPER_ROWS = tuple(read_published(FOLDER / f"{PAPER}.yaml").rows)


class Study:
    """A results folder that grows, and the settings that its report is given."""

    def __init__(self, folder: Path, seeds: list[int]) -> None:
        self.folder = folder
        self.spec: dict = {"networks": {}, "order": [], "seeds": seeds}

    def add(self, network, label, experiment="1", published=BY_NAME, **changes) -> None:
        """Add one network; ``changes`` replace values of ``write_run``.

        A callable among them is given the seed. A network that has the name of a
        row of the paper, or is a variant of one, is tied to it by default.
        """
        if published is BY_NAME:
            row = network.partition("-")[0]
            published = f"{PAPER}/{row}" if row in PAPER_ROWS else None
        compare_to = changes.pop("compare_to", None)
        self.spec["order"].append(network)
        self.spec["networks"][network] = {
            "experiment": experiment,
            "label": label,
            "compare_to": compare_to,
            "published": published,
            "keys": {
                seed: {"train": f"train {network}", "test": f"test {network}"}
                for seed in self.spec["seeds"]
            },
        }
        for seed in self.spec["seeds"]:
            values = {n: v(seed) if callable(v) else v for n, v in changes.items()}
            write_run(self.folder / network / f"seed{seed}", network, seed, **values)

    def read(self) -> list[Run]:
        return read_runs(self.folder, self.spec)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the numbers of every table."""
        return build_tables(self.read())


def write_run(folder, network, seed, **changes) -> None:
    """Write a run of two epochs; costs are ``factor`` times the base's."""
    made: dict[str, Any] = {"conditions": GPU, "data": MNIST, "factor": 1.0}
    made |= {"neuron": "lif", "engine": "snntorch", "right_pct": 90 + seed}
    made |= {"val_accuracy": (0.6, 0.7 + 0.01 * seed)} | changes
    conditions, data, factor = made["conditions"], made["data"], made["factor"]
    spiking = made["neuron"] == "lif"
    folder.mkdir(parents=True)
    head = {"network": network, "seed": seed, "conditions": conditions}
    metered = conditions["device"] == "cuda"
    power_w = (10.0, 30.0, 50.0 * factor) if metered else (None, None, None)
    spec = _spec(made.get("asked", made["engine"]) if spiking else None)
    engine = made["engine"] if spiking else "plain"
    epochs = [_reading(factor, power_w[0], 10.0 * factor)]
    epochs.append(_reading(3.0 * factor, power_w[1], 20.0 * factor))
    table = pd.DataFrame([epoch.as_row() for epoch in epochs]).assign(
        epoch=[1, 2], train_accuracy=[0.5, 0.75], val_accuracy=made["val_accuracy"]
    )
    whole = _reading(4.0 * factor, None, 15.0 * factor)
    train = {
        "key": f"train {network}",
        "spec": spec.model_dump(mode="json"),
        "engine": engine,
        "parameters": sum(stage.parameters for stage in spec.stages),
        "best_epoch": 2,
        "sessions": 1,
        "lost": [],
        "reading": asdict(whole),
        "missing": whole.missing | {"idle_w": NO_RAPL},
        "data": data,
        "files": dict.fromkeys(("model.pt", "power.csv"), "0" * 64),
    }
    reading = _reading(3.4 * factor, power_w[2], 10.0 * factor)
    confusion = _confusion(data["test_samples"] // 10, made["right_pct"])
    joules = reading.energy_j
    test = {
        "key": f"test {network}",
        "engine": engine,
        "samples": int(confusion.sum()),
        "confusion": confusion.tolist(),
        **compute_scores(confusion),
        "accuracy": np.trace(confusion) / confusion.sum(),
        "correct": float(np.trace(confusion)),
        "tied": data["test_samples"] // 200,
        "draws": _draws(np.trace(confusion) / confusion.sum()) if spiking else None,
        "silent": data["test_samples"] // 500 if spiking else None,
        "spikes_per_neuron_step": [0.125, 0.25] if spiking else [],
        "passes": 100,
        "seconds": reading.seconds / 100,
        "energy_per_pass_j": None if joules is None else joules / 100,
        "reading": asdict(reading),
        "missing": reading.missing | explain_no_draws(spec),
        "files": {},
    }
    write_json(folder / "test.json", head | test)
    write_json(folder / "train.json", head | train)
    _write_epochs(folder, table)
    _write_steps(folder, _steps(test, spec.steps or 1))


def change(path, **values) -> None:
    """Replace values of train.json or test.json, as the training would write them."""
    write_json(path, read_json(path) | values)


def change_epochs(folder, **columns) -> None:
    """Replace columns of epochs.csv."""
    _write_epochs(folder, pd.read_csv(folder / "epochs.csv").assign(**columns))


def _write_epochs(folder, table) -> None:
    """Write epochs.csv, for which train.json vouches."""
    table.to_csv(folder / "epochs.csv", index=False)
    files = read_json(folder / "train.json")["files"]
    digest = sha256(folder / "epochs.csv")
    change(folder / "train.json", files=files | {"epochs.csv": digest})


def change_steps(folder, **columns) -> None:
    """Replace columns of steps.csv, and in test.json what follows from them."""
    _write_steps(folder, pd.read_csv(folder / "steps.csv").assign(**columns))


def _write_steps(folder, table) -> None:
    """Write steps.csv; test.json vouches for it, and its operations are its sums."""
    table.to_csv(folder / "steps.csv", index=False)
    test, table = read_json(folder / "test.json"), pd.read_csv(folder / "steps.csv")
    spec = NetworkDescription(**read_json(folder / "train.json")["spec"])
    change(
        folder / "test.json",
        files={"steps.csv": sha256(folder / "steps.csv")},
        operations=average_operations(table, spec.stages, test["samples"]),
        missing=test["missing"] | explain_missing(table),
    )


def _spec(engine: str | None) -> NetworkDescription:
    """Return a spiking network's settings with an engine, else a plain one's."""
    common = {"input": "digits", "input_shape": (1, 28, 28), "classes": 10}
    common |= {"layers": "4-10", "epochs": 2, "batch_size": 128, "learning_rate": 1e-3}
    if engine is None:
        return describe(Relu(), loss="cross_entropy", **PLAIN, **common)
    return describe(Lif(), steps=25, engine=engine, **common)


def _reading(seconds: float, power_w: float | None, memory_pct: float) -> Reading:
    values: dict[str, Any] = {"memory_pct": memory_pct, "memory_max_pct": memory_pct}
    values["others_cpu_pct"] = 5.0
    if power_w is not None:
        energy_j = power_w * seconds
        values |= {"energy_counter_j": energy_j, "energy_source": "counter"}
        values |= {"energy_j": energy_j, "power_w": power_w}
        values |= {"energy_error_j": energy_j / 10, "energy_own_error_j": energy_j / 50}
        values |= {"net_energy_j": energy_j / 2, "net_energy_error_j": energy_j / 15}
    read = asdict(Reading(seconds, **values))
    unread = [name for name, value in read.items() if value is None]
    missing = {n: NO_RAPL for n in unread if n != "energy_source"}
    return Reading(seconds, **values, missing=missing)


def _draws(accuracy: float) -> dict[str, float]:
    """Return ten draws of the rate code that differ by a quarter of a point."""
    means = dict.fromkeys(("accuracy_mean", "accuracy_lowest_index_mean"), accuracy)
    return {"count": 10, "accuracy_sd": 0.0025, **means}


def _confusion(per_class: int, right_pct: int) -> np.ndarray:
    """Return ten classes; mistakes are for class 0, those of class 0 for class 1."""
    right = per_class * right_pct // 100
    confusion = right * np.eye(10, dtype=np.int64)
    confusion[1:, 0] = confusion[0, 1] = per_class - right
    return confusion


def _steps(test: dict[str, Any], steps: int) -> pd.DataFrame:
    """Return the table of a network of 784 inputs, 4 neurons and 10 outputs.

    Half of the inputs are not 0, or spike, in every step; a spiking network fires
    0.125 and 0.25 times a neuron and step. The last step has the scores of ``test``.
    """
    samples, steps_left = test["samples"], np.arange(steps)[::-1]
    table = pd.DataFrame({"step": np.arange(1, steps + 1)})
    table["correct"] = test["correct"] - test["correct"] // 50 * steps_left
    table["correct_lowest_index"] = table["correct"].astype(int)
    table["tied"] = test["tied"] + samples // 100 * steps_left
    entering = 392 * 4 * samples
    if test["silent"] is None:
        macs = {"stage1_macs": entering, "stage2_macs": 2 * 10 * samples}
        table = table.assign(**macs, stage1_acs=0, stage2_acs=0)
        return table.reindex(columns=name_columns(2))
    table["silent"] = test["silent"] + samples // 200 * steps_left
    spikes = 4 * samples // 8, 10 * samples // 4
    for number, events in enumerate((entering, spikes[0] * 10), start=1):
        values = (spikes[number - 1], 0, events, events)
        table[[name_column(number, name) for name in OF_A_STAGE]] = values
    return table
