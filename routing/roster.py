"""The roster: queues, members and skills of a domain, kept in the process by version.

Triggers give `Domain.roster_version` a new number whenever a queue, a membership or a skill changes; whoever reads
hot rows reads that number with them and loads the roster again only when it differs.
"""

from __future__ import annotations

from django.db.models import Max

from routing.capacity import CHANNELS, DEFAULTS, Capacity, Group, Limits
from routing.matching import QueueRule, Roster, Step, Strategy
from routing.models import (
    AgentCapacity,
    Channel,
    Domain,
    ExcludedPair,
    Fit,
    GroupCapacity,
    OverflowRule,
    Queue,
)
from routing.overflow import Action, Measure, Overflow
from routing.people import People
from routing.requirements import is_short, levels, read

PRODUCT = "product:"  # a fit for callers whom this product group suits
_kept: dict[int, Roster] = {}


def roster(*, domain_id: int, version: int) -> Roster:
    """The roster of a domain at this version or a newer one."""
    kept = _kept.get(domain_id)
    if kept is None or kept.version != version:
        kept = _kept[domain_id] = read_roster(domain_id)
    return kept


def last_read(*, domain: str) -> Roster | None:
    """The roster of a domain as this process read it last, whatever its version is by now."""
    return next((kept for kept in reversed(_kept.values()) if kept.domain == domain), None)


def read_roster(domain_id: int) -> Roster:
    """As the tables stand in this transaction, past every copy."""
    # The version is read first: a change in between makes the next reader load again, never this one keep old rows.
    domain = Domain.objects.get(pk=domain_id)
    people = People(domain_id, domain.skills_day)
    queues = (
        Queue.objects.filter(domain_id=domain_id)
        .annotate(kept=Max("versions__number"))
        .prefetch_related("steps__rings", "ranks", "overflow_rules__teams")
    )
    fits = {(fit.caller_type, fit.trait): fit.fit for fit in Fit.objects.filter(domain_id=domain_id)}
    return Roster(
        domain=domain.key,
        domain_id=domain_id,
        version=domain.roster_version,
        queues={queue.pk: _rule(queue, people) for queue in queues},
        agents=len(people.teams),
        skills=people.skills,
        traits={agent: frozenset(traits) for agent, traits in people.traits.items()},
        fits={pair: fit for pair, fit in fits.items() if not pair[0].startswith(PRODUCT)},
        product_fits={
            (kind.removeprefix(PRODUCT), hand): fit for (kind, hand), fit in fits.items() if kind.startswith(PRODUCT)
        },
        capacity=_capacity(domain_id),
        rest_s=domain.rest_s,
        occupancy_cap=domain.occupancy_cap / 100,
        excludes=ExcludedPair.objects.filter(agent__domain_id=domain_id).exists(),
    )


def _capacity(domain_id: int) -> Capacity:
    channels = {key: Group(group) for key, group in Channel.objects.values_list("key", "group")}
    limits = {
        Group(row.group): Limits(
            slots=row.slots, beside_messaging=row.beside_messaging, beside_deferred=row.beside_deferred
        )
        for row in GroupCapacity.objects.filter(domain_id=domain_id)
    }
    own = AgentCapacity.objects.filter(agent__domain_id=domain_id).values_list("agent_id", "group", "slots")
    return Capacity(
        channels={**CHANNELS, **channels},
        limits={**DEFAULTS, **limits},
        own={(agent, Group(group)): slots for agent, group, slots in own},
    )


def _rule(queue: Queue, people: People) -> QueueRule:
    at_work = [rule for rule in queue.overflow_rules.all() if rule.on_since is not None]
    own = frozenset(people.members[queue.pk])
    lent = people.of_teams(team.pk for rule in at_work if rule.action == Action.BORROW for team in rule.teams.all())
    members = own | lent
    required, preferred = read(queue.required), read(queue.preferred)
    able = people.able(members, required)
    return QueueRule(
        id=queue.pk,
        key=queue.key,
        version=getattr(queue, "kept", None) or 0,
        required=levels(required),
        members=members,
        qualified=able,
        ring_s=queue.ring_s,
        wrap_up_mode=queue.wrap_up_mode,
        strategy=Strategy(queue.strategy),
        preferred=levels(preferred),
        reached=None
        if is_short(queue.preferred)
        else {agent: preferred.reached(people.persons[agent]) for agent in people.persons},
        steps=_steps(queue, people, members, able),
        ranks={rank.agent_id: rank.rank for rank in queue.ranks.all()},
        sticky_hold_s=queue.sticky_hold_s,
        sticky_days=queue.sticky_days,
        overflow=tuple(_overflow(rule) for rule in at_work),
        borrowed=lent - own,
        emergency_share=queue.emergency_percent / 100,
    )


def _overflow(rule: OverflowRule) -> Overflow:
    return Overflow(
        action=Action(rule.action),
        measure=Measure(rule.measure),
        limit=rule.limit,
        to=rule.to_id,
        message=rule.message,
        site=rule.site,
    )


def _steps(queue: Queue, people: People, members: frozenset[int], able: frozenset[int]) -> tuple[Step, ...]:
    """Each step admits everybody of the step before, whatever was written down: a skill may have been taken since."""
    steps = []
    for step in sorted(queue.steps.all(), key=lambda one: one.after_s):
        members |= people.of_teams(team.pk for team in step.rings.all())
        able |= people.able(members, read(step.required))
        steps.append(Step(after_s=step.after_s, members=members, qualified=able))
    return tuple(steps)
