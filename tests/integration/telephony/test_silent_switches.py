"""Rings that no telephone ever heard, because the switch could not ask us: nobody missed them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

import routing.operations
from callcenter.foundation.clock import db_now
from callcenter.foundation.models import Event, Heartbeat
from callcenter.live.publishing import publish
from routing.invariants import broken
from routing.models import Reservation
from routing.operations import listening
from tests.integration.telephony.conftest import Caller, Floor, arrival, event


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    listening.forget()
    yield
    listening.forget()


def _asks(switch: Caller, after: str = "") -> tuple[list[str], str]:
    """Whom the switch is to ring now, and where it stands then."""
    publish()
    listening.forget()
    page = switch.get(f"/instructions?after={after}").json()
    return [one["reservation"] for one in page["instructions"]], page["next"]


def _silent_for(seconds: int) -> None:
    Heartbeat.objects.filter(kind="switch").update(at=db_now() - timedelta(seconds=seconds))


def _rings_out(floor: Floor) -> Reservation:
    """The ring time of the one reservation is over, and the dispatcher sweeps."""
    routing.operations.sweep(domain="main", now=db_now() + timedelta(seconds=40))
    floor.lin.refresh_from_db()
    return Reservation.objects.get()


def test_lin_did_not_miss_a_call_that_the_switch_was_never_told_of(floor: Floor, switch: Caller) -> None:
    """The switch asked a moment ago; then nobody answered it until the ring time was over."""
    _, stands = _asks(switch)
    _asks(switch, stands)
    floor.sign_in(switch, floor.lin)
    switch.post("/calls", arrival())
    _keep_alive(floor)
    ended = _rings_out(floor)
    assert (ended.state, ended.end_reason) == ("rescinded", "failed")
    assert floor.lin.missed_in_row == 0


def test_an_answer_that_was_lost_on_the_way_told_nobody(floor: Floor, switch: Caller) -> None:
    """The web was killed while it answered: the switch never came to ask for what follows."""
    _, stands = _asks(switch)
    floor.sign_in(switch, floor.lin)
    switch.post("/calls", arrival())
    assert len(_asks(switch, stands)[0]) == 1
    _keep_alive(floor)
    assert (_rings_out(floor).end_reason, floor.lin.missed_in_row) == ("failed", 0)


def test_lin_missed_a_call_that_the_switch_was_told_of(floor: Floor, switch: Caller) -> None:
    _, stands = _asks(switch)
    floor.sign_in(switch, floor.lin)
    switch.post("/calls", arrival())
    _, stands = _asks(switch, stands)
    _asks(switch, stands)
    _keep_alive(floor)
    ended = _rings_out(floor)
    assert (ended.state, ended.end_reason, floor.lin.missed_in_row) == ("timeout", "missed", 1)


@pytest.mark.parametrize("asked_hours_ago", [None, 2])
def test_of_a_switch_that_does_not_ask_we_know_no_better(
    floor: Floor, switch: Caller, asked_hours_ago: int | None
) -> None:
    if asked_hours_ago:
        _asks(switch)
        _silent_for(3600 * asked_hours_ago)
    floor.sign_in(switch, floor.lin)
    switch.post("/calls", arrival())
    _keep_alive(floor)
    assert _rings_out(floor).end_reason == "missed"


def test_what_is_told_late_is_rung_for_the_whole_time_but_not_for_ever(floor: Floor, switch: Caller) -> None:
    """Half the ring time has passed when the switch can ask again; asking the same for minutes gives nothing more."""
    _, stands = _asks(switch)
    floor.sign_in(switch, floor.lin)
    made = switch.post("/calls", arrival()).json()["reservation"]["id"]
    half = db_now() + timedelta(seconds=10)
    Reservation.objects.update(expires_at=half)
    assert _asks(switch, stands)[0] == [made]
    renewed = Reservation.objects.get().expires_at
    assert renewed is not None
    assert renewed > half + timedelta(seconds=10)
    assert Event.objects.get(type="reservation.renewed").data["state"] == "pending"
    assert _asks(switch, stands)[0] == [made]
    assert Reservation.objects.get().expires_at == renewed
    Reservation.objects.update(created_at=db_now() - timedelta(minutes=3), expires_at=half)
    assert _asks(switch, stands)[0] == [made]
    assert Reservation.objects.get().expires_at == half


@pytest.mark.parametrize("order", [("answered",), ("answered", "hangup"), ("hangup", "answered")])
def test_news_of_an_answer_that_comes_late_takes_the_miss_back(
    floor: Floor, switch: Caller, order: tuple[str, ...]
) -> None:
    """Lin talked with Mrs Chen while nothing could be told: two such calls, and the floor took her out of the line."""
    floor.billing.miss_limit = 1
    floor.billing.save()
    floor.sign_in(switch, floor.lin)
    made = switch.post("/calls", arrival()).json()
    _keep_alive(floor)
    _rings_out(floor)
    assert floor.lin.presence == "not_responding"
    talk = db_now()
    for number, kind in enumerate(order):
        at = talk + timedelta(milliseconds=("answered", "hangup").index(kind))
        told = event(kind, at=at, event_id=f"e{number}", reservation=made["reservation"]["id"])
        assert switch.post(f"/calls/{made['call']['id']}/events", told).json()["results"][0]["result"] == "applied"
    floor.lin.refresh_from_db()
    assert (floor.lin.presence, floor.lin.missed_in_row) == ("available", 0)


@pytest.mark.parametrize(("sip_code", "back"), [(491, True), (486, True), (480, False)])
@pytest.mark.parametrize("miss_limit", [1, 2])
def test_a_ring_that_came_to_nothing_in_another_way_is_no_miss(
    floor: Floor, switch: Caller, miss_limit: int, sip_code: int, back: bool
) -> None:
    """491: the switch rang nobody, for the caller talked with somebody else; told after we had given the ring up."""
    floor.billing.miss_limit = miss_limit
    floor.billing.save()
    floor.sign_in(switch, floor.lin)
    made = switch.post("/calls", arrival()).json()
    _keep_alive(floor)
    _rings_out(floor)
    told = [
        event("ringing", reservation=made["reservation"]["id"]) if sip_code == 480 else None,
        event("leg_failed", reservation=made["reservation"]["id"], sip_code=sip_code),
    ]
    switch.post(f"/calls/{made['call']['id']}/events", [one for one in told if one])
    floor.lin.refresh_from_db()
    assert floor.lin.missed_in_row == (0 if back else 1)
    assert floor.lin.presence == ("available" if back or miss_limit == 2 else "not_responding")
    # The floor was laid out with a phone that no event tells of; nothing else may differ.
    assert not [one for one in broken(now=db_now()) if "missed" in one.detail or "presence" in one.detail]


def _keep_alive(floor: Floor) -> None:
    """No desk falls silent while time is moved."""
    type(floor.lin).objects.filter(pk=floor.lin.pk).update(lease_expires_at=db_now() + timedelta(hours=1))
