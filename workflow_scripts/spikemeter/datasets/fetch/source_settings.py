"""Where a data set comes from: the keys of ``data`` in the config."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Address = Annotated[str, Field(max_length=4096)]


class SourceSettings(BaseModel):
    """Where a data set comes from.

    Which sources a data set has, it says itself:
    :attr:`spikemeter.datasets.dataset.DataSet.sources`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    source: str = Field(default="sample", description="where the data set comes from")
    directory: str | None = Field(
        default=None,
        max_length=4096,
        pattern=r"^[^\x00-\x1f\x7f-\x9f]+$",
        json_schema_extra={"allowed": "a path of readable characters"},
        description="for source directory: the folder that holds its files",
    )
    mirrors: tuple[Address, ...] = Field(
        default=(),
        strict=False,
        description="for source official: addresses of folders, tried before its own",
    )
    allow_http: bool = Field(default=False, description="whether mirrors may be http")
