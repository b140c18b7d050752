"""The contract of each address: summary, request, answers, errors and an example of each. OpenAPI is made of this."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema

from callcenter.telephony import examples, shapes
from callcenter.telephony.api.contract_customers import CUSTOMERS
from callcenter.telephony.api.contract_flows import FLOWS
from callcenter.telephony.api.contract_offers import OFFERS
from callcenter.telephony.api.contract_routing import ROUTING
from callcenter.telephony.api.contract_surveys import SURVEYS
from callcenter.telephony.api.contract_webhooks import WEBHOOKS
from callcenter.telephony.api.lines import (
    COMMANDS,
    CURSOR,
    EVERYWHERE,
    LIMIT,
    READS,
    WAIT,
    WRITES,
    Json,
    Operation,
    parameter,
    patterned,
)
from callcenter.telephony.fields import Request
from callcenter.telephony.problems import CODES
from routing.states import ReservationState

Handler = TypeVar("Handler", bound=Callable[..., Any])

_RESERVATION_COMMANDS = (*COMMANDS, "reservation_expired", "lease_lost", "device_not_ready")
_STATES = f"^({'|'.join(ReservationState)})(,({'|'.join(ReservationState)}))*$"
_STANDING = shapes.StandingShape
_HEADERS = {
    "repeatable": patterned(
        "Idempotency-Key",
        "Any printable ASCII text of your own, at most 255 characters: a repeat within 24 h gets the first answer.",
        "^([!-~]([ -~]{0,253}[!-~])?)?$",
        location="header",
    ),
    "conditional": patterned(
        "If-Match",
        '`"7"`: only if it still is at version 7.',
        r'^(\*|(W/)?"?[0-9]{1,18}"?)?$',
        location="header",
    ),
}

OPERATIONS: dict[str, Operation] = {
    # --- calls ----------------------------------------------------------------------------------------------------
    "call_arrives": Operation(
        tag="calls",
        summary="A call arrives",
        description=(
            "Tell us of a call the moment it exists. 201 with an `instruction` if an agent is held for it, 202 with the"
            " `position` if it waits, 201 without either if it names no queue yet. Sending the same `external_id` again"
            " is harmless: 200, the present state, `Idempotent-Replay: true`. With `direction: out` an agent dials `to`: the"
            " contact policy is asked first, and `bridged` with the `agent` says that the customer answered."
        ),
        answers={
            201: (_STANDING, examples.ROUTED),
            202: (_STANDING, examples.WAITING),
            200: (_STANDING, examples.ROUTED),
        },
        problems=(
            *(code for code in COMMANDS if code not in {"not_found", "version_conflict", "illegal_transition"}),
            "unknown_trunk",
            "unknown_queue",
            "external_id_reused",
            "contact_not_allowed",
        ),
        example={
            "trunk": "pbx-1",
            "external_id": "a84b4c76e66710@10.1.2.3",
            "from": "013812345678",
            "to": "10086",
            "queue": "billing",
            "language": "zh-Hans",
            "attributes": {"site": "hangzhou-2"},
        },
        repeatable=True,
    ),
    "call": Operation(
        tag="calls",
        summary="One call as it stands",
        description="With the agent held for it and what to do next: for a switch that lost an answer.",
        answers={200: (_STANDING, examples.ROUTED)},
        problems=READS,
    ),
    "call_decision": Operation(
        tag="calls",
        summary="Why this agent, and why not another",
        description="Every choice of an agent for this call, as recorded then; `agent=` asks about the last one.",
        answers={
            200: (
                shapes.DecisionAnswer,
                {
                    "call": examples.CALL_ID,
                    "decisions": [examples.DECISION],
                    "why_not": {
                        "agent": "a_19",
                        "code": "busy",
                        "sentence": "a_19 was busy: ringing, talking or wrapping up.",
                    },
                },
            )
        },
        problems=READS,
        query=(parameter("agent", "`a_…` or `key:{staff number}`: why not this one?"),),
    ),
    "call_timeline": Operation(
        tag="calls",
        summary="Everything that happened to a call, and the raw evidence",
        answers={
            200: (
                shapes.TimelineAnswer,
                {
                    "call": examples.CALL,
                    "events": [{name: value for name, value in examples.EVENT.items() if name != "cursor"}],
                    "evidence": [
                        {
                            "type": "answered",
                            "result": "applied",
                            "code": "",
                            "received_at": "2026-03-04T05:06:15.431Z",
                            "raw": examples.SWITCH_EVENT,
                        }
                    ],
                },
            )
        },
        problems=READS,
    ),
    "call_enqueue": Operation(
        tag="calls",
        summary="Put a call into a queue",
        description="For callers who come out of the menus. Answers as an arrival does.",
        answers={201: (_STANDING, examples.ROUTED), 202: (_STANDING, examples.WAITING)},
        problems=(*COMMANDS, "unknown_queue"),
        example={"queue": "billing", "priority": "normal"},
        repeatable=True,
        conditional=True,
    ),
    "call_hold": Operation(
        tag="calls",
        summary="The caller is put on hold",
        answers={200: (_STANDING, examples.HELD)},
        problems=COMMANDS,
        example={},
        repeatable=True,
        conditional=True,
    ),
    "call_resume": Operation(
        tag="calls",
        summary="The caller is taken off hold",
        answers={200: (_STANDING, examples.TALKING)},
        problems=COMMANDS,
        example={},
        repeatable=True,
        conditional=True,
    ),
    "call_transfer": Operation(
        tag="calls",
        summary="Transfer a call to a queue or to a named agent",
        description=(
            "The first agent wraps up; the caller keeps the place that the first waiting earned. A named agent is rung at"
            " once; not answered, the caller waits in the queue of before."
        ),
        answers={200: (_STANDING, examples.WAITING)},
        problems=(*COMMANDS, "unknown_queue", "agent_not_free", "consult_open", "queue_needed"),
        example={"queue": "retention"},
        repeatable=True,
        conditional=True,
    ),
    "call_cancel": Operation(
        tag="calls",
        summary="Take a call back",
        description="Only before anybody talks. An agent held for it is free at once.",
        answers={200: (_STANDING, examples.CANCELED)},
        problems=COMMANDS,
        example={},
        repeatable=True,
        conditional=True,
    ),
    # --- events in ------------------------------------------------------------------------------------------------
    "call_events": Operation(
        tag="events in",
        summary="What happened to one call",
        description="One event or a list. Late, repeated and out-of-order events are never an error: see `results`.",
        answers={202: (shapes.ItemsAnswer, {"results": [{"result": "applied", "call": examples.CALL_ID}]})},
        problems=(*WRITES, "in_progress", "idempotency_mismatch"),
        example=examples.SWITCH_EVENT,
        repeatable=True,
    ),
    "switch_events": Operation(
        tag="events in",
        summary="What happened, many calls and kinds at once",
        description=(
            "At most 1,000 items and 1 MB. Each item is applied by itself: one bad item never sinks the batch. Items of"
            " kind `ivr` are steps of callers in the menus (see `/ivr/events`)."
        ),
        answers={
            202: (
                shapes.ItemsAnswer,
                {
                    "results": [
                        {"result": "applied", "call": examples.CALL_ID},
                        {"result": "quarantined", "code": "unreadable", "sentence": "/at: This field is required."},
                    ]
                },
            )
        },
        problems=(*WRITES, "in_progress", "idempotency_mismatch"),
        example=[
            examples.SWITCH_EVENT | {"call": "ext:pbx:a84b4c76e66710@10.1.2.3"},
            {
                "kind": "device",
                "type": "device",
                "at": "2026-03-04T05:06:16.000Z",
                "agent": "key:1017",
                "device": "idle",
            },
        ],
        repeatable=True,
    ),
    "ivr_events": Operation(
        tag="events in",
        summary="What callers do in the menus",
        description="One step or a list, before or after the call itself is known.",
        answers={202: (shapes.ItemsAnswer, {"results": [{"result": "stored", "call": examples.CALL_ID}]})},
        problems=(*WRITES, "in_progress", "idempotency_mismatch"),
        example=[examples.IVR_EVENT],
        repeatable=True,
    ),
    "instructions": Operation(
        tag="calls",
        summary="What the switch is to do next, over all its calls",
        description=(
            "For a switch that cannot be called: ask with `wait`, do what comes, keep `next` and ask again with it."
            " Without `after`: every agent the switch has yet to ring, and the cursor to begin with. Hearing an"
            " instruction twice is harmless: its ids last."
        ),
        answers={
            200: (
                shapes.InstructionsAnswer,
                {
                    "instructions": [
                        examples.INSTRUCTION | {"call": examples.CALL_ID, "external_id": examples.CALL["external_id"]},
                        {
                            "kind": "release",
                            "reservation": examples.RESERVATION_ID,
                            "call": examples.CALL_ID,
                            "external_id": examples.CALL["external_id"],
                        },
                    ],
                    "next": "main:1043",
                },
            )
        },
        problems=(*EVERYWHERE, "invalid_field", "unknown_field", "unknown_trunk", "cursor_expired", "lane_full"),
        query=(
            parameter("trunk", "The switch; may be left out by a key bound to one."),
            patterned("after", "Cursor; without it: what stands now.", CURSOR),
            LIMIT,
            WAIT,
        ),
    ),
    "trunk_calls": Operation(
        tag="events in",
        summary="All calls a switch has: after its restart, after a gap, every minute",
        description=(
            "Calls of the trunk's source that are not listed and older than the list are over: abandoned where nobody had"
            " answered, else to be wrapped up, `ended_by` network. Listed ones with no live call here come back as"
            " `unknown`: announce them again by `POST /calls`, or drop them."
        ),
        answers={200: (shapes.LiveCallsAnswer, {"closed": [examples.CALL_ID], "unknown": []})},
        problems=(*WRITES, "in_progress", "idempotency_mismatch", "unknown_trunk", "shared_source"),
        example={"as_of": "2026-03-04T05:06:07.089Z", "calls": ["a84b4c76e66710@10.1.2.3"]},
        repeatable=True,
    ),
    # --- reservations ---------------------------------------------------------------------------------------------
    "reservations": Operation(
        tag="reservations",
        summary="Agents held for calls",
        answers={200: (shapes.ReservationsAnswer, {"reservations": [examples.RESERVATION]})},
        problems=(*READS, "invalid_field", "unknown_field"),
        query=(
            parameter("agent", "`a_…` or `key:{staff number}`: of this agent only."),
            patterned("state", "States, comma-separated; by default those that live.", _STATES),
            LIMIT,
        ),
    ),
    "reservation": Operation(
        tag="reservations",
        summary="One reservation",
        answers={200: (shapes.ReservationAnswer, {"reservation": examples.RESERVATION})},
        problems=READS,
    ),
    "reservation_accept": Operation(
        tag="reservations",
        summary="The agent accepts",
        description="Repeating it is harmless. 410 when the time was up; the caller is with somebody else by then.",
        answers={200: (shapes.ReservationAnswer, examples.ACCEPTED)},
        problems=_RESERVATION_COMMANDS,
        example={},
        repeatable=True,
        conditional=True,
    ),
    "reservation_reject": Operation(
        tag="reservations",
        summary="The agent declines",
        description="The caller keeps the place; the next agent is sought at once.",
        answers={200: (shapes.ReservationAnswer, examples.REJECTED)},
        problems=_RESERVATION_COMMANDS,
        example={"reason": "declined"},
        repeatable=True,
        conditional=True,
    ),
    "reservation_complete": Operation(
        tag="reservations",
        summary="Wrap-up is done",
        answers={200: (shapes.ReservationAnswer, examples.COMPLETED)},
        problems=(*_RESERVATION_COMMANDS, "disposition_required"),
        example={"disposition": "bill_explained", "next_presence": "available"},
        repeatable=True,
        conditional=True,
    ),
    "reservation_extend": Operation(
        tag="reservations",
        summary="Ask for more time to wrap up",
        description="60 seconds, once.",
        answers={200: (shapes.ReservationAnswer, examples.WRAPPING)},
        problems=(*_RESERVATION_COMMANDS, "already_extended", "no_time_limit"),
        example={},
        repeatable=True,
        conditional=True,
    ),
    # --- agents and queues ----------------------------------------------------------------------------------------
    "agents": Operation(
        tag="agents",
        summary="Agents of the domain",
        answers={200: (shapes.AgentsAnswer, {"agents": [examples.AGENT]})},
        problems=EVERYWHERE,
    ),
    "presence": Operation(
        tag="agents",
        summary="One agent as it stands",
        answers={200: (shapes.AgentAnswer, {"agent": examples.AGENT})},
        problems=READS,
    ),
    "presence_set": Operation(
        tag="agents",
        summary="Sign in, go available, take a break, sign out",
        description=(
            "From offline this signs in: whoever calls vouches for the person and gets a `lease_id` to renew by"
            " heartbeat. With work at hand the wish is kept and taken after it (`pending_presence`)."
        ),
        answers={200: (shapes.AgentAnswer, {"agent": examples.AGENT, "lease_id": examples.LEASE_ID})},
        problems=(*COMMANDS, "lease_held", "lease_lost", "not_signed_in", "device_not_ready"),
        example={"presence": "available"},
        conditional=True,
    ),
    "heartbeat": Operation(
        tag="agents",
        summary="The agent is still there",
        description="Every 5 seconds; without it the lease runs out and the agent goes offline.",
        answers={200: (shapes.AgentAnswer, {"agent": examples.AGENT, "lease_id": examples.LEASE_ID})},
        problems=(*WRITES, "lease_lost", "in_progress", "idempotency_mismatch"),
        example={"lease_id": examples.LEASE_ID},
        repeatable=True,
    ),
    "device_set": Operation(
        tag="agents",
        summary="What the agent's phone says",
        answers={200: (shapes.AgentAnswer, {"agent": examples.AGENT})},
        problems=WRITES,
        example={"device": "idle"},
    ),
    "agent": Operation(
        tag="agents",
        summary="One agent",
        answers={200: (shapes.AgentAnswer, {"agent": examples.AGENT})},
        problems=READS,
    ),
    "skills": Operation(
        tag="agents",
        summary="Skills that queues may ask for",
        answers={200: (shapes.SkillsAnswer, {"skills": [{"key": "billing", "name_en": "Bills", "name_zh": "账务"}]})},
        problems=EVERYWHERE,
    ),
    "agent_skills": Operation(
        tag="agents",
        summary="What an agent is able to do",
        answers={200: (shapes.AgentSkillsAnswer, examples.AGENT_SKILLS)},
        problems=READS,
    ),
    "agent_skills_set": Operation(
        tag="agents",
        summary="Replace what an agent is able to do",
        description="The next decision goes by it. Complete: a skill that is not named is taken away.",
        answers={200: (shapes.AgentSkillsAnswer, examples.AGENT_SKILLS)},
        problems=(*COMMANDS, "unknown_skill"),
        example={"skills": {"billing": 3, "lang-en": 4}},
        repeatable=True,
        conditional=True,
    ),
    "queue": Operation(
        tag="queues",
        summary="One queue: how it stands, what it asks, who serves it",
        answers={200: (shapes.QueueAnswer, {"queue": examples.QUEUE | examples.QUEUE_SETTINGS})},
        problems=READS,
    ),
    "queues": Operation(
        tag="queues",
        summary="Queues as they stand now",
        answers={
            200: (
                shapes.QueuesAnswer,
                {"queues": [examples.QUEUE]},
            )
        },
        problems=EVERYWHERE,
    ),
    # --- events out -----------------------------------------------------------------------------------------------
    "events": Operation(
        tag="events out",
        summary="Everything that happens, from a cursor on",
        description=(
            "In publishing order, without gaps. Keep `next` and ask again with it; with `wait` the answer comes as soon"
            " as something happens."
        ),
        answers={200: (shapes.EventsAnswer, {"events": [examples.EVENT], "next": "main:1043"})},
        problems=(*EVERYWHERE, "invalid_field", "unknown_field", "cursor_expired", "lane_full"),
        query=(
            patterned("after", "Cursor; events after it. Without it: from the oldest kept.", CURSOR),
            parameter("types", "Types, comma-separated; `call.*` stands for all of a kind."),
            LIMIT,
            WAIT,
        ),
    ),
    "event_stream": Operation(
        tag="events out",
        summary="Everything that happens, as it happens",
        description=(
            "Server-sent events: `id` is the cursor, `event` the type, `data` the event as `/events` tells it. A `beat`"
            " comes at least every 5 seconds; silence for 10 means a dead line: come back with `Last-Event-ID`."
        ),
        answers={(200, "text/event-stream"): (str, examples.FRAME)},
        problems=(*EVERYWHERE, "invalid_field", "unknown_field", "cursor_expired", "lane_full"),
        query=(
            patterned(
                "after",
                "Cursor to begin after, where `Last-Event-ID` is not sent. Without either: from now on.",
                CURSOR,
            ),
            parameter("types", "Types, comma-separated; `call.*` stands for all of a kind."),
            OpenApiParameter("Last-Event-ID", str, OpenApiParameter.HEADER, description="The last `id` received."),
        ),
    ),
    "sync": Operation(
        tag="events out",
        summary="One consistent snapshot of all that lives",
        description=(
            "Start here, then follow `/events` from its cursor. An event already contained has a `sequence` not above"
            " the call's `version`: skip it."
        ),
        answers={
            200: (
                shapes.SyncAnswer,
                {
                    "cursor": examples.CURSOR,
                    "at": "2026-03-04T05:06:08.000Z",
                    "calls": [examples.CALL],
                    "reservations": [examples.RESERVATION],
                    "agents": [examples.AGENT],
                },
            )
        },
        problems=EVERYWHERE,
    ),
    "limits": Operation(
        tag="events out", summary="The limits of this API", answers={200: (shapes.LimitsAnswer, examples.LIMITS)}
    ),
}
OPERATIONS |= {**CUSTOMERS, **OFFERS, **WEBHOOKS, **SURVEYS, **ROUTING, **FLOWS}


def operation(name: str, *, request: type[Request] | Any = None) -> Callable[[Handler], Handler]:
    """Mark a handler as this operation of the contract."""
    line = OPERATIONS[name]
    shown = [OpenApiExample("request", value=line.example, request_only=True)] if line.example is not None else []
    shown += [
        OpenApiExample(
            str(_number(status)),
            value=example,
            response_only=True,
            status_codes=[str(_number(status))],
            media_type="application/json" if isinstance(status, int) else status[1],
        )
        for status, (shape, example) in line.answers.items()
        if shape is not None
    ]
    parameters = [header for flag, header in _HEADERS.items() if getattr(line, flag)]
    responses: dict[Any, Any] = {
        status: OpenApiResponse(shape, description="Done." if _number(status) < 202 else "Taken.")
        for status, (shape, _) in line.answers.items()
    }
    decorator: Callable[[Handler], Handler] = extend_schema(
        operation_id=name,
        summary=line.summary,
        description=line.description or f"{line.summary}.",
        tags=[line.tag],
        request={"application/json": request} if request is not None else None,
        parameters=[*line.query, *parameters],
        responses=responses | _problem_responses(line.problems),
        examples=shown,
        auth=[] if name == "limits" else None,
    )
    return decorator


def _number(status: int | tuple[int, str]) -> int:
    return status if isinstance(status, int) else status[0]


def _problem_responses(codes: tuple[str, ...]) -> dict[Any, OpenApiResponse]:
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(CODES[code][0], []).append(code)
    return {
        (status, "application/problem+json"): OpenApiResponse(
            shapes.ProblemShape, description=" · ".join(f"`{code}`" for code in sorted(names))
        )
        for status, names in sorted(by_status.items())
    }


class _ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "callcenter.accounts.api_keys.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> Json:
        return {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer zk_…`"}
