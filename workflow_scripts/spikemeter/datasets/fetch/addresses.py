"""Which addresses data may be downloaded from."""

import ipaddress
import re
from urllib.parse import urlsplit

# urlsplit drops some of these without a word; a backslash is read in different ways.
NOT_IN_ADDRESSES = re.compile(r"[^\x21-\x7e]|\\")


def find_refusal(url: str, allow_http: bool = False) -> str | None:
    """Return why an address is refused, in words that follow its name, or None.

    Parameters
    ----------
    url : str
        Allowed is https without a user name, and http on this machine's loopback.
    allow_http : bool
        Whether http will do everywhere.
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


def check_address(url: str, allow_http: bool = False) -> None:
    """Refuse an address, see `find_refusal`.

    Raises
    ------
    ValueError
        If it is refused.
    """
    problem = find_refusal(url, allow_http)
    if problem is not None:
        raise ValueError(
            f"an address {problem}; see data.<dataset>.mirrors in config.yaml"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
