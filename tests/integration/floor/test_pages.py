"""Ada's pages: the tile, the table, the list and the file say the same; who may not see them does not."""

from __future__ import annotations

import csv
import io
import re
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import get_default_timezone

from callcenter.floor.board import board
from callcenter.foundation.clock import db_now
from callcenter.foundation.events import record
from ivr.flows import operations as flow_operations
from ivr.intake.operations import take
from ivr.results import PathEventIn
from routing.models import Reservation
from routing.states import CallState
from tests.integration.floor.story import Floor, busy_morning, person

pytestmark = pytest.mark.django_db
PAGES = ["/floor/", "/floor/now/", "/floor/queues.csv", "/floor/calls/", "/floor/calls.csv"]
IVR_PAGES = ["/floor/ivr/", "/floor/ivr/ways.csv", "/floor/ivr/loops.csv", "/floor/ivr/nodes.csv"]


@pytest.fixture
def now() -> datetime:
    return db_now()


@pytest.fixture
def floor(now: datetime) -> Floor:
    return busy_morning(now)


@pytest.fixture
def ada(client: Client) -> Client:
    client.force_login(person("ada", "supervisor"))
    return client


def page(client: Client, url: str, language: str = "en") -> str:
    client.cookies["django_language"] = language
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def heading(html: str) -> str:
    return re.sub(r"<[^>]+>", "", (re.search(r"<h1.*?</h1>", html, re.DOTALL) or [""])[0]).strip()


def rows_of(client: Client, url: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(page(client, url).lstrip("\ufeff"))))


@pytest.mark.parametrize(
    ("role", "floor_status", "ivr_status"),
    [
        ("supervisor", 200, 200),
        ("admin", 200, 200),
        ("analyst", 403, 200),
        ("agent", 403, 403),
        ("marketing", 403, 403),
        ("auditor", 403, 403),
    ],
)
def test_who_may_see_what(client: Client, floor: Floor, role: str, floor_status: int, ivr_status: int) -> None:
    client.force_login(person("somebody", role))

    assert {client.get(url).status_code for url in PAGES} == {floor_status}
    assert {client.get(url).status_code for url in IVR_PAGES} == {ivr_status}


def test_the_board_is_what_happened(floor: Floor, now: datetime) -> None:
    seen = board(domain="main", now=now, zone=get_default_timezone())

    tiles = {tile.metric.code: tile.value for tile in seen.tiles}
    assert tiles["waiting"] == 3
    assert tiles["longest_wait"] == pytest.approx(25)
    assert {group.state: [agent.name_en for agent in group.agents] for group in seen.groups} == {
        "available": ["Lin"],
        "break": ["Omar"],
    }
    billing, sales = seen.queues
    assert (billing.overdue, sales.overdue) == (True, False)
    assert (billing.free, seen.free, seen.agents) == (1, 1, 2)


def test_tile_list_and_file_say_the_same_number(ada: Client, floor: Floor) -> None:
    html = page(ada, "/floor/")
    read = set()

    for code, href in re.findall(r'id="tile-(\w+)".*?class="tile-value" href="([^"]+)"', html, re.DOTALL):
        if code in {"offered", "answered", "abandoned", "waiting"}:
            shown = re.search(rf'id="tile-{code}".*?class="tile-value"[^>]*>\s*([\d,]+)', html, re.DOTALL)
            assert shown is not None
            url = href.replace("&amp;", "&")
            lines = rows_of(ada, url.replace("/calls/", "/calls.csv"))[1:]
            assert len(lines) == int(shown[1]), code
            read.add(code)
    assert read == {"offered", "answered", "abandoned", "waiting"}


def test_the_file_of_queues_equals_the_table(ada: Client, floor: Floor) -> None:
    header, billing, sales = rows_of(ada, "/floor/queues.csv")

    assert header[:3] == ["Queue", "Target in seconds", "Free agents"]
    assert "Service level (F4)" in header
    assert (billing[0], billing[1], billing[3]) == ("Bills", "20", "2")
    assert (sales[0], sales[3]) == ("Plans", "1")


