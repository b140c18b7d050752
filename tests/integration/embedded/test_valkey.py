"""The embedded Valkey keeps its address, its password and its queued tasks."""

from __future__ import annotations

import os
import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from callcenter.embedded import read_urls
from callcenter.embedded.valkey import ensure_valkey, stop_valkey, valkey_pid

pytestmark = pytest.mark.kill


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "var"
    stop_valkey(tmp_path / "var")


def test_a_queued_task_outlives_a_restart_at_the_same_address(var: Path) -> None:
    url = ensure_valkey(var)
    with redis.Redis.from_url(url) as broker:
        broker.lpush("celery", "task")
    stop_valkey(var)
    assert valkey_pid(var) is None
    assert ensure_valkey(var) == url
    with redis.Redis.from_url(url) as broker:
        assert broker.llen("celery") == 1


def test_it_comes_back_after_kill_9(var: Path) -> None:
    url = ensure_valkey(var)
    pid = valkey_pid(var)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert ensure_valkey(var) == url
    assert valkey_pid(var) not in {None, pid}


def test_asking_again_finds_the_same_server(var: Path) -> None:
    url = ensure_valkey(var)
    pid = valkey_pid(var)
    assert ensure_valkey(var) == url == read_urls(var)["broker"]
    assert valkey_pid(var) == pid


def test_nobody_enters_without_the_password(var: Path) -> None:
    port = int(ensure_valkey(var).rsplit(":", 1)[1].split("/")[0])
    with redis.Redis(port=port, retry=Retry(NoBackoff(), 0)) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()
    assert stat.S_IMODE((var / "embedded.json").stat().st_mode) == 0o600


def test_a_port_taken_while_it_was_down_is_left_to_its_new_owner(var: Path) -> None:
    url = ensure_valkey(var)
    stop_valkey(var)
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", int(url.rsplit(":", 1)[1].split("/")[0])))
        squatter.listen()
        assert ensure_valkey(var) != url
