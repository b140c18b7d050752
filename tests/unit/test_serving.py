"""The web server's own needs."""

from __future__ import annotations

import resource
from collections.abc import Iterator

import pytest

from callcenter.serving import allow_open_files


@pytest.fixture
def few_files() -> Iterator[int]:
    """This process as a service is started: few files now, more for the asking. The most it may ask for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_as_many_files_as_streams_need_may_be_open(few_files: int) -> None:
    allow_open_files(1_500)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (1_500, few_files)
    allow_open_files(900)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (1_500, few_files)


def test_where_the_machine_grants_less_that_is_taken(few_files: int) -> None:
    if few_files == resource.RLIM_INFINITY:
        pytest.skip("this machine sets no limit")
    allow_open_files(few_files + 1)
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (few_files, few_files)
