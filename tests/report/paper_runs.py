"""Made-up runs as the paper trained its networks, so that only the numbers decide."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from spikemeter.networks.neurons.lif import Lif
from spikemeter.report.runs import Run
from spikemeter.report.ties import find_tie
from tests.report.made_up import CPU, GPU, MNIST

# A board that nobody else uses.
ALONE = GPU | {"other_compute_processes": 0}
COMMON = {"learning_rate": 1e-3, "validation_fraction": 0.2, "padding": "valid"}
RELU = COMMON | {"neuron": {"name": "relu"}, "loss": "cross_entropy", "steps": None}
LIF = COMMON | {"neuron": Lif().model_dump(), "loss": "mse_count"}
LIF |= {"encoding": "rate", "steps": 25}
EXP1 = {"layers": "256-256-10", "input_shape": [1, 28, 28], "epochs": 20}
EXP2 = {"input_shape": [3, 32, 32], "padding": "same", "epochs": 30}
EXP2 |= {"layers": "32C5-P2-64C5-P2-128C5-P2-128C5-P2-256C5-P2-128-10"}
EXP3 = {"layers": "12C5-P2-32C5-P2-10", "input_shape": [1, 32, 32], "epochs": 10}
RECORDED = {"input_shape": [2, 34, 34]}
FRAMES = RECORDED | {"encoding": "direct", "steps": 300}
SPECS: dict[str, dict[str, Any]] = {
    "exp1_ann": RELU | EXP1,
    "exp1_snn": LIF | EXP1,
    "exp2_cnn": RELU | EXP2,
    "exp2_snn": LIF | EXP2,
    "exp3_snn_mnist": LIF | EXP3,
    "exp3_snn_nmnist": LIF | EXP3 | FRAMES,
    "exp3_cnn_mnist": RELU | EXP3,
    "exp3_cnn_nmnist": RELU | EXP3 | RECORDED,
}
NUMBERS = {
    "accuracy": 0.98,
    "train_accuracy": 0.99,
    "val_accuracy": 0.97,
    "best_epoch": 5,
    "seconds": 2.0,
    "power_w": 50.0,
    "memory_pct": 20.0,
    "pass_j": 100.0,
}
EPOCHS = ("train_accuracy", "val_accuracy", "seconds", "memory_pct")


def _paper_run(network: str, seed: int, **numbers: Any) -> Run:
    """Return a run tied to the row of its name, on a GPU by the engine scan.

    Of a variant, as ``exp1_snn-snntorch``, the engine is the one that it names.

    ``numbers`` replace some of ``NUMBERS``: those of one test, of every epoch, and
    the energy of a pass over the test set.
    """
    name, _, variant = network.partition("-")
    tie = find_tie(f"nhsjs2024/{name}")
    dataset = tie.study.rows[name].data
    samples = tie.study.data[dataset]
    # No two seeds are the same: equal ones would have no interval.
    apart = 1 + 1e-9 * seed * (sum(network.encode()) % 7)
    numbers = {key: value * apart for key, value in (NUMBERS | numbers).items()}
    spec = SPECS[name]
    epochs = pd.DataFrame({c: [numbers[c]] * spec["epochs"] for c in EPOCHS})
    epochs["energy_j"] = numbers["power_w"] * epochs["seconds"]
    epochs["energy_own_error_j"] = 0.0  # so that the seeds alone decide
    reading = {"power_w": None, "others_cpu_pct": 1.0, "seconds": 10.0}
    errors = {"energy_error_j": 5.0, "energy_own_error_j": 0.0}
    common = {
        "engine": (variant or "scan") if spec["neuron"]["name"] == "lif" else "plain",
        "conditions": ALONE,
        "reading": reading,
        "missing": {},
    }
    train = common | {
        "spec": spec,
        "parameters": 1000,
        "best_epoch": numbers["best_epoch"],
        "sessions": 1,
        "data": MNIST
        | {"dataset": dataset, "prepared": {"denoise_us": 10_000, "window_us": 1000}}
        | {"train_samples": samples.train, "test_samples": samples.test},
    }
    test = common | {
        "accuracy": numbers["accuracy"],
        "draws": None,
        "passes": 1,
        "reading": reading | errors,
        "samples": samples.test,
        "energy_per_pass_j": numbers["pass_j"],
    }
    head = (network, seed, name[3], network, f"nhsjs2024/{name}")
    return Run(*head, train, epochs, test, pd.DataFrame())


def paper_runs(network: str, seeds: int = 3, **by_seed: Sequence[Any]) -> list[Run]:
    """Return a run a seed; ``by_seed`` holds a number for each."""
    return [
        _paper_run(network, seed, **{name: v[seed] for name, v in by_seed.items()})
        for seed in range(seeds)
    ]


def changed(run: Run, part: str, **values: Any) -> Run:
    """Return a run with other entries of train.json or test.json."""
    return replace(run, **{part: getattr(run, part) | values})


def with_spec(run: Run, **settings: Any) -> Run:
    """Return a run of a network with other settings, or others of its neuron."""
    neuron = run.train["spec"]["neuron"]
    own = {name: settings.pop(name) for name in neuron.keys() & settings.keys()}
    spec = run.train["spec"] | {"neuron": neuron | own} | settings
    return changed(run, "train", spec=spec)


def with_data(run: Run, **values: Any) -> Run:
    """Return a run on other data."""
    return changed(run, "train", data=run.train["data"] | values)


def on(run: Run, conditions: dict[str, Any]) -> Run:
    """Return a run on another machine."""
    run = changed(run, "train", conditions=conditions)
    return changed(run, "test", conditions=conditions)


def unmetered(run: Run) -> Run:
    """Return a run on a processor whose power nothing meters."""
    reasons = dict.fromkeys(("power_w", "energy_j"), "no RAPL on this machine")
    run = changed(on(run, CPU), "train", missing=reasons)
    run = changed(run, "test", missing=reasons, energy_per_pass_j=None)
    return replace(run, epochs=run.epochs.assign(energy_j=float("nan")))
