"""Ada plans a day: what the page says is what the formulas say of the calls of earlier days like it (T-STF1)."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.models import F
from django.test import Client

from callcenter.accounts.api_keys import create_key
from callcenter.foundation.clock import db_now
from routing.models import Agent, CalendarDay, Call, Domain, OpeningHours, Queue, Reservation
from routing.staffing import Load, needed, needed_exactly, predict
from tests.integration.floor.story import person

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
AHT, CALLS, LEFT = 240.0, 30, 10  # at nine, of each earlier day


def tomorrow() -> datetime:
    day = db_now().astimezone(ZONE).date() + timedelta(days=1)
    return datetime.combine(day, time(0), tzinfo=ZONE)


@pytest.fixture
def billing(db: None) -> Queue:
    """Two weeks and one ago, at nine: thirty calls of four minutes, ten of them gone after a minute, nobody else waits."""
    domain = Domain.objects.create(key="main", name="Main")
    queue = Queue.objects.create(domain=domain, key="billing", name_en="Bills", name_zh="账务", target_s=20)
    lin = Agent.objects.create(domain=domain, key="lin", name_en="Lin", name_zh="林静")
    calls = []
    for week in (1, 2):
        for no in range(CALLS):
            at = tomorrow() - timedelta(weeks=week) + timedelta(hours=9, seconds=50 * no)
            gone = no < LEFT
            over = at + timedelta(seconds=60 if gone else 0)
            calls.append(
                Call(
                    domain=domain, queue=queue, source="t", external_id=f"{week}-{no}", arrived_at=at, enqueued_at=at,
                    place_key=at, state="abandoned" if gone else "completed", connected_at=None if gone else over,
                    ended_at=over if gone else over + timedelta(seconds=AHT), end_reason="queue" if gone else "",
                )
            )  # fmt: skip
    Call.objects.bulk_create(calls)
    Reservation.objects.bulk_create(
        Reservation(
            domain=domain, call=call, agent=lin, queue=queue, state="completed", created_at=call.arrived_at,
            connected_at=call.connected_at, ended_at=call.ended_at,
        )
        for call in calls
        if call.connected_at
    )  # fmt: skip
    return queue


@pytest.fixture
def ada(client: Client) -> Client:
    client.force_login(person("ada", "supervisor"))
    return client


def cells(client: Client, address: str, language: str = "en") -> dict[str, list[str]]:
    """The table of intervals: from → its cells."""
    client.cookies["django_language"] = language
    answer = client.get(address)
    assert answer.status_code == 200, address
    text = answer.content.decode()
    table = re.search(r'id="lines">.*?<tbody>(.*?)</tbody>', text, re.DOTALL)
    assert table is not None, text
    rows = re.findall(r'<th scope="row">(\d\d:\d\d).*?</th>(.*?)</tr>', table[1], re.DOTALL)
    return {at: [re.sub("<.*?>", "", one) for one in re.findall(r"<td.*?>(.*?)</td>", cells)] for at, cells in rows}


def test_the_page_says_what_the_formulas_say(ada: Client, billing: Queue) -> None:
    load = Load(calls_per_s=CALLS / 1800, handle_s=AHT, patience_s=60.0)  # 600 s waited, 10 left
    agents = needed(load=load, target_s=20, level=0.8)
    row = cells(ada, "/floor/staffing/?queue=billing")["09:00"]
    assert row[:4] == ["30.0", "4:00", "4.00", f"{needed_exactly(load=load, target_s=20, level=0.8):.1f}"]
    assert row[5] == str(agents)
    assert row[7] == f"{100 * predict(load=load, agents=agents, target_s=20).service_level():.1f} %"
    supposed = "/floor/staffing/?queue=billing&load=150&handle_s=120&patience_s=200&level=90&target_s=30&agents=5"
    other = Load(calls_per_s=1.5 * CALLS / 1800, handle_s=120, patience_s=200.0)
    row = cells(ada, supposed)["09:00"]
    assert row[3] == f"{needed_exactly(load=other, target_s=30, level=0.9):.1f}" and row[5] == "5"
    assert row[7] == f"{100 * predict(load=other, agents=5, target_s=30).service_level():.1f} %"
    assert row[6] == "8"  # 5 ÷ 0.7
    assert cells(ada, supposed, "zh-hans")["09:00"][5] == "5"
    assert list(cells(ada, "/floor/staffing/")) == ["09:00"]


def test_nonsense_is_said_and_what_was_typed_stays(ada: Client, billing: Queue) -> None:
    answer = ada.get("/floor/staffing/?queue=billing&shrinkage=95&handle_s=ten")
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Handling time, seconds: a number from 5 to 7200 is needed." in text
    assert 'name="shrinkage" inputmode="decimal" value="95"' in text and 'value="ten"' in text
    Queue.objects.create(domain=billing.domain, key="sales", name_en="Plans", name_zh="套餐")
    assert b"Choose a queue to say how many agents" in ada.get("/floor/staffing/?agents=5").content
    assert b"within a year" in ada.get("/floor/staffing/?day=2007-01-01").content
    assert ada.get("/floor/staffing/?queue=nowhere").status_code == 404


def test_no_history_a_closed_day_and_a_make_up_day(ada: Client, billing: Queue) -> None:
    day = tomorrow().date()
    OpeningHours.objects.create(queue=billing, weekday=day.weekday(), opens=time(8), closes=time(20))
    assert list(cells(ada, "/floor/staffing/?queue=billing")) == ["09:00"]
    CalendarDay.objects.create(domain=billing.domain, day=day, name="Holiday")
    Domain.objects.update(roster_version=F("roster_version") + 1)
    assert b"Closed all day" in ada.get("/floor/staffing/?queue=billing").content
    CalendarDay.objects.update(day=day + timedelta(days=1), worked_as=day.weekday())
    Domain.objects.update(roster_version=F("roster_version") + 1)
    after = ada.get("/floor/staffing/", {"queue": "billing", "day": str(day + timedelta(days=1))})
    assert b"from 2 earlier days like it" in after.content
    Reservation.objects.all().delete()
    Call.objects.all().delete()
    assert b"there is nothing to forecast from" in ada.get("/floor/staffing/").content


def test_a_past_day_stands_beside_what_it_brought(ada: Client, billing: Queue) -> None:
    day = (tomorrow() - timedelta(weeks=1)).date()
    row = cells(ada, f"/floor/staffing/?queue=billing&day={day}")["09:00"]
    assert row[0] == "30.0" and row[-2:] == ["30", f"{100 * 20 / 30:.1f} %"]  # ten left late


def test_programs_ask_the_same(client: Client, billing: Queue) -> None:
    _, secret = create_key(name="planner", domain="main", scopes=["queues:read"], now=db_now())
    headers = {"Authorization": f"Bearer {secret}"}
    told = client.get("/api/v1/staffing?queue=billing&minutes=60", headers=headers).json()
    load = Load(calls_per_s=CALLS / 3600, handle_s=AHT, patience_s=60.0)
    [nine] = told["intervals"]
    assert (nine["calls"], nine["needed"]) == (30.0, needed_exactly(load=load, target_s=20, level=0.8))
    assert told["agent_hours"] == nine["agents"] and len(told["days"]) == 2
    wrong = client.get("/api/v1/staffing?minutes=7", headers=headers)
    assert wrong.status_code == 422 and "15, 30 or 60" in wrong.content.decode()
    assert client.get("/api/v1/staffing?load=99", headers=headers).status_code == 422
