"""Instructions to switches that can be called: signed, repeated while they matter, one slow switch in nobody's way."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core.management import CommandError, call_command

from callcenter.foundation.clock import db_now
from callcenter.live.publishing import publish
from callcenter.telephony.models import Trunk, TrunkPush
from callcenter.telephony.push import operations
from callcenter.telephony.push.pusher import Pusher
from callcenter.telephony.webhooks import signing
from callcenter.telephony.webhooks.sending import Parcel, Reply
from routing.models import Call, Queue
from tests.integration.telephony.conftest import Caller, Floor, arrival, event

URL, OTHER = "https://pbx.example.com/zhiyin", "https://slow.example.com/zhiyin"


def _says(status: int | None) -> Reply:
    return Reply(status=status, result="", took_ms=1)


@dataclass
class Switches:
    """The switches' own side."""

    answer: Callable[[Parcel, int], Reply] = lambda _parcel, _times: _says(204)
    parcels: list[Parcel] = field(default_factory=list)
    slow: dict[str, Callable[[], bool]] = field(default_factory=dict)  # by URL: answers only when this has come about

    async def send(self, parcel: Parcel) -> Reply:
        while not self.slow.get(parcel.url, lambda: True)():
            await asyncio.sleep(0.01)
        self.parcels.append(parcel)
        times = sum(one.headers["webhook-id"] == parcel.headers["webhook-id"] for one in self.parcels)
        return await sync_to_async(self.answer)(parcel, times)

    def carry(self) -> None:
        """The relay publishes, the pusher looks and tells what there is."""
        publish()
        made = Pusher(send=self.send, pauses_s=(0.0, 0.0, 0.0, 0.0))

        async def once() -> None:
            await made.turn()
            await made.finish()

        async_to_sync(once)()

    def told(self, url: str = URL) -> list[dict[str, Any]]:
        return [json.loads(parcel.body) for parcel in self.parcels if parcel.url == url]


@pytest.fixture
def switches(floor: Floor) -> Switches:
    operations.set_url(trunk="pbx-1", url=URL, actor="test", now=db_now())
    return Switches()


def _waiting_then_lin(floor: Floor, switch: Caller) -> str:
    """A caller waits, Lin signs in and is held; the call's id."""
    Queue.objects.update(wrap_up_mode="none")
    call: str = switch.post("/calls", arrival()).json()["call"]["id"]
    floor.sign_in(switch, floor.lin)
    call_command("route", "--once")
    return call


def test_a_route_is_pushed_as_it_would_be_asked_for(floor: Floor, switch: Caller, switches: Switches) -> None:
    call = _waiting_then_lin(floor, switch)
    switches.carry()
    (told,) = switches.told()
    asked = switch.get("/instructions?after=main:0").json()["instructions"]
    assert [told] == [asked[0] | {"id": told["id"]}]
    assert (told["kind"], told["call"]) == ("route", call)

    parcel = switches.parcels[0]
    assert parcel.headers["Instruction-Id"] == parcel.headers["webhook-id"] == told["id"]
    push = TrunkPush.objects.get()
    at = datetime.fromtimestamp(int(parcel.headers["webhook-timestamp"]), UTC)
    assert parcel.headers["webhook-signature"] == signing.signature(
        secret=operations.secrets(push, now=db_now())[0], message_id=told["id"], at=at, body=parcel.body
    )
    assert push.last_success_at is not None
    switches.carry()
    assert len(switches.parcels) == 1  # nothing twice


def test_it_is_repeated_under_the_same_id_until_it_is_taken(floor: Floor, switch: Caller, switches: Switches) -> None:
    switches.answer = lambda _, times: _says(204 if times == 3 else 503 if times == 2 else None)
    _waiting_then_lin(floor, switch)
    switches.carry()
    assert len({parcel.headers["webhook-id"] for parcel in switches.parcels}) == 1
    assert len(switches.parcels) == 3
    assert TrunkPush.objects.get().failures == 0


def test_a_route_whose_time_is_over_is_not_repeated(floor: Floor, switch: Caller, switches: Switches) -> None:
    call = _waiting_then_lin(floor, switch)

    def caller_leaves(_: Parcel, __: int) -> Reply:
        switch.post(f"/calls/{call}/events", event("hangup"))
        return _says(None)

    switches.answer = caller_leaves
    switches.carry()
    assert len(switches.parcels) == 1


def test_what_no_try_could_tell_holds_up_nothing(floor: Floor, switch: Caller, switches: Switches) -> None:
    switches.answer = lambda *_: _says(500)
    _waiting_then_lin(floor, switch)
    switches.carry()
    assert len(switches.parcels) == 5
    push = TrunkPush.objects.get()
    assert (push.failures, push.last_status) == (5, 500)
    switches.answer = lambda *_: _says(200)
    switch.post(f"/calls/{switch.get('/sync').json()['calls'][0]['id']}/cancel")
    switches.carry()
    assert len(switches.parcels) == 5  # our own word is not told back to us


