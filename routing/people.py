"""Everybody of a domain as conditions look at them: skills, traits, team, and the queues they belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cached_property

from django.db.models import F, Q
from django.utils import timezone

from routing.models import Agent, AgentSkill, AgentTrait, Queue
from routing.requirements import Condition, Person


def skills_on(day: date, **which: object) -> list[tuple[int, str, int]]:
    """Agent, skill key and level of everything that holds on this day; of several the one that began last."""
    rows = AgentSkill.objects.filter(
        Q(valid_from__isnull=True) | Q(valid_from__lte=day),
        Q(valid_until__isnull=True) | Q(valid_until__gt=day),
        **which,
    )
    rows = rows.order_by(F("valid_from").asc(nulls_first=True))
    found = {(agent, skill): level for agent, skill, level in rows.values_list("agent_id", "skill__key", "level")}
    return [(agent, skill, level) for (agent, skill), level in sorted(found.items())]


class People:
    """Read once, asked often. Dated skills count as of `day`, today by default."""

    def __init__(self, domain_id: int, day: date | None = None) -> None:
        rows = list(Agent.objects.filter(domain_id=domain_id).values_list("pk", "key", "team_id", "team__key"))
        self.keys: dict[int, str] = {agent: key for agent, key, _team, _name in rows}
        self.teams: dict[int, int | None] = {agent: team for agent, _key, team, _name in rows}
        self._team_keys = {agent: name or "" for agent, _key, _team, name in rows}
        self.skills: dict[int, dict[str, int]] = defaultdict(dict)
        for agent, skill, level in skills_on(day or timezone.localdate(), agent__domain_id=domain_id):
            self.skills[agent][skill] = level
        self.traits: dict[int, set[str]] = defaultdict(set)
        for agent, trait in AgentTrait.objects.filter(agent__domain_id=domain_id).values_list("agent_id", "trait"):
            self.traits[agent].add(trait)
        self.members: dict[int, set[int]] = defaultdict(set)
        lines = Queue.objects.filter(domain_id=domain_id, members__isnull=False).values_list("pk", "members")
        for line, member in lines:
            self.members[line].add(member)

    @cached_property
    def persons(self) -> Mapping[int, Person]:
        return {
            agent: Person(
                key=key,
                team=self._team_keys[agent],
                skills=self.skills.get(agent, {}),
                traits=frozenset(self.traits.get(agent, ())),
            )
            for agent, key in self.keys.items()
        }

    def of_teams(self, teams: Iterable[int]) -> frozenset[int]:
        wanted = set(teams)
        return frozenset(agent for agent, team in self.teams.items() if team in wanted)

    def able(self, members: Iterable[int], required: Condition) -> frozenset[int]:
        """Of these, whoever is of this domain and meets it."""
        persons = self.persons
        return frozenset(agent for agent in members if agent in persons and required.admits(persons[agent]))


def vanishing(*, domain_id: int, members: Iterable[int], before: Condition, after: Condition) -> list[str]:
    """Keys of the members who meet the one condition and not the other: whom a change takes away."""
    people = People(domain_id)
    present = [agent for agent in members if agent in people.keys]
    return sorted(people.keys[agent] for agent in people.able(present, before) - people.able(present, after))
