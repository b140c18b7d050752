"""What the floor is made of: queues, skills, and which agent is able to do what."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view

import routing.queries
import routing.skills
from callcenter.foundation import versions
from callcenter.foundation.clock import db_now
from callcenter.foundation.errors import NotFound
from callcenter.telephony import answers, naming
from callcenter.telephony.api.base import ApiView, Json, answer
from callcenter.telephony.api.contract import operation
from callcenter.telephony.requests import SkillChangeForm, SkillsForm
from routing.results import QueueLine
from routing.skill_matrix import matrix


class Skills(ApiView):
    scope = "agents:read"

    @operation("skills")
    def get(self, request: object) -> HttpResponse:
        known = routing.skills.known()
        rows = [{"key": one.key, "name_en": one.name_en, "name_zh": one.name_zh} for one in known]
        return answer({"skills": rows})


class AgentSkills(ApiView):
    scope = "agents:read"
    scopes = {"PUT": "config:write"}

    @operation("agent_skills")
    def get(self, request: object, agent: str) -> HttpResponse:
        found = naming.agent(agent, principal=self.principal)
        return answer(_skills(found.id, routing.skills.of_agent(agent_id=found.id)))

    @operation("agent_skills_set", request=SkillsForm)
    def put(self, request: object, agent: str) -> HttpResponse:
        wish: dict[str, int] = self.body(SkillsForm)["skills"]

        def whole(now: datetime) -> tuple[int, Json]:
            found = naming.agent(agent, principal=self.principal)
            skills = routing.skills.set_skills(
                agent_id=found.id, skills=wish, now=now, actor=self.principal.name, expected=self.expected_version()
            )
            return 200, _skills(found.id, skills)

        return self.command(whole, frozen=False)  # judged under the agent's lock, by what was committed before


@extend_schema_view(post=operation("skill_changes", request=SkillChangeForm))
class SkillChanges(ApiView):
    scope = "config:write"
    scopes = {"GET": "agents:read"}

    @operation("skill_history")
    def get(self, request: object) -> HttpResponse:
        found = matrix(domain=self.principal.domain, team="", now=db_now()).changes
        rows = [
            {"at": answers.instant(one.at), "by": one.actor, "agent": one.agent_en, "why": one.why, "change": one.data}
            for one in found
        ]
        return answer({"changes": rows})

    def post(self, request: object) -> HttpResponse:
        wish = self.body(SkillChangeForm)

        def whole(now: datetime) -> tuple[int, Json]:
            agents = {naming.agent(word, principal=self.principal).id for word in wish["agents"]}
            change = routing.skills.SkillChange(
                skill=wish["skill"], level=wish["level"], since=wish.get("since"), until=wish.get("until")
            )
            changed = routing.skills.change_skills(
                domain=self.principal.domain, agents=agents, change=change, why=wish["why"], now=now,
                actor=self.principal.name,
            )  # fmt: skip
            return 200, {"agents": len(agents), "changed": changed}

        return self.command(whole)


class Queues(ApiView):
    scope = "queues:read"

    @operation("queues")
    def get(self, request: object) -> HttpResponse:
        lines = routing.queries.queue_line(domain=self.principal.domain, now=db_now())
        return answer({"queues": [_line(line) for line in lines]})


class Queue(ApiView):
    scope = "queues:read"

    @operation("queue")
    def get(self, request: object, queue: str) -> HttpResponse:
        domain = self.principal.domain
        settings = routing.skills.queue_settings(domain=domain, key=queue) if queue.isprintable() else None
        if settings is None:
            raise NotFound(f"There is no queue {queue[:60]!r}.")
        line = next(one for one in routing.queries.queue_line(domain=domain, now=db_now()) if one.queue == queue)
        asked: dict[str, Any] = {
            "skills": settings.required,
            "open": settings.is_open,
            "target_s": settings.target_s,
            "ring_s": settings.ring_s,
            "wrap_up_mode": settings.wrap_up_mode,
            "wrap_up_s": settings.wrap_up_s,
            "members": [naming.agent_id(one) for one in settings.members],
        }
        return answer({"queue": _line(line) | asked})


def _skills(agent_id: int, skills: dict[str, int]) -> Json:
    return {"agent": naming.agent_id(agent_id), "skills": skills, "version": versions.of_content(skills)}


def _line(line: QueueLine) -> Json:
    return {
        "key": line.queue,
        "name_en": line.name_en,
        "name_zh": line.name_zh,
        "waiting": line.waiting,
        "longest_wait_s": line.longest_wait_s,
        "free_agents": line.free,
    }
