"""The contract of reservations, agents and queues."""

from __future__ import annotations

from callcenter.telephony import examples, shapes
from callcenter.telephony.api.lines import (
    COMMANDS,
    EVERYWHERE,
    LIMIT,
    PLAIN_COMMANDS,
    READS,
    WRITES,
    Operation,
    parameter,
    patterned,
)
from routing.states import ReservationState

_RESERVATION_COMMANDS = (*COMMANDS, "reservation_expired", "lease_lost", "device_not_ready")
_STATES = f"^({'|'.join(ReservationState)})(,({'|'.join(ReservationState)}))*$"


def _said(summary: str, description: str, answer: object, example: object = None) -> Operation:
    """One word of the switch about a ring."""
    return Operation(
        tag="reservations",
        summary=summary,
        description=description,
        answers={200: (shapes.ReservationAnswer, answer)},
        problems=COMMANDS,
        example=example or {},
        repeatable=True,
        conditional=True,
    )


SWITCH_WORDS: dict[str, Operation] = {
    "reservation_ring": _said(
        "The agent's phone rings",
        "As the event `ringing`: evidence that tells a miss from a phone that is not there.",
        {"reservation": examples.RESERVATION},
    ),
    "reservation_answer": _said(
        "The agent has answered, and talks with the caller",
        "As the event `bridged`: accepted and connected at once, also where the time was just up (wire rule). Of a callback"
        " whose customer is yet to be dialled, `accept` instead.",
        {"reservation": examples.TALKING["reservation"]},
    ),
    "reservation_no_answer": _said(
        "The agent's phone came to nothing",
        "As the event `leg_failed`: `sip_code`, `q850`, `heard_18x` or `reason` decide what it means; without any, it rang and"
        " nobody took it. The caller keeps the place, the next agent is sought.",
        {"reservation": examples.MISSED},
        {"q850": 19, "heard_18x": True},
    ),
    "reservation_rescind": _said(
        "Take a ring back",
        "The switch will not ring this agent after all: nobody is blamed, the agent rests for five seconds, the caller keeps the"
        " place and the next agent is sought. 409 once they talk.",
        {"reservation": examples.MISSED | {"state": "rescinded", "outcome": "rescinded", "end_reason": "withdrawn"}},
    ),
}

AGENTS: dict[str, Operation] = {
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
    **SWITCH_WORDS,
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
    "agent_occupied": Operation(
        tag="agents",
        summary="An agent talks past us",
        description=(
            "A direct call, one the agent dials by hand, another system's: nobody is sent to the agent until `DELETE`, a device"
            " report `idle`, or `for_s` seconds. Unlike `in_use` of a device it holds without being repeated."
        ),
        answers={200: (shapes.AgentAnswer, {"agent": examples.AGENT | {"device": "in_use"}})},
        problems=PLAIN_COMMANDS,
        example={"kind": "direct", "for_s": 1800},
        repeatable=True,
    ),
    "agent_vacated": Operation(
        tag="agents",
        summary="The agent's phone is free again",
        answers={200: (shapes.AgentAnswer, {"agent": examples.AGENT})},
        problems=(*READS, "in_progress", "idempotency_mismatch"),
        repeatable=True,
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
}
