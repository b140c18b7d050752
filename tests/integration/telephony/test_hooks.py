"""One golden conversation in every dialect: the same callers, the same menus, and in the end the same log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import OperationalError
from django.test import Client

import routing.in_line
from callcenter import hall
from callcenter.foundation.clock import db_now
from callcenter.foundation.models import Event
from callcenter.telephony.dialects import conversation, lines, registry, sealing, silence
from callcenter.telephony.models import LineSecret, Trunk, VoiceLine
from ivr.flows.operations import publish_shipped
from ivr.models import PathEvent, QuarantinedEvent
from routing.models import Call, Queue, Reservation
from routing.results import WaitEstimate
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


def test_keys_told_twice_wrong_keys_and_silence_and_the_caller_leaves_while_waiting(
    platform: Platform, floor: Floor, switch: Caller
) -> None:
    platform.dial_in()
    asking = platform.asking
    platform.press("1")
    first, asked_then = platform.last.content, platform.asking
    platform.asking = asking
    platform.press("1")  # the platform repeats its request: the same answer, and nothing more
    assert platform.last.content == first
    assert QuarantinedEvent.objects.count() == 0
    platform.asking = asked_then
    for key in ("#", "", "*"):
        platform.press(key)
    call = Call.objects.get(external_id=platform.call)
    steps = PathEvent.objects.filter(session_id=call.pk).order_by("seq").values_list("kind", "node")
    assert [kind for kind, node in steps if node == "main"] == ["enter", "badkey", "noinput", "badkey", "timeout"]
    assert [kind for kind, node in steps if node == "language"] == ["enter", "key"]
    assert call.queue is not None
    assert (call.state, call.queue.key) == ("queued", "general")

    platform.caller_hangs_up()
    call.refresh_from_db()
    assert (call.state, call.end_reason, call.ended_by) == ("abandoned", "queue", "caller")
    floor.sign_in(switch, floor.lin)
    assert switch.get("/reservations").json()["reservations"] == []


def test_a_missed_agent_is_rung_again_and_hangs_up_first(platform: Platform, floor: Floor, switch: Caller) -> None:
    floor.sign_in(switch, floor.lin)
    _to_billing(platform)
    platform.ring_if_not_yet()
    place = Call.objects.get(external_id=platform.call).place_key
    platform.agent_is("missed")
    missed = switch.get("/reservations?state=timeout").json()["reservations"]
    assert [one["outcome"] for one in missed] == ["missed"]
    assert Call.objects.get(external_id=platform.call).place_key == place
    platform.ring_if_not_yet()
    platform.agent_answers()
    minute_ago = db_now() - timedelta(minutes=1)  # a talk of no time at all is no talk
    Call.objects.update(connected_at=minute_ago)
    Reservation.objects.update(connected_at=minute_ago)
    platform.agent_hangs_up()
    call = Call.objects.get(external_id=platform.call)
    assert (call.state, call.ended_by) == ("wrapping", "agent")
    assert platform.over


def test_who_is_sent_outside_in_the_talk_goes_there_when_the_agent_hangs_up(
    platform: Platform, floor: Floor, switch: Caller
) -> None:
    """Not to the survey, and not to the end of the line."""
    floor.sign_in(switch, floor.lin)
    _to_billing(platform)
    platform.ring_if_not_yet()
    platform.agent_answers()
    call = Call.objects.get(external_id=platform.call)
    hall.consult.sent_outside(call_id=call.pk, number="+8613900001111", actor="user:17", now=db_now())
    platform.agent_hangs_up()
    assert "+8613900001111" in platform.last.content.decode()
    assert platform.asking is None and not platform.over
    call.refresh_from_db()
    assert (call.state, call.end_reason) == ("wrapping", "sent_outside")


def test_without_the_secret_nothing_is_done_and_who_leaves_the_menus_is_known(platform: Platform, floor: Floor) -> None:
    secret, key = platform.secret, platform.key
    platform.secret = platform.key = "zk_wrong000_somebody else's"
    with pytest.raises(AssertionError, match="401"):
        platform.dial_in()
    assert Call.objects.count() == 0
    platform.secret, platform.key = secret, key
    platform.dial_in()
    platform.caller_hangs_up()
    call = Call.objects.get(external_id=platform.call)
    assert (call.state, call.end_reason) == ("abandoned", "ivr")


def _to_billing(platform: Platform) -> None:
    platform.dial_in()
    for key in "115":
        platform.press(key)


# --- when we are away, or what comes is odd -------------------------------------------------------------------------------
def test_a_database_that_is_away_is_a_pause_and_after_a_quarter_of_a_minute_another_number(
    platform: Platform, floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.dial_in()
    platform.press("2")
    heard_before = list(platform.heard)

    def away(**_: object) -> None:
        raise OperationalError("the connection is lost")

    with monkeypatch.context() as gone:
        gone.setattr(conversation, "hear", away)
        platform.press("1")
        first = platform.next
        assert first is not None
        assert "away=1" in first.url
        with pytest.raises(AssertionError, match="503"):
            platform.tell_over()  # what was not kept is never said to be
        for _ in range(8):
            platform.wait()
        assert platform.ringing is not None
        assert platform.ringing.text.endswith("+861084110011")
        assert platform.heard == heard_before
    platform.ringing, platform.next = None, first
    platform.wait()  # back before the time was over: the key is lost, the caller hears the menu again
    assert platform.asking is not None
    assert "For Bills and balance, press 1." in platform.heard[-1]
    assert Call.objects.count() == 1


def test_a_caller_whose_hang_up_was_lost_rings_no_agent(floor: Floor, switch: Caller) -> None:
    floor.trunk.dialect = "text"
    floor.trunk.save()
    VoiceLine.objects.create(trunk=floor.trunk, menus=False, queue="billing")
    waits, talks = (PLATFORMS["text"](trunk="pbx-1", key=floor.caller(trunk="pbx-1").key, call=name) for name in "wt")
    floor.sign_in(switch, floor.lin)
    talks.dial_in()
    talks.ring_if_not_yet()
    talks.agent_answers()
    waits.dial_in()
    assert silence.sweep(now=db_now()) == 0
    later = db_now() + timedelta(minutes=3)
    assert silence.sweep(now=later) == 1
    assert silence.sweep(now=later) == 0
    states = dict(Call.objects.values_list("external_id", "state"))
    assert states == {"w": "abandoned", "t": "connected"}
    assert Call.objects.get(external_id="w").ended_by == "network"


def test_callers_hear_the_expected_wait_where_there_is_one(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    floor.trunk.dialect = "text"
    floor.trunk.save()
    VoiceLine.objects.create(trunk=floor.trunk, menus=False, queue="billing")
    estimate = WaitEstimate(ahead=0, p50_s=170, p90_s=400, method="erlang", n=50)
    monkeypatch.setattr(routing.in_line, "place_estimate", lambda **_: estimate)
    caller = PLATFORMS["text"](trunk="pbx-1", key=floor.caller(trunk="pbx-1").key)
    caller.dial_in()
    assert any("预计等候约3分钟" in text for text in caller.heard)


_ODD: list[tuple[str, bytes]] = [
    ("application/x-www-form-urlencoded", "CallSid=CA9&From=张三&To=10011".encode("gb18030")),
    ("application/x-www-form-urlencoded", b"CallSid=CA9&From=%D5%C5%C8%FD&To=%00%FF%FE"),
    ("application/x-www-form-urlencoded", b"CallSid=%00&From=&To="),
    ("application/x-www-form-urlencoded", b"&&&===&CallSid"),
    ("application/x-www-form-urlencoded", b"CallSid=CA9&" + b"&".join(b"f%d=x" % one for one in range(2_000))),
    ("application/x-www-form-urlencoded", b"CallSid=" + b"9" * 60_000),
    ("application/json", b"{"),
    ("application/json", b"[1, 2]"),
    ("application/json", b'{"call_sid": {"deep": [1]}, "from": null}'),
    ("application/json", b"[" * 5_000),
    ("application/json", b'{"call_sid": "\\ud800"}'),
    ("text/xml", b'<!DOCTYPE a [<!ENTITY b "bb">]><a>&b;</a>'),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=call\r\n\r\n1\r\n--x--"),
    ("application/octet-stream", bytes(range(256))),
    ("", b"x" * 70_000),
]


def test_nothing_that_comes_breaks_a_hook(floor: Floor, caplog: pytest.LogCaptureFixture) -> None:
    """Wrong encodings, half fields, absurd lengths, other people's formats: an answer or a sentence, never a fault."""
    publish_shipped(now=db_now())
    key = floor.caller(trunk="pbx-1").key
    client = Client(raise_request_exception=True)
    for dialect, speaks in registry.DIALECTS.items():
        for hook in sorted(speaks.HOOKS & {"voice", "dialled"}):
            for content_type, body in _ODD:
                address = f"/telephony/pbx-1/{hook}?format={dialect}"
                answer = client.generic(
                    "POST", address, body, content_type=content_type, headers={"Authorization": f"Bearer {key}"}
                )
                assert answer.status_code in {200, 400, 413, 415}, (dialect, hook, body[:40], answer.content[:200])
    for header in ("Authorization", "X-Twilio-Signature", "Jambonz-Signature", "X-Request-Id"):
        long = client.post("/telephony/pbx-1/voice?format=twiml", {}, headers={header: "Basic " + "x" * 65_536})
        assert long.status_code == 401
    assert not [one for one in caplog.records if "could not be answered" in one.message]


