"""Who is in the menus now, and every way callers took today."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ivr.flows import operations as flow_operations
from ivr.intake.operations import take
from ivr.paths import queries
from tests.integration.ivr.story import NINE, asks_for_bill, said

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _menus() -> None:
    flow_operations.publish_shipped(now=NINE - timedelta(days=30))


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

    picture = queries.picture(since=NINE, until=NINE + DAY)

    assert (picture.calls, picture.unfinished) == (4, 1)
    assert picture.outcomes == {"agent": 3, "task": 0, "hangup": 1, "system": 0, "unknown": 0}
    assert {(way.source_id, way.target_id): way.calls for way in picture.ways if way.step == 1} == {
        ("1:language", "2:main"): 3,
        ("1:brand_new", "2:~hangup"): 1,
    }
    assert picture.labels["main"].zh == "主菜单"
    assert picture.unlisted == {"brand_new"}
    assert queries.picture(since=NINE, until=NINE + DAY, flow="operator").calls == 4
    assert queries.picture(since=NINE, until=NINE + DAY, flow="another").calls == 0


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

    picture = queries.picture(since=NINE, until=NINE + DAY)

    assert [(one.node, one.form, one.calls, one.seconds) for one in picture.loops] == [("main", "back", 1, 11.0)]
    assert {row.node: row.visits for row in picture.rows} == {"language": 1, "main": 2, "plans": 1}
