"""Reads the YAML files of resources/ into models; each error is one line."""

from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from spikemeter.study.setting_errors import read_settings
from spikemeter.study.strict_yaml import ConfigError, read_yaml

Text = Annotated[str, Field(min_length=1)]
M = TypeVar("M", bound="Entry")


class Entry(BaseModel):
    """A mapping of a resource file: strict types, no unknown key, no change."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False
    )


def read_resource(path: Path, model: type[M]) -> M:
    """Read and check a file; ConfigError names it and each wrong key in a line."""
    found: M | None
    found, lines = read_settings(read_yaml(path), model, whole="the file")
    if found is None:
        raise ConfigError("\n".join(f"{path}: {line}" for line in lines))
    return found
