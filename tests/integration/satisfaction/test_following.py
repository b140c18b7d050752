"""Mrs Chen was not content: Ada takes the task, rings back, writes down what came of it; nobody closes it in silence."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from callcenter.foundation.clock import db_now
from ivr.models import SurveyTask
from ivr.surveys import operations
from ivr.surveys.following import operations as following
from ivr.surveys.following import queries
from ivr.surveys.results import AnswerIn, EndedCall
from ivr.surveys.rules import Reached
from tests.integration.floor.story import person

pytestmark = pytest.mark.django_db
CALL = UUID(int=0x0190_0000_0000_7000_8000_0000_0000_0001)


@pytest.fixture
def ada(client: Client) -> Client:
    client.force_login(person("ada", "supervisor"))
    return client


def answers(*said: tuple[str, int]) -> None:
    """Mrs Chen answers what the agent's form asks."""
    now = db_now()
    operations.publish_shipped(now=now - timedelta(days=1))
    ended = EndedCall(
        call=CALL, domain="main", at=now, reached=Reached.AGENT, is_over=True, agent="1017", queue="billing"
    )
    asked = operations.asked_by_switch(ended=ended, form="after_agent", actor="test", now=now)
    told = [AnswerIn(question=question, said=value, at=now) for question, value in said]
    assert {one.result for one in operations.answer(invitation_id=asked, answers=told, now=now)} == {"stored"}


def test_only_a_low_answer_becomes_one_task(ada: Client) -> None:
    answers(("agent", 5))
    assert queries.undone() == 0
    assert "Nobody waits to be called back" in ada.get("/floor/satisfaction/follow-up/").content.decode()


def test_a_low_answer_is_taken_followed_up_and_closed_with_a_note(ada: Client) -> None:
    answers(("agent", 1))
    task = SurveyTask.objects.get()
    assert task.due_at - task.opened_at == timedelta(hours=24)
    url = f"/floor/satisfaction/follow-up/{task.pk}/"
    assert "1 / 5" in ada.get(url).content.decode()

    early = ada.post(f"{url}close/", {"result": "solved", "note": "rang back"})
    assert early.status_code == 409 and "Take this task first" in early.content.decode()
    ada.post(f"{url}take/")
    ada.post(f"{url}nobody-answered/")
    silent = ada.post(f"{url}close/", {"result": "explained", "note": "  "})
    assert silent.status_code == 422
    assert '<option value="explained" selected>' in silent.content.decode()

    done = ada.post(f"{url}close/", {"result": "explained", "note": "The bill was right; explained."})
    assert done.status_code == 302
    task.refresh_from_db()
    assert (task.state, task.result, task.tries, task.note) == (
        "closed",
        "explained",
        1,
        "The bill was right; explained.",
    )
    closed = ada.get("/floor/satisfaction/follow-up/?list=closed").content.decode()
    assert "The bill was right; explained." in closed
    assert ada.post(f"{url}take/").status_code == 409


def test_two_supervisors_do_not_ring_the_same_caller(ada: Client) -> None:
    answers(("agent", 2))
    task = SurveyTask.objects.get()
    following.take(task_id=task.pk, by="user:ben", now=db_now())

    refused = ada.post(f"/floor/satisfaction/follow-up/{task.pk}/take/")
    assert refused.status_code == 409 and "Somebody else took this task" in refused.content.decode()
    following.give_back(task_id=task.pk, by="user:ben")
    assert ada.post(f"/floor/satisfaction/follow-up/{task.pk}/take/").status_code == 302


def test_what_is_late_is_said_and_agents_see_nothing_of_it(ada: Client) -> None:
    answers(("agent", 2))
    SurveyTask.objects.update(due_at=db_now() - timedelta(minutes=1))
    ada.cookies["django_language"] = "zh-hans"
    page = ada.get("/floor/satisfaction/follow-up/").content.decode()
    assert "1项超时" in page and "overdue" not in page.split("<main")[-1].replace('id="overdue"', "")

    ada.force_login(person("lin", "agent"))
    assert ada.get("/floor/satisfaction/follow-up/").status_code == 403
