"""The data in a pickle, read without running it.

A pickle is a program: it calls whatever it names. Here names stay names, and what
would be called is noted as a `Call`. Nothing is allocated by a length that a pickle
states: the standard library's ``pickletools`` splits it into operations.
"""

import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# What an array and bytes are made of: numpy 1 and Python 2, then numpy 2; then bytes
# in protocol 2 of Python 3.
NAMES = {
    "numpy dtype",
    "numpy ndarray",
    "numpy.core.multiarray _reconstruct",
    "numpy._core.multiarray _reconstruct",
    "_codecs encode",
}
# Ten times as many as in a published batch of CIFAR-10; each takes some 100 bytes.
MOST_OPERATIONS = 300_000

CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
MAKERS = {"EMPTY_LIST": list, "EMPTY_DICT": dict, "EMPTY_TUPLE": tuple}
WITHOUT_EFFECT = {"PROTO", "FRAME", "STOP"}
NUMBERS_AND_TEXTS = {
    *("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4"),
    *("FLOAT", "BINFLOAT"),
    *("STRING", "SHORT_BINSTRING", "BINSTRING"),
    *("UNICODE", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"),
    *("SHORT_BINBYTES", "BINBYTES", "BINBYTES8"),
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


# --- Operations on the stack and what each takes from it -----------------------------


def _push(make: Callable[[list[Any]], Any]) -> Callable[[list[Any], list[Any]], None]:
    return lambda stack, taken: stack.append(make(taken))


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


def _extend(stack: list[Any], taken: list[Any]) -> None:
    stack[-1].extend(taken)


def _update(stack: list[Any], taken: list[Any]) -> None:
    stack[-1].update(_pairs(taken))


def _build(stack: list[Any], taken: list[Any]) -> None:
    (stack[-1].state,) = taken


# How many entries of the stack an operation takes, None for all since the last mark.
OPERATIONS: dict[str, tuple[int | None, Callable[[list[Any], list[Any]], None]]] = {
    "TUPLE": (None, _push(tuple)),
    "TUPLE1": (1, _push(tuple)),
    "TUPLE2": (2, _push(tuple)),
    "TUPLE3": (3, _push(tuple)),
    "LIST": (None, _push(list)),
    "APPEND": (1, _extend),
    "APPENDS": (None, _extend),
    "DICT": (None, _push(_pairs)),
    "SETITEM": (2, _update),
    "SETITEMS": (None, _update),
    "STACK_GLOBAL": (2, _push(_name)),
    "REDUCE": (2, _push(_call)),
    "BUILD": (1, _build),
}


# --- The machine ---------------------------------------------------------------------


class _Machine:
    """The stack and the memory of a pickle."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.marks: list[int] = []
        self.memory: dict[int, Any] = {}

    def do(self, name: str, argument: Any) -> None:
        """Do one operation."""
        stack = self.stack
        if name in NUMBERS_AND_TEXTS:
            stack.append(argument)
        elif name in CONSTANTS:
            stack.append(CONSTANTS[name])
        elif name in MAKERS:
            stack.append(MAKERS[name]())
        elif name in {"PUT", "BINPUT", "LONG_BINPUT"}:
            self.memory[argument] = stack[-1]
        elif name == "MEMOIZE":
            self.memory[len(self.memory)] = stack[-1]
        elif name in {"GET", "BINGET", "LONG_BINGET"}:
            stack.append(self.memory[argument])
        elif name == "MARK":
            self.marks.append(len(stack))
        elif name == "GLOBAL":
            stack.append(_name([argument]))
        elif name in OPERATIONS:
            n_taken, operate = OPERATIONS[name]
            operate(stack, self.take(n_taken))
        elif name not in WITHOUT_EFFECT:
            raise ValueError(f"it uses {name}, which no array needs")

    def take(self, n_taken: int | None) -> list[Any]:
        """Remove the last entries of the stack, or all since the last mark."""
        first = self.marks.pop() if n_taken is None else len(self.stack) - n_taken
        if not 0 <= first <= len(self.stack):
            raise LookupError("the stack has too few entries")
        taken = self.stack[first:]
        del self.stack[first:]
        return taken


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
    machine = _Machine()
    for number, (operation, argument, _) in enumerate(pickletools.genops(contents)):
        if number >= MOST_OPERATIONS:
            raise ValueError(f"it has over {MOST_OPERATIONS} operations")
        try:
            machine.do(operation.name, argument)
        except (AttributeError, LookupError, TypeError) as error:
            raise ValueError(f"{operation.name}: {error}") from error
    return machine.stack[-1]
