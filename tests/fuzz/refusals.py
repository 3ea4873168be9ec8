"""How the tests of bad input count what they refused."""

import inspect
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import SearchStrategy


def refuses(
    least: int, *, of: int, **strategies: SearchStrategy
) -> Callable[[Callable[..., bool]], Callable[[Path], None]]:
    """Make a test of a check that returns True where it refused its input.

    The inputs are the same in each run, so that their number is too. The check is given
    ``tmp_path`` if it takes that.
    """

    def decorate(check: Callable[..., bool]) -> Callable[[Path], None]:
        takes_path = "tmp_path" in inspect.signature(check).parameters

        def test(tmp_path: Path) -> None:
            refused = 0

            @seed(20260101)
            @settings(
                max_examples=of,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            )
            @given(**strategies)
            def each(**values: object) -> None:
                nonlocal refused
                more = {"tmp_path": tmp_path} if takes_path else {}
                refused += check(**values, **more)

            each()
            assert refused >= least

        return test

    return decorate


def assert_readable(message: str) -> None:
    """Check that every line of a message is short and free of control characters."""
    for line in message.split("\n"):
        assert line.isprintable(), line
        assert 0 < len(line) < 1000, line
