"""Repeated and conditional commands: one effect, the first answer, or a clear refusal."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from callcenter.foundation import idempotency
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import Conflict, Invalid
from callcenter.foundation.models import IdempotencyKey
from callcenter.telephony.models import InboundEvent
from routing.models import Call
from tests.integration.telephony.conftest import Caller, Floor, arrival, event


def test_the_same_key_gives_the_first_answer(floor: Floor, switch: Caller) -> None:
    body = arrival()
    call = switch.post("/calls", body).json()["call"]["id"]
    first = switch.post(f"/calls/{call}/cancel", Idempotency_Key="k1")
    again = switch.post(f"/calls/{call}/cancel", Idempotency_Key="k1")
    assert (again.status_code, again.json()) == (first.status_code, first.json())
    assert again["Idempotent-Replay"] == "true"


def test_the_same_key_for_another_request_is_refused(floor: Floor, switch: Caller) -> None:
    body = arrival()
    assert switch.post("/calls", body, Idempotency_Key="k1").status_code == 202
    other_body = switch.post("/calls", arrival(), Idempotency_Key="k1")
    other_path = switch.post("/switch-events", body, Idempotency_Key="k1")
    assert [answer.json()["code"] for answer in (other_body, other_path)] == ["idempotency_mismatch"] * 2
    assert Call.objects.count() == 1


def test_two_holders_may_use_the_same_key(floor: Floor, switch: Caller) -> None:
    assert switch.post("/calls", arrival(), Idempotency_Key="k1").status_code == 202
    assert floor.caller(trunk="pbx-1").post("/calls", arrival(), Idempotency_Key="k1").status_code == 202


def test_a_repeated_batch_gets_its_first_results(floor: Floor, switch: Caller) -> None:
    call = switch.post("/calls", arrival()).json()["call"]["id"]
    batch = [event("ringing"), event("hangup")]
    first = switch.post(f"/calls/{call}/events", batch, Idempotency_Key="b")
    again = switch.post(f"/calls/{call}/events", batch, Idempotency_Key="b")
    assert again.json() == first.json()
    assert [item["result"] for item in again.json()["results"]] == ["applied", "applied"]
    assert InboundEvent.objects.count() == 2


def test_a_refusal_is_judged_anew(floor: Floor, switch: Caller) -> None:
    """Nothing was done, so nothing is remembered: the agent signs in, and the same request goes through."""
    body = {"presence": "available", "lease_id": "0b6f1d7e-5a0c-4a57-9d3e-2f6b1c8a9e10"}
    beat = f"/agents/a_{floor.lin.pk}/heartbeat"
    assert switch.post(beat, {"lease_id": body["lease_id"]}, Idempotency_Key="h").status_code == 409
    switch.put(f"/agents/a_{floor.lin.pk}/presence", body)
    assert switch.post(beat, {"lease_id": body["lease_id"]}, Idempotency_Key="h").status_code == 200
    assert IdempotencyKey.objects.count() == 1


@pytest.mark.parametrize("key", ["x" * 256, "schlüssel"])
def test_a_key_that_is_none_is_refused(floor: Floor, switch: Caller, key: str) -> None:
    answer = switch.post("/calls", arrival(), Idempotency_Key=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")


def test_an_answer_is_forgotten_after_a_day(db: None) -> None:
    now = db_now()
    ran = []

    def act() -> tuple[int, Any]:
        ran.append(1)
        return 200, {"n": len(ran)}

    def ask(at: Any) -> idempotency.Answer:
        return idempotency.once(principal="p", key="k", fingerprint="f", now=at, act=act)

    assert ask(now).body == ask(now + timedelta(hours=23)).body == {"n": 1}
    assert ask(now + timedelta(hours=25)).body == {"n": 2}
    assert idempotency.forget_expired(now=now + timedelta(hours=50)) == 1


def test_the_claim_of_a_dead_process_blocks_for_half_a_minute_only(db: None) -> None:
    now = db_now()
    IdempotencyKey.objects.create(principal="p", key="k", body_hash="f", expires_at=now + idempotency.CLAIM_FOR)

    def ask(at: Any) -> idempotency.Answer:
        return idempotency.once(principal="p", key="k", fingerprint="f", now=at, act=lambda: (200, {}))

    with pytest.raises(Conflict) as refusal:
        ask(now + timedelta(seconds=29))
    assert refusal.value.code == "in_progress"
    assert ask(now + timedelta(seconds=31)).status == 200


def test_what_lost_its_claim_is_undone(floor: Floor) -> None:
    now = db_now()

    def act() -> tuple[int, Any]:
        IdempotencyKey.objects.all().delete()
        Call.objects.create(domain=floor.domain, source="s", external_id="e", arrived_at=now)
        return 200, {}

    with pytest.raises(Conflict):
        idempotency.once(principal="p", key="k", fingerprint="f", now=now, act=act)
    assert not Call.objects.exists()


def test_a_twin_is_told_to_wait_while_the_first_runs(committed_floor: Floor) -> None:
    running, go_on = threading.Event(), threading.Event()
    answers: list[idempotency.Answer] = []

    def slow() -> tuple[int, Any]:
        running.set()
        assert go_on.wait(10)
        return 201, {"done": True}

    def first() -> None:
        answers.append(idempotency.once(principal="p", key="k", fingerprint="f", now=db_now(), act=slow))
        connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert running.wait(10)
    try:
        with pytest.raises(Conflict) as refusal:
            idempotency.once(principal="p", key="k", fingerprint="f", now=db_now(), act=slow)
        with pytest.raises(Invalid):
            idempotency.once(principal="p", key="k", fingerprint="other", now=db_now(), act=slow)
    finally:
        go_on.set()
        thread.join(10)
    assert refusal.value.code == "in_progress"
    replay = idempotency.once(principal="p", key="k", fingerprint="f", now=db_now(), act=slow)
    assert (replay.status, replay.body, replay.replayed) == (201, {"done": True}, True)
    assert answers[0].replayed is False


# --- conditional commands -------------------------------------------------------------------------------------------
def test_if_match_does_it_at_that_version_only(committed_floor: Floor) -> None:
    switch = committed_floor.caller(trunk="pbx-1")
    call = switch.post("/calls", arrival()).json()["call"]
    late = switch.post(f"/calls/{call['id']}/cancel", If_Match='"1"')
    assert (late.status_code, late.json()["code"]) == (409, "version_conflict")
    assert (late.json()["state"], late.json()["version"]) == ("queued", call["version"])
    done = switch.post(f"/calls/{call['id']}/cancel", If_Match=f'"{call["version"]}"')
    assert done.json()["call"]["state"] == "canceled"


def test_if_match_holds_against_a_change_at_the_same_moment(committed_floor: Floor, monkeypatch: Any) -> None:
    """Somebody changes the call between our look at its version and our write: the command must not happen."""
    from callcenter.telephony.api import base, calls

    switch, other = committed_floor.caller(trunk="pbx-1"), committed_floor.caller(trunk="pbx-1")
    call = switch.post("/calls", arrival()).json()["call"]
    looked = base.check_version

    def look_then_lose(**facts: Any) -> None:
        looked(**facts)
        monkeypatch.setattr(calls, "check_version", looked)
        thread = threading.Thread(target=_in_thread, args=(other, f"/calls/{call['id']}/transfer"))
        thread.start()
        thread.join(10)

    monkeypatch.setattr(calls, "check_version", look_then_lose)
    late = switch.post(f"/calls/{call['id']}/cancel", If_Match=f'"{call["version"]}"')
    assert (late.status_code, late.json()["code"]) == (409, "version_conflict")
    assert Call.objects.get().queue == committed_floor.retention


def _in_thread(caller: Caller, path: str) -> None:
    assert caller.post(path, {"queue": "retention"}).status_code == 200
    connection.close()


@pytest.mark.parametrize("stated", ["seven", '"-1"', '"99999999999999999999"', '"1", "2"'])
def test_an_if_match_that_is_no_version_is_refused(floor: Floor, switch: Caller, stated: str) -> None:
    call = switch.post("/calls", arrival()).json()["call"]
    assert switch.post(f"/calls/{call['id']}/cancel", If_Match=stated).status_code == 422


def test_old_answers_are_cleared_away_by_the_beat(floor: Floor, switch: Caller, settings: Any) -> None:
    from callcenter.telephony.tasks import forget_answers

    switch.post("/calls", arrival(), Idempotency_Key="young")
    IdempotencyKey.objects.create(principal="p", key="old", body_hash="f", status=200, expires_at=db_now())
    assert forget_answers.name in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert forget_answers() == 1
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["young"]