@pytest.mark.parametrize(
    ("raw", "known"),
    [
        ("013812345678", "+8613812345678"),
        ("008613812345678", "+8613812345678"),
        ("sip:+8613812345678@carrier.example;user=phone", "+8613812345678"),
        ("+85291234567", "+85291234567"),
        ("anonymous", ""),
        ("+266696687", ""),
        ("10086", ""),
        ("", ""),
    ],
)
def test_every_way_to_write_a_number_names_the_same_caller(floor: Floor, raw: str, known: str) -> None:
    key = floor.caller(trunk="pbx-1").key
    said = {"call": "n-1", "from": raw, "to": "10086", "queue": "billing"}
    address = "/telephony/pbx-1/voice?format=text"
    answer = Client().post(address, urlencode(said), content_type="application/x-www-form-urlencoded",
                           headers={"Authorization": f"Bearer {key}"})  # fmt: skip
    assert answer.content.decode().startswith("action=wait")
    assert Call.objects.get(external_id="n-1").from_e164 == known


def test_a_key_of_another_trunk_opens_nothing_here(floor: Floor) -> None:
    Trunk.objects.create(key="other", group="other", domain="main", dialect="text")
    for key, why in (
        (floor.caller(trunk="pbx-1").key, "belongs to another trunk"),
        (floor.caller("calls:read", trunk="other").key, "lacks the scope"),
        ("zk_nonsense", "unknown, revoked or expired"),
    ):
        answer = Client().get("/telephony/other/voice?call=1", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == 401
        assert why in answer.content.decode()
    assert Client().get("/telephony/nowhere/voice").status_code == 404
    assert Client().get("/telephony/other/voice?format=morse").status_code == 406
    assert Client().get("/telephony/other/nothing").status_code == 404
