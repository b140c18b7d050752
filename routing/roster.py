"""The roster: queues, members and skills of a domain, kept in the process by version.

Triggers give `Domain.roster_version` a new number whenever a queue, a membership or a skill changes; whoever reads
hot rows reads that number with them and loads the roster again only when it differs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from routing.capacity import CHANNELS, DEFAULTS, Capacity, Group, Limits
from routing.matching import QueueRule, Roster, Step, Strategy, qualified
from routing.models import (
    Agent,
    AgentCapacity,
    AgentSkill,
    AgentTrait,
    Channel,
    Domain,
    ExcludedPair,
    Fit,
    GroupCapacity,
    OverflowRule,
    Queue,
)
from routing.overflow import Action, Measure, Overflow

PRODUCT = "product:"  # a fit for callers whom this product group suits
_kept: dict[int, Roster] = {}


def roster(*, domain_id: int, version: int) -> Roster:
    """The roster of a domain at this version or a newer one."""
    kept = _kept.get(domain_id)
    if kept is None or kept.version != version:
        kept = _kept[domain_id] = _load(domain_id)
    return kept


def _load(domain_id: int) -> Roster:
    # The version is read first: a change in between makes the next reader load again, never this one keep old rows.
    domain = Domain.objects.get(pk=domain_id)
    people = _People(domain_id)
    queues = Queue.objects.filter(domain_id=domain_id).prefetch_related(
        "steps__rings", "ranks", "overflow_rules__teams"
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


class _People:
    """Skills, traits, teams and queues of everybody in a domain."""

    def __init__(self, domain_id: int) -> None:
        self.teams: dict[int, int | None] = dict(Agent.objects.filter(domain_id=domain_id).values_list("pk", "team_id"))
        self.skills: dict[int, dict[str, int]] = defaultdict(dict)
        held = AgentSkill.objects.filter(agent__domain_id=domain_id).values_list("agent_id", "skill__key", "level")
        for agent, skill, level in held:
            self.skills[agent][skill] = level
        self.traits: dict[int, set[str]] = defaultdict(set)
        for agent, trait in AgentTrait.objects.filter(agent__domain_id=domain_id).values_list("agent_id", "trait"):
            self.traits[agent].add(trait)
        self.members: dict[int, set[int]] = defaultdict(set)
        lines = Queue.objects.filter(domain_id=domain_id, members__isnull=False).values_list("pk", "members")
        for line, member in lines:
            self.members[line].add(member)

    def of_teams(self, teams: Iterable[int]) -> frozenset[int]:
        wanted = set(teams)
        return frozenset(agent for agent, team in self.teams.items() if team in wanted)

    def able(self, members: Iterable[int], required: Mapping[str, int]) -> frozenset[int]:
        return frozenset(agent for agent in members if qualified(required=required, skills=self.skills.get(agent, {})))


def _rule(queue: Queue, people: _People) -> QueueRule:
    at_work = [rule for rule in queue.overflow_rules.all() if rule.on_since is not None]
    own = frozenset(people.members[queue.pk])
    lent = people.of_teams(team.pk for rule in at_work if rule.action == Action.BORROW for team in rule.teams.all())
    members = own | lent
    able = people.able(members, queue.required)
    return QueueRule(
        id=queue.pk,
        key=queue.key,
        required=queue.required,
        members=members,
        qualified=able,
        ring_s=queue.ring_s,
        wrap_up_mode=queue.wrap_up_mode,
        strategy=Strategy(queue.strategy),
        preferred=queue.preferred,
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
    )


def _steps(queue: Queue, people: _People, members: frozenset[int], able: frozenset[int]) -> tuple[Step, ...]:
    """Each step admits everybody of the step before, whatever was written down: a skill may have been taken since."""
    steps = []
    for step in sorted(queue.steps.all(), key=lambda one: one.after_s):
        members |= people.of_teams(team.pk for team in step.rings.all())
        able |= people.able(members, step.required)
        steps.append(Step(after_s=step.after_s, members=members, qualified=able))
    return tuple(steps)
