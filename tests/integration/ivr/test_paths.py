"""Who is in the menus now, and every way callers took today."""

from __future__ import annotations

from datetime import UTC, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from ivr.flows import operations as flow_operations
from ivr.intake.operations import take
from ivr.paths import operations, queries
from ivr.paths.language import QuerySyntax
from ivr.paths.queries import Asked, Picture
from tests.integration.ivr.story import NINE, asks_for_bill, call_of, said

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::DeprecationWarning")]  # what DuckDB imports
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _menus() -> None:
    flow_operations.publish_shipped(now=NINE - timedelta(days=30))


def picture_of(**more: Any) -> Picture:
    return queries.picture(asked=Asked(since=NINE, until=NINE + DAY, **more), now=NINE + 30 * DAY)


def test_callers_in_the_menus_now_by_node() -> None:
    take(
        items=asks_for_bill("chen")[:5] + asks_for_bill("zhang", at=5)[:3] + asks_for_bill("gone"), now=NINE + DAY / 24
    )
    take(items=[said("silent", -3600, "enter", "main")], now=NINE)

    live = queries.live(now=NINE + timedelta(seconds=20))

    assert live.calls == 2
    assert live.longest_s == pytest.approx(20)
    assert [(one.node, one.label.zh, one.calls, one.longest_s) for one in live.nodes] == [
        ("billing", "话费查询", 1, 11.0),
        ("main", "主菜单", 1, 11.0),
    ]


def test_the_picture_counts_every_closed_session_of_the_window_and_no_other() -> None:
    for number in range(3):
        take(items=asks_for_bill(f"chen-{number}", at=number), now=NINE + DAY / 24)
    take(items=asks_for_bill("zhang", at=-7200), now=NINE)
    take(items=asks_for_bill("still here", at=30)[:3], now=NINE + DAY / 24)
    take(items=[said("strange", 2, "enter", "brand_new"), said("strange", 3, "hangup")], now=NINE + DAY / 24)

    picture = picture_of()

    assert (picture.calls, picture.unfinished) == (4, 1)
    assert picture.outcomes == {"agent": 3, "task": 0, "hangup": 1, "system": 0, "unknown": 0}
    assert {(way.source_id, way.target_id): way.calls for way in picture.ways if way.step == 1} == {
        ("1:language", "2:main"): 3,
        ("1:brand_new", "2:~hangup"): 1,
    }
    assert picture.labels["main"].zh == "主菜单"
    assert picture.unlisted == {"brand_new"}
    assert picture_of(flow="operator").calls == 4
    assert picture_of(flow="another").calls == 0


def test_a_caller_who_returns_to_the_main_menu_stands_in_the_loops() -> None:
    take(
        items=[
            said("zhang", 0, "enter", "language"),
            said("zhang", 3, "enter", "main"),
            said("zhang", 8, "enter", "plans"),
            said("zhang", 14, "back", "plans", "*"),
            said("zhang", 14, "enter", "main"),
            said("zhang", 20, "hangup"),
        ],
        now=NINE + DAY / 24,
    )

    picture = picture_of()

    assert [(one.node, one.form, one.calls, one.seconds) for one in picture.loops] == [("main", "back", 1, 11.0)]
    assert {row.node: row.visits for row in picture.rows} == {"language": 1, "main": 2, "plans": 1}


def settle(name: str, customer: str = "", **more: Any) -> None:
    facts: dict[str, Any] = {
        "customer_id": uuid5(UUID(int=1), customer) if customer else None, "tags": [], "queue": "billing", "agent_id": 7,
        "wait_s": 12.4, "handle_s": 180, "final": "bill_question", "now": NINE,
    }  # fmt: skip
    operations.settle(call_id=call_of(name), **(facts | more))


