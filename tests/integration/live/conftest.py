"""A real web process around the live stream, one for a module: its feed grows from test to test, as in life."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import httpx
import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import setup_databases, teardown_databases
from pytest_django import DjangoDbBlocker

from callcenter.accounts.models import User
from callcenter.foundation.principal import Role
from routing.models import Agent, Domain
from tests.integration.live.browsers import ROOT, Server, environment


@pytest.fixture(scope="module")
def committed(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Rows that other processes can see; swept away when the module is done."""
    with django_db_blocker.unblock():
        # pytest-django prepares the database only if a selected test asks by its own marker; ours share a process.
        prepared = connection.settings_dict["NAME"].startswith("test_")
        created = [] if prepared else setup_databases(verbosity=0, interactive=False)
        yield
        call_command("flush", interactive=False, verbosity=0)
        teardown_databases(created, verbosity=0)


@contextmanager
def web_process() -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "callcenter.asgi:application", "--port", str(port), "--log-level", "warning",
         "--loop", "uvloop", "--timeout-graceful-shutdown", "3"],
        cwd=ROOT,
        env=environment(ZHIYIN_PROCESS="web"),
    )  # fmt: skip
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_up(url, process)
        yield Server(url=url, process=process)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def server(committed: None) -> Iterator[Server]:
    with web_process() as running:
        yield running


@pytest.fixture
def own_server(committed: None) -> Iterator[Server]:
    """For tests that end it."""
    with web_process() as running:
        yield running


def _wait_until_up(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1_500):
        assert process.poll() is None, "the web server did not start"
        try:
            httpx.get(f"{url}/live/session")
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the web server did not answer within 150 s")


@pytest.fixture
def person(committed: None) -> Callable[..., User]:
    """A person of the cast: `person("lin")` is an agent, `person("ada", Role.SUPERVISOR)` is not."""
    domain, _ = Domain.objects.get_or_create(key="main", defaults={"name": "Main floor"})

    def make(name: str, role: Role = Role.AGENT) -> User:
        key = f"{name}-{uuid4().hex[:6]}"
        user = User.objects.create(username=key, role=role, password=f"!{name}")
        if role is Role.AGENT:
            Agent.objects.create(domain=domain, user=user, key=key, name_en=name.title(), name_zh=name)
        return user

    return make
