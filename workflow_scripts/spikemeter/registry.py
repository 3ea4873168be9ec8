"""Entries by name: data sets, neurons, encodings, engines, each imported when needed.

A registry stands alone in a file called ``registry.py``. The digest of a job's code
skips such files (:mod:`spikemeter.study.staleness`): adding an entry reruns nothing.
The plan names the entries that a job uses, so changing one reruns exactly its users.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Registry(Mapping[str, T], Generic[T]):
    """A mapping from names to entries.

    ``kind`` is what an entry is, for messages, such as ``"a data set"``. Each entry is
    given by the place where it is defined, as ``"package.module:ATTRIBUTE"``.

    Examples
    --------
    >>> GREETINGS = Registry("a greeting", {"upper": "string:ascii_uppercase"})
    >>> GREETINGS["upper"][:3]
    'ABC'
    >>> GREETINGS.module("upper")
    'string.py'
    """

    def __init__(self, kind: str, entries: Mapping[str, str]) -> None:
        self.kind = kind
        self._entries = dict(entries)

    def __getitem__(self, name: str) -> T:
        """Return an entry; its module is imported the first time."""
        if name not in self._entries:
            raise KeyError(
                f"{name!r} is not {self.kind}; allowed are {', '.join(self._entries)}"
            )
        entry: T = load_entry(self._entries[name])
        return entry

    def __iter__(self) -> Iterator[str]:
        """Yield the names, in the order of the registry."""
        return iter(self._entries)

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self._entries)

    def module(self, name: str) -> str:
        """Return the file that defines an entry, relative to its package's parent."""
        return entry_file(self._entries[name])


def load_entry(place: str) -> Any:
    """Return what is defined at a place, written as ``"package.module:ATTRIBUTE"``."""
    module, _, attribute = place.partition(":")
    return getattr(import_module(module), attribute)


def entry_file(place: str) -> str:
    """Return the file of a place, relative to its package's parent."""
    return place.partition(":")[0].replace(".", "/") + ".py"