def test_a_query_narrows_every_number_and_the_calls_behind_it() -> None:
    for number in range(3):
        take(items=asks_for_bill(f"chen-{number}", at=number), now=NINE + DAY / 24)
    take(items=[said("zhang", 0, "enter", "main"), said("zhang", 9, "hangup")], now=NINE + DAY / 24)

    seen = picture_of(query="main > billing > * > agent")
    listed = queries.calls(asked=seen.asked, limit=2)

    assert (seen.calls, seen.of, seen.outcomes["agent"]) == (3, 4, 3)
    assert listed.total == 3
    assert [line.call for line in listed.lines] == [call_of("chen-2"), call_of("chen-1")]
    assert listed.lines[0].nodes == ("language", "main", "billing", "queue_billing")
    with pytest.raises(QuerySyntax, match="Did you mean 'billing'"):
        picture_of(query="biling")


def test_a_disposition_is_kept_as_the_reason_it_stands_for() -> None:
    take(items=asks_for_bill("first"), now=NINE + DAY / 24)

    settle("first", "chen", final="bill_explained")

    assert picture_of(query="final=bill_question").calls == 1


def test_what_the_house_knows_of_an_ended_call_is_frozen_with_its_path() -> None:
    take(items=asks_for_bill("first"), now=NINE + DAY / 24)
    take(items=asks_for_bill("again", at=7200), now=NINE + DAY / 8)
    settle("first", "chen", tags=["vip"])
    settle("first", "chen", tags=["vip"], final="leave", handle_s=200)
    settle("again", "chen")
    settle("never in the menus", "chen")

    seen = picture_of()

    assert seen.tags == ("vip",)
    assert picture_of(query="tag=vip and final=leave and handle >= 200").calls == 1
    assert picture_of(query="repeat < 24h").calls == 1
    assert [(one.outcome, one.any.hits, one.any.n, one.same_reason.hits) for one in seen.repeats_day] == [
        ("agent", 1, 2, 1)
    ]
    assert [(one.chosen, one.final, one.calls) for one in seen.misroutes] == [("bill_question", "leave", 1)]


def test_a_late_event_is_seen_although_the_window_was_read_before() -> None:
    take(items=asks_for_bill("chen"), now=NINE + DAY / 24)
    assert picture_of().loops == ()

    take(items=[said("chen", 12, "enter", "main")], now=NINE + DAY / 12)

    assert [one.node for one in picture_of().loops] == ["main"]


def test_a_call_after_the_window_counts_as_a_repeat_and_as_nothing_else() -> None:
    take(items=asks_for_bill("today"), now=NINE + DAY / 24)
    take(items=asks_for_bill("tomorrow", at=100_000), now=NINE + 2 * DAY)
    settle("today", "chen")
    settle("tomorrow", "chen")

    seen = picture_of()

    assert (seen.calls, seen.of) == (1, 1)
    assert [(one.any.hits, one.any.n) for one in seen.repeats_week] == [(1, 1)]


def test_a_window_compared_with_itself_shows_no_difference() -> None:
    for number in range(3):
        take(items=asks_for_bill(f"chen-{number}", at=number), now=NINE + DAY / 24)
    asked = Asked(since=NINE, until=NINE + DAY)

    seen = queries.compare(a=asked, b=asked, zone=UTC)

    assert (seen.calls_a, seen.calls_b) == (3, 3)
    assert seen.lines
    assert {(line.difference.value, line.stands) for line in seen.lines} == {(0.0, False)}


def test_paths_leave_as_parquet_and_answer_there_what_the_explorer_answers(tmp_path: Path) -> None:
    pytest.importorskip("ibis", reason="Ibis is missing: install the analytics set of packages")
    take(items=asks_for_bill("chen") + asks_for_bill("zhang", at=60), now=NINE + DAY / 24)
    said_back = StringIO()

    call_command("export_ivr", tmp_path, since="2026-03-02", until="2026-03-03", study="outcomes", stdout=said_back)

    assert said_back.getvalue().splitlines() == [f"2 calls written to {tmp_path}.", "agent\t2"]
    with pytest.raises(CommandError, match="'March' is no day"):
        call_command("export_ivr", tmp_path, since="March", until="2026-03-03")
