"""What a supervisor does to the floor, each act with who and why: on the event log and on the audit trail."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from callcenter.foundation import audit, events
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from routing.journal import Journal, lock_call
from routing.models import Queue
from routing.operations import calls, presence
from routing.operations.reasons import note, said
from routing.results import AgentView, CallView
from routing.service_clock import place_key
from routing.showing import show_call
from routing.states import CallState

PRIORITY_LIMIT_S = 900


@command
def force_presence(*, agent_id: int, presence_word: str, reason: str, why: str, now: datetime, actor: str) -> AgentView:
    """Set what the person says in their place. With work open it waits until after the last wrap-up.

    Raises Conflict (not_signed_in, device_not_ready), Invalid.
    """
    why = said(why)
    view = presence.set_presence(agent_id=agent_id, presence=presence_word, reason=reason, now=now, actor=actor)
    audit.write(
        actor=actor, action="agent.forced", now=now, subject=f"agent:{agent_id}", purpose=why,
        data={"presence": presence_word, "reason": reason},
    )  # fmt: skip
    return view


@command
def reprioritise(*, call_id: UUID, head_start_s: int, why: str, now: datetime, actor: str) -> CallView:
    """Give a waiting caller another head start, 0–900 s. Their clock goes on. Raises Conflict, Invalid."""
    why = said(why)
    if not 0 <= head_start_s <= PRIORITY_LIMIT_S:
        raise Invalid(_("A head start is 0 to %(limit)s seconds.") % {"limit": PRIORITY_LIMIT_S}, field="/head_start_s")
    call = lock_call(call_id)
    if call.state != CallState.QUEUED or call.enqueued_at is None:
        raise Conflict(
            _("Only a caller who waits can be moved ahead or back."), state=str(call.state), version=call.version
        )
    if call.head_start_s != head_start_s:
        journal = Journal(domain=call.domain.key, now=now, actor=actor)
        journal.open(call)
        before, call.head_start_s = call.head_start_s, head_start_s
        call.place_key = place_key(enqueued_at=call.enqueued_at, head_start_s=head_start_s)
        journal.tell_call(call, "call.reprioritised")
        journal.wake_dispatcher()
        journal.close()
        note(call, "call.reprioritised", why, now, actor, before=before, after=head_start_s)
    return show_call(call)


@command
def move(*, call_id: UUID, queue: str, why: str, now: datetime, actor: str) -> CallView:
    """Send a waiting caller to another queue, at the same place. Raises Conflict, Invalid (unknown_queue)."""
    why = said(why)
    call = lock_call(call_id)
    if call.state not in {CallState.QUEUED, CallState.RESERVED}:
        raise Conflict(_("Only a caller who waits can be moved."), state=str(call.state), version=call.version)
    before = call.queue.key if call.queue is not None else ""
    view = calls.enqueue(call_id=call_id, queue=queue, head_start_s=0, facts=None, now=now, actor=actor)
    if before != queue:
        note(call, "call.moved", why, now, actor, before=before, after=queue)
    return view


@command
def set_queue_open(*, domain: str, queue: str, is_open: bool, why: str, now: datetime, actor: str) -> None:
    """Close a queue to new callers, or open it again. Whoever waits already is served. Raises NotFound, Invalid."""
    why = said(why)
    changed = Queue.objects.filter(domain__key=domain, key=queue).exclude(is_open=is_open).update(is_open=is_open)
    if not changed:
        if not Queue.objects.filter(domain__key=domain, key=queue).exists():
            raise NotFound(f"There is no queue {queue!r}.")
        return
    action = "queue.opened" if is_open else "queue.closed"
    audit.write(actor=actor, action=action, now=now, subject=f"queue:{domain}:{queue}", purpose=why)
    events.record(type=action, now=now, domain=domain, actor=actor, data={"queue": queue})
