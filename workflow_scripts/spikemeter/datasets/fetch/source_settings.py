"""Where a data set comes from: the keys of ``data`` in the config, and addresses."""

import ipaddress
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

# urlsplit drops some of these without a word; a backslash is read in different ways.
NOT_IN_ADDRESSES = re.compile(r"[^\x21-\x7e]|\\")

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


def find_refusal(url: str, allow_http: bool = False) -> str | None:
    """Return why an address is refused, in words that follow its name, or None.

    Allowed is https without a user name, and http on this machine's loopback or, with
    ``allow_http``, everywhere.
    """
    if NOT_IN_ADDRESSES.search(url):
        return (
            f"is {url!r} but must hold only what addresses are made of: ASCII letters, "
            "digits and punctuation without a backslash; percent-encode the rest"
        )
    try:
        parts = urlsplit(url)
        scheme, host, _ = parts.scheme, parts.hostname, parts.port
    except ValueError as error:
        return f"is {url!r} but must be an https address ({error}); correct it"
    if "@" in parts.netloc:  # not repeated: it would stand in logs
        return (
            f"at {host} holds a user name or password, which results would show; fetch "
            "the files yourself and use source: directory"
        )
    allowed = scheme == "https" or (
        scheme == "http" and (allow_http or _is_loopback(host or ""))
    )
    if host and allowed:
        return None
    return (
        f"is {url!r} but must be an https address; use https, or for an http mirror "
        "set allow_http: true next to it"
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
