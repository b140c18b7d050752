"""What supervisors learn: page = list = file, small numbers hidden, nobody's comments without the role."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.utils.timezone import get_default_timezone

from callcenter.accounts.models import User
from callcenter.demo.operator import surveys as demo
from callcenter.demo.operator.agents import AGENTS
from callcenter.foundation.clock import db_now
from callcenter.satisfaction import tables
from ivr.models import SurveyInvitation
from ivr.surveys import board as boards
from ivr.surveys.board import RESULTS, Asked
from ivr.surveys.rules import Reached

pytestmark = pytest.mark.django_db
SEED = 7


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    monkeypatch.setattr(demo, "CALLS_A_DAY", 40)
    now = db_now()
    demo.write(now=now, seed=SEED)
    return now


def signed_in(role: str) -> Client:
    client = Client()
    user = User.objects.create_user(username=role, password="x", role=role)
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


def asked(now: datetime, **more: object) -> Asked:
    return Asked(**({"since": now - timedelta(days=29), "until": now, "reached": Reached.AGENT} | more))  # type: ignore[arg-type]


def test_every_number_is_the_length_of_its_list(now: datetime) -> None:
    board = boards.board(asked=asked(now), zone=UTC)
    totals = {name: boards.calls(asked=asked(now), result=name).total for name in RESULTS}
    funnel = board.funnel
    assert (funnel.eligible, funnel.invited, funnel.started, funnel.complete) == tuple(
        totals[name] for name in ("eligible", "invited", "started", "complete")
    )
    assert (board.score.raw.n, board.score.raw.hits) == (totals["scored"], totals["good"])
    assert totals["good"] + totals["bad"] == totals["scored"]
    assert sum(calls for _, calls in board.not_invited) == totals["not_invited"] == funnel.eligible - funnel.invited
    for name, lines in board.groups.items():
        if name != "channel":  # who was not invited has none
            assert sum(line.funnel.eligible for line in lines) == funnel.eligible
        for line in lines[:3]:
            found = boards.calls(asked=asked(now, narrow=((name, line.value),)), result="scored")
            assert found.total == line.score.n
    for code, calls in board.not_invited:
        assert boards.calls(asked=asked(now, reason=code), result="not_invited").total == calls


def test_the_planted_agents_are_found(now: datetime) -> None:
    board = boards.board(asked=asked(now), zone=UTC)
    dodger = board.audit[0]
    assert (dodger.agent, dodger.stands_out) == (AGENTS[5].key, True)
    assert not any(one.stands_out for one in board.audit[1:])
    value = {one.name: one.value for one in board.agents}
    assert value[AGENTS[1].key] > value[AGENTS[3].key]
    assert board.drivers is not None
    assert sum(line.share for line in board.drivers.lines) == pytest.approx(1)


def test_callers_without_an_agent_have_a_page_of_their_own(now: datetime) -> None:
    board = boards.board(asked=asked(now, reached=Reached.QUEUE), zone=UTC)
    assert board.funnel.invited > 0
    assert board.agents == ()
    assert [line.question.key for line in board.questions][:1] == ["ease"]


def test_ada_clicks_through_and_takes_the_files(now: datetime) -> None:
    ada = signed_in("supervisor")
    page = ada.get("/floor/satisfaction/")
    text = page.content.decode()
    board = boards.board(asked=page.context["question"].asked, zone=get_default_timezone())
    assert f"{100 * (board.score.raw.value or 0):.1f} %" in text
    assert "style=" not in text
    for table in tables.TABLES.values():
        header, lines = table(board)
        assert all(len(line) == len(header) for line in lines)
    rows = list(csv.reader(io.StringIO(ada.get("/floor/satisfaction/by-queue.csv").content.decode("utf-8-sig"))))
    assert {row[0]: int(row[1]) for row in rows[1:]} == {
        line.value: line.funnel.eligible for line in board.groups["queue"]
    }
    assert ada.get("/floor/satisfaction/nothing.csv").status_code == 404
    assert ada.get("/floor/satisfaction/tables.xlsx").content[:2] == b"PK"
    found = ada.get("/floor/satisfaction/calls/?result=comment&q=宽带 晚上")
    assert found.context["found"].total > 0
    assert all("宽带晚上" in line.comment for line in found.context["found"].lines)
    assert ada.get("/floor/satisfaction/calls/?result=comment&q=%22'--").status_code == 200
    assert ada.get("/floor/satisfaction/?from=nonsense&reached=x&page=9&by_agent=nobody").status_code == 200


def test_the_analyst_sees_sums_and_no_calls(now: datetime) -> None:
    wei = signed_in("analyst")
    text = wei.get("/floor/satisfaction/").content.decode()
    assert "/floor/satisfaction/calls/" not in text
    assert wei.get("/floor/satisfaction/calls/").status_code == 403


def test_nine_answers_say_nothing_and_thirty_are_ranked() -> None:
    now = db_now()
    ada = signed_in("supervisor")
    rows = [
        SurveyInvitation(
            call=UUID(int=number + 1), at=now - timedelta(minutes=1), state="not_invited", reason="lately", reached="agent",
            agent="1001", queue="billing", good=True if number < 9 else None, score=5 if number < 9 else None,
        )
        for number in range(40)
    ]  # fmt: skip
    SurveyInvitation.objects.bulk_create(rows)
    text = ada.get("/floor/satisfaction/").content.decode()
    assert "n = 9, shown from 10" in text
    assert "100.0 %" not in text
    SurveyInvitation.objects.filter(good=None).update(good=True, score=5)
    assert "too few answers" not in ada.get("/floor/satisfaction/").content.decode()


def test_an_empty_house_says_so() -> None:
    assert "No ended call of these days" in signed_in("supervisor").get("/floor/satisfaction/").content.decode()
