"""The roster: queues, members and skills of a domain, kept in the process by version.

Triggers give `Domain.roster_version` a new number whenever a queue, a membership or a skill changes; whoever reads
hot rows reads that number with them and loads the roster again only when it differs.
"""

from __future__ import annotations

from collections import defaultdict

from routing.matching import QueueRule, Roster, qualified
from routing.models import Agent, AgentSkill, Domain, Queue

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
    skills: dict[int, dict[str, int]] = defaultdict(dict)
    held = AgentSkill.objects.filter(agent__domain_id=domain_id).values_list("agent_id", "skill__key", "level")
    for agent, skill, level in held:
        skills[agent][skill] = level
    members: dict[int, set[int]] = defaultdict(set)
    for line, agent in Queue.objects.filter(domain_id=domain_id, members__isnull=False).values_list("pk", "members"):
        members[line].add(agent)
    queues = {}
    for queue in Queue.objects.filter(domain_id=domain_id):
        able = (agent for agent in members[queue.pk] if qualified(required=queue.required, skills=skills[agent]))
        queues[queue.pk] = QueueRule(
            id=queue.pk,
            key=queue.key,
            required=queue.required,
            members=frozenset(members[queue.pk]),
            qualified=frozenset(able),
            ring_s=queue.ring_s,
            wrap_up_mode=queue.wrap_up_mode,
        )
    return Roster(
        domain=domain.key,
        domain_id=domain_id,
        version=domain.roster_version,
        queues=queues,
        agents=Agent.objects.filter(domain_id=domain_id).count(),
    )
