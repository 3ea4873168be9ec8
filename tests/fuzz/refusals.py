"""How the tests of bad input count what they refused."""

from collections.abc import Callable

from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import SearchStrategy


def count_refused(
    check: Callable[..., bool], examples: int, **strategies: SearchStrategy
) -> int:
    """Call ``check`` on generated inputs; return for how many it gave True.

    The inputs are the same in each run, so that the count is too.
    """
    refused = 0

    @seed(20260101)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(**strategies)
    def each(**values: object) -> None:
        nonlocal refused
        refused += check(**values)

    each()
    return refused


def assert_readable(message: str) -> None:
    """Check that every line of a message is short and free of control characters."""
    for line in message.split("\n"):
        assert line.isprintable(), line
        assert 0 < len(line) < 1000, line
