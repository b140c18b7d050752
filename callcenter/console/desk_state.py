"""The one snapshot the desk recovers from: who am I, what rings, whom do I serve, who waits, how was my day.

Everything the page shows of the present hangs on this value; notices only say "look again". `version` never runs
backwards for one agent: a page drops whatever is older than what it shows.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Max

from callcenter.console import leases
from callcenter.foundation import masks
from callcenter.foundation.ids import public
from callcenter.foundation.models import Event
from routing import callback_queries
from routing import queries as routing
from routing.results import AgentView, CallView, ReservationView
from routing.silence import Speaker
from routing.states import GUEST, ReservationState, Role

# Reservations that came to nothing, and are shown with the reason.
UNSERVED = frozenset({ReservationState.TIMEOUT, ReservationState.REJECTED, ReservationState.RESCINDED})
DAY_LIMIT = 300  # reservations of one agent on one day that are looked at


@dataclass(frozen=True, kw_only=True)
class Me:
    """The agent, as everybody sees them."""

    id: str  # a_…
    name_en: str
    name_zh: str
    shown: str
    shown_since: datetime | None
    presence: str
    reason: str
    presence_since: datetime | None
    pending_presence: str
    pending_reason: str
    device: str
    version: int


@dataclass(frozen=True, kw_only=True)
class Beside:
    """The other agent of a talk of three. Of a colleague who was asked: who asks; of who asked: the colleague."""

    reservation: str  # r_…, "" of the one who asks
    name_en: str
    name_zh: str
    stage: str  # ringing | connecting | talking | joined
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Work:
    """What rings or is being served, with its call. `stage`: ringing | connecting | talking | held | wrapping."""

    reservation: str  # r_…
    call: str  # c_…
    stage: str
    state: str
    version: int
    call_version: int
    customer: str  # the customer's id, "" while nobody is identified
    queue: str
    since: datetime  # of this stage
    connected_at: datetime | None
    held_since: datetime | None
    deadline: datetime | None  # ring or wrap-up ends then by itself
    wrap_up_mode: str
    extensions: int
    channel: str
    role: str = "primary"  # primary | consult | conference
    beside: Beside | None = None  # a colleague is asked, or asks
    written: bool = False  # a conversation in writing
    unanswered: bool = False  # the customer wrote last
    silent_at: datetime | None = None  # when it is given up unless somebody writes
    panel: str = ""  # where it is written: the gateway's own page
    goes_out: bool = False  # to a customer who has not answered yet
    rung_first: bool = False  # … and is rung once this agent has answered their own phone


@dataclass(frozen=True, kw_only=True)
class QueueNow:
    key: str
    name_en: str
    name_zh: str
    waiting: int
    longest_since: datetime | None
    free: int
    mine: bool  # its callers may reach this agent; the others are places to transfer to


@dataclass(frozen=True, kw_only=True)
class Promised:
    """Somebody to be rung back whom this agent may ring now."""

    callback: str  # cb_…
    number: str  # masked
    name_en: str  # of the queue
    name_zh: str
    due_at: datetime | None  # None: it stands in line already
    tries: int


@dataclass(frozen=True, kw_only=True)
class Unserved:
    """A call that rang here and was not served, with the reason why."""

    reservation: str
    at: datetime
    reason: str


@dataclass(frozen=True, kw_only=True)
class Served:
    reservation: str
    at: datetime
    talk_s: float
    wrap_s: float
    disposition: str


@dataclass(frozen=True, kw_only=True)
class Today:
    """The agent's day so far. Averages in seconds, None while there is nothing to average."""

    served: int
    handle_s: float | None  # talk with hold, and wrap-up
    wrap_s: float | None
    missed: tuple[Unserved, ...]  # newest first
    recent: tuple[Served, ...]  # newest first, ≤ 8


