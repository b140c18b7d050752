"""One golden conversation in every dialect: the same callers, the same menus, and in the end the same log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from callcenter.foundation.clock import db_now
from callcenter.foundation.models import Event
from callcenter.telephony.dialects import lines, sealing
from callcenter.telephony.models import LineSecret, VoiceLine
from ivr.flows.operations import publish_shipped
from ivr.models import PathEvent, QuarantinedEvent
from routing.models import Call, Queue, Reservation
from tests.integration.telephony.conftest import Caller, Floor
from tests.integration.telephony.platforms import PLATFORMS, SECRET, Platform


@pytest.fixture(autouse=True)
def _fresh_lines() -> Iterator[None]:
    lines.forget()
    yield
    lines.forget()


@pytest.fixture(params=list(PLATFORMS))
def platform(request: pytest.FixtureRequest, floor: Floor) -> Platform:
    """Mrs Chen's phone, on a platform whose trunk walks the operator's published menus."""
    publish_shipped(now=db_now())
    queue = Queue.objects.create(domain=floor.domain, key="general", name_en="General", name_zh="综合")
    queue.members.set([floor.lin, floor.omar])
    floor.trunk.dialect = request.param
    floor.trunk.save()
    VoiceLine.objects.create(trunk=floor.trunk, fallback_number="+861084110011")
    LineSecret.objects.create(trunk=floor.trunk, sealed=sealing.seal(SECRET), created_at=db_now(), created_by="test")
    key = floor.caller(trunk="pbx-1").key
    return PLATFORMS[request.param](trunk="pbx-1", key=key)


def _log(platform: Platform) -> list[str]:
    call = Call.objects.get(external_id=platform.call)
    return list(Event.objects.filter(call=call.pk).order_by("seq_in_call").values_list("type", flat=True))


def test_mrs_chen_walks_the_menus_waits_and_is_served_by_the_second_agent(
    platform: Platform, floor: Floor, switch: Caller
) -> None:
    platform.dial_in()
    assert "欢迎致电" in platform.heard[0]
    platform.press("2")  # English
    assert "For Bills and balance, press 1." in platform.heard[-1]
    platform.press("1")  # bills
    platform.press("5")  # a charge I do not recognise
    platform.wait()
    assert any("You are next" in text for text in platform.heard), (
        platform.heard,
        platform.queue,
        platform.last.content,
    )
    assert platform.ringing is None

    floor.sign_in(switch, floor.lin)
    switch.post(f"/calls/ext:pbx:{platform.call}/enqueue", {"queue": "billing"})  # finds Lin, as the dispatcher would
    platform.wait()
    assert platform.ringing is not None
    assert platform.ringing.text.startswith("sip:1017@desk.example")
    floor.sign_in(switch, floor.omar)
    platform.agent_is("busy")
    assert platform.ringing is not None
    assert platform.ringing.text.startswith("sip:1018@desk.example")
    platform.agent_answers()
    assert Call.objects.get(external_id=platform.call).state == "connected"
    platform.caller_hangs_up()

    assert _log(platform) == [
        "call.arrived",
        "call.queued",
        "reservation.created",
        "call.reserved",
        "reservation.rejected",
        "call.queued",
        "reservation.created",
        "call.reserved",
        "reservation.accepted",
        "call.connected",
        "reservation.wrapping",
        "call.wrapping",
    ], _log(platform)
    call = Call.objects.get(external_id=platform.call)
    assert (call.state, call.ended_by, call.from_e164) == ("wrapping", "caller", "+8613812345678")
    steps = PathEvent.objects.filter(session_id=call.pk).order_by("seq").values_list("kind", "node", "key")
    assert list(steps) == [
        ("enter", "language", ""),
        ("key", "language", "2"),
        ("enter", "main", ""),
        ("key", "main", "1"),
        ("enter", "billing", ""),
        ("key", "billing", "5"),
        ("enter", "queue_billing", ""),
        ("transfer", "queue_billing", ""),
    ]


def test_the_caller_leaves_while_waiting_and_no_agent_is_bothered(
    platform: Platform, floor: Floor, switch: Caller
) -> None:
    _to_billing(platform)
    platform.caller_hangs_up()
    call = Call.objects.get(external_id=platform.call)
    assert (call.state, call.end_reason, call.ended_by) == ("abandoned", "queue", "caller")
    floor.sign_in(switch, floor.lin)
    assert switch.get("/reservations").json()["reservations"] == []


def test_the_caller_leaves_in_the_menus(platform: Platform, floor: Floor) -> None:
    platform.dial_in()
    platform.press("1")
    platform.caller_hangs_up()
    call = Call.objects.get(external_id=platform.call)
    assert (call.state, call.end_reason) == ("abandoned", "ivr")


def test_an_agent_who_does_not_answer_is_missed_and_the_caller_keeps_the_place(
    platform: Platform, floor: Floor, switch: Caller
) -> None:
    floor.sign_in(switch, floor.lin)
    _to_billing(platform)
    platform.ring_if_not_yet()
    place = Call.objects.get(external_id=platform.call).place_key
    platform.agent_is("missed")
    missed = switch.get("/reservations?state=timeout").json()["reservations"]
    assert [one["outcome"] for one in missed] == ["missed"]
    call = Call.objects.get(external_id=platform.call)
    assert call.place_key == place
    assert call.state in {"queued", "reserved"}


def test_the_agent_hangs_up_first_and_the_caller_is_let_go(platform: Platform, floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    _to_billing(platform)
    platform.ring_if_not_yet()
    platform.agent_answers()
    minute_ago = db_now() - timedelta(minutes=1)  # a talk of no time at all is no talk
    Call.objects.update(connected_at=minute_ago)
    Reservation.objects.update(connected_at=minute_ago)
    platform.agent_hangs_up()
    call = Call.objects.get(external_id=platform.call)
    assert (call.state, call.ended_by) == ("wrapping", "agent")
    assert platform.over


def test_a_request_told_twice_has_one_effect_and_one_answer(platform: Platform, floor: Floor) -> None:
    platform.dial_in()
    asking = platform.asking
    platform.press("1")
    first = platform.last.content
    platform.asking = asking
    platform.press("1")
    assert platform.last.content == first
    assert QuarantinedEvent.objects.count() == 0
    call = Call.objects.get(external_id=platform.call)
    assert PathEvent.objects.filter(session_id=call.pk, kind="key").count() == 1


def test_wrong_keys_and_silence_lead_where_the_flow_says(platform: Platform, floor: Floor) -> None:
    platform.dial_in()
    platform.press("1")
    platform.press("#")
    platform.press("")
    platform.press("*")
    call = Call.objects.get(external_id=platform.call)
    kinds = list(
        PathEvent.objects.filter(session_id=call.pk, node="main").order_by("seq").values_list("kind", flat=True)
    )
    assert kinds == ["enter", "badkey", "noinput", "badkey", "timeout"]
    assert call.queue is not None
    assert call.queue.key == "general"


def test_without_the_secret_nothing_is_done(platform: Platform, floor: Floor) -> None:
    platform.secret = platform.key = "zk_wrong000_somebody else's"
    with pytest.raises(AssertionError, match="401"):
        platform.dial_in()
    assert Call.objects.count() == 0


def _to_billing(platform: Platform) -> None:
    platform.dial_in()
    for key in "115":
        platform.press(key)
