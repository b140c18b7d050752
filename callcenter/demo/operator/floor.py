"""Sets up a floor: domain, skills, teams, queues, agents, their people. Configuration, done once, by the ORM."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from callcenter.accounts.models import User
from callcenter.console.defaults import LABELS, Label
from callcenter.console.models import Disposition, StateLabel
from callcenter.demo.operator import accounts
from callcenter.demo.operator.agents import AGENTS, AgentPlan
from callcenter.demo.operator.console import DISPOSITIONS, DispositionPlan
from callcenter.demo.operator.queues import DOMAIN, DOMAIN_NAME, QUEUES, SKILLS, TEAMS, QueuePlan
from routing.capacity import Group
from routing.models import Agent, AgentCapacity, AgentSkill, Domain, GroupCapacity, Queue, Skill, Team


def set_up() -> None:
    """The operator's own floor, its people and the desk's words. Doing it again changes nothing."""
    people = _people()
    place = build(
        domain=DOMAIN, name=DOMAIN_NAME, skills=SKILLS, teams=TEAMS, queues=QUEUES, agents=AGENTS, people=people
    )  # fmt: skip
    _writers(place)
    _words()


@transaction.atomic
def build(
    *,
    domain: str,
    name: str,
    skills: Mapping[str, tuple[str, str]],
    teams: Mapping[str, tuple[str, str]],
    queues: Sequence[QueuePlan],
    agents: Sequence[AgentPlan],
    people: Mapping[str, User],
) -> Domain:
    """One routing domain as planned. A queue's members are all agents whose skills meet what it requires."""
    place, _ = Domain.objects.get_or_create(key=domain, defaults={"name": name})
    known_skills = {
        key: Skill.objects.update_or_create(key=key, defaults={"name_en": en, "name_zh": zh})[0]
        for key, (en, zh) in skills.items()
    }
    known_teams = {
        key: Team.objects.update_or_create(domain=place, key=key, defaults={"name_en": en, "name_zh": zh})[0]
        for key, (en, zh) in teams.items()
    }
    staff = {plan.key: _agent(place, plan, known_teams, known_skills, people) for plan in agents}
    for queue in queues:
        row, _ = Queue.objects.update_or_create(
            domain=place,
            key=queue.key,
            defaults={
                "name_en": queue.name_en,
                "name_zh": queue.name_zh,
                "required": queue.required,
                "head_start_s": queue.head_start_s,
                "wrap_up_s": queue.wrap_up_s,
                "strategy": queue.strategy,
            },
        )
        row.members.set(staff[plan.key] for plan in agents if _fits(plan, queue))
    Domain.objects.filter(pk=place.pk).update(roster_version=place.roster_version + 1)
    return place


def _agent(
    domain: Domain,
    plan: AgentPlan,
    teams: Mapping[str, Team],
    skills: Mapping[str, Skill],
    people: Mapping[str, User],
) -> Agent:
    agent, _ = Agent.objects.update_or_create(
        domain=domain,
        key=plan.key,
        defaults={
            "name_en": plan.name_en,
            "name_zh": plan.name_zh,
            "team": teams.get(plan.team),
            "contact": f"sip:{plan.key}@agents.invalid",
            "user": people.get(plan.login),
        },
    )
    for key, level in plan.skills.items():
        AgentSkill.objects.update_or_create(agent=agent, skill=skills[key], valid_from=None, defaults={"level": level})
    return agent


def _writers(place: Domain) -> None:
    """Who answers in writing, and that a call may ring beside one conversation: else whoever writes hears no phone."""
    slots = {plan.key: plan.writes for plan in AGENTS}
    for agent in Agent.objects.filter(domain=place, key__in=slots):
        AgentCapacity.objects.update_or_create(agent=agent, group=Group.MESSAGING, defaults={"slots": slots[agent.key]})
    GroupCapacity.objects.update_or_create(
        domain=place, group=Group.LIVE, defaults={"slots": 1, "beside_messaging": 1, "beside_deferred": 2}
    )


def _fits(agent: AgentPlan, queue: QueuePlan) -> bool:
    return all(agent.skills.get(skill, 0) >= level for skill, level in queue.required.items())


def _people() -> dict[str, User]:
    """One person a login. A password that was changed by hand since stays."""
    drawn = accounts.passwords(settings.VAR_DIR)
    people = {}
    for login in accounts.LOGINS:
        people[login.username], _ = User.objects.get_or_create(
            username=login.username,
            defaults={
                "first_name": login.name,
                "role": login.role,
                "language": login.language,
                "is_staff": login.role == "admin",
                "is_superuser": login.role == "admin",
                "password": make_password(drawn[login.username]),
            },
        )
    return people


def _words() -> None:
    for position, label in enumerate(LABELS):
        StateLabel.objects.update_or_create(key=label.key, defaults=_fields(label, position, skip="key"))
    for position, disposition in enumerate(DISPOSITIONS):
        Disposition.objects.update_or_create(
            code=disposition.code, defaults=_fields(disposition, position, skip="code")
        )


def _fields(plan: Label | DispositionPlan, position: int, skip: str) -> dict[str, object]:
    return {key: value for key, value in vars(plan).items() if key != skip} | {"position": position}


def actors() -> dict[str, str]:
    """The people of the demo by user name, as authors are written."""
    return {name: f"user:{pk}" for name, pk in User.objects.values_list("username", "pk")}


def agent_ids(domain: str) -> list[int]:
    return list(Agent.objects.filter(domain__key=domain).order_by("id").values_list("id", flat=True))
