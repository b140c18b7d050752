"""What Lin typed stands on Mrs Chen's timeline once the wrap-up is saved."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from callcenter import hall
from callcenter.accounts.models import User
from callcenter.console import drafts
from callcenter.console.models import NoteDraft
from callcenter.console.tasks import settle_left_notes
from callcenter.foundation.clock import db_now
from callcenter.foundation.principal import Role
from customers.models import Customer, Interaction
from routing.models import Queue
from routing.operations import sweep
from tests.integration.console.conftest import Desk, Ringing, calls, talks


def _typed(lin: Desk, queue: Queue) -> Ringing:
    lin.ready()
    ringing = calls(queue)
    talks(lin, ringing)
    typed = {"text": "Wants the cheaper plan", "base_version": 0}
    assert lin.send(f"/console/calls/{ringing.call}/note/", typed).status_code == 200
    hall.ending.caller_hung_up(call_id=ringing.call_id, actor="switch", now=db_now())
    return ringing


def test_a_page_that_could_not_load_the_note_loses_none_of_it(lin: Desk, queue: Queue, mrs_chen: Customer) -> None:
    ringing = _typed(lin, queue)
    done = lin.send(f"/console/reservations/{ringing.reservation}/complete/", {"disposition": "solved"})
    assert done.status_code == 200, done.content
    assert Interaction.objects.get(customer=mrs_chen, ref=ringing.call_id).note == "Wants the cheaper plan"
    assert not NoteDraft.objects.exists()


def test_a_note_that_was_emptied_stays_empty(lin: Desk, queue: Queue, mrs_chen: Customer) -> None:
    ringing = _typed(lin, queue)
    body = {"disposition": "solved", "note": ""}
    assert lin.send(f"/console/reservations/{ringing.reservation}/complete/", body).status_code == 200
    assert Interaction.objects.get(customer=mrs_chen, ref=ringing.call_id).note == ""


def test_a_note_whose_wrap_up_ran_out_comes_to_the_timeline(lin: Desk, queue: Queue, mrs_chen: Customer) -> None:
    Queue.objects.filter(pk=queue.pk).update(wrap_up_mode="time_boxed")
    ringing = _typed(lin, queue)
    later = db_now() + timedelta(minutes=5)
    assert drafts.settle_left(now=later) == 0  # it is still wrapped up
    assert sweep(domain="main", now=later).wrapped_up == 1
    assert drafts.settle_left(now=db_now()) == 0  # its page may have a last word on the way
    assert settle_left_notes.name in {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert [drafts.settle_left(now=later), drafts.settle_left(now=later)] == [1, 0]
    row = Interaction.objects.get(customer=mrs_chen, ref=ringing.call_id)
    assert (row.note, row.outcome) == ("Wants the cheaper plan", "completed")
    assert not NoteDraft.objects.exists()


def test_a_note_left_is_added_below_what_a_colleague_concluded(lin: Desk, queue: Queue, mrs_chen: Customer) -> None:
    ringing = _typed(lin, queue)
    body = {"disposition": "solved", "note": "Sent the tariff"}
    lin.send(f"/console/reservations/{ringing.reservation}/complete/", body)
    author = User.objects.create(username="omar-too", role=Role.AGENT)
    NoteDraft.objects.create(call=ringing.call_id, author=author, text="Asked for Lin", saved_at=db_now())
    assert drafts.settle_left(now=db_now() + timedelta(minutes=5)) == 1
    row = Interaction.objects.get(customer=mrs_chen, ref=ringing.call_id)
    assert (row.note, row.code, row.agent) == ("Sent the tariff\nAsked for Lin", "solved", lin.agent.pk)
