"""How the data sources and the inputs of a config must fit together."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from spikemeter.datasets.fetch.addresses import refusal
from spikemeter.datasets.kinds.kind import InputSettings
from spikemeter.datasets.kinds.registry import KINDS
from spikemeter.datasets.registry import DATASETS


def input_checks(full: Mapping[str, Any]) -> Iterator[str]:
    """Yield a line for each data source or input that does not fit together.

    Parameters
    ----------
    full : mapping
        What `spikemeter.study.schema.completed_config` gives.
    """
    for name, source in full["data"].items():
        yield from _check_source(f"data.{name}", source)
    for name, entry in full["inputs"].items():
        yield from _check_input(name, entry)


def _check_source(path: str, source: Mapping[str, Any]) -> Iterator[str]:
    if source["source"] == "directory" and not source["directory"]:
        yield (
            f"{path}.directory is null but must be a folder for source: directory; "
            "set it in config.yaml"
        )
    if source["directory"] and source["source"] != "directory":
        yield (
            f"{path}.directory is {source['directory']!r} but source is "
            f"{source['source']}; set {path}.source: directory or remove the folder"
        )
    yield from _check_mirrors(path, source)


def _check_mirrors(path: str, source: Mapping[str, Any]) -> Iterator[str]:
    mirrors, allow_http = source["mirrors"], source["allow_http"]
    problems = [refusal(mirror, allow_http) for mirror in mirrors]
    yield from (
        f"{path}.mirrors[{index}] {problem}"
        for index, problem in enumerate(problems)
        if problem
    )
    if mirrors and source["source"] != "official" and not any(problems):
        yield (
            f"{path}.mirrors is set but source is {source['source']}; mirrors serve "
            "source: official"
        )
    if allow_http and not any(mirror.startswith("http:") for mirror in mirrors):
        yield f"{path}.allow_http is true but no mirror is http; remove it"


def _check_input(name: str, entry: Mapping[str, Any]) -> Iterator[str]:
    own = DATASETS[entry["dataset"]].kind
    keys = {name: _own_keys(kind.settings) for name, kind in KINDS.items()}
    needed = keys[own]
    senseless = [key for name in KINDS if name != own for key in keys[name]]
    kind = KINDS[own].title
    for key in needed:
        if key not in entry:
            yield f"inputs.{name} lacks {key}, which {kind} need; set it in config.yaml"
    for key in senseless:
        if key in entry:
            yield (
                f"inputs.{name}.{key} is {entry[key]!r} but {entry['dataset']} holds "
                f"{kind}, which have no {key}; remove it"
            )


def input_shape(entry: Mapping[str, Any]) -> tuple[int, int, int] | None:
    """Return (channels, height, width) of samples; None if keys are not right."""
    dataset = DATASETS[entry["dataset"]]
    kind = KINDS[dataset.kind]
    try:
        return kind.shape(dataset, kind.settings(**entry))
    except ValidationError:
        return None


def _own_keys(settings: type[InputSettings]) -> list[str]:
    """Return the keys that inputs of one kind alone take."""
    return [
        key for key in settings.model_fields if key not in InputSettings.model_fields
    ]
