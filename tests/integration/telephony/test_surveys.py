"""Asking callers how it was: the switch asks whom to ask, answers come late, twice, wrong, and from calls without agents."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from callcenter import hall
from callcenter.foundation.clock import db_now
from callcenter.foundation.ids import read_uuid
from callcenter.foundation.models import Event
from callcenter.telephony.models import InboundEvent
from ivr.models import SurveyInvitation, SurveyPlan
from ivr.surveys import operations
from routing.models import Call, Reservation
from tests.integration.telephony.conftest import Caller, Floor, arrival, event


@pytest.fixture(autouse=True)
def _plans(db: None) -> None:
    operations.publish_shipped(now=db_now())
    SurveyPlan.objects.update(least_talk_s=0, share=1.0)


def served(floor: Floor, switch: Caller, *, by: str = "agent", **fields: Any) -> str:
    """Lin serves a caller; `by` hangs up first. The call's name."""
    floor.sign_in(switch, floor.lin)
    made = switch.post("/calls", arrival(**fields)).json()
    call: str = made["call"]["id"]
    switch.post(f"/reservations/{made['reservation']['id']}/accept")
    switch.post(f"/calls/{call}/events", event("answered"))
    earlier = db_now() - timedelta(minutes=2)  # a talk of seconds would be no talk
    Reservation.objects.filter(pk=read_uuid("r", made["reservation"]["id"])).update(connected_at=earlier)
    Call.objects.filter(pk=read_uuid("c", call)).update(connected_at=earlier)
    if by == "agent":
        switch.post(f"/calls/{call}/events", event("leg_ended", by="agent"))
    else:
        switch.post(f"/calls/{call}/events", event("hangup", by="caller"))
    switch.post(f"/reservations/{made['reservation']['id']}/complete", {"disposition": "bill_explained"})
    return call


def asked(switch: Caller, call: str) -> Any:
    answer = switch.post("/surveys/invitations", {"call": call})
    assert answer.status_code == 200, answer.content
    return answer.json()["invitation"]


def said(invitation: str, question: str, value: object, **fields: Any) -> dict[str, Any]:
    return {"invitation": invitation, "question": question, "answer": value, "at": db_now().isoformat()} | fields


def test_a_caller_is_asked_on_the_line_and_answers_by_keys(floor: Floor, switch: Caller) -> None:
    call = served(floor, switch)
    invitation = asked(switch, call)
    assert (invitation["state"], invitation["channel"]) == ("invited", "voice")
    assert [one["key"] for one in invitation["form"]["questions"]] == ["agent", "solved", "comment"]
    assert asked(switch, call) == invitation  # asked again, the same

    results = switch.post(
        "/surveys/answers", [said(invitation["id"], "agent", "5"), said(invitation["id"], "solved", "2")]
    ).json()["results"]
    assert [one["result"] for one in results] == ["stored", "stored"]
    row = SurveyInvitation.objects.get(call=read_uuid("c", call))
    assert (row.state, row.score, row.good, row.stopped_at) == ("complete", 5, True, "solved")
    # the call as it was
    assert (row.agent, row.queue, row.reached, row.reason_of_call) == ("1017", "billing", "agent", "bill_explained")
    assert row.invited_by.startswith("key:")
    told = Event.objects.get(type="survey.answered").data
    assert (told["call"], told["state"], told["questions"]) == (call, "complete", ["agent", "solved"])
    assert switch.get("/events?types=survey.*").status_code == 200


def test_answers_come_in_the_same_batch_as_the_end_of_the_call(floor: Floor, switch: Caller) -> None:
    call = served(floor, switch)
    answer = {"kind": "survey", "call": call, "form": "after_agent", "question": "agent", "answer": "4"}
    batch = [answer | {"at": db_now().isoformat()}, event("hangup", call=call), {"kind": "survey", "call": call}]
    results = switch.post("/switch-events", batch).json()["results"]
    assert [one["result"] for one in results] == ["stored", "stale", "quarantined"]
    assert SurveyInvitation.objects.get().score == 4


def test_answers_come_twice_otherwise_wrong_late_and_for_nobody(floor: Floor, switch: Caller) -> None:
    name = asked(switch, served(floor, switch))["id"]
    switch.post("/surveys/answers", said(name, "agent", 4))
    late = (db_now() + timedelta(days=4)).isoformat()
    items = [
        said(name, "agent", "4"),
        said(name, "agent", 2),
        said(name, "solved", 7),
        said(name, "stars", 1),
        said(name, "solved", 1, at=late),
        said("s_" + "0" * 32, "agent", 1),
        {"question": "agent", "answer": 1, "at": late},
        "?",
    ]
    results = switch.post("/surveys/answers", items).json()["results"]
    codes = [one.get("code", one["result"]) for one in results]
    assert codes == [
        "duplicate", "other_answer", "bad_answer", "unknown_question", "too_late", "not_found", "unreadable", "unreadable",
    ]  # fmt: skip
    assert all(one["sentence"] for one in results[1:])
    assert InboundEvent.objects.filter(result="quarantined", type="").count() == 7  # nothing is lost
    row = SurveyInvitation.objects.get()
    assert (row.state, row.score) == ("started", 4)