@dataclass(frozen=True, kw_only=True)
class Console:
    """Who vouches for the agent. `mine`: this browser's session holds the lease."""

    open: bool
    mine: bool
    browser: str
    opened_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class DeskState:
    version: int  # the agent's newest event; 0 before the first
    seq: int  # the newest number of the feed: where the stream goes on
    now: datetime  # the server's clock
    console: Console
    agent: Me
    work: Work | None  # in front: what rings, else what the agent chose, else the oldest
    others: tuple[Work, ...]  # conversations open besides
    queues: tuple[QueueNow, ...]
    today: Today
    callbacks: tuple[Promised, ...] = ()  # read while nothing is at hand

    @property
    def at_hand(self) -> Work | None:
        """What is worked on: while something rings, or several do, the conversation beside which they ring."""
        served = (one for one in (self.work, *self.others) if one is not None and one.stage != "ringing")
        return next(served, self.work)

    @property
    def beside(self) -> tuple[Work, ...]:
        """The conversations that are not in front; what the ring card shows is none of them."""
        return tuple(one for one in self.others if one is not self.at_hand)

    @property
    def own_queues(self) -> tuple[QueueNow, ...]:
        return tuple(queue for queue in self.queues if queue.mine)

    @property
    def other_queues(self) -> tuple[QueueNow, ...]:
        """Where the present call may be sent on to."""
        here = self.at_hand.queue if self.at_hand else ""
        return tuple(queue for queue in self.queues if queue.key != here)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def desk_state(*, agent_id: int, fingerprint: str, now: datetime) -> DeskState:
    """The snapshot. The version is read first: what changes meanwhile is shown too early, never called newer."""
    version = newest_version(agent_id=agent_id)
    seq = newest_seq()
    agent = routing.agent(agent_id=agent_id)
    work = open_work(agent_id=agent_id)
    queues = _queues(agent, now)
    return DeskState(
        version=version,
        seq=seq,
        now=now,
        console=_console(agent, fingerprint, now),
        agent=_me(agent),
        work=work[0] if work else None,
        others=work[1:],
        queues=queues,
        today=today(agent=agent, now=now),
        callbacks=() if work else _promised(agent, queues, now),
    )


def newest_seq() -> int:
    """The newest published number of the feed; 0 before the first."""
    return Event.objects.aggregate(newest=Max("feed_seq"))["newest"] or 0


def newest_version(*, agent_id: int) -> int:
    """The newest event of this agent, published or not; 0 before the first."""
    return Event.objects.filter(agent=agent_id).aggregate(newest=Max("id"))["newest"] or 0


def open_work(*, agent_id: int) -> tuple[Work, ...]:
    """Everything that rings or is being served, the one in front first."""
    reservations = routing.open_work(agent_id=agent_id)
    if not reservations:
        return ()
    session = leases.live_session(agent_id=agent_id) if len(reservations) > 1 else None
    focus = session.focus if session is not None else None
    reservations.sort(key=lambda one: (one.state != ReservationState.PENDING, one.id != focus, one.created_at))
    calls = routing.calls(call_ids=[one.call_id for one in reservations])
    return tuple(work_of(one, calls[one.call_id], beside=_beside(one)) for one in reservations)


def _beside(mine: ReservationView) -> Beside | None:
    """Whom this talk is shared with. Asked only where the agent talks, or is the one who is asked."""
    if mine.role in GUEST:
        other = routing.live_reservation_of_call(call_id=mine.call_id)
    else:
        talks = mine.state == ReservationState.ACCEPTED and mine.connected_at is not None
        other = routing.guest_of_call(call_id=mine.call_id) if talks else None
    if other is None:
        return None
    agent, guest = routing.agent(agent_id=other.agent_id), mine if mine.role in GUEST else other
    if guest.connected_at is not None:
        stage, since = "joined" if guest.role == Role.CONFERENCE else "talking", guest.connected_at
    else:
        stage = "ringing" if guest.state == ReservationState.PENDING else "connecting"
        since = guest.created_at
    named = public("r", other.id) if other.role in GUEST else ""
    return Beside(reservation=named, name_en=agent.name_en, name_zh=agent.name_zh, stage=stage, since=since)


def work_of(reservation: ReservationView, call: CallView, *, beside: Beside | None = None) -> Work:
    stage, since, deadline = _stage(reservation, call)
    out = goes_out(reservation, call)
    return Work(
        reservation=public("r", reservation.id),
        call=public("c", call.id),
        stage=stage,
        state=reservation.state.value,
        version=reservation.version,
        call_version=call.version,
        customer=str(call.customer_id or ""),
        queue=call.queue or "",
        since=since,
        connected_at=reservation.connected_at,
        held_since=call.held_since if stage == "held" else None,
        deadline=deadline,
        wrap_up_mode=reservation.wrap_up_mode,
        extensions=reservation.extensions,
        channel=call.channel,
        role=reservation.role.value,
        beside=beside,
        written=reservation.written,
        unanswered=stage == "talking" and reservation.written and reservation.spoke_by == Speaker.CALLER,
        silent_at=reservation.silent_at if stage == "talking" else None,
        panel=_panel(call),
        goes_out=out,
        rung_first=out and (bool(reservation.rung_by) or not reservation.dialled),
    )


def goes_out(reservation: ReservationView, call: CallView) -> bool:
    """Whether this agent is held to reach a customer who has never been on the line: dialled, wished for, or promised."""
    is_promise = call.direction == "callback" and call.connected_at is None and reservation.role not in GUEST
    return reservation.dialled or is_promise


def _panel(call: CallView) -> str:
    """The gateway's page for this conversation, as it named it. Other addresses than https are not linked."""
    named = call.attributes.get("conversation_url", "")
    return named if isinstance(named, str) and named.startswith("https://") else ""


