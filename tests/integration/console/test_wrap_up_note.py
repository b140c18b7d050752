"""What Lin typed stands on Mrs Chen's timeline once the wrap-up is saved."""

from __future__ import annotations

from callcenter import hall
from callcenter.console.models import NoteDraft
from callcenter.foundation.clock import db_now
from customers.models import Customer, Interaction
from routing.models import Queue
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
