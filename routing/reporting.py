"""What a floor counts: the calls of a window by how they ended, and the rows behind every number.

The sums and the rows use the same conditions (`RESULTS`), so that a number and the list behind it cannot disagree. A
call belongs to the moment it entered the queue (cohort attribution), to the queue it stands in now, and is answered
once an agent and the caller were bridged. All sums are additive: ratios are made after summing, by the reader.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, DateTimeField, DurationField, ExpressionWrapper, F, Min, Q, QuerySet, Sum, Value

from callcenter.foundation import masks
from callcenter.foundation.errors import Invalid
from routing.models import Call, Domain, Queue, Reservation
from routing.states import CallState, ReservationState

SHORT_S = 5  # abandoned within this many seconds: the caller did not really wait
_LONGEST_WAIT = timedelta(days=1)  # nobody queues longer after arriving; bounds the index range

_ANSWERED = Q(connected_at__isnull=False)
_ABANDONED = Q(state=CallState.ABANDONED, connected_at__isnull=True)
# Of those held, whoever came by a queue: at the far end of a call that an agent dials nobody waits.
_WAITING = Q(state__in=[CallState.QUEUED, CallState.RESERVED], enqueued_at__isnull=False)
_ELSEWHERE = Q(state__in=[CallState.DIVERTED, CallState.FAILED, CallState.CANCELED], connected_at__isnull=True)
_IN_TARGET = _ANSWERED & Q(connected_at__lte=F("due_at"))
_ABANDONED_LATE = _ABANDONED & Q(ended_at__gt=F("due_at"))

# How a call of the window stands, and the condition for it.
RESULTS: dict[str, Q] = {
    "offered": _ANSWERED | _ABANDONED | _ELSEWHERE,
    "answered": _ANSWERED,
    "abandoned": _ABANDONED,
    "flowed_out": _ELSEWHERE,
    "in_target": _IN_TARGET,
    "late": (_ANSWERED & ~Q(connected_at__lte=F("due_at"))) | _ABANDONED_LATE,
    "judged": _ANSWERED | _ABANDONED_LATE,  # what the service level divides by
    "abandoned_late": _ABANDONED_LATE,
    "abandoned_short": _ABANDONED & Q(ended_at__lte=F("enqueued_at") + timedelta(seconds=SHORT_S)),
    "waiting": _WAITING,
    "entered": Q(),
}


@dataclass(frozen=True, kw_only=True)
class Sums:
    """Additive components of one queue, or of all: counts of calls, and seconds."""

    entered: int = 0
    offered: int = 0  # answered + abandoned + flowed_out
    answered: int = 0
    abandoned: int = 0
    flowed_out: int = 0
    in_target: int = 0  # answered within the queue's target
    abandoned_late: int = 0  # abandoned after it
    abandoned_short: int = 0  # abandoned within 5 s
    wait_answered_s: float = 0.0  # waits of the answered, zero waits included

    def __add__(self, other: Sums) -> Sums:
        return Sums(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)})


@dataclass(frozen=True, kw_only=True)
class QueueDay:
    """One queue and its sums in a window."""

    queue: str
    name_en: str
    name_zh: str
    target_s: int
    is_open: bool
    sums: Sums


@dataclass(frozen=True, kw_only=True)
class CallLine:
    """One call in a list. The number is masked here, so that no door can forget to."""

    id: UUID
    number: str
    state: CallState
    queue: str
    queue_en: str
    queue_zh: str
    arrived_at: datetime
    enqueued_at: datetime
    wait_s: float | None  # None while waiting
    connected_at: datetime | None
    ended_at: datetime | None
    end_reason: str
    agent_en: str  # who holds or served it last, "" nobody
    agent_zh: str


@dataclass(frozen=True, kw_only=True)
class WaitingNow:
    """Callers of one queue who hear no agent yet."""

    calls: int
    since: datetime  # the earliest of them entered


@dataclass(frozen=True, kw_only=True)
class CallPage:
    lines: tuple[CallLine, ...]
    next_cursor: str  # "" at the end


@dataclass(frozen=True, kw_only=True)
class ReservationLine:
    """One agent who was held for a call, why, and what became of it."""

    id: UUID
    agent_key: str
    agent_en: str
    agent_zh: str
    state: ReservationState
    end_reason: str
    because: dict[str, object]
    created_at: datetime
    accepted_at: datetime | None
    connected_at: datetime | None
    talk_ended_at: datetime | None
    ended_at: datetime | None
    disposition: str


def domains() -> tuple[str, ...]:
    """Keys of all routing domains."""
    return tuple(Domain.objects.order_by("pk").values_list("key", flat=True))


def queue_names(*, domain: str) -> dict[str, tuple[str, str]]:
    """English and Chinese name of every queue, by key."""
    rows = Queue.objects.filter(domain__key=domain).values_list("key", "name_en", "name_zh")
    return {key: (name_en, name_zh) for key, name_en, name_zh in rows}


def day(*, domain: str, since: datetime, until: datetime) -> tuple[QueueDay, ...]:
    """The sums of every queue for calls that entered it in [since, until); queues without calls stand with zeros."""
    sums = {
        row["queue_id"]: _sums(row)
        for row in _window(domain=domain, since=since, until=until)
        .values("queue_id")
        .annotate(
            **{name: Count("pk", filter=RESULTS[name]) for name in _COUNTED},
            wait_answered=Sum(F("connected_at") - F("enqueued_at"), filter=_ANSWERED),
        )
        .order_by()
    }
    return tuple(
        QueueDay(
            queue=queue.key,
            name_en=queue.name_en,
            name_zh=queue.name_zh,
            target_s=queue.target_s,
            is_open=queue.is_open,
            sums=sums.get(queue.pk, Sums()),
        )
        for queue in Queue.objects.filter(domain__key=domain).order_by("key")
    )


def calls(
    *,
    domain: str,
    since: datetime,
    until: datetime,
    result: str = "entered",
    queue: str = "",
    cursor: str = "",
    limit: int = 50,
) -> CallPage:
    """The calls behind a number, newest entry first, a page at a time. Raises Invalid (unknown_result, bad_cursor)."""
    if result not in RESULTS:
        raise Invalid(f"There is no list of calls called {result!r}.", code="unknown_result", field="/result")
    rows = _window(domain=domain, since=since, until=until).filter(RESULTS[result])
    if queue:
        rows = rows.filter(queue__key=queue)
    if cursor:
        at, key = _read_cursor(cursor)
        rows = rows.filter(Q(enqueued_at__lt=at) | Q(enqueued_at=at, pk__lt=key))
    found = list(rows.select_related("queue").order_by("-enqueued_at", "-pk")[: limit + 1])
    more = found[limit:] and found[limit - 1]
    return CallPage(lines=_lines(found[:limit]), next_cursor=_cursor(more) if more else "")


def waiting(*, domain: str, limit: int = 50) -> tuple[CallLine, ...]:
    """Who waits now, in the order of service: queued, and held for an agent who has not answered yet."""
    rows = Call.objects.filter(_WAITING, domain__key=domain).select_related("queue").order_by("place_key", "pk")
    return _lines(list(rows[:limit]))


def waiting_now(*, domain: str) -> dict[str, WaitingNow]:
    """How many wait in each queue and since when, by queue key. Whoever hears no agent waits, ringing or not."""
    rows = Call.objects.filter(_WAITING, domain__key=domain).values_list("queue__key")
    return {
        queue: WaitingNow(calls=count, since=since)
        for queue, count, since in rows.annotate(Count("pk"), Min("enqueued_at")).order_by()
    }


def reservations_of(*, call_id: UUID) -> tuple[ReservationLine, ...]:
    """Every agent who was held for this call, in order, with the reason why."""
    rows = Reservation.objects.filter(call_id=call_id).select_related("agent").order_by("created_at", "pk")
    return tuple(
        ReservationLine(
            id=row.pk,
            agent_key=row.agent.key,
            agent_en=row.agent.name_en,
            agent_zh=row.agent.name_zh,
            state=ReservationState(row.state),
            end_reason=row.end_reason,
            because=row.because,
            created_at=row.created_at,
            accepted_at=row.accepted_at,
            connected_at=row.connected_at,
            talk_ended_at=row.talk_ended_at,
            ended_at=row.ended_at,
            disposition=row.disposition,
        )
        for row in rows
    )


_COUNTED = [one.name for one in fields(Sums) if one.name != "wait_answered_s"]


def _window(*, domain: str, since: datetime, until: datetime) -> QuerySet[Call]:
    """Calls that entered a queue in the window, with `due_at`: the moment their queue's target passes."""
    target = ExpressionWrapper(F("queue__target_s") * Value(timedelta(seconds=1)), output_field=DurationField())
    return Call.objects.filter(
        domain__key=domain,
        arrived_at__gte=since - _LONGEST_WAIT,  # bounds the range of the index by arrival
        arrived_at__lt=until,
        enqueued_at__gte=since,
        enqueued_at__lt=until,
    ).annotate(due_at=ExpressionWrapper(F("enqueued_at") + target, output_field=DateTimeField()))


