"""What happens outside the browser: the switch, the callers, the clock. A process of its own, asked line by line.

Synchronous Playwright runs an event loop in the test's thread, where the ORM refuses to work; so the stage is set from
here: `python -m tests.browser.stagehand` reads {"do": …, …} from its input and answers one line of JSON each.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")

import django

django.setup()  # before any model is imported

# ruff: noqa: E402

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from callcenter import hall
from callcenter.accounts.models import Reveal, User
from callcenter.console import desk_state
from callcenter.console.models import NoteDraft
from callcenter.demo.operator import seed as operator
from callcenter.foundation.clock import db_now
from callcenter.foundation.ids import public, read_uuid, uuid7
from callcenter.foundation.models import Event
from customers.models import DoNotCall, Interaction
from ivr.results import PathEventIn
from routing import operations, queries
from routing.models import Agent, AgentSkill, Call, Domain, Queue, Reservation, Skill
from routing.states import LIVE_CALL
from tests.browser.floor_stage import pairs, person, verdicts, walkers

NUMBERS = {
    "mrs_chen": "19900000001",
    "zhang_san": "19900000002",
    "li_family": "19900000003",  # two people share it
    "mr_zhao": "19900000004",  # wants no calls
    "stranger": "13712345678",
}
WAY = (  # in the menus: seconds before the queue, kind, node, key
    (48, "enter", "language", ""),
    (44, "key", "language", "1"),
    (44, "enter", "main", ""),
    (33, "key", "main", "1"),
    (33, "enter", "billing", ""),
    (14, "key", "billing", "5"),
    (14, "enter", "queue_billing", ""),
    (12, "transfer", "queue_billing", ""),
)
_calls = count(1)


def seed() -> dict[str, Any]:
    """The synthetic operator, small."""
    if operator.is_empty():
        operator.build(customers=60, now=db_now())
    return {}


def agent(
    *, key: str, en: str, zh: str, language: str = "en", ring_s: int = 120, mode: str = "time_boxed", wrap_s: int = 180
) -> dict[str, Any]:
    """An agent with a login and a queue of their own, so that no story meets another.

    Times to answer and to wrap up are long: a story in which one runs out says so (`age`), a slow machine must not.
    """
    domain = Domain.objects.get(key="main")
    user = User.objects.create(username=key, role="agent", language=language, first_name=en, is_active=True)
    user.set_unusable_password()
    user.save()
    row = Agent.objects.create(domain=domain, user=user, key=key, name_en=en, name_zh=zh, contact=f"sip:{key}@desk")
    skill, _ = Skill.objects.get_or_create(key=f"only-{key}", defaults={"name_en": key, "name_zh": key})
    AgentSkill.objects.create(agent=row, skill=skill, level=3)
    queue = Queue.objects.create(
        domain=domain, key=f"for-{key}", name_en="Bills", name_zh="账务", required={skill.key: 1}, ring_s=ring_s,
        wrap_up_mode=mode, wrap_up_s=wrap_s, miss_limit=2,
    )  # fmt: skip
    queue.members.add(row)
    Domain.objects.filter(pk=domain.pk).update(roster_version=domain.roster_version + 1)
    return {"agent": row.pk, "user": user.pk, "queue": queue.key}


def colleague(*, queue: str) -> dict[str, Any]:
    """Somebody else of this queue, available for as long as a desk that has just fallen silent."""
    line = Queue.objects.get(key=queue)
    number = next(_calls)
    row = Agent.objects.create(domain=line.domain, key=f"omar-{os.getpid()}-{number}", name_en="Omar", name_zh="奥马尔")
    for skill, level in line.required.items():
        AgentSkill.objects.create(agent=row, skill=Skill.objects.get(key=skill), level=level)
    line.members.add(row)
    Domain.objects.filter(pk=line.domain_id).update(roster_version=line.domain.roster_version + 1)
    lease, now = uuid7(), db_now()
    operations.sign_in(agent_id=row.pk, lease_id=lease, take_over=False, now=now, actor="story")
    operations.set_presence(agent_id=row.pk, presence="available", reason="", now=now, actor="story", lease_id=lease)
    return {"agent": row.pk}


def sign_in(*, user: int) -> dict[str, Any]:
    """A login session of this person; answers its cookie."""
    person = User.objects.get(pk=user)
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return {"cookie": session.session_key}


def call(*, who: str, queue: str, menus: bool = False, channel: str = "voice") -> dict[str, Any]:
    """Somebody calls; an agent who is free is held at once."""
    now = db_now()
    external_id = f"call-{os.getpid()}-{next(_calls)}"
    arrival = hall.inbound.CallArrival(
        domain="main",
        source="main-trunk",
        external_id=external_id,
        from_number=NUMBERS.get(who, who),
        to_number="10011",
        language="zh",
        channel=channel,
    )
    known = hall.inbound.call_arrived(arrival=arrival, actor="switch", now=now)
    if menus:
        _walk_the_menus(known.call.id, external_id)
    reserving_at = db_now()
    done = hall.inbound.call_queued(
        call_id=known.call.id, queue=queue, head_start_s=0, actor="switch", now=reserving_at
    )
    held = done.reservation
    return {
        "call": public("c", done.call.id),
        "reservation": public("r", held.id) if held else None,
        "reserving_at_ms": reserving_at.timestamp() * 1000,
    }


def wish(*, agent: int, who: str) -> dict[str, Any]:
    """Another system wishes for a call by this agent: their phone is to be rung first."""
    arrival = hall.inbound.CallArrival(
        domain="main",
        source="main-trunk",
        external_id=f"wish-{os.getpid()}-{next(_calls)}",
        from_number="10011",
        to_number=NUMBERS[who],
        direction="out",
        agent_id=agent,
        rung_by="pbx-1",
    )
    made = hall.inbound.call_arrived(arrival=arrival, actor="crm", now=db_now())
    assert made.reservation is not None
    return {"call": public("c", made.call.id), "reservation": public("r", made.reservation.id)}


def promise(*, agent: int, call: str) -> dict[str, Any]:
    """Who calls hangs up and is to be rung back; this agent keeps the promise at once, and is rung first."""
    number = Call.objects.get(pk=read_uuid("c", call)).from_e164
    made = operations.promise_callback(
        call_id=read_uuid("c", call), number=number, at=db_now() + timedelta(minutes=30), now=db_now(), actor="story"
    )
    taken = operations.take_callback(callback_id=made.id, agent_id=agent, why="story", now=db_now(), actor="story")
    return {"call": public("c", taken.call_id), "reservation": public("r", taken.id)}


def held(*, call: str) -> dict[str, Any]:
    """Who is held for this call now."""
    found = queries.live_reservation_of_call(call_id=read_uuid("c", call))
    return {"reservation": public("r", found.id) if found else None}


def _walk_the_menus(call_id: UUID, external_id: str) -> None:
    now = db_now()
    items = [
        PathEventIn(
            call_id=call_id, source="main-trunk", external_id=external_id, t=now - timedelta(seconds=ago), kind=kind,
            node=node, key=key, seq=seq, entry="10011", flow="operator",
        )
        for seq, (ago, kind, node, key) in enumerate(WAY, start=1)
    ]  # fmt: skip
    hall.inbound.path_events_came(items=items, now=now)


def bridge(*, call: str) -> dict[str, Any]:
    """The switch has connected caller and agent."""
    call_id = read_uuid("c", call)
    held = queries.live_reservation_of_call(call_id=call_id)
    now = db_now()
    done = hall.talk.agent_leg_bridged(
        call_id=call_id,
        reservation_id=held.id if held else None,
        agent_id=held.agent_id if held else None,
        at=now,
        actor="switch",
        now=now,
    )
    return {"state": done.state}


def answer_beside(*, call: str) -> dict[str, Any]:
    """The switch has connected the colleague who was asked with the agent."""
    call_id, now = read_uuid("c", call), db_now()
    beside = queries.guest_of_call(call_id=call_id)
    assert beside is not None
    hall.talk.agent_leg_bridged(
        call_id=call_id, reservation_id=beside.id, agent_id=None, at=now, actor="switch", now=now
    )
    return {"role": beside.role.value}


def hang_up(*, call: str) -> dict[str, Any]:
    """The caller hangs up."""
    return {"state": hall.ending.caller_hung_up(call_id=read_uuid("c", call), actor="switch", now=db_now()).state}


def curtain() -> dict[str, Any]:
    """The story is over: who still waits or talks hangs up, and is in no other story's way."""
    left = Call.objects.filter(state__in=LIVE_CALL).values_list("pk", flat=True)
    for call_id in list(left):
        hall.ending.caller_hung_up(call_id=call_id, actor="switch", now=db_now())
    return {"left": len(left)}


