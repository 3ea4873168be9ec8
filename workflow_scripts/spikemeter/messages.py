"""Values and keys of a user's file in one line of a message."""

from typing import Any

LONGEST = 120


def format_value(value: Any) -> str:
    """Return a value's ``repr``, cut to a readable length."""
    try:
        text = repr(value)
    except ValueError:  # Python prints no integer of more than 4300 digits
        return f"a value of type {type(value).__name__}, too long to print"
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def format_key(key: Any) -> str:
    """Return a key as it was written, or quoted if that would not be readable."""
    readable = isinstance(key, str) and key.isprintable() and 0 < len(key) <= LONGEST
    return str(key) if readable else format_value(key)
