"""The contract of calls and of what switches report of them."""

from __future__ import annotations

from callcenter.telephony import examples, shapes
from callcenter.telephony.api.lines import (
    COMMANDS,
    CURSOR,
    EVERYWHERE,
    LIMIT,
    READS,
    WAIT,
    WRITES,
    Operation,
    parameter,
    patterned,
    whole,
)

_STANDING = shapes.StandingShape
_WAIT = whole(
    "wait",
    "0–25 seconds: a caller who has to wait is answered when an agent is held or the time is over, with the status of"
    " before (202) and `instruction` where there is one by then. A newer request that waits for the call ends the older one.",
    least=0,
    most=25,
    default=0,
)

CALLS: dict[str, Operation] = {
    "call_arrives": Operation(
        tag="calls",
        summary="A call arrives",
        description=(
            "Tell us of a call the moment it exists. 201 with an `instruction` if an agent is held for it, 202 with the"
            " `position` if it waits, 201 without either if it names no queue yet. Sending the same `external_id` again"
            " is harmless: 200, the present state, `Idempotent-Replay: true`. With `direction: out` an agent dials `to`: the"
            " contact policy is asked first. Name the `agent`, and nobody else is sent there meanwhile: the answer is an"
            " `instruction` of kind `dial`, the call stands on that desk, `bridged` says that the customer has answered."
            " With `dialled_by: switch` another system wishes for the call (click to dial): the switch of `trunk` hears `dial`"
            " among its instructions, rings the agent first and then `to`."
        ),
        answers={
            201: (_STANDING, examples.ROUTED),
            202: (_STANDING, examples.WAITING),
            200: (_STANDING, examples.DIALLED),
        },
        problems=(
            *(code for code in COMMANDS if code not in {"version_conflict", "illegal_transition"}),
            "not_signed_in",
            "agent_not_free",
            "unknown_trunk",
            "unknown_queue",
            "external_id_reused",
            "contact_not_allowed",
            "number_not_allowed",
            "no_contact",
            "cannot_dial",
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
        query=(_WAIT,),
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
        query=(_WAIT,),
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
        summary="Transfer a call to a queue, to a named agent, or to a number outside",
        description=(
            "The first agent wraps up; the caller keeps the place that the first waiting earned. A named agent is rung at"
            " once; not answered, the caller waits in the queue of before. To a number outside (`TRANSFER_PREFIXES` says"
            " which) the switch dials: whoever follows the instructions hears `drop` with `to`."
        ),
        answers={200: (_STANDING, examples.WAITING)},
        problems=(
            *COMMANDS,
            "unknown_queue",
            "agent_not_free",
            "consult_open",
            "queue_needed",
            "no_number",
            "number_not_allowed",
        ),
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
        query=(
            parameter(
                "replies",
                "`heard`: the switch acts on the answer. Where its events set agents free, `instructions` names who is to"
                " be rung next, as `GET /instructions` would a moment later.",
                words=["unheard", "heard"],
                default="unheard",
            ),
        ),
        answers={
            202: (
                shapes.SwitchEventsAnswer,
                {
                    "results": [
                        {"result": "applied", "call": examples.CALL_ID},
                        {"result": "quarantined", "code": "unreadable", "sentence": "/at: This field is required."},
                    ],
                    "instructions": [
                        examples.INSTRUCTION | {"call": examples.CALL_ID, "external_id": examples.CALL["external_id"]}
                    ],
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
                        examples.TO_BE_DIALLED,
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
            parameter(
                "replies",
                "`heard`: the switch acts on the answers to its own requests. An agent named there is told here only"
                " a second later, in case the answer was lost.",
                words=["unheard", "heard"],
                default="unheard",
            ),
        ),
    ),
    "trunk_calls": Operation(
        tag="events in",
        summary="All calls a switch has: after its restart, after a gap, every minute",
        description=(
            "Calls of the trunk's source that are not listed and older than the list are over: abandoned where nobody had"
            " answered, else to be wrapped up, `ended_by` network. Listed ones with no live call here come back as"
            " `unknown`: announce them again by `POST /calls`, or drop them. Where nodes share a source, each speaks for the"
            " calls that keys of its own have announced."
        ),
        answers={200: (shapes.LiveCallsAnswer, {"closed": [examples.CALL_ID], "unknown": []})},
        problems=(*WRITES, "in_progress", "idempotency_mismatch", "unknown_trunk", "shared_source"),
        example={"as_of": "2026-03-04T05:06:07.089Z", "calls": ["a84b4c76e66710@10.1.2.3"]},
        repeatable=True,
    ),
    "call_change": Operation(
        tag="calls",
        summary="Change a call that lives",
        description=(
            "`queue`: the caller waits there, at the place of before. `priority`: another head start; the clock goes on."
            " Both ask for a `reason`. `attributes` are laid over the call's own; null takes one away. All of it or nothing."
        ),
        answers={200: (_STANDING, examples.WAITING)},
        problems=(*COMMANDS, "unknown_queue"),
        example={"priority": "high", "reason": "Medical alarm", "attributes": {"site": None, "ticket": "T-1042"}},
        repeatable=True,
        conditional=True,
    ),
    "call_divert": Operation(
        tag="calls",
        summary="Send a call elsewhere",
        description=(
            "Only before anybody talks. It ends `diverted`; an agent held for it is free at once. The switch is told `drop`"
            " with `to` and `message` where given, unless it says so itself."
        ),
        answers={200: (_STANDING, examples.DIVERTED)},
        problems=COMMANDS,
        example={"reason": "outside", "to": "sip:night@partner.example"},
        repeatable=True,
        conditional=True,
    ),
    "call_next": Operation(
        tag="calls",
        summary="What to do next with one call",
        description=(
            "For a script that holds one caller: ask with `wait`, do what comes, ask again with `next` as `after`. Without"
            " `after`: whom to ring now, or, with `wait`, the first that comes. A newer question about the same call ends"
            " the older one. At most 2,000 may wait in a process; then 429 `lane_full`."
        ),
        answers={
            200: (
                shapes.InstructionsAnswer,
                {
                    "instructions": [
                        examples.INSTRUCTION | {"call": examples.CALL_ID, "external_id": examples.CALL["external_id"]}
                    ],
                    "next": "main:1043",
                },
            )
        },
        problems=(*READS, "invalid_field", "unknown_field", "cursor_expired", "lane_full"),
        query=(patterned("after", "Cursor; without it: what stands now.", CURSOR), WAIT),
    ),
    "trunk_started": Operation(
        tag="events in",
        summary="A switch runs anew",
        description=(
            "Tell it before the first call of the new run. Callers whom nobody had answered and who are not in `calls` are"
            " over (`end_reason` `switch_restart`), their agents free; who dials again within a minute has the old place."
            " Who talks is left alone until a hang-up or a complete list. The same boot again changes nothing."
            " `type: started` in `/switch-events` says the same."
        ),
        answers={200: (shapes.StartedAnswer, {"closed": [examples.CALL_ID], "talking": [], "unknown": []})},
        problems=(*WRITES, "in_progress", "idempotency_mismatch", "unknown_trunk", "shared_source"),
        example={"boot": "pbx-1/2026-03-04T05:06:07Z", "calls": []},
        repeatable=True,
    ),
}
