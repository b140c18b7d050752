"""Domains side by side on one server, and one on a server of its own: the seam from domain to database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from callcenter.embedded.postgres import ensure_postgres, stop_postgres
from tests import migrated

pytestmark = pytest.mark.kill  # starts servers of its own

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def servers() -> Iterator[tuple[str, str]]:
    """The addresses of two PostgreSQL servers of this test."""
    with tempfile.TemporaryDirectory(prefix="zhiyin-two-") as folder, ExitStack() as stopping:
        found = []
        for place in (Path(folder) / "first", Path(folder) / "second"):
            migrated.lay_down(place)
            stopping.callback(stop_postgres, place)
            found.append(ensure_postgres(place, settings=migrated.FAST))
        yield found[0], found[1]


def test_each_domain_lives_on_its_own_server(servers: tuple[str, str]) -> None:
    first, second = servers
    homes = f"north={first} east={first} south={second}"
    begun = (
        _begin(homes, "north", "north", "east", "--", "south"),
        _begin(homes, "south", "south", "--", "north"),
    )
    north, south = (_told(process) for process in begun)
    # Two domains on one server: each caller meets the agent of the own domain.
    assert north["held"] == [["east", "east-lin", "east"], ["north", "north-lin", "north"]]
    assert south["held"] == [["south", "south-lin", "south"]]
    assert str(north["refusal"]).startswith("Domain south lives on another server")
    assert str(south["refusal"]).startswith("Domain north lives on another server")
    assert [_domains(url) for url in servers] == [["east", "north"], ["south"]]
    _moves(homes, first, second)


def _moves(homes: str, first: str, second: str) -> None:
    """East goes to the second server, by a command that dies at every step: its caller stands there, once, and no longer here."""
    with psycopg.connect(first) as db:
        query = (
            "SELECT c.id, c.place_key, c.version FROM routing_call c JOIN routing_domain d ON d.id = c.domain_id"
            " WHERE d.key = 'east'"
        )
        stood = db.execute(query).fetchall()
    told = _told(_begin(homes, "north", "east", second, module="moving_domain"))
    assert told["ends"] == [9] * 10
    assert told["live"] == 0 and "moving to another server" in str(told["refused"])
    with psycopg.connect(second) as db:
        assert db.execute(query).fetchall() == stood and len(stood) == 1
        assert db.execute("SELECT moving FROM routing_domain WHERE key = 'east'").fetchall() == [("",)]
        [(held, events)] = db.execute(
            "SELECT (SELECT count(*) FROM routing_reservation WHERE call_id = %(call)s AND state = 'pending'),"
            " (SELECT count(*) FROM event_log WHERE call = %(call)s)",
            {"call": stood[0][0]},
        ).fetchall()
        assert (held, events) == (1, stood[0][2])


def test_callers_between_two_servers_killed_at_every_step(servers: tuple[str, str]) -> None:
    """Callers of north go to south, sent or by a rule, each by a process that dies at another step: each stands once."""
    first, second = servers
    homes = f"north={first} south={second}"
    _told(_begin(homes, "south", "south", "--", "north"))
    told = _told(_begin(homes, "north", module="between_servers"))
    assert told["on_the_way"] == 0
    with psycopg.connect(second) as db:
        [(there,)] = db.execute("SELECT count(*) FROM routing_call WHERE external_id LIKE '%~1'").fetchall()
        [(events,)] = db.execute(
            "SELECT count(*) FROM event_log e JOIN routing_call c ON c.id = e.call"
            " WHERE e.type = 'call.queued' AND c.external_id LIKE '%~1'"
        ).fetchall()
    assert there == events == told["sent"]
    assert there + int(str(told["here"])) == told["called"] == 14


def _begin(homes: str, domain: str, *words: str, module: str = "one_server") -> subprocess.Popen[str]:
    environment = os.environ | {
        "DOMAIN_DATABASES": homes,
        "ROUTING_DOMAIN": domain,
        "DATABASE_URL": "postgresql:///nobody-lives-here",
        "DJANGO_SETTINGS_MODULE": "callcenter.settings",
        "PRESENCE_LEASE_S": "600",
    }
    command = [sys.executable, "-m", f"tests.integration.routing.{module}", *words]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def _told(process: subprocess.Popen[str]) -> dict[str, object]:
    said, _ = process.communicate(timeout=100)
    assert process.returncode == 0
    answer: dict[str, object] = json.loads(said.splitlines()[-1])
    return answer


def _domains(url: str) -> list[str]:
    with psycopg.connect(url) as db:
        return [key for (key,) in db.execute("SELECT key FROM routing_domain ORDER BY key")]
