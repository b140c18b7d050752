"""The report that Ada prints: made by itself on Monday, the same whenever it is opened, in both languages, on paper."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from callcenter.floor import reporting
from ivr.flows import operations as flows
from ivr.intake.operations import store
from ivr.models import FlowVersion, IvrReport, Proposal, SurveyInvitation
from ivr.optimiser.fitting import Prediction
from ivr.reporting import operations
from ivr.surveys import operations as surveys
from ivr.surveys.queries import newest_form
from tests.integration.floor.story import person
from tests.integration.ivr.story import NINE, asks_for_bill, said

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Asia/Shanghai")
DAY = 86_400.0
MONDAY = NINE + timedelta(days=14)


@pytest.fixture(autouse=True)
def _two_weeks() -> None:
    flows.publish_shipped(now=NINE - timedelta(days=30))
    events = [one for day in range(14) for n in range(6) for one in asks_for_bill(f"chen-{day}-{n}", at=day * DAY + n)]
    for day in range(7, 14):
        events += [
            said(f"zhang-{day}-{n}", day * DAY + 60 + s, k, "main")
            for n in range(4)
            for s, k in ((0, "enter"), (9, "hangup"))
        ]
    store(items=events, now=MONDAY)


@pytest.fixture
def ada(client: Client) -> Client:
    client.force_login(person("ada", "supervisor"))
    return client


def monday() -> int:
    return operations.make_weekly(zone=ZONE, now=MONDAY)


def article(html: str) -> str:
    return html.split('id="report"')[1].split("</article>")[0]


def test_monday_makes_last_weeks_report_once_and_it_stays_as_it_was(ada: Client) -> None:
    assert [monday(), monday()] == [1, 0]
    row = IvrReport.objects.get()
    assert (row.until - row.since, row.since.astimezone(ZONE).weekday()) == (timedelta(days=7), 0)
    url = f"/floor/ivr/reports/{row.pk}/"
    html = ada.get(url).content.decode()
    assert "70 calls went through the menus; 42 in the time before" in html

    store(items=asks_for_bill("late", at=9 * DAY), now=MONDAY)
    assert article(ada.get(url).content.decode()) == article(html)
    ada.cookies["django_language"] = "zh-hans"
    chinese = ada.get(url).content.decode()
    assert "70通" in chinese and "calls went" not in chinese


def test_the_outcomes_of_the_report_add_up_and_are_beside_the_week_before() -> None:
    monday()
    blocks = {block.get("code"): block for block in IvrReport.objects.get().blocks if block["kind"] == "table"}
    rows = {row[0]: row for row in blocks["outcomes"]["rows"]}

    assert sum(row[1] for row in rows.values()) == 70
    assert rows["hangup"][1:4] == [28, 0.4, 0.0]
    assert 0 < rows["hangup"][4] < 0.4 < rows["hangup"][5]
    assert blocks["containment"]["rows"][0][2] == pytest.approx(0.4)


def test_the_report_on_paper_in_both_languages(ada: Client) -> None:
    if reporting.missing():
        pytest.skip(reporting.missing_words())
    monday()
    url = f"/floor/ivr/reports/{IvrReport.objects.get().pk}.pdf"
    files = []
    for language in ("en", "zh-hans"):
        ada.cookies["django_language"] = language
        answer = ada.get(url)
        assert answer["Content-Type"] == "application/pdf"
        files.append(answer.content)
    assert all(file.startswith(b"%PDF-") and len(file) > 8_000 for file in files)
    assert files[0] != files[1]


def test_where_paper_cannot_be_made_the_button_says_what_is_missing(
    ada: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "missing", lambda: ("pango",))
    monday()
    url = f"/floor/ivr/reports/{IvrReport.objects.get().pk}"
    html = ada.get(f"{url}/").content.decode()

    assert "libpango-1.0-0" in html and ".pdf" not in html.split('id="missing"')[0].split("<main")[1]
    refused = ada.get(f"{url}.pdf")
    assert refused.status_code == 503
    assert "print the page from the browser" in refused.content.decode()


def test_a_report_on_demand_and_one_that_cannot_be_made(ada: Client) -> None:
    made = ada.post("/floor/ivr/reports/", {"flow": "operator", "weeks": "4"})
    assert made.status_code == 302 and "No node of the menus changed" in ada.get(made["Location"]).content.decode()
    assert ada.post("/floor/ivr/reports/", {"flow": "nowhere"}).status_code == 404
    assert ada.get("/floor/ivr/reports/999/").status_code == 404


def test_the_report_says_what_waits_for_a_decision_and_how_content_callers_were(ada: Client) -> None:
    base = FlowVersion.objects.get(state="published")
    Proposal.objects.create(
        flow=base.flow, base=base, since=NINE, until=MONDAY, definition=base.definition, made_by="user:mei", made_at=MONDAY,
        predicted=dict.fromkeys((one.name for one in fields(Prediction)), 2.0) | {"seconds_then": 11.8}, model={},
    )  # fmt: skip
    surveys.publish_shipped(now=NINE)
    asked = {
        "domain": "main", "at": MONDAY - timedelta(days=3), "state": "complete", "reason": "invited", "reached": "agent",
        "channel": "voice", "form": newest_form(key="after_agent"), "odds": 1.0, "started_at": MONDAY,
        "completed_at": MONDAY, "expires_at": MONDAY,
    }  # fmt: skip
    SurveyInvitation.objects.bulk_create(
        SurveyInvitation(call=uuid4(), good=number > 2, score=5 if number > 2 else 1, **asked) for number in range(12)
    )
    monday()

    html = ada.get(f"/floor/ivr/reports/{IvrReport.objects.get().pk}/").content.decode()

    assert "A better menu waits for a decision: 11.8 s to the right option instead of 2.0 s" in html
    told = html.split("How content callers were")[1].split("</table>")[0]
    assert "talked with an agent" in told and "75.0 %" in told
    assert "Operator hotline" in html
