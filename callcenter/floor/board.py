"""The live floor as one value: read from the rooms at one moment, drawn by the templates."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

import ivr.paths.queries
import routing.forecasts
import routing.queries
from callcenter.floor.metrics import REGISTRY, Figure, Metric, measure
from callcenter.floor.windows import Window, read_window
from ivr.paths.queries import Live
from routing import reporting
from routing.queue_figures import Components
from routing.reporting import CallLine, QueueDay, Sums, WaitingNow
from routing.results import AgentView, WaitEstimate
from routing.states import ShownState

TILES = ("service_level", "waiting", "longest_wait", "offered", "answered", "abandoned", "asa", "in_ivr")
COLUMNS = ("waiting", "longest_wait", "service_level", "offered", "answered", "abandoned", "asa")
# The order of the agent grid: who works first, who is away last.
STATES = (
    ShownState.ON_CALL,
    ShownState.RESERVED,
    ShownState.WRAP_UP,
    ShownState.AVAILABLE,
    ShownState.NOT_RESPONDING,
    ShownState.BREAK,
    ShownState.OFFLINE,
)
SHOWN_WAITING = 12
_LAST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class QueueRow:
    """One queue of the table."""

    queue: QueueDay
    free: int  # agents of the queue who could take a call now
    figures: tuple[Figure, ...]
    since: datetime | None  # when the longest waiting caller entered
    overdue: bool  # somebody waits longer than the queue's target
    expected: WaitEstimate  # of a caller who would enter now


@dataclass(frozen=True, kw_only=True)
class AgentGroup:
    state: ShownState
    agents: tuple[AgentView, ...]


@dataclass(frozen=True, kw_only=True)
class Board:
    """The floor at one moment."""

    at: datetime
    domain: str
    day: Window
    tiles: tuple[Figure, ...]
    recent: Figure  # service level of the last 30 minutes
    abandonment: Figure
    queues: tuple[QueueRow, ...]
    waiting: tuple[CallLine, ...]
    waiting_more: int  # waiting, but not in the list
    groups: tuple[AgentGroup, ...]
    counts: tuple[tuple[ShownState, int], ...]
    agents: int  # signed in
    ivr: Live

    @property
    def columns(self) -> tuple[Metric, ...]:
        """The metrics of the queue table."""
        return tuple(REGISTRY[code] for code in COLUMNS)

    @property
    def since(self) -> datetime | None:
        """When the longest waiting caller entered a queue."""
        return min((row.since for row in self.queues if row.since), default=None)

    @property
    def overdue(self) -> int:
        """Queues in which somebody waits longer than the target."""
        return sum(row.overdue for row in self.queues)

    @property
    def free(self) -> int:
        """Agents who could take a call now."""
        return dict(self.counts)[ShownState.AVAILABLE]


def board(*, domain: str, now: datetime, zone: tzinfo) -> Board:
    """The live floor of a routing domain. Reads only; one moment, a fixed number of statements."""
    day = read_window({}, now=now, zone=zone)
    queues = reporting.day(domain=domain, since=day.since, until=day.until)
    recent = reporting.day(domain=domain, since=now - timedelta(minutes=30), until=now)
    free = {line.queue: line.free for line in routing.queries.queue_line(domain=domain, now=now)}
    waits = reporting.waiting_now(domain=domain)
    expected = routing.forecasts.queue_estimates(domain=domain, now=now)
    live = ivr.paths.queries.live(now=now)
    whole = Components(
        day=_added(queues),
        waiting=sum(wait.calls for wait in waits.values()),
        longest_wait_s=max((_seconds(wait, now) for wait in waits.values()), default=None),
        in_ivr=live.calls,
    )
    agents = tuple(routing.queries.agents(domain=domain))
    waiting = reporting.waiting(domain=domain, limit=SHOWN_WAITING)
    return Board(
        at=now,
        domain=domain,
        day=day,
        tiles=tuple(measure(code, whole) for code in TILES),
        recent=measure("service_level", Components(day=_added(recent))),
        abandonment=measure("abandonment", whole),
        queues=tuple(
            _row(queue, free.get(queue.queue, 0), waits.get(queue.queue), expected[queue.queue], now)
            for queue in queues
        ),
        waiting=waiting,
        waiting_more=max(0, whole.waiting - len(waiting)),
        groups=_groups(agents),
        counts=_counts(agents),
        agents=sum(agent.shown != ShownState.OFFLINE for agent in agents),
        ivr=live,
    )


def _row(queue: QueueDay, free: int, wait: WaitingNow | None, expected: WaitEstimate, now: datetime) -> QueueRow:
    components = Components(
        day=queue.sums,
        waiting=wait.calls if wait else 0,
        longest_wait_s=_seconds(wait, now) if wait else None,
    )
    return QueueRow(
        queue=queue,
        free=free,
        figures=tuple(measure(code, components) for code in COLUMNS),
        since=wait.since if wait else None,
        overdue=(components.longest_wait_s or 0) > queue.target_s,
        expected=expected,
    )


def _seconds(wait: WaitingNow, now: datetime) -> float:
    return max(0.0, (now - wait.since).total_seconds())


def _added(queues: tuple[QueueDay, ...]) -> Sums:
    return sum((queue.sums for queue in queues), start=Sums())


def _counts(agents: tuple[AgentView, ...]) -> tuple[tuple[ShownState, int], ...]:
    counted = Counter(agent.shown for agent in agents)
    return tuple((state, counted[state]) for state in STATES)


def _groups(agents: tuple[AgentView, ...]) -> tuple[AgentGroup, ...]:
    """Agents by state; within a state, who has been in it longest stands first."""
    groups = []
    for state in STATES:
        members = [agent for agent in agents if agent.shown == state]
        members.sort(key=lambda agent: (agent.shown_since or _LAST, agent.key))
        if members:
            groups.append(AgentGroup(state=state, agents=tuple(members)))
    return tuple(groups)
