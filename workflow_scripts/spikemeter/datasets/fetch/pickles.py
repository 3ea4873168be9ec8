"""The data in a pickle, read without running it.

A pickle is a program: it calls whatever it names. Here names stay names, and what
would be called is noted as a `Call`. Nothing is allocated by a length that a pickle
states: the standard library's ``pickletools`` splits it into operations.
"""

import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# What an array and bytes are made of: numpy 1 and Python 2, then numpy 2; both in
# protocol 5; then bytes in protocol 2 of Python 3.
NAMES = {
    "numpy dtype",
    "numpy ndarray",
    "numpy.core.multiarray _reconstruct",
    "numpy._core.multiarray _reconstruct",
    "numpy.core.numeric _frombuffer",
    "numpy._core.numeric _frombuffer",
    "_codecs encode",
}
# Ten times as many as in a published batch of CIFAR-10; each takes some 100 bytes.
MOST_OPERATIONS = 300_000

WITHOUT_EFFECT = {"PROTO", "FRAME", "STOP"}
NUMBERS_AND_TEXTS = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4"),
    *("FLOAT", "BINFLOAT"),
    *("STRING", "SHORT_BINSTRING", "BINSTRING"),
    *("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
    *("SHORT_BINBYTES", "BINBYTES", "BINBYTES8", "BYTEARRAY8"),
}


@dataclass(eq=False, slots=True)
class Name:
    """Something that a pickle names, ``module name``."""

    text: str


@dataclass(eq=False, slots=True)
class Call:
    """What a pickle would call, with which arguments, and the state it would set."""

    name: str
    arguments: tuple[Any, ...]
    state: Any = None


def _pairs(taken: list[Any]) -> dict[str, Any]:
    keys = taken[::2]
    if not all(isinstance(key, str) for key in keys):  # others could hash for ever
        raise TypeError("a key is no text")
    return dict(zip(keys, taken[1::2], strict=True))


def _name(taken: list[Any]) -> Name:
    text = " ".join(taken)
    if text not in NAMES:
        raise ValueError(f"it names {text[:80]!r}")
    return Name(text)


def _call(taken: list[Any]) -> Call:
    name, arguments = taken
    if not isinstance(name, Name) or not isinstance(arguments, tuple):
        raise TypeError("it calls what it did not name")
    return Call(name.text, arguments)


# How many entries an operation takes from the stack, None for all since the last mark,
# and what it puts there instead.
MAKERS: dict[str, tuple[int | None, Callable[[list[Any]], Any]]] = {
    "NONE": (0, lambda _: None),
    "NEWTRUE": (0, lambda _: True),
    "NEWFALSE": (0, lambda _: False),
    "EMPTY_LIST": (0, list),
    "EMPTY_DICT": (0, dict),
    "EMPTY_TUPLE": (0, tuple),
    "TUPLE": (None, tuple),
    "TUPLE1": (1, tuple),
    "TUPLE2": (2, tuple),
    "TUPLE3": (3, tuple),
    "LIST": (None, list),
    "DICT": (None, _pairs),
    "STACK_GLOBAL": (2, _name),
    "REDUCE": (2, _call),
}
# How many it takes, and what it does with them to the entry below.
CHANGERS: dict[str, tuple[int | None, Callable[[Any, list[Any]], None]]] = {
    "APPEND": (1, list.extend),
    "APPENDS": (None, list.extend),
    "SETITEM": (2, lambda entry, taken: dict.update(entry, _pairs(taken))),
    "SETITEMS": (None, lambda entry, taken: dict.update(entry, _pairs(taken))),
    "BUILD": (1, lambda entry, taken: setattr(entry, "state", *taken)),
}


def read_pickle(contents: bytes) -> Any:
    """Return what a pickle holds: numbers, texts, lists, tuples, dicts and calls.

    Parameters
    ----------
    contents : bytes
        Strings of Python 2 are read as Latin-1.

    Raises
    ------
    ValueError
        If it names something else than what an array is made of, or is damaged.
    """
    stack: list[Any] = []
    marks: list[int] = []
    memory: dict[Any, Any] = {}
    for number, (operation, argument, _) in enumerate(pickletools.genops(contents)):
        if number >= MOST_OPERATIONS:
            raise ValueError(f"it has over {MOST_OPERATIONS} operations")
        name = operation.name
        try:
            if name in NUMBERS_AND_TEXTS:
                stack.append(argument)
            elif name in MAKERS:
                n_taken, make = MAKERS[name]
                stack.append(make(_take(stack, marks, n_taken)))
            elif name in CHANGERS:
                n_taken, change = CHANGERS[name]
                taken = _take(stack, marks, n_taken)
                change(stack[-1], taken)
            elif name in {"PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"}:
                memory[len(memory) if name == "MEMOIZE" else argument] = stack[-1]
            elif name in {"GET", "BINGET", "LONG_BINGET"}:
                stack.append(memory[argument])
            elif name == "MARK":
                marks.append(len(stack))
            elif name == "GLOBAL":
                stack.append(_name([argument]))
            elif name not in WITHOUT_EFFECT:
                raise ValueError(f"it uses {name}, which no array needs")
        except (AttributeError, LookupError, TypeError) as error:
            raise ValueError(f"{name}: {error}") from error
    return stack[-1]


def _take(stack: list[Any], marks: list[int], n_taken: int | None) -> list[Any]:
    """Remove the last entries of the stack, or all since the last mark."""
    first = marks.pop() if n_taken is None else len(stack) - n_taken
    if not 0 <= first <= len(stack):
        raise LookupError("the stack has too few entries")
    taken = stack[first:]
    del stack[first:]
    return taken
