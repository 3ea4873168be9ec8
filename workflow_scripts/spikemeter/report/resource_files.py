"""Reads the YAML files of resources/ into models; each error is one line."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from spikemeter.messages import format_value
from spikemeter.study.strict_yaml import ConfigError, read_yaml

Text = Annotated[str, Field(min_length=1)]
M = TypeVar("M", bound="Entry")

# What a value must be, by pydantic's name of the error.
MUST = {
    "bool_type": "must be true or false",
    "dict_type": "must be a mapping",
    "finite_number": "must be a finite number",
    "float_type": "must be a number",
    "greater_than": "must be greater than {gt:g}",
    "greater_than_equal": "must be at least {ge:g}",
    "int_type": "must be a whole number",
    "less_than_equal": "must be at most {le:g}",
    "list_type": "must be a list",
    "literal_error": "must be one of {expected}",
    "model_type": "must be a mapping",
    "string_too_short": "must be text with at least {min_length} character",
    "string_type": "must be text",
}


def check_pattern(pattern: str, description: str) -> AfterValidator:
    """Return a check that a whole text has a form, described for the message."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"must be {description}")
        return text

    return AfterValidator(check)


class Entry(BaseModel):
    """A mapping of a resource file: strict types, no unknown key, no change."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def read_resource(path: Path, model: type[M]) -> M:
    """Read and check a file.

    Raises
    ------
    ConfigError
        Naming the file and every key that is wrong, one line each.
    """
    try:
        return model.model_validate(read_yaml(path))
    except ValidationError as error:
        problems = [f"{path}: {line}" for line in _problems(error)]
        raise ConfigError("\n".join(problems)) from None


def _problems(error: ValidationError) -> Iterator[str]:
    for found in error.errors():
        place = [str(part) for part in found["loc"]]
        block, key = ".".join(place[:-1]) or "the file", ".".join(place)
        context = dict(found.get("ctx", {}))
        if found["type"] == "missing":
            yield f"{block} lacks {place[-1]}"
        elif found["type"] == "extra_forbidden":
            yield f"{key} is not a key of {block}"
        elif found["type"] == "value_error":
            value = format_value(found["input"])
            for line in str(context["error"]).splitlines():
                by_value = f"{key} is {value} but {line}"
                by_key = f"{key}: {line}" if key else line
                yield by_value if line.startswith("must be") else by_key
        else:
            must = MUST.get(found["type"], found["msg"])
            context["expected"] = str(context.get("expected")).replace("'", "")
            value = format_value(found["input"])
            yield f"{key} is {value} but {must.format(**context)}"