def _sums(row: Mapping[str, Any]) -> Sums:
    wait = row["wait_answered"]
    counts = {name: row[name] for name in _COUNTED}
    return Sums(**counts, wait_answered_s=wait.total_seconds() if isinstance(wait, timedelta) else 0.0)


def _lines(rows: list[Call]) -> tuple[CallLine, ...]:
    agents = {
        call: (name_en, name_zh)
        for call, name_en, name_zh in Reservation.objects.filter(call__in=[row.pk for row in rows])
        .order_by("created_at")
        .values_list("call_id", "agent__name_en", "agent__name_zh")
    }
    return tuple(_line(row, *agents.get(row.pk, ("", ""))) for row in rows)


def _line(row: Call, agent_en: str, agent_zh: str) -> CallLine:
    queue = row.queue
    assert queue is not None  # whoever entered a queue stands in one: a constraint says so
    assert row.enqueued_at is not None
    over = row.connected_at or row.ended_at
    return CallLine(
        id=row.pk,
        number=masks.phone(row.from_e164) if row.from_e164 else "",
        state=CallState(row.state),
        queue=queue.key,
        queue_en=queue.name_en,
        queue_zh=queue.name_zh,
        arrived_at=row.arrived_at,
        enqueued_at=row.enqueued_at,
        wait_s=None if over is None else (over - row.enqueued_at).total_seconds(),
        connected_at=row.connected_at,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
        agent_en=agent_en if row.state not in {CallState.QUEUED, CallState.ABANDONED} else "",
        agent_zh=agent_zh if row.state not in {CallState.QUEUED, CallState.ABANDONED} else "",
    )


def _cursor(row: Call) -> str:
    assert row.enqueued_at is not None
    return urlsafe_b64encode(f"{row.enqueued_at.isoformat()} {row.pk.hex}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    try:
        at, key = urlsafe_b64decode(cursor).decode().split(" ")
        return datetime.fromisoformat(at), UUID(hex=key)
    except ValueError:
        raise Invalid(
            "This page of the list does not exist; start again.", code="bad_cursor", field="/cursor"
        ) from None