def sweep() -> dict[str, Any]:
    operations.sweep(domain="main", now=db_now())
    return {}


def age(*, reservation: str, seconds: float) -> dict[str, Any]:
    """Let this much of the reservation's time have passed already."""
    row = Reservation.objects.get(pk=read_uuid("r", reservation))
    shift = timedelta(seconds=seconds)
    for field in ("expires_at", "wrap_until"):
        value = getattr(row, field)
        if value is not None:
            setattr(row, field, value - shift)
    row.save(update_fields=["expires_at", "wrap_until"])
    return {}


def state(*, agent: int) -> dict[str, Any]:
    """The snapshot as the server has it now."""
    return desk_state.desk_state(agent_id=agent, fingerprint="", now=db_now()).as_json()


def reservation(*, reservation: str) -> dict[str, Any]:
    found = queries.reservation(reservation_id=read_uuid("r", reservation))
    return {
        "state": found.state,
        "end_reason": found.end_reason,
        "disposition": found.disposition,
        "extensions": found.extensions,
    }


def events(*, agent: int, type: str = "") -> dict[str, Any]:
    rows = Event.objects.filter(agent=agent).order_by("id")
    if type:
        rows = rows.filter(type=type)
    return {"types": list(rows.values_list("type", flat=True))}


def notes(*, call: str) -> dict[str, Any]:
    """What stands on the timeline of the call."""
    rows = Interaction.objects.filter(ref=read_uuid("c", call), kind="call").order_by("id")
    return {"notes": list(rows.values_list("note", flat=True)), "codes": list(rows.values_list("code", flat=True))}


