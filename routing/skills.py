"""What agents are able to do: skills by key with a level from 1 to 5, read and replaced as a whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.foundation import audit, events, versions
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid
from routing.journal import lock_agent
from routing.models import Agent, AgentSkill, Queue, Skill
from routing.people import skills_on
from routing.requirements import levels, read
from routing.results import QueueSettings, SkillView


def known() -> list[SkillView]:
    """Every skill that queues may ask for, by key."""
    rows = Skill.objects.order_by("key").values("key", "name_en", "name_zh")
    return [SkillView(**row) for row in rows]


def of_agent(*, agent_id: int, day: date | None = None) -> dict[str, int]:
    """Skill key → level, on this day (today by default)."""
    rows = skills_on(day or timezone.localdate(), agent_id=agent_id)
    return {skill: level for _agent, skill, level in rows}


def queue_settings(*, domain: str, key: str) -> QueueSettings | None:
    """What a queue asks of its agents and promises its callers."""
    row = Queue.objects.filter(domain__key=domain, key=key).first()
    if row is None:
        return None
    return QueueSettings(
        required=levels(read(row.required)),
        is_open=row.is_open,
        target_s=row.target_s,
        ring_s=row.ring_s,
        wrap_up_mode=row.wrap_up_mode,
        wrap_up_s=row.wrap_up_s,
        members=tuple(row.members.order_by("key").values_list("pk", flat=True)),
    )


@command
def set_skills(
    *, agent_id: int, skills: Mapping[str, int], now: datetime, actor: str, expected: int | None = None
) -> dict[str, int]:
    """Replace what the agent is able to do today; the next decision goes by it. The same again changes nothing, and what
    is planned for days to come stands.

    `expected` is the version (`versions.of_content`) that is to be replaced, whatever it is by default. Raises NotFound,
    Conflict (version_conflict), Invalid (unknown_skill) with the word that nobody knows.
    """
    agent = lock_agent(agent_id)
    day = timezone.localdate(now)
    present = of_agent(agent_id=agent_id, day=day)
    if expected is not None and expected != versions.of_content(present):
        raise Conflict(
            "Somebody has changed these skills meanwhile: read them again, then decide.",
            code="version_conflict",
            version=versions.of_content(present),
        )
    rows = {row.key: row for row in Skill.objects.filter(key__in=list(skills))}
    if strangers := sorted(set(skills) - set(rows)):
        raise Invalid(f"There is no skill {strangers[0][:60]!r}.", code="unknown_skill", field="/skills")
    if present == dict(skills):
        return dict(skills)
    changed = {key for key in {*present, *skills} if present.get(key) != skills.get(key)}
    AgentSkill.objects.filter(_begun(day), agent=agent, skill__key__in=changed).delete()
    AgentSkill.objects.bulk_create(
        [AgentSkill(agent=agent, skill=rows[key], level=skills[key]) for key in sorted(changed & skills.keys())]
    )
    told = {"skills": dict(sorted(skills.items()))}
    events.record(type="agent.skills_changed", now=now, domain=agent.domain.key, actor=actor, agent=agent.pk, data=told)
    audit.write(actor=actor, action="agent.skills", now=now, subject=f"agent:{agent.pk}", data=told)
    return told["skills"]


@dataclass(frozen=True, kw_only=True)
class SkillChange:
    """One change for many agents."""

    skill: str
    level: int  # 1–5; 0 = no longer
    since: date | None = None  # its first day; None = at once
    until: date | None = None  # the day on which it has lapsed


@command
def change_skills(
    *, domain: str, agents: Collection[int], change: SkillChange, why: str, now: datetime, actor: str
) -> int:
    """Give these agents a skill at a level, or take it away, from a day on or at once. How many agents were changed.

    The same again changes nobody and tells nothing.
    Raises Invalid: no agents, no such skill, days in the wrong order or already past.
    """
    day = timezone.localdate(now)
    skill = _checked(change, agents, day)
    rows = Agent.objects.select_for_update(no_key=True, of=("self",)).filter(domain__key=domain, pk__in=agents)
    found = list(rows.order_by("pk"))
    if not found:
        raise Invalid(_("Choose the agents."), field="/agents")
    told = {
        "skill": skill.key, "level": change.level, "since": str(change.since or day),
        "until": str(change.until) if change.until else None,
    }  # fmt: skip
    changed = 0
    for agent in found:
        before, stood = of_agent(agent_id=agent.pk, day=change.since or day).get(skill.key, 0), _rows(agent, skill)
        _apply(agent, skill, change, day)
        if _rows(agent, skill) == stood:
            continue
        changed += 1
        data = told | {"before": before}
        events.record(type="agent.skills_changed", now=now, domain=domain, actor=actor, agent=agent.pk, data=data)
        audit.write(actor=actor, action="agent.skills", now=now, subject=f"agent:{agent.pk}", purpose=why, data=data)
    return changed


def _checked(change: SkillChange, agents: Collection[int], day: date) -> Skill:
    skill = Skill.objects.filter(key=change.skill).first()
    if skill is None:
        raise Invalid(_("Choose a skill."), code="unknown_skill", field="/skill")
    if not agents:
        raise Invalid(_("Choose the agents."), field="/agents")
    if not 0 <= change.level <= 5:
        raise Invalid(_("A level is 1 to 5, or 0 to take the skill away."), field="/level")
    if change.since is not None and change.since < day:
        raise Invalid(_("The first day is past: what was matched then cannot be changed."), field="/since")
    if change.until is not None and change.until <= (change.since or day):
        raise Invalid(_("The skill would lapse before it begins."), field="/until")
    return skill


def _apply(agent: Agent, skill: Skill, change: SkillChange, day: date) -> None:
    own = AgentSkill.objects.filter(agent=agent, skill=skill)
    since = change.since if change.since is not None and change.since > day else None
    if since is None and (change.until is None or change.level == 0):
        own.filter(_begun(day)).delete()
    elif change.level == 0:
        own.filter(valid_from__gte=since).delete()
        own.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=since)).update(valid_until=since)
    if change.level:
        start = since if since is not None or change.until is None else day
        AgentSkill.objects.update_or_create(
            agent=agent, skill=skill, valid_from=start, defaults={"level": change.level, "valid_until": change.until}
        )


def _rows(agent: Agent, skill: Skill) -> list[tuple[object, ...]]:
    rows = AgentSkill.objects.filter(agent=agent, skill=skill).order_by("valid_from", "valid_until")
    return list(rows.values_list("level", "valid_from", "valid_until"))


def _begun(day: date) -> Q:
    return Q(valid_from__isnull=True) | Q(valid_from__lte=day)
