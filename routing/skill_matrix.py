"""The skills of a whole domain at once: who can do what, since and until when, and how it came to be."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from callcenter.foundation.models import AuditEntry
from routing.models import Agent, AgentSkill, Team
from routing.people import skills_on
from routing.results import SkillView
from routing.skills import known

HISTORY = 30  # changes shown


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What the present level of a skill is not: a row with days."""

    level: int
    since: date | None
    until: date | None


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One agent's one skill. `level` 0 = not today."""

    level: int
    dated: tuple[Planned, ...]


@dataclass(frozen=True, kw_only=True)
class Row:
    id: int
    key: str
    name_en: str
    name_zh: str
    cells: tuple[Cell, ...]  # in the order of the matrix's skills


@dataclass(frozen=True, kw_only=True)
class Change:
    """One change of the past, as the audit trail keeps it."""

    at: datetime
    actor: str
    agent_en: str
    agent_zh: str
    why: str
    data: dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Matrix:
    skills: tuple[SkillView, ...]
    rows: tuple[Row, ...]
    teams: tuple[tuple[str, str, str], ...]  # key, name_en, name_zh
    changes: tuple[Change, ...]


def matrix(*, domain: str, team: str, now: datetime) -> Matrix:
    """Agents of a team, or of everybody, against every skill; with the last changes."""
    day = timezone.localdate(now)
    skills = tuple(known())
    agents = Agent.objects.filter(domain__key=domain).order_by("key")
    chosen = list(agents.filter(team__key=team) if team else agents)
    levels = {(agent, skill): level for agent, skill, level in skills_on(day, agent__domain__key=domain)}
    dated: dict[tuple[int, str], list[Planned]] = defaultdict(list)
    rows = AgentSkill.objects.filter(agent__domain__key=domain).exclude(valid_until__lte=day)
    rows = rows.exclude(valid_from__isnull=True, valid_until__isnull=True).order_by("valid_from")
    for agent, skill, level, since, until in rows.values_list(
        "agent_id", "skill__key", "level", "valid_from", "valid_until"
    ):
        dated[agent, skill].append(Planned(level=level, since=since, until=until))
    return Matrix(
        skills=skills,
        rows=tuple(
            Row(
                id=agent.pk, key=agent.key, name_en=agent.name_en, name_zh=agent.name_zh,
                cells=tuple(
                    Cell(level=levels.get((agent.pk, one.key), 0), dated=tuple(dated[agent.pk, one.key]))
                    for one in skills
                ),
            )
            for agent in chosen
        ),
        teams=tuple(Team.objects.filter(domain__key=domain).order_by("key").values_list("key", "name_en", "name_zh")),
        changes=_changes(agents),
    )  # fmt: skip


def _changes(agents: object) -> tuple[Change, ...]:
    names = {f"agent:{agent.pk}": agent for agent in agents}  # type: ignore[attr-defined]
    rows = AuditEntry.objects.filter(action="agent.skills", subject__in=list(names)).order_by("-id")[:HISTORY]
    return tuple(
        Change(
            at=row.at, actor=row.actor, agent_en=names[row.subject].name_en, agent_zh=names[row.subject].name_zh,
            why=row.purpose, data=row.data,
        )
        for row in rows
    )  # fmt: skip
