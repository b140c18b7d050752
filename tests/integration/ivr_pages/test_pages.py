"""Ada's path explorer: page, file and list say the same; every number opens its calls; a wrong query loses nothing."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5
from zipfile import ZipFile

import pytest
from django.test import Client

from callcenter.foundation.clock import db_now
from callcenter.foundation.ids import public
from customers.models import Segment
from customers.segments import standing
from ivr.flows import operations as flow_operations
from ivr.intake.operations import take
from ivr.paths.operations import settle
from ivr.results import PathEventIn
from tests.integration.floor.story import person
from tests.integration.ivr.story import NINE, asks_for_bill, call_of, said

pytestmark = pytest.mark.django_db
SUMS = ["/floor/ivr/", "/floor/ivr/compare/", "/floor/ivr/tables.xlsx", "/floor/ivr/tree.csv", "/floor/ivr/edges.csv"]
DAY = f"from={NINE.date()}&to={NINE.date()}"


def leaves(name: str, at: float) -> list[PathEventIn]:
    """Zhang San hears the main menu, presses a wrong key, and leaves."""
    return [
        said(name, at, "enter", "main"),
        said(name, at + 0.2, "prompt_start", "main"),
        said(name, at + 6, "prompt_end", "main"),
        said(name, at + 8, "badkey", "main", "7"),
        said(name, at + 9, "hangup", "main"),
    ]


@pytest.fixture(autouse=True)
def _morning() -> None:
    flow_operations.publish_shipped(now=NINE - timedelta(days=30))
    events = [one for n in range(12) for one in asks_for_bill(f"chen-{n}", at=n)]
    events += [one for n in range(3) for one in leaves(f"zhang-{n}", at=n)]
    take(items=events, now=NINE + timedelta(hours=1))


@pytest.fixture
def ada(client: Client) -> Client:
    client.force_login(person("ada", "supervisor"))
    return client


def page(client: Client, url: str, language: str = "en") -> str:
    client.cookies["django_language"] = language
    answer = client.get(url)
    assert answer.status_code == 200, url
    return answer.content.decode()


def rows_of(client: Client, table: str, query: str = "") -> list[list[str]]:
    text = page(client, f"/floor/ivr/{table}.csv?{DAY}{query}").lstrip("\ufeff")
    return list(csv.reader(io.StringIO(text)))[1:]


@pytest.mark.parametrize(
    ("role", "sums", "calls"), [("supervisor", 200, 200), ("analyst", 200, 403), ("agent", 403, 403)]
)
def test_analysts_see_sums_and_no_single_call(client: Client, role: str, sums: int, calls: int) -> None:
    client.force_login(person("somebody", role))
    single = ["/floor/ivr/calls/", f"/floor/ivr/calls/{public('c', call_of('chen-1'))}/"]

    assert {client.get(url).status_code for url in SUMS} == {sums}
    assert {client.get(url).status_code for url in single} == {calls}
    if role == "analyst":
        assert "/floor/ivr/calls/" not in page(client, f"/floor/ivr/?{DAY}")


def test_every_number_opens_as_many_calls_as_it_says(ada: Client) -> None:
    html = page(ada, f"/floor/ivr/?{DAY}")
    links = re.findall(r'href="(/floor/ivr/calls/\?[^"]+)">([\d,]+)</a>', html)

    assert len(links) > 12
    for url, shown in links:
        listed = page(ada, url.replace("&amp;", "&"))
        assert f'id="total">{shown} call' in listed, url


def test_shares_open_the_calls_they_are_made_of(ada: Client) -> None:
    html = page(ada, f"/floor/ivr/?{DAY}")
    (url,) = re.findall(r'href="(/floor/ivr/calls/\?[^"]+bad_key[^"]+)">', html)

    assert 'id="total">3 calls' in page(ada, url.replace("&amp;", "&"))


def test_page_file_and_workbook_hold_the_same_totals(ada: Client) -> None:
    nodes = {row[1]: row for row in rows_of(ada, "nodes")}
    ways = rows_of(ada, "ways")
    tree = rows_of(ada, "tree")
    book = ZipFile(io.BytesIO(ada.get(f"/floor/ivr/tables.xlsx?{DAY}").content))

    assert nodes["main"][2:4] == ["15", "15"]
    assert sum(int(row[3]) for row in ways if row[0] == "1") == 15
    assert sum(int(row[2]) for row in tree if row[0] == "1") == 15
    assert len([name for name in book.namelist() if name.startswith("xl/worksheets/sheet")]) == 8


def test_the_announcement_and_the_thinking_after_it_are_told_apart(ada: Client) -> None:
    main = next(row for row in rows_of(ada, "nodes", "&q=bad_key") if row[1] == "main")

    assert main[16:18] == ["5.8", "3.2"]  # 5.8 s heard of 9 s; the rest is thinking, the entry's pause included


def test_a_query_that_cannot_be_read_points_at_its_place_and_is_kept_in_the_field(ada: Client) -> None:
    html = page(ada, f"/floor/ivr/?{DAY}&q=main+%3E+biling")

    assert "Did you mean &#x27;billing&#x27;?" in html
    assert 'value="main &gt; biling"' in html
    assert 'id="ivr-calls"><a href' in html
    assert "no node" in page(ada, f"/floor/ivr/calls/?{DAY}&q=biling")
    assert "no node" in page(ada, "/floor/ivr/compare/?a_q=biling")


def test_one_call_shows_every_prompt_and_key_with_its_second(ada: Client) -> None:
    html = page(ada, f"/floor/ivr/calls/{public('c', call_of('zhang-1'))}/")

    assert re.findall(r'<td class="right">([\d.]+)</td>', html) == ["0.000", "0.200", "6.000", "8.000", "9.000"]
    for words in ("announcement begins", "wrong key", "hangs up", "Main menu"):
        assert words in html
    assert ada.get("/floor/ivr/calls/c_00000000000000000000000000000000/").status_code == 404


def test_a_side_against_itself_differs_nowhere(ada: Client) -> None:
    days = f"a_from={NINE.date()}&a_to={NINE.date()}&b_from={NINE.date()}&b_to={NINE.date()}"
    html = page(ada, f"/floor/ivr/compare/?{days}")

    assert html.count("<tr") > 4
    assert set(re.findall(r'<td class="right">([+-]?[\d.]+)</td>', html)) == {"0.0"}


def test_today_by_default_and_in_chinese(ada: Client) -> None:
    assert "路径查询" in page(ada, f"/floor/ivr/?{DAY}", "zh-hans")
    take(items=[said("now", (db_now() - NINE).total_seconds(), "enter", "main")], now=db_now())
    assert "1 not over yet" in page(ada, "/floor/ivr/")


def test_paths_are_narrowed_to_a_segment_of_customers(ada: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = Segment.objects.create(name="Families", author="user:1", at=NINE)
    chen, stranger = uuid5(UUID(int=1), "chen"), uuid5(UUID(int=1), "stranger")
    settled: dict[str, Any] = {
        "tags": (),
        "queue": "billing",
        "agent_id": None,
        "wait_s": 1,
        "handle_s": 60,
        "final": "",
        "now": NINE,
    }
    settle(call_id=call_of("chen-1"), customer_id=chen, **settled)
    settle(call_id=call_of("chen-2"), customer_id=stranger, **settled)
    monkeypatch.setattr(standing, "everybody", lambda **asked: [chen])

    html = page(ada, f"/floor/ivr/?{DAY}&segment={saved.pk}")
    days = "&".join(f"{side}_{end}={NINE.date()}" for side in "ab" for end in ("from", "to"))
    compared = page(ada, f"/floor/ivr/compare/?{days}&b_segment={saved.pk}")

    assert 'id="total">1 call<' in page(ada, f"/floor/ivr/calls/?{DAY}&segment={saved.pk}")
    assert f"segment={saved.pk}" in html.split('id="ivr-calls"')[1].split("</p>")[0]
    assert "15 calls in A, 1 in B" in compared
    assert "Families" in html and page(ada, f"/floor/ivr/?{DAY}&segment=999")
