"""Whom an agent may ask: colleagues by name or staff number, who is free first."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from routing.capacity import Capacity, Group
from routing.matching.floor import state_reason
from routing.models import Agent, Domain, Reservation
from routing.operations.named import as_matched
from routing.roster import roster
from routing.showing import show_agent
from routing.states import LIVE_RESERVATION, Presence, ShownState

LIMIT = 8
LOOKED_AT = 400  # signed-in colleagues of one floor; who is not among them is found by typing


@dataclass(frozen=True, kw_only=True)
class Colleague:
    """Somebody signed in, as the one who looks for help sees them."""

    id: int
    key: str
    name_en: str
    name_zh: str
    team: str  # key, "" for none
    shown: ShownState
    since: datetime | None
    free: bool  # could be rung for this channel now


def colleagues(
    *, domain: str, besides: int, channel: str, words: str, now: datetime, limit: int = LIMIT
) -> tuple[Colleague, ...]:
    """Signed-in agents whose name or number holds `words`; who is free first, then by name."""
    home = Domain.objects.get(key=domain)
    capacity = roster(domain_id=home.pk, version=home.roster_version).capacity
    group = capacity.group(channel)
    named = Q(key__icontains=words) | Q(name_en__icontains=words) | Q(name_zh__icontains=words)
    rows = Agent.objects.filter(named, domain=home).exclude(pk=besides).exclude(presence=Presence.OFFLINE)
    people = list(rows.select_related("domain", "team").order_by("name_en", "key")[:LOOKED_AT])
    work: dict[int, list[Reservation]] = defaultdict(list)
    for one in Reservation.objects.filter(agent__in=people, state__in=LIVE_RESERVATION):
        work[one.agent_id].append(one)
    found = [_colleague(agent, work[agent.pk], group, now, capacity=capacity) for agent in people]
    return tuple(sorted(found, key=lambda one: not one.free)[:limit])


def _colleague(agent: Agent, work: list[Reservation], group: Group, now: datetime, *, capacity: Capacity) -> Colleague:
    view = show_agent(agent, work)
    against = state_reason(
        as_matched(agent, [one.slot for one in work]),
        group=group,
        capacity=capacity,
        now=now.timestamp(),
    )
    return Colleague(
        id=agent.pk,
        key=agent.key,
        name_en=agent.name_en,
        name_zh=agent.name_zh,
        team=view.team,
        shown=view.shown,
        since=view.shown_since,
        free=against is None,
    )