def test_the_board_costs_the_same_number_of_statements_for_a_busier_floor(ada: Client, floor: Floor) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as counted:
            page(ada, "/floor/now/")
        return len(counted)

    statements()
    before = statements()
    for number in range(30):
        floor.served_by(floor.call(floor.sales, ago=50 + number, state=CallState.COMPLETED, wait=2), floor.lin)
        floor.call(floor.sales, ago=number, state=CallState.QUEUED)

    assert statements() == before
    assert before <= 21


def test_a_call_tells_what_happened_why_this_agent_and_where_the_caller_had_been(
    ada: Client, floor: Floor, now: datetime
) -> None:
    flow_operations.publish_shipped(now=now - timedelta(days=1))
    call = floor.call(floor.billing, ago=300, state=CallState.COMPLETED, wait=4)
    held = floor.served_by(call, floor.lin)
    Reservation.objects.filter(pk=held.pk).update(disposition="bill_explained")
    record(
        type="call.arrived", now=call.arrived_at, domain="main", actor="switch", call=call.pk, seq_in_call=1, data={}
    )
    take(
        items=[
            PathEventIn(
                call_id=call.pk, source="trunk", external_id="m", t=call.arrived_at, kind="enter", node="billing"
            )
        ],
        now=now,
    )

    english = page(ada, f"/floor/calls/c_{call.pk.hex}/")
    chinese = page(ada, f"/floor/calls/c_{call.pk.hex}/", "zh-hans")

    said = (
        "1 of 2 agents could take the call",
        "1 on a break",
        "idle for 1:15",
        "Call arrived",
        "Bills",
        "Bill explained",
    )
    for sentence in said:
        assert sentence in english
    for sentence in ("最长空闲优先", "来电到达", "话费查询", "账务", "账单已解释"):
        assert sentence in chinese
    assert call.from_e164[3:] not in english


@pytest.mark.parametrize(
    "url",
    [
        "/floor/calls/c_00000000000000000000000000000000/",
        "/floor/calls/nonsense/",
        "/floor/calls/?result=lost",
        "/floor/calls/?cursor=@@",
        "/floor/calls.csv?result=lost",
        "/floor/ivr/secrets.csv",
    ],
)
def test_what_does_not_exist_is_a_page_that_says_so(ada: Client, floor: Floor, url: str) -> None:
    assert ada.get(url).status_code == 404


@pytest.mark.parametrize("query", ["?from=x&to=y", "?flow=nothing", "?from=2026-01-01&to=1999-01-01", "?domain=other"])
def test_nonsense_in_the_address_is_no_error(ada: Client, floor: Floor, query: str) -> None:
    for url in ("/floor/", "/floor/calls/", "/floor/ivr/"):
        plain, asked = page(ada, url), page(ada, url + query)
        assert heading(asked) == heading(plain) != ""


def test_an_empty_floor_says_what_to_do_next(ada: Client) -> None:
    assert "There is no queue yet" in page(ada, "/floor/")
    assert "No call has gone through the menus" in page(ada, "/floor/ivr/")
    assert "尚无队列" in page(ada, "/floor/", "zh-hans")


def test_a_queue_named_like_a_formula_is_defused_in_the_file(ada: Client, floor: Floor) -> None:
    floor.billing.name_en = "=HYPERLINK(1)"
    floor.billing.save()

    assert rows_of(ada, "/floor/queues.csv")[1][0] == "'=HYPERLINK(1)"


def test_a_name_with_markup_stays_text(ada: Client, floor: Floor) -> None:
    floor.lin.name_en = "<script>alert(1)</script>"
    floor.lin.save()

    assert "<script>alert" not in page(ada, "/floor/")


def test_no_page_holds_anything_inline(ada: Client, floor: Floor) -> None:
    for url in ("/floor/", "/floor/now/", "/floor/calls/", "/floor/ivr/"):
        html = page(ada, url)
        assert not re.search(r"\sstyle=|\son\w+=", html)
        assert not re.search(r"<script(?![^>]*\b(src=|type=\"application/json\"))", html)
