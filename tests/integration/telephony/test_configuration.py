"""Skills and queues through the API: what an agent is able to do decides who is given the next call."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from callcenter.foundation.models import AuditEntry, Event
from routing.models import Call, Domain, Queue, Skill
from tests.integration.telephony.conftest import Caller, Floor, arrival


def test_a_skill_given_by_another_system_counts_in_the_next_decision(floor: Floor, switch: Caller) -> None:
    for key in ("billing", "lang-en"):
        Skill.objects.create(key=key, name_en=key, name_zh=key)
    floor.billing.required = {"billing": 3}
    floor.billing.save()
    floor.sign_in(switch, floor.lin)
    assert switch.post("/calls", arrival()).json()["call"]["state"] == "queued"
    assert [row["key"] for row in switch.get("/skills").json()["skills"]] == ["billing", "lang-en"]

    wish = {"skills": {"billing": 3, "lang-en": 1}}
    assert switch.put("/agents/key:1017/skills", wish).json()["skills"] == wish["skills"]
    assert switch.put("/agents/key:1017/skills", wish).status_code == 200
    assert AuditEntry.objects.filter(action="agent.skills").count() == 1  # the same again is no change
    assert Event.objects.get(type="agent.skills_changed").data == wish
    assert switch.get("/queues/billing").json()["queue"]["waiting"] == 1
    call_command("route", "--once")
    assert switch.get("/queues/billing").json()["queue"]["waiting"] == 0

    switch.put("/agents/key:1017/skills", {"skills": {"lang-en": 2}})
    assert switch.get("/agents/key:1017/skills").json()["skills"] == {"lang-en": 2}


def test_a_change_meant_for_another_version_is_refused(floor: Floor, switch: Caller) -> None:
    """Two systems keep Lin's skills: the one that read first and writes last is told to read again."""
    for key in ("billing", "lang-en"):
        Skill.objects.create(key=key, name_en=key, name_zh=key)
    path = "/agents/key:1017/skills"
    read = switch.get(path).json()["version"]
    done = switch.put(path, {"skills": {"billing": 3}}, If_Match=f'"{read}"').json()
    late = switch.put(path, {"skills": {"lang-en": 1}}, If_Match=f'"{read}"')
    assert (late.status_code, late.json()["code"], late.json()["version"]) == (409, "version_conflict", done["version"])
    assert switch.get(path).json() == done
    assert switch.put(path, {"skills": {"lang-en": 1}}, If_Match=f'"{done["version"]}"').status_code == 200

    made = switch.post("/webhooks", {"url": "https://crm.example.com/zhiyin"}).json()["webhook"]
    address, first = f"/webhooks/{made['id']}", f'"{made["version"]}"'
    changed = switch.ask("PATCH", address, {"active": False}, If_Match=first).json()["webhook"]
    late = switch.ask("PATCH", address, {"active": True}, If_Match=first)
    assert (late.status_code, late.json()["state"]) == (409, "inactive")
    assert switch.ask("PATCH", address, {"active": True}, If_Match=f'"{changed["version"]}"').status_code == 200


def test_a_skill_nobody_knows_changes_nothing(floor: Floor, switch: Caller) -> None:
    answer = switch.put("/agents/key:1017/skills", {"skills": {"telepathy": 3}})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_skill")
    for level in (0, 6, "3", True, None):
        answer = switch.put("/agents/key:1017/skills", {"skills": {"billing": level}})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")


def test_a_queue_tells_what_it_asks_and_who_serves_it(floor: Floor, switch: Caller) -> None:
    told = switch.get("/queues/billing").json()["queue"]
    assert told["members"] == [f"a_{floor.lin.pk}", f"a_{floor.omar.pk}"]
    assert (told["open"], told["ring_s"], told["waiting"]) == (True, 20, 0)
    assert switch.get("/queues/nothing").status_code == 404
    assert floor.caller(domain="other").get("/queues/billing").status_code == 404


