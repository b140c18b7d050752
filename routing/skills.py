"""What agents are able to do: skills by key with a level from 1 to 5, read and replaced as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from callcenter.foundation import audit, events, versions
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid
from routing.journal import lock_agent
from routing.models import AgentSkill, Queue, Skill
from routing.results import QueueSettings, SkillView


def known() -> list[SkillView]:
    """Every skill that queues may ask for, by key."""
    rows = Skill.objects.order_by("key").values("key", "name_en", "name_zh")
    return [SkillView(**row) for row in rows]


def of_agent(*, agent_id: int) -> dict[str, int]:
    """Skill key → level."""
    rows = AgentSkill.objects.filter(agent=agent_id).order_by("skill__key")
    return dict(rows.values_list("skill__key", "level"))


def queue_settings(*, domain: str, key: str) -> QueueSettings | None:
    """What a queue asks of its agents and promises its callers."""
    row = Queue.objects.filter(domain__key=domain, key=key).first()
    if row is None:
        return None
    return QueueSettings(
        required=row.required,
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
    """Replace what the agent is able to do; the next decision goes by it. The same again changes nothing.

    `expected` is the version (`versions.of_content`) that is to be replaced, whatever it is by default. Raises NotFound,
    Conflict (version_conflict), Invalid (unknown_skill) with the word that nobody knows.
    """
    agent = lock_agent(agent_id)
    present = of_agent(agent_id=agent_id)
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
    AgentSkill.objects.filter(agent=agent).exclude(skill__key__in=list(skills)).delete()
    AgentSkill.objects.bulk_create(
        [AgentSkill(agent=agent, skill=rows[key], level=level) for key, level in sorted(skills.items())],
        update_conflicts=True,
        unique_fields=["agent", "skill"],
        update_fields=["level"],
    )
    told = {"skills": dict(sorted(skills.items()))}
    events.record(type="agent.skills_changed", now=now, domain=agent.domain.key, actor=actor, agent=agent.pk, data=told)
    audit.write(actor=actor, action="agent.skills", now=now, subject=f"agent:{agent.pk}", data=told)
    return told["skills"]
