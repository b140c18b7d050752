"""Agents: who is there, and what their phones say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema_view

import routing.forecasts
import routing.operations
import routing.queries
from callcenter.foundation.clock import db_now
from callcenter.telephony import answers, naming
from callcenter.telephony.api.base import ApiView, Json, answer, check_version
from callcenter.telephony.api.contract import operation
from callcenter.telephony.requests import DeviceForm, HeartbeatForm, NothingForm, OccupancyForm, PresenceForm
from routing.results import AgentView
from routing.states import Presence


class Agents(ApiView):
    scope = "agents:read"

    @operation("agents")
    def get(self, request: object) -> HttpResponse:
        found = routing.queries.agents(domain=self.principal.domain)
        return answer({"agents": [answers.agent(view) for view in found]})


class Agent(ApiView):
    scope = "agents:read"

    @operation("agent")
    def get(self, request: object, agent: str) -> HttpResponse:
        return answer({"agent": answers.agent(naming.agent(agent, principal=self.principal))})


class AgentPresence(ApiView):
    scope = "agents:read"
    scopes = {"PUT": "agents:write"}

    @operation("presence")
    def get(self, request: object, agent: str) -> HttpResponse:
        return answer({"agent": answers.agent(naming.agent(agent, principal=self.principal))})

    @operation("presence_set", request=PresenceForm)
    def put(self, request: object, agent: str) -> HttpResponse:
        wish, expected = self.body(PresenceForm), self.expected_version()

        def whole(now: datetime) -> tuple[int, Json]:
            found = naming.agent(agent, principal=self.principal)
            check_version(expected=expected, present=found.version, state=found.shown.value)
            view, lease = self._take_presence(found, wish, now)
            return 200, {"agent": answers.agent(view), "lease_id": answers.lease(lease)}

        return self.command(whole)

    def _take_presence(self, agent: AgentView, wish: Json, now: datetime) -> tuple[AgentView, UUID | None]:
        """Signing in is part of it: whoever brings an agent in vouches for the person and gets the lease."""
        who: dict[str, Any] = {"agent_id": agent.id, "now": now, "actor": self.principal.name}
        lease: UUID | None = wish.get("lease_id")
        signs_in = agent.presence == Presence.OFFLINE and wish["presence"] != Presence.OFFLINE
        if signs_in or wish["take_over"]:
            lease = lease or uuid4()
            agent = routing.operations.sign_in(lease_id=lease, take_over=wish["take_over"], **who)
        if signs_in and wish["presence"] == Presence.BREAK and not wish["reason"]:
            return agent, lease  # signing in is a break of its own kind: `starting`
        view = routing.operations.set_presence(presence=wish["presence"], reason=wish["reason"], lease_id=lease, **who)
        return view, lease


class Heartbeat(ApiView):
    scope = "agents:write"
    urgent = True

    @operation("heartbeat", request=HeartbeatForm)
    def post(self, request: object, agent: str) -> HttpResponse:
        lease: UUID = self.body(HeartbeatForm)["lease_id"]

        def whole(now: datetime) -> tuple[int, Json]:
            found = naming.agent(agent, principal=self.principal)
            view = routing.operations.pulse(agent_id=found.id, lease_id=lease, now=now)
            return 200, {"agent": answers.agent(view), "lease_id": answers.lease(lease)}

        return self.command(whole)


@extend_schema_view(put=operation("device_set", request=DeviceForm))
class AgentDevice(ApiView):
    scope = "agents:write"
    urgent = True

    def put(self, request: object, agent: str) -> HttpResponse:
        device: str = self.body(DeviceForm)["device"]

        def whole(now: datetime) -> tuple[int, Json]:
            found = naming.agent(agent, principal=self.principal)
            view = routing.operations.device_report(
                agent_id=found.id, device=device, at=now, now=now, actor=self.principal.name
            )
            return 200, {"agent": answers.agent(view)}

        return self.command(whole)


@extend_schema_view(
    post=operation("agent_occupied", request=OccupancyForm), delete=operation("agent_vacated", request=None)
)
class AgentOccupancy(ApiView):
    """A direct call, one the agent dials, another system's: nobody is sent there meanwhile."""

    scope = "agents:write"
    urgent = True
    http_method_names = ["head", "post", "delete"]

    def post(self, request: object, agent: str) -> HttpResponse:
        wish = self.body(OccupancyForm)
        return self._change(agent, routing.operations.occupy, kind=wish["kind"], seconds=wish["for_s"])

    def delete(self, request: object, agent: str) -> HttpResponse:
        self.body(NothingForm)
        return self._change(agent, routing.operations.vacate)

    def _change(self, agent: str, change: Callable[..., AgentView], **words: Any) -> HttpResponse:
        def whole(now: datetime) -> tuple[int, Json]:
            found = naming.agent(agent, principal=self.principal)
            view = change(agent_id=found.id, now=now, actor=self.principal.name, **words)
            return 200, {"agent": answers.agent(view)}

        return self.command(whole)


class QueueWait(ApiView):
    scope = "queues:read"

    @operation("queue_wait")
    def get(self, request: object, queue: str) -> HttpResponse:
        found = routing.forecasts.queue_estimate(domain=self.principal.domain, queue=queue, now=db_now())
        return answer({"queue": queue, "ahead": found.ahead} | answers.wait_estimate(found))
