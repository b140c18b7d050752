"""The processes that talk to switches, killed in the middle and started again: nothing lost, nothing doubled."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.management import call_command
from pytest_django import Settings

from callcenter.foundation.clock import db_now
from callcenter.live.publishing import publish
from callcenter.telephony import feed
from callcenter.telephony.dialects import lines
from callcenter.telephony.models import TrunkPush
from callcenter.telephony.push import operations
from routing.models import Call, Queue, Reservation
from tests.integration.telephony.conftest import Floor, arrival
from tests.integration.telephony.live_peers import LiveAsterisk, Process, PushedSwitch, serving, until


@pytest.fixture
def processes(committed_floor: Floor, settings: Settings) -> Iterator[list[Process]]:
    """Those of this test; no desk falls silent while they start."""
    settings.PRESENCE_LEASE_S = 600
    settings.RING_GRACE_S = 600
    settings.WEBHOOK_ALLOW = ["127.0.0.1"]
    Queue.objects.update(wrap_up_mode="none")
    lines.forget()
    started: list[Process] = []
    yield started
    for one in started:
        one.kill()


def test_a_pusher_killed_before_its_switch_answered_is_followed_by_one_that_tells_it_again(
    committed_floor: Floor, processes: list[Process]
) -> None:
    """Two callers, two agents; the pusher dies while the switch holds its answer back."""
    floor, switch = committed_floor, committed_floor.caller(trunk="pbx-1")
    pbx = PushedSwitch()
    with serving(pbx.handler) as port:
        operations.set_url(trunk="pbx-1", url=f"http://127.0.0.1:{port}/zhiyin", actor="test", now=db_now())
        floor.sign_in(switch, floor.lin)
        floor.sign_in(switch, floor.omar)
        pbx.silent.set()
        processes.append(Process("push"))
        first = switch.post("/calls", arrival()).json()["reservation"]["id"]
        publish()
        until(lambda: pbx.told)
        processes[0].kill()
        pbx.silent.clear()
        second = switch.post("/calls", arrival()).json()["reservation"]["id"]
        publish()
        processes.append(Process("push"))
        until(lambda: TrunkPush.objects.get().cursor >= feed.newest())
    told = pbx.reservations()
    assert all(len(bodies) == 1 for bodies in told.values())  # the same words under the same id
    rung = [json.loads(body)["reservation"] for bodies in told.values() for body in bodies]
    assert sorted(rung) == sorted([first, second])


def test_an_asterisk_whose_connector_was_killed_loses_no_caller_and_rings_nobody_twice(
    committed_floor: Floor, processes: list[Process], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Zhang San talks with Lin and hangs up, Mrs Chen calls: both while nobody listens to the switch."""
    floor, switch = committed_floor, committed_floor.caller(trunk="pbx-1")
    asterisk = LiveAsterisk()

    def rung() -> list[str]:
        publish()
        call_command("route", "--once")
        with asterisk.lock:
            return asterisk.inner.agents()

    with serving(asterisk.handler) as port:
        monkeypatch.setenv("ARI_URL", f"http://127.0.0.1:{port}/ari")
        monkeypatch.setenv("ARI_PASSWORD", "secret")
        processes.append(Process("ari", "pbx-1"))
        until(lambda: asterisk.line)
        floor.sign_in(switch, floor.lin)
        with asterisk.happens() as pbx:
            pbx.calls_in("zhang-san", queue="billing")
        until(rung)
        with asterisk.happens() as pbx:
            pbx.phone_rings()
            pbx.agent_answers()
        until(lambda: Call.objects.filter(external_id="zhang-san", state="connected"))
        processes[0].kill()
        until(lambda: asterisk.line is None)
        with asterisk.happens() as pbx:
            pbx.agent_is(16)
            pbx.hangs_up("zhang-san")
            pbx.calls_in("mrs-chen", queue="billing", caller="013887654321")
        Call.objects.update(arrived_at=db_now() - timedelta(minutes=1))  # the list may be ten seconds old
        processes.append(Process("ari", "pbx-1"))
        until(rung)
        with asterisk.happens() as pbx:
            pbx.agent_answers()
        until(lambda: Call.objects.filter(external_id="mrs-chen", state="connected"))
    assert dict(Call.objects.values_list("external_id", "state")) == {"zhang-san": "completed", "mrs-chen": "connected"}
    dialled = Counter(
        one.path
        for one in asterisk.inner.commands
        if one.method == "POST" and one.path.startswith("/channels/zhiyin-agent-")
    )
    assert set(dialled.values()) == {1}
    assert len(dialled) == Reservation.objects.count() == 2
