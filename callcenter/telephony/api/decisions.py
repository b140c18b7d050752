"""Why this agent, and why not another: a decision as it was recorded when it was made."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from callcenter.telephony import answers, naming
from callcenter.telephony.api.base import ApiView, Json, answer
from callcenter.telephony.api.contract import operation
from routing import explaining, reporting
from routing.reporting import ReservationLine


class Decision(ApiView):
    scope = "calls:read"

    @operation("call_decision")
    def get(self, request: HttpRequest, call: str) -> HttpResponse:
        view = naming.call(call, principal=self.principal)
        held = [one for one in reporting.reservations_of(call_id=view.id) if one.because]
        asked = request.GET.get("agent")
        told = None
        if asked is not None:
            agent = naming.agent(asked, principal=self.principal)
            told = _why_not(held[-1], agent.id) if held else None
        return answer({"call": naming.call_id(view.id), "decisions": [_decision(one) for one in held], "why_not": told})


def _decision(held: ReservationLine) -> Json:
    because = held.because
    weighed = [
        {
            "agent": naming.agent_id(one.agent),
            "score": one.score,
            "idle_s": one.idle_s,
            "terms": dict(one.terms),
            "parts": dict(one.parts),
        }
        for one in explaining.weighed(because)
    ]
    plain = ("rule", "mode", "queue", "step", "waiting", "waited_s", "considered", "eligible", "removed")
    rare = ("fallback", "skips", "propensity", "table", "lane", "overflow")
    return (
        {"reservation": naming.reservation_id(held.id), "at": answers.instant(held.created_at)}
        | {name: because.get(name) for name in plain}
        | {name: because.get(name) for name in rare}
        | {"weighed": weighed}
    )


def _why_not(held: ReservationLine, agent_id: int) -> Json:
    found = explaining.why_not(held.because, agent_id)
    name = naming.agent_id(agent_id)
    return {"agent": name, "code": found.code, "sentence": found.sentence(name)}
