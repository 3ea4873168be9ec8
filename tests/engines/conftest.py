"""The engines that are held to the reference."""

import functools

import pytest

from tests.engines.exactness import make

EXACT = ["events"]


@pytest.fixture(scope="session", params=EXACT)
def exact(request):
    """Makes an engine from the settings of its neurons."""
    return functools.partial(make, request.param)


@pytest.fixture(scope="session", params=["snntorch", *EXACT])
def engine(request):
    """Makes an engine, or the reference."""
    return functools.partial(make, request.param)