def test_a_queue_is_set_read_and_judged(floor: Floor, switch: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("routing.tasks.what_if.delay", lambda number: None)
    stands = switch.get("/queues/billing/settings").json()
    assert (stands["number"], stands["settings"]["required"]) == (0, {})
    asked = {"any": [{"agent": ["lin"]}, {"team": "nowhere"}]}
    refused = switch.put("/queues/billing/settings", {"settings": {"required": asked}, "why": "x"})
    assert refused.status_code == 422 and "no team" in refused.json()["detail"]
    wish = {"settings": {"target_s": 30, "required": {"not": {"trait": "new"}}}, "why": "holiday"}
    stale = switch.put("/queues/billing/settings", wish, If_Match='"7"')
    assert (stale.status_code, stale.json()["code"]) == (409, "version_conflict")
    set_ = switch.put("/queues/billing/settings", wish, If_Match=f'"{stands["version"]}"')
    assert (set_.status_code, set_.json()["number"], set_.json()["settings"]["target_s"]) == (200, 2, 30)
    kept = switch.get("/queues/billing/versions").json()["versions"]
    assert [one["number"] for one in kept] == [2, 1]
    assert [one["name"] for one in kept[0]["changed"]] == ["required", "target_s"]
    judged = switch.post("/simulations", {"queue": "billing", "settings": {"ring_s": 30}})
    assert judged.status_code == 202
    simulation = judged.json()["simulation"]
    assert (simulation["state"], simulation["changed"][0]["name"]) == ("asked", "ring_s")
    assert switch.get(f"/simulations/{simulation['id']}").json()["simulation"]["days"] == 7
    assert switch.get("/simulations/999999").status_code == 404
    assert switch.get("/queues/nowhere/settings").status_code == 404


def test_pairing_tells_its_record_and_its_plan(floor: Floor, switch: Caller) -> None:
    assert switch.get("/pairing/report").json() == {"queues": []}
    floor.billing.strategy = "paired"
    floor.billing.save()
    [told] = switch.get("/pairing/report").json()["queues"]
    assert (told["queue"], told["resolved"]["verdict"], told["trouble"]) == ("billing", "not_yet", "nothing_learned")
    cycle = switch.get("/pairing/cycle").json()
    assert len(cycle["queues"]["billing"]) == 48 and sum(cycle["queues"]["billing"]) == 24


def test_a_skill_for_many_from_a_day_on(floor: Floor, switch: Caller) -> None:
    Skill.objects.create(key="billing", name_en="Bills", name_zh="账务")
    day = timezone.localdate() + timedelta(days=3)
    wish = {
        "agents": ["key:1017", "key:1017"], "skill": "billing", "level": 3, "since": str(day), "why": "trained",
    }  # fmt: skip
    assert switch.post("/skills/changes", wish).json() == {"agents": 1, "changed": 1}
    assert switch.post("/skills/changes", wish).json() == {"agents": 1, "changed": 0}  # the same again
    assert switch.get("/agents/key:1017/skills").json()["skills"] == {}  # not yet
    [told] = switch.get("/skills/changes").json()["changes"]
    assert (told["why"], told["change"]["since"], told["change"]["before"]) == ("trained", str(day), 0)
    assert switch.post("/skills/changes", wish | {"skill": "telepathy"}).json()["code"] == "unknown_skill"
    assert switch.post("/skills/changes", wish | {"since": "2020-01-01"}).status_code == 422


def test_a_caller_is_handed_over_to_another_site(floor: Floor, switch: Caller) -> None:
    south = Domain.objects.create(key="south", name="South")
    Queue.objects.create(domain=south, key="sales", name_en="Sales", name_zh="销售")
    call = switch.post("/calls", arrival()).json()["call"]
    wish = {"domain": "south", "queue": "sales", "why": "north is full"}
    assert switch.post(f"/calls/{call['id']}/hand-over", wish | {"queue": "none"}).json()["code"] == "unknown_queue"
    gone = switch.post(f"/calls/{call['id']}/hand-over", wish).json()
    assert (gone["call"]["state"], gone["call"]["end_reason"]) == ("diverted", "overflow")
    assert switch.post(f"/calls/{call['id']}/hand-over", wish).json()["there"] == gone["there"]
    call_command("route", "--once")
    there = Call.objects.get(domain=south)
    assert (f"c_{there.pk.hex}", str(there.state)) == (gone["there"]["call"], "queued")