def _stage(reservation: ReservationView, call: CallView) -> tuple[str, datetime, datetime | None]:
    if reservation.state == ReservationState.PENDING:
        return "ringing", reservation.created_at, ring_deadline(reservation)
    if reservation.state == ReservationState.WRAPPING:
        return "wrapping", reservation.talk_ended_at or reservation.created_at, reservation.wrap_until
    if reservation.connected_at is None:
        return "connecting", reservation.accepted_at or reservation.created_at, None
    if call.held_since is not None and reservation.role not in GUEST:
        return "held", call.held_since, None
    return "talking", reservation.connected_at, None


def ring_deadline(reservation: ReservationView) -> datetime:
    """When the phone stops ringing: before the lease runs out, for the switch gives up first."""
    rings_until = reservation.created_at + timedelta(seconds=reservation.ring_s)
    return min(rings_until, reservation.expires_at) if reservation.expires_at else rings_until


def day_start(now: datetime) -> datetime:
    """Midnight of the floor's zone."""
    local = now.astimezone(ZoneInfo(settings.TIME_ZONE))
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def today(*, agent: AgentView, now: datetime) -> Today:
    """The agent's calls since midnight of the floor's zone."""
    mine = routing.reservations(domain=agent.domain, agent_id=agent.id, since=day_start(now), limit=DAY_LIMIT)
    done = [
        _served(r)
        for r in mine
        if r.state == ReservationState.COMPLETED and r.connected_at and r.role == Role.PRIMARY  # asked is not served
    ]
    return Today(
        served=len(done),
        handle_s=_mean([s.talk_s + s.wrap_s for s in done]),
        wrap_s=_mean([s.wrap_s for s in done]),
        missed=tuple(
            Unserved(reservation=public("r", r.id), at=r.created_at, reason=r.end_reason)
            for r in mine
            if r.state in UNSERVED
        )[:12],
        recent=tuple(done[:8]),
    )


def _served(r: ReservationView) -> Served:
    connected = r.connected_at or r.created_at
    talk_end = r.talk_ended_at or r.ended_at or connected
    return Served(
        reservation=public("r", r.id),
        at=r.created_at,
        talk_s=(talk_end - connected).total_seconds(),
        wrap_s=((r.ended_at or talk_end) - talk_end).total_seconds(),
        disposition=r.disposition,
    )


def _mean(values: list[float]) -> float | None:
    return round(sum(values) / len(values), 1) if values else None


def _me(agent: AgentView) -> Me:
    return Me(
        id=public("a", agent.id),
        name_en=agent.name_en,
        name_zh=agent.name_zh,
        shown=agent.shown.value,
        shown_since=agent.shown_since,
        presence=agent.presence.value,
        reason=agent.reason,
        presence_since=agent.presence_since,
        pending_presence=agent.pending_presence,
        pending_reason=agent.pending_reason,
        device=agent.device.value,
        version=agent.version,
    )


def _queues(agent: AgentView, now: datetime) -> tuple[QueueNow, ...]:
    mine = routing.queues_of(agent_id=agent.id)
    return tuple(
        QueueNow(
            key=line.queue,
            name_en=line.name_en,
            name_zh=line.name_zh,
            waiting=line.waiting,
            longest_since=None if line.longest_wait_s is None else _whole(now, line.longest_wait_s),
            free=line.free,
            mine=line.queue in mine,
        )
        for line in routing.queue_line(domain=agent.domain, now=now)
    )


def _promised(agent: AgentView, queues: tuple[QueueNow, ...], now: datetime) -> tuple[Promised, ...]:
    names = {queue.key: queue for queue in queues if queue.mine}
    return tuple(
        Promised(
            callback=public("cb", one.id),
            number=masks.phone(one.number),
            name_en=names[one.queue].name_en,
            name_zh=names[one.queue].name_zh,
            due_at=one.due_at,
            tries=one.tries,
        )
        for one in callback_queries.promised_to(domain=agent.domain, queues=names, now=now)
    )


def _whole(now: datetime, seconds: float) -> datetime:
    """`seconds` ago, to the second: two looks at one line must not differ by rounding."""
    return (now - timedelta(seconds=seconds - 0.5)).replace(microsecond=0)


def _console(agent: AgentView, fingerprint: str, now: datetime) -> Console:
    session = leases.live_session(agent_id=agent.id)
    until = agent.lease_expires_at
    held = session is not None and agent.lease_id == session.lease_id and until is not None and until > now
    return Console(
        open=held,
        mine=held and session is not None and session.fingerprint == fingerprint,
        browser=session.browser if session and held else "",
        opened_at=session.opened_at if session and held else None,
    )


def lease_of(*, agent_id: int, fingerprint: str) -> UUID | None:
    """The lease a reloaded page may go on with: the live one, if the same login session holds it."""
    session = leases.live_session(agent_id=agent_id)
    return session.lease_id if session and session.fingerprint == fingerprint else None
