"""Cause faults in a script of the workflow, at a call of the product's own code.

Python imports this file by itself in every process that has its folder on PYTHONPATH.
The environment variable FAULTS holds a JSON list of what to cause, each with

- ``script``: in which script of the workflow, such as ``train``;
- ``at``: a function as ``module:name`` or ``module:Class.name``;
- ``when``: ``before`` it, ``after`` it (after the block, if it is for ``with``), or at
  the end ``inside`` such a block;
- ``match``: only calls in whose arguments this text stands;
- ``call``: at which of these calls, from 1;
- ``do``: one of the functions in ``ACTIONS``, and what that reads.
"""

import contextlib
import functools
import importlib.abc
import importlib.machinery
import itertools
import json
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

POLL_S, PATIENCE_S = 0.02, 120.0


def kill(fault: dict, args: tuple, inside: Any) -> None:
    """Kill this process; a file it writes is left half."""
    if isinstance(inside, Path) and inside.exists():
        os.truncate(inside, inside.stat().st_size // 2)
    os.kill(os.getpid(), signal.SIGKILL)


def hold(fault: dict, args: tuple, inside: Any) -> None:
    """Put the process's number into a file and wait for another file."""
    reached, go = Path(fault["reached"]), Path(fault["go"])
    partial = reached.with_suffix(".writing")
    partial.write_text(str(os.getpid()))
    partial.replace(reached)
    deadline_s = time.monotonic() + PATIENCE_S
    while not go.exists() and time.monotonic() < deadline_s:
        time.sleep(POLL_S)


def fail(fault: dict, args: tuple, inside: Any) -> None:
    """Raise ``error``, as ``module:name``, with ``arguments``."""
    raise getattr(*_place(fault["error"]))(*fault["arguments"])


def limit(fault: dict, args: tuple, inside: Any) -> None:
    """Let no file of this process grow beyond ``n_bytes``."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (fault["n_bytes"],) * 2)


def poison(fault: dict, args: tuple, inside: Any) -> None:
    """Set the weights of the model that is the first argument to ``value``."""
    for weight in args[0].synapses.parameters():
        weight.data.fill_(float(fault["value"]))


def put(fault: dict, args: tuple, inside: Any) -> None:
    """Set ``values`` by ``module:name``; a list is put as a tuple."""
    for name, value in fault["values"].items():
        owner, attribute = _place(name)
        setattr(owner, attribute, tuple(value) if isinstance(value, list) else value)


def clock(fault: dict, args: tuple, inside: Any) -> None:
    """Set the clock of the day by ``seconds``."""
    now_s, conditions = time.time, sys.modules["spikemeter.provenance"]
    moved = fault["seconds"]

    class Datetime(conditions.datetime):  # type: ignore[name-defined]
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return cls.fromtimestamp(now_s() + moved, tz)

    conditions.datetime = Datetime  # type: ignore[attr-defined]
    time.time = lambda: now_s() + moved


def publish(fault: dict, args: tuple, inside: Any) -> None:
    """Let other ``files`` stand for the published ones: name, checksum, addresses."""
    facts = importlib.import_module("spikemeter.datasets.dataset")
    registry = importlib.import_module("spikemeter.datasets.registry")
    entry = registry.DATASETS[fault["dataset"]]
    published = tuple(
        facts.PublishedFile(name, checksum, (url,))
        for name, checksum, url in fault["files"]
    )
    # Entries are frozen, and the script has its own already.
    object.__setattr__(entry, "raw_files", fault["raw_files"])
    object.__setattr__(entry, "published", published)


ACTIONS: dict[str, Callable[[dict, tuple, Any], None]] = {
    action.__name__: action
    for action in (kill, hold, fail, limit, poison, put, clock, publish)
}


def _place(name: str) -> tuple[Any, str]:
    """Return a module or class, and the name in it that ``module:name`` means."""
    module, _, path = name.partition(":")
    *owners, attribute = path.split(".")
    return functools.reduce(getattr, owners, importlib.import_module(module)), attribute


def _wrap(function: Callable[..., Any], fault: dict) -> Callable[..., Any]:
    """Let a function act at the call that is meant."""
    act = functools.partial(ACTIONS[fault["do"]], fault)
    when, calls = fault["when"], itertools.count(1)

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        due = fault["match"] in repr((args, kwargs)) and next(calls) == fault["call"]
        if due and when == "before":
            act(args, None)
        result = function(*args, **kwargs)
        if due and isinstance(result, contextlib.AbstractContextManager):
            return ending(result, args)
        if due and when == "after":
            act(args, None)
        return result

    @contextlib.contextmanager
    def ending(context: Any, args: tuple) -> Any:
        with context as inside:
            yield inside
            if when == "inside":
                act(args, inside)
        if when == "after":
            act(args, None)

    return wrapped


class _Finder(importlib.abc.MetaPathFinder):
    """Wraps functions as soon as their modules are imported."""

    def __init__(self, faults: list[dict]) -> None:
        self.faults = faults

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        faults = [f for f in self.faults if f["at"].partition(":")[0] == name]
        if not faults:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        assert spec is not None and spec.loader is not None, name
        load = spec.loader.exec_module

        def exec_module(module: Any) -> None:
            load(module)
            for fault in faults:
                owner, attribute = _place(fault["at"])
                setattr(owner, attribute, _wrap(getattr(owner, attribute), fault))

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _script() -> str:
    """Return the rule script that this process runs: …/tmpabc.train.py is train."""
    name = Path(sys.orig_argv[-1]).name
    return name.split(".")[-2] if name.endswith(".py") and name.count(".") > 1 else ""


_FAULTS = [
    fault for fault in json.loads(os.environ["FAULTS"]) if fault["script"] == _script()
]
if _FAULTS:
    sys.meta_path.insert(0, _Finder(_FAULTS))
