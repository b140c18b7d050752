"""The embedded PostgreSQL keeps what it has committed, whatever happens to it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from callcenter.embedded import EmbeddedError, read_urls
from callcenter.embedded.postgres import ensure_postgres, postgres_pid, stop_postgres

pytestmark = pytest.mark.kill


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "var"
    stop_postgres(tmp_path / "var")


def kill(pid: int | None) -> None:
    assert pid is not None
    os.kill(pid, signal.SIGKILL)


def setting(url: str, name: str) -> object:
    with psycopg.connect(url) as db:
        row = db.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row is not None
    return row[0]


def test_a_committed_row_outlives_kill_9(var: Path) -> None:
    url = ensure_postgres(var)
    with psycopg.connect(url) as db:
        db.execute("CREATE TABLE call (name text)")
        db.execute("INSERT INTO call VALUES ('Mrs Chen')")
    for _ in range(2):
        kill(postgres_pid(var))
        assert ensure_postgres(var) == url
        with psycopg.connect(url) as db:
            assert db.execute("SELECT name FROM call").fetchall() == [("Mrs Chen",)]


def test_kill_9_while_a_client_is_at_work(var: Path) -> None:
    """The backend of a busy client outlives its server for a moment and must not stop the next one from starting."""
    url = ensure_postgres(var)
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(_wait_at, url)
        time.sleep(0.3)
        kill(postgres_pid(var))
        ensure_postgres(var)
        assert setting(url, "fsync") == "on"
        with pytest.raises(psycopg.OperationalError):
            busy.result(timeout=30)


def _wait_at(url: str) -> None:
    with psycopg.connect(url) as db:
        db.execute("SELECT pg_sleep(60)")


def test_asking_again_finds_the_same_server_at_once(var: Path) -> None:
    url = ensure_postgres(var)
    pid = postgres_pid(var)
    started = time.monotonic()
    assert ensure_postgres(var) == url == read_urls(var)["database"]
    assert time.monotonic() - started < 1
    assert postgres_pid(var) == pid


def test_four_starters_at_once_get_one_server(var: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        urls = set(pool.map(lambda _: ensure_postgres(var), range(4)))
    assert len(urls) == 1
    assert setting(urls.pop(), "server_encoding") == "UTF8"


def test_stop_is_clean(var: Path) -> None:
    url = ensure_postgres(var)
    stop_postgres(var)
    assert postgres_pid(var) is None
    assert not (var / "postgres/data/postmaster.pid").exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url)
    stop_postgres(var)  # a second time is no error


def test_the_role_is_no_superuser_but_may_create_test_databases(var: Path) -> None:
    with psycopg.connect(ensure_postgres(var), autocommit=True) as db:
        flags = "SELECT rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user"
        assert db.execute(flags).fetchone() == (False, True)
        db.execute("CREATE DATABASE test_zhiyin")


def test_commits_reach_the_disk_and_no_port_is_open(var: Path) -> None:
    url = ensure_postgres(var)
    expected = {"fsync": "on", "synchronous_commit": "on", "listen_addresses": "", "autovacuum_naptime": "10s"}
    assert {name: setting(url, name) for name in expected} == expected


def test_a_path_too_long_for_a_socket_gets_a_short_one(tmp_path: Path) -> None:
    var = tmp_path / ("long" * 20) / "var"
    try:
        url = ensure_postgres(var)
        assert "/zhiyin-" in url
        assert setting(url, "fsync") == "on"
    finally:
        stop_postgres(var)


def test_a_stranger_with_the_old_number_does_not_stop_the_start(var: Path) -> None:
    """After a restart of a container the number in the pid file may belong to anybody, here to this test."""
    url = ensure_postgres(var)
    kill(postgres_pid(var))
    pid_file = var / "postgres/data/postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getppid()), *lines[1:]]) + "\n")
    assert ensure_postgres(var) == url
    assert setting(url, "fsync") == "on"


def test_a_wrong_setting_fails_with_the_words_of_the_log(var: Path) -> None:
    with pytest.raises(EmbeddedError, match="no_such_setting"):
        ensure_postgres(var, settings={"no_such_setting": "1"})
