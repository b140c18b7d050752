"""Commands that set things right: kept events read once more, both sides compared. Dry unless told otherwise."""

from __future__ import annotations

import io
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from callcenter.foundation.clock import db_now
from callcenter.telephony.models import InboundEvent, Trunk
from routing.models import Agent, Call
from tests.integration.telephony.conftest import Caller, Floor, arrival, event

SAMPLES = Path(__file__).resolve().parents[2] / "unit" / "telephony" / "samples"


def _said(*words: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue()


def _whole_call(floor: Floor, switch: Caller) -> str:
    floor.sign_in(switch, floor.lin)
    made = switch.post("/calls", arrival()).json()
    call, held = made["call"]["id"], made["reservation"]["id"]
    told = [
        event(kind, call=call, reservation=held, boot="b1", seq=n) for n, kind in enumerate(("ringing", "answered"))
    ]
    switch.post("/switch-events", told)
    switch.post("/switch-events", [event("hangup", call=call, boot="b1", seq=9)])
    return str(call)


def test_what_was_applied_moves_nothing_when_it_is_applied_again(floor: Floor, switch: Caller) -> None:
    call = _whole_call(floor, switch)
    before = switch.get(f"/calls/{call}/timeline").json()
    told = _said("replay_raw", "--results", "applied,stale", "--apply")
    assert "3  applied → applied" in told
    assert "moved_again" not in told
    assert switch.get(f"/calls/{call}/timeline").json() == before


def test_what_was_set_aside_has_its_effect_once_its_agent_is_known(floor: Floor, switch: Caller) -> None:
    """The switch named an agent by a staff number that was given a day later."""
    call = switch.post("/calls", arrival()).json()["call"]["id"]
    (answer,) = switch.post(f"/calls/{call}/events", event("answered", agent="key:2001")).json()["results"]
    assert (answer["result"], answer["code"]) == ("quarantined", "not_found")
    assert "quarantined → quarantined" in _said("replay_raw")
    Agent.objects.filter(pk=floor.omar.pk).update(key="2001")
    assert "quarantined → applied" in _said("replay_raw", trunk="pbx-1")
    assert switch.get(f"/calls/{call}").json()["call"]["state"] == "queued", "nothing is written without --apply"
    _said("replay_raw", "--apply")
    assert switch.get(f"/calls/{call}").json()["call"]["state"] == "connected"
    assert InboundEvent.objects.get(type="answered").result == "applied"
    assert "nothing to replay" in _said("replay_raw")


def test_what_is_too_old_or_not_to_be_read_stays_aside(floor: Floor, switch: Caller) -> None:
    call = switch.post("/calls", arrival()).json()["call"]["id"]
    switch.post(f"/calls/{call}/events", event("hangup", at=db_now() - timedelta(hours=30)))
    switch.post("/switch-events", [{"type": "answered"}])
    told = _said("replay_raw", "--apply")
    assert "too_old" in told or "2  quarantined → quarantined" in told
    assert switch.get(f"/calls/{call}").json()["call"]["state"] == "queued"


def test_a_start_told_long_ago_closes_nothing_when_it_is_replayed(floor: Floor, switch: Caller) -> None:
    switch.post("/switch-events", [event("started", boot="b1", seq=1)])
    Trunk.objects.update(boot="b9")
    call = switch.post("/calls", arrival()).json()["call"]["id"]
    _said("replay_raw", "--results", "applied", "--apply")
    assert switch.get(f"/calls/{call}").json()["call"]["state"] == "queued"


def test_a_recorded_payload_is_read_by_its_dialect(tmp_path: Path) -> None:
    body = tmp_path / "voice.form"
    body.write_bytes(b"CallSid=CA1&From=%2B8613812345678&To=10086&CallStatus=ringing")
    told = _said("replay_raw", payload=body, dialect="twiml", hook="voice")
    assert "CA1" in told and "8613812345678" in told
    for wrong in ({"dialect": ""}, {"dialect": "twiml", "hook": "nowhere"}):
        with pytest.raises(CommandError):
            _said("replay_raw", payload=body, **wrong)
    body.write_bytes(b"{")
    with pytest.raises(CommandError):
        _said("replay_raw", payload=body, dialect="jambonz")


# --- both sides compared ----------------------------------------------------------------------------------------------
def test_reconcile_says_what_it_would_close_and_closes_it_when_told(
    floor: Floor, switch: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("kept", "ghost"):
        switch.post("/calls", arrival(external_id=name))
    Call.objects.update(arrived_at=db_now() - timedelta(minutes=1))
    listed = tmp_path / "calls.txt"
    listed.write_text("kept\n\nnever heard of\n", "utf-8")
    told = _said("reconcile", "pbx-1", calls=str(listed))
    assert "ghost queued" in told and "unknown  never heard of" in told and "--apply" in told
    assert switch.get("/calls/ext:pbx:ghost").json()["call"]["state"] == "queued"
    monkeypatch.setattr(sys, "stdin", io.StringIO("kept"))
    assert "1 listed, 1 closed, 0 unknown here." in _said("reconcile", "pbx-1", calls="-", apply=True)
    assert switch.get("/calls/ext:pbx:ghost").json()["call"]["state"] == "abandoned"
    assert switch.get("/calls/ext:pbx:kept").json()["call"]["state"] == "queued"


def test_reconcile_refuses_what_it_cannot_know(floor: Floor, tmp_path: Path) -> None:
    for words in (("nowhere",), ("pbx-1",), ("pbx-1", "--calls", str(tmp_path / "none"))):
        with pytest.raises(CommandError):
            _said("reconcile", *words)
    Trunk.objects.create(key="pbx-2", group="pbx", domain="main")
    (tmp_path / "calls").write_text("", "utf-8")
    with pytest.raises(CommandError, match="share"):
        _said("reconcile", "pbx-1", calls=str(tmp_path / "calls"))