def test_an_answer_counts_by_when_it_was_given(floor: Floor, switch: Caller) -> None:
    name = asked(switch, served(floor, switch))["id"]
    given = db_now() - timedelta(minutes=1)
    SurveyInvitation.objects.update(expires_at=db_now() - timedelta(seconds=1))
    assert switch.post("/surveys/answers", said(name, "agent", 5, at=given.isoformat())).json()["results"] == [
        {"result": "stored", "call": asked_call()}
    ]


def asked_call() -> str:
    return f"c_{SurveyInvitation.objects.get().call.hex}"


def test_who_hung_up_first_is_sent_a_message_and_who_was_not_asked_is_written_down(
    floor: Floor, switch: Caller
) -> None:
    call = served(floor, switch, by="caller")
    invitation = asked(switch, call)
    # 2026-… the hour of the test decides whether a message may be sent now: either way it is said.
    assert (invitation["channel"], invitation["reason"]) in {("link", "invited"), (None, "policy")}
    SurveyPlan.objects.filter(channel="link").update(active=False)
    other = asked(switch, served(floor, switch, by="caller"))
    assert (other["state"], other["reason"], other["form"]) == ("not_invited", "caller_left", None)
    assert switch.post("/surveys/answers", said(other["id"], "agent", 5)).json()["results"][0]["code"] == "not_asked"


def test_menus_that_asked_by_themselves(floor: Floor, switch: Caller) -> None:
    call = served(floor, switch)
    plain = {"call": call, "question": "agent", "answer": "1", "at": db_now().isoformat()}
    assert switch.post("/surveys/answers", plain).json()["results"][0]["code"] == "not_found"
    assert switch.post("/surveys/answers", plain | {"form": "nps"}).json()["results"][0]["code"] == "unknown_form"
    assert switch.post("/surveys/answers", plain | {"form": "after_agent"}).json()["results"][0]["result"] == "stored"
    row = SurveyInvitation.objects.get(call=read_uuid("c", call))
    assert (row.reason, row.score, row.good) == ("by_switch", 1, False)


def test_every_ended_call_has_its_row_even_without_an_agent(floor: Floor, switch: Caller) -> None:
    """Nobody asked about these: the sweep does, ten minutes later, once."""
    lost = switch.post("/calls", arrival()).json()["call"]["id"]
    switch.post(f"/calls/{lost}/events", event("hangup", by="caller"))
    steps = [
        {"external_id": "menus-only", "t": db_now().isoformat(), "kind": kind, "node": "main", "seq": place}
        for place, kind in enumerate(("enter", "hangup"))
    ]
    switch.post("/ivr/events", steps)
    talked = served(floor, switch)
    later = db_now() + timedelta(minutes=30)
    assert hall.survey.consider_ended_calls(now=later) == 3
    assert hall.survey.consider_ended_calls(now=later) == 0
    rows = {row.reached: row for row in SurveyInvitation.objects.all()}
    assert set(rows) == {"agent", "queue", "menus"}
    assert rows["queue"].call == read_uuid("c", lost)
    assert (rows["menus"].reason, rows["menus"].path) == ("no_number", "hangup")
    assert rows["agent"].call == read_uuid("c", talked)
    assert all(row.settled for row in rows.values())


def test_a_gateway_sees_what_is_to_be_sent_and_nothing_of_other_domains(floor: Floor, switch: Caller) -> None:
    call = served(floor, switch)
    form = asked(switch, call)["form"]["key"]
    SurveyInvitation.objects.update(channel="link")
    found = switch.get("/surveys/invitations?channel=link").json()["invitations"]
    assert [(one["call"], one["to"], one["form"]["key"]) for one in found] == [(call, "+8613812345678", form)]
    assert "/s/" in found[0]["url"]
    assert switch.get("/surveys/invitations?channel=callback").json() == {"invitations": []}
    stranger = floor.caller(domain="elsewhere")
    assert stranger.get("/surveys/invitations").json() == {"invitations": []}
    assert stranger.get(f"/surveys/invitations/{found[0]['id']}").status_code == 404
    assert switch.get(f"/surveys/invitations/{found[0]['id']}").json()["invitation"]["state"] == "invited"