def test_gone_frees_the_agent_and_blames_nobody(floor: Floor, switch: Caller, switches: Switches) -> None:
    """The caller hung up in the switch, and we have not heard of it yet."""
    switches.answer = lambda *_: _says(410)
    call = _waiting_then_lin(floor, switch)
    switches.carry()
    assert len(switches.parcels) == 1
    assert switch.get(f"/calls/{call}").json()["call"]["state"] == "queued"
    told = switch.get(f"/agents/a_{floor.lin.pk}/presence").json()["agent"]
    assert (told["missed_in_row"], told["presence"]) == (0, "available")
    ends = [
        row["data"]
        for row in switch.get(f"/calls/{call}/timeline").json()["events"]
        if row["type"].startswith("reservation.res")
    ]
    assert [row["end_reason"] for row in ends] == ["failed"]


def test_a_pusher_that_died_before_the_answer_repeats_it(floor: Floor, switch: Caller, switches: Switches) -> None:
    def dies(*_: Any) -> Reply:
        raise MemoryError

    switches.answer = dies
    _waiting_then_lin(floor, switch)
    with pytest.raises(MemoryError):
        switches.carry()
    switches.answer = lambda *_: _says(204)
    switches.carry()
    first, again = (parcel.headers["webhook-id"] for parcel in switches.parcels)
    assert first == again


def test_a_slow_switch_holds_up_nobody(floor: Floor, switch: Caller, switches: Switches) -> None:
    Trunk.objects.create(key="pbx-2", group="other", domain="main")
    operations.set_url(trunk="pbx-2", url=OTHER, actor="test", now=db_now())
    switches.slow[URL] = lambda: bool(switches.parcels)  # the other's is not kept waiting by it
    _waiting_then_lin(floor, switch)
    other = floor.caller(trunk="pbx-2")
    other.post("/calls", arrival())
    floor.sign_in(other, floor.omar)
    call_command("route", "--once")
    switches.carry()
    assert [parcel.url for parcel in switches.parcels] == [OTHER, URL]


def test_an_inner_address_is_refused_and_a_command_sets_another(floor: Floor) -> None:
    for url in ("http://pbx.example.com/", "https://10.1.2.3/", "https://[::1]/", "https://pbx.local/"):
        with pytest.raises(CommandError, match=r"[A-Z].*\."):
            call_command("set_push", "pbx-1", url)
    with pytest.raises(CommandError, match="no trunk 'pbx-9'"):
        call_command("set_push", "pbx-9", URL)
    with pytest.raises(CommandError, match="Say one of"):
        call_command("set_push", "pbx-1")
    shown = StringIO()
    call_command("set_push", "pbx-1", URL, stdout=shown)
    call_command("set_push", "pbx-1", "--rotate", "2", stdout=shown)
    first, second = shown.getvalue().split()
    assert first.startswith("whsec_")
    assert operations.secrets(TrunkPush.objects.get(), now=db_now()) == [second, first]
    call_command("set_push", "pbx-1", "--off", stdout=shown)
    assert not TrunkPush.objects.get().active


def test_nothing_is_pushed_of_other_switches_calls(floor: Floor, switch: Caller, switches: Switches) -> None:
    Trunk.objects.create(key="pbx-2", group="other", domain="main")
    floor.caller(trunk="pbx-2").post("/calls", arrival())
    floor.sign_in(switch, floor.lin)
    call_command("route", "--once")
    switches.carry()
    assert switches.parcels == []
    assert Call.objects.get().state == "reserved"


def test_a_wish_that_the_switch_cannot_carry_out_frees_its_agent(
    floor: Floor, switch: Caller, switches: Switches
) -> None:
    floor.sign_in(switch, floor.lin)
    wish = {"trunk": "pbx-1", "agent": "key:1017", "direction": "out", "dialled_by": "switch", "to": "013812345678"}
    made = floor.caller().post("/calls", wish | {"external_id": "crm-1", "purpose": "transactional"})
    assert made.status_code == 201, made.content
    switches.answer = lambda _parcel, _times: _says(410)
    switches.carry()
    [told] = switches.told()
    assert (told["kind"], told["dialled_by"], told["dial"]) == ("dial", "switch", "+8613812345678")
    call = Call.objects.get()
    assert (call.state, call.end_reason) == ("failed", "failed")
    assert switch.get("/agents/key:1017").json()["agent"]["state"] == "available"
