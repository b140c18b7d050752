"""Calls that go out: an agent dials, the contact policy is asked first, and the wire says what became of it."""

from __future__ import annotations

import customers.offers.operations
from callcenter.foundation.clock import db_now
from customers.models import Customer, Identifier
from customers.timeline.models import Interaction
from routing.models import Call, Reservation
from tests.integration.telephony.conftest import Caller, Floor, arrival, event

MRS_CHEN = "+8613812345678"


def _dialled(**fields: object) -> dict[str, object]:
    return arrival(**({"direction": "out", "from": "10086", "to": "013812345678", "queue": ...} | fields))


def test_lin_dials_mrs_chen_and_they_talk(floor: Floor, switch: Caller) -> None:
    now = db_now()
    chen = Customer.objects.create(name="陈女士", created_at=now)
    Identifier.objects.create(customer=chen, kind="phone", value=MRS_CHEN, valid_from=now)
    floor.sign_in(switch, floor.lin)
    made = switch.post("/calls", _dialled(purpose="transactional"))
    assert made.status_code == 201, made.content
    call = made.json()["call"]["id"]
    assert made.json()["call"]["direction"] == "out"
    told = [event("bridged", seq=1, agent="key:1017"), event("hangup", seq=2)]
    results = switch.post(f"/calls/{call}/events", told).json()["results"]
    assert [item["result"] for item in results] == ["applied", "applied"]
    row = Call.objects.get()
    assert (row.state, row.customer_id, row.connected_at is None) == ("wrapping", chen.pk, False)
    assert Reservation.objects.get().agent_id == floor.lin.pk
    assert Interaction.objects.get().direction == "out"


def test_a_customer_who_said_no_is_not_dialled(floor: Floor, switch: Caller) -> None:
    customers.offers.operations.suppress(customer_id=None, number=MRS_CHEN, source="test", now=db_now())
    answer = switch.post("/calls", _dialled(purpose="marketing"))
    assert (answer.status_code, answer.json()["code"]) == (409, "contact_not_allowed")
    assert answer.json()["rule"]
    assert not Call.objects.exists()


def test_a_dialled_call_needs_somebody_to_be_dialled(floor: Floor, switch: Caller) -> None:
    answer = switch.post("/calls", _dialled(to="anonymous"))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")


def test_the_same_dialling_told_twice_is_one_call(floor: Floor, switch: Caller) -> None:
    wish = _dialled(purpose="transactional")
    first = switch.post("/calls", wish)
    customers.offers.operations.suppress(customer_id=None, number=MRS_CHEN, source="test", now=db_now())
    again = switch.post("/calls", wish)
    assert (first.status_code, again.status_code, again["Idempotent-Replay"]) == (201, 200, "true")
