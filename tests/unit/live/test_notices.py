"""Who hears what, and in which words."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from callcenter.accounts.sessions import Ticket
from callcenter.foundation.principal import Role
from callcenter.live import notices
from callcenter.live.feed import FeedEvent
from callcenter.live.notices import Audience, Notice
from callcenter.live.streams import BACKLOG, CatchUp, Stream

LIN, OMAR = 7, 8
CALL = UUID(int=1)
RESERVATION = UUID(int=2)


def event(type: str = "reservation.created", **facts: Any) -> FeedEvent:
    known: dict[str, Any] = {
        "seq": 41,
        "id": 1,
        "at": datetime(2026, 1, 5, tzinfo=UTC),
        "domain": "main",
        "call": CALL,
        "seq_in_call": 3,
        "agent": LIN,
        "reservation": RESERVATION,
        "actor": "dispatcher",
        "data": {"version": 2, "customer_note": "never"},
    }
    return FeedEvent(type=type, **(known | facts))


def audience(role: Role, agent: int | None = None, domain: str = "main") -> Audience:
    return Audience(role=role, agent_id=agent, domain=domain)


@pytest.mark.parametrize(
    ("who", "hears"),
    [
        (audience(Role.AGENT, LIN), True),
        (audience(Role.AGENT, OMAR), False),
        (audience(Role.AGENT, None), False),
        (audience(Role.SUPERVISOR), True),
        (audience(Role.SUPERVISOR, domain="other"), False),
        (audience(Role.ADMIN, domain=""), True),
        (audience(Role.ANALYST), False),
        (audience(Role.MARKETING), False),
        (audience(Role.AUDITOR), False),
        (audience(Role.AGENT, LIN, domain="other"), False),
    ],
)
def test_who_hears_lins_ring(who: Audience, hears: bool) -> None:
    assert notices.may_hear(who, event()) is hears


def test_an_event_of_nobody_is_not_the_event_of_a_person_who_takes_no_calls() -> None:
    assert not notices.may_hear(audience(Role.AGENT, None), event(agent=None))


@pytest.mark.parametrize(
    ("type_", "kind", "pk"),
    [
        ("reservation.created", "reservation", f"r_{RESERVATION.hex}"),
        ("call.queued", "call", f"c_{CALL.hex}"),
        ("agent.presence_changed", "agent", "a_7"),
        ("agent.taken_over", "session", "a_7"),
    ],
)
def test_a_notice_names_the_thing_and_carries_nothing_else(type_: str, kind: str, pk: str) -> None:
    notice = notices.of(event(type_))
    assert (notice.event, notice.pk, notice.version, notice.seq) == (kind, pk, 2, 41)
    assert b"never" not in notice.encode()


def test_the_version_of_a_call_is_its_place_in_the_calls_sequence() -> None:
    assert notices.of(event("call.queued", data={})).version == 3


def test_the_wire_form_of_a_notice_and_of_a_beat() -> None:
    notice = Notice(event="call", pk="c_1", version=3, type="call.queued", seq=41)
    assert notice.encode() == (
        b'id: 41\nevent: call\ndata: {"kind":"call","pk":"c_1","version":3,"type":"call.queued"}\n\n'
    )
    assert notices.beat(seq=41, now="t") == b'event: beat\ndata: {"seq":41,"now":"t"}\n\n'


def test_a_queue_by_a_hostile_name_cannot_break_out_of_its_line() -> None:
    assert notices.queue_moved("a\n\nevent: session\n", seq=1).encode().count(b"\n\n") == 1


def test_a_reader_who_does_not_read_is_told_to_fetch_afresh_and_closed() -> None:
    async def story() -> None:
        ticket = Ticket(session_key="k", user_id=1, role="agent", password_mark="m")
        stream = Stream(audience=audience(Role.ADMIN), ticket=ticket, catch_up=CatchUp(after=None))
        for seq in range(1, BACKLOG + 2):
            stream.offer(notices.of(event(seq=seq)))
        assert stream.closing
        assert stream.cut is not None  # and if it does not even take that, the line is cut
        stream.cut.cancel()
        assert stream.take() == notices.resync(seq=BACKLOG + 1).encode()
        stream.offer(notices.of(event(seq=BACKLOG + 2)))
        assert stream.take() == b""

    asyncio.run(story())


def test_a_notice_is_told_once() -> None:
    async def story() -> None:
        ticket = Ticket(session_key="k", user_id=1, role="agent", password_mark="m")
        stream = Stream(audience=audience(Role.ADMIN), ticket=ticket, catch_up=CatchUp(after=40))
        stream.offer(notices.of(event(seq=41)))
        stream.offer(notices.of(event(seq=41)))
        assert len(stream.waiting) == 1

    asyncio.run(story())
