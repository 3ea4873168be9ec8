"""Made-up runs, written as the training and the test write them."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from spikemeter.report.runs import Run, read_runs

CPU = {
    "device": "cpu",
    "board": None,
    "driver": None,
    "cpu": "Made CPU",
    "machine_memory_bytes": 8 * 1024**3,
    "platform": "Linux",
    "idle_w": None,
    "versions": {"python": "3.11", "torch": "2.15"},
}
GPU = CPU | {"device": "cuda", "board": "Made Board", "driver": "555", "idle_w": 20.0}
NO_POWER = dict.fromkeys(("power_w", "energy_j"), "no RAPL on this machine")
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


class Study:
    """A results folder that grows, and the settings that its report is given."""

    def __init__(self, folder: Path, seeds: list[int]) -> None:
        self.folder = folder
        self.spec: dict = {"networks": {}, "order": [], "seeds": seeds}

    def add(self, network, label, experiment=1, **changes) -> None:
        """Add one network; ``changes`` replace values of ``write_run``."""
        compare_to = changes.pop("compare_to", None)
        self.spec["order"].append(network)
        self.spec["networks"][network] = {
            "experiment": experiment,
            "label": label,
            "compare_to": compare_to,
            "train_key": f"train {network}",
            "test_key": f"test {network}",
        }
        for seed in self.spec["seeds"]:
            write_run(self.folder / network / f"seed{seed}", network, seed, **changes)

    def read(self) -> list[Run]:
        return read_runs(self.folder, self.spec)


def write_run(folder, network, seed, **changes) -> None:
    """Write a run of two epochs; costs are ``factor`` times the base's."""
    values: dict[str, Any] = {
        "conditions": GPU,
        "data": MNIST,
        "factor": 1.0,
        "neuron": "lif",
        "engine": "snntorch",
    }
    conditions, data, factor, neuron, engine = (values | changes).values()
    folder.mkdir(parents=True)
    metered = conditions["device"] == "cuda"
    head = {
        "network": network,
        "seed": seed,
        "conditions": conditions,
        "missing": {} if metered else NO_POWER,
    }
    spec = {"neuron": neuron, "epochs": 2, "layers": "4-10", "steps": 25}
    spec |= {"engine": engine} if neuron == "lif" else {}
    train = {
        "key": f"train {network}",
        "spec": spec,
        "engine": spec.get("engine", "plain"),
        "parameters": 12_345,
        "best_epoch": 2,
        "sessions": 1,
        "reading": {"power_w": None, "energy_j": None},
        "data": data,
    }
    test = {
        "key": f"test {network}",
        "engine": train["engine"],
        "samples": 1000,
        "accuracy": 0.9 + 0.01 * seed,
        "recall_macro": 0.9,
        "f1_macro": 0.89,
        "f1_paper": 0.9,
        "tied": 5,
        "silent": 2 if neuron == "lif" else None,
        "spikes_per_neuron_step": [0.125, 0.25] if neuron == "lif" else [],
        "seconds": 0.034 * factor,
        "reading": {
            "memory_pct": 10.0 * factor,
            "power_w": 50.0 * factor if metered else None,
        },
    }
    epochs = pd.DataFrame(
        {
            "epoch": [1, 2],
            "seconds": [1.0 * factor, 3.0 * factor],
            "train_accuracy": [0.5, 0.75],
            "val_accuracy": [0.6, 0.7 + 0.01 * seed],
            "energy_j": [10.0 * factor, 90.0 * factor] if metered else [None, None],
            "power_w": [10.0, 30.0] if metered else [None, None],
            "memory_pct": [10.0 * factor, 20.0 * factor],
        }
    )
    (folder / "train.json").write_text(json.dumps(head | train))
    (folder / "test.json").write_text(json.dumps(head | test))
    epochs.to_csv(folder / "epochs.csv", index=False)