def suppressed(*, who: str) -> dict[str, Any]:
    return {"rows": DoNotCall.objects.filter(number="+86" + NUMBERS[who]).count()}


def draft(*, call: str, user: int) -> dict[str, Any]:
    """What the server keeps of an unfinished note."""
    row = NoteDraft.objects.filter(call=read_uuid("c", call), author=user).first()
    return {"text": row.text if row else ""}


def reveals(*, user: int) -> dict[str, Any]:
    return {"fields": list(Reveal.objects.filter(user=user).order_by("at").values_list("field", flat=True))}


def walk(*, agent: int, queue: str, steps: int, random: int) -> dict[str, Any]:
    """A random walk of this many operations around one agent; refusals are part of life."""
    from tests.browser.walk import random_walk

    return random_walk(agent_id=agent, queue=queue, steps=steps, seed=random)


ACTS: dict[str, Callable[..., dict[str, Any]]] = {
    act.__name__: act
    for act in (
        seed,
        agent,
        colleague,
        sign_in,
        call,
        wish,
        promise,
        held,
        answer_beside,
        bridge,
        hang_up,
        curtain,
        sweep,
        age,
        state,
        reservation,
        events,
        notes,
        suppressed,
        draft,
        reveals,
        walk,
        pairs,
        verdicts,
        person,
        walkers,
    )
}


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            answer: dict[str, Any] = {"ok": ACTS[asked.pop("do")](**asked)}
        except Exception as error:  # the test must hear of it, the stage goes on
            answer = {"error": f"{type(error).__name__}: {error}"}
        sys.stdout.write(json.dumps(answer, default=str) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
