import logging
import resource
from collections.abc import Iterator

import pytest

from server.limits import DESCRIPTORS_RESERVED, raise_descriptor_limit


@pytest.fixture
def hard() -> Iterator[int]:
    """The hard limit of open files; the soft one is put back after the test."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def lower(soft: int, hard: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_the_limit_is_raised_to_what_the_connections_need(hard: int) -> None:
    lower(256, hard)
    raise_descriptor_limit(100)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (100 + DESCRIPTORS_RESERVED, hard)


def test_a_limit_that_is_high_enough_is_left_alone(hard: int) -> None:
    lower(1_000, hard)
    raise_descriptor_limit(100)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (1_000, hard)


def test_what_the_system_does_not_allow_is_said_with_what_to_do(
    hard: int, caplog: pytest.LogCaptureFixture
) -> None:
    if hard == resource.RLIM_INFINITY:
        pytest.skip("this system allows any number of open files")
    lower(256, hard)
    with caplog.at_level(logging.WARNING, "cairn"):
        raise_descriptor_limit(hard)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    assert "ulimit -n" in caplog.text
