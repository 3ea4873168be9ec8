"""What train.json and test.json must be for a table to show them."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

from spikemeter.engines.names import chosen
from spikemeter.networks.neurons.registry import NEURONS
from spikemeter.networks.notation import Stage, parse_layers
from spikemeter.study.schema import findings
from spikemeter.study.strict_yaml import read_yaml
from spikemeter.training.scores import scores

Part = Literal["train", "test"]
Values = Mapping[str, Any]

SCHEMA = Path(__file__).parents[3] / "schemas" / "artifacts.schema.yaml"
# Of a reading, what is no measured number.
NOT_METERED = ("energy_source", "missing", "notes")


def content_problems(part: Part, content: Values) -> list[str]:
    """Return what is wrong with train.json or test.json, taken by itself.

    Types and ranges first; numbers are compared only where these are right.

    Parameters
    ----------
    part : "train" or "test"
    content : mapping
        As `spikemeter.files.read_json` gives it.
    """
    schema = _schema() | {"$ref": f"#/$defs/{part}"}
    found = findings(content, schema, f"{part}.json")
    if found:
        return found
    if part == "train":
        return [*_reading(content), *_train(content)]
    return [*_reading(content), *_test(content)]


def run_problems(
    train: Values, val_accuracies: Sequence[float], test: Values
) -> Iterator[str]:
    """Yield where the files of one run contradict each other.

    Parameters
    ----------
    train, test : mapping
        Of which :func:`content_problems` finds none.
    val_accuracies : sequence of float
        Those of epochs.csv.
    """
    best = 1 + val_accuracies.index(max(val_accuracies))
    if train["best_epoch"] != best:
        yield (
            f"best_epoch of train.json is {train['best_epoch']} but epoch {best} of "
            "epochs.csv validates best"
        )
    if test["samples"] != train["data"]["test_samples"]:
        yield (
            f"samples of test.json is {test['samples']} but data.test_samples of "
            f"train.json is {train['data']['test_samples']}"
        )
    stages, spiking = stages_of(train["spec"]), is_spiking(train["spec"])
    for name, found, expected in (
        ("confusion", len(test["confusion"]), stages[-1].neurons),
        (
            "spikes_per_neuron_step",
            len(test["spikes_per_neuron_step"]),
            len(stages) if spiking else 0,
        ),
    ):
        if found != expected:
            yield f"{name} of test.json has {found} entries but must have {expected}"
    for part, content in (("train", train), ("test", test)):
        device = content["conditions"]["device"]
        engine = chosen(train["spec"]["engine"], device) if spiking else "plain"
        if content["engine"] != engine:
            yield f"engine of {part}.json is {content['engine']} but must be {engine}"


def energy_problems(place: str, values: Values) -> Iterator[str]:
    """Yield where energy, power and time of one reading contradict each other."""
    if not values["seconds"] > 0:
        yield f"{place}seconds is {values['seconds']} but must be greater than 0"
        return
    energy, power = values["energy_j"], values["power_w"]
    metered = [values["energy_counter_j"], values["energy_sampled_j"]]
    expected = next((joules for joules in metered if joules is not None), None)
    if not _equal(energy, expected):
        yield f"{place}energy_j is {energy} but the energy that was read is {expected}"
    expected = None if energy is None else energy / values["seconds"]
    if not _equal(power, expected):
        yield f"{place}power_w is {power} but energy by time is {expected}"
    mean, highest = values["memory_pct"], values["memory_max_pct"]
    if mean is not None and highest is not None and mean > highest * (1 + 1e-9):
        yield f"{place}memory_pct is {mean} but memory_max_pct is {highest}"


def stages_of(spec: Values) -> list[Stage]:
    """Return the stages of the network that train.json specifies.

    Raises
    ------
    ValueError
        As :func:`spikemeter.networks.notation.parse_layers`.
    """
    return parse_layers(spec["layers"], tuple(spec["input_shape"]), spec["padding"])


def is_spiking(spec: Values) -> bool:
    """Tell whether the network that train.json specifies spikes."""
    return NEURONS[spec["neuron"]["name"]].spiking


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = read_yaml(SCHEMA)
    return schema


def _reading(content: Values) -> Iterator[str]:
    """Yield what is not metered without a reason, and energies that do not fit."""
    reading = content["reading"]
    for name, value in reading.items():
        if value is None and name not in NOT_METERED:
            if name not in reading["missing"] or name not in content["missing"]:
                yield f"reading.{name} is null but missing tells no reason"
        elif value is not None and name in reading["missing"]:
            yield f"reading.{name} is {value} but missing tells why there is none"
    if (reading["energy_source"] is None) != (reading["energy_j"] is None):
        yield (
            f"reading.energy_source is {reading['energy_source']} but reading.energy_j "
            f"is {reading['energy_j']}"
        )
    yield from energy_problems("reading.", reading)


def _train(train: Values) -> Iterator[str]:
    spec = train["spec"]
    try:
        parameters = sum(stage.parameters for stage in stages_of(spec))
    except ValueError as error:
        yield f"spec.layers: {error}"
        return
    if train["parameters"] != parameters:
        yield (
            f"parameters is {train['parameters']} but layers {spec['layers']} have "
            f"{parameters}"
        )
    if (spec["steps"] is None) == is_spiking(spec):
        neuron = spec["neuron"]["name"]
        yield f"spec.steps is {spec['steps']} but spec.neuron is {neuron}"
    if train["conditions"]["idle_w"] is None and "idle_w" not in train["missing"]:
        yield "conditions.idle_w is null but missing tells no reason"


def _test(test: Values) -> Iterator[str]:
    rows = test["confusion"]
    if any(len(row) != len(rows) for row in rows):
        yield "confusion is not square"
        return
    counted = sum(map(sum, rows))
    if test["samples"] != counted:
        yield f"samples is {test['samples']} but confusion counts {counted}"
        return
    for name, value in asdict(scores(np.array(rows, np.int64))).items():
        if not _equal(test[name], value):
            yield f"{name} is {test[name]} but confusion gives {value}"
    if (test["silent"] is None) != (test["engine"] == "plain"):
        yield f"silent is {test['silent']} but engine is {test['engine']}"
    if not (test["silent"] or 0) <= test["tied"] <= test["samples"]:
        yield (
            f"silent is {test['silent']} and tied {test['tied']} of {test['samples']} "
            "samples, but silent ones are tied"
        )
    reading = test["reading"]
    for name, total in (("seconds", "seconds"), ("energy_per_pass_j", "energy_j")):
        value = None if reading[total] is None else reading[total] / test["passes"]
        if not _equal(test[name], value):
            yield f"{name} is {test[name]} but reading and passes give {value}"


def _equal(value: float | None, expected: float | None) -> bool:
    """Tell whether two numbers are the same but for the last digits, or both None."""
    if value is None or expected is None:
        return value is expected
    return math.isclose(value, expected, rel_tol=1e-9, abs_tol=1e-12)
