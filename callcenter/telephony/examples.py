"""One call as the contract tells it: every request and answer of the documentation. They are run as tests."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

CALL_ID = "c_01990f2a6c5b7d31a4c2f0b1d2e3f405"
RESERVATION_ID = "r_01990f2a6cd07a12b3c4d5e6f7081929"
LEASE_ID = "0b6f1d7e-5a0c-4a57-9d3e-2f6b1c8a9e10"
CURSOR = "main:1042"

CALL: Json = {
    "id": CALL_ID,
    "source": "pbx",
    "external_id": "a84b4c76e66710@10.1.2.3",
    "channel": "voice",
    "direction": "in",
    "state": "reserved",
    "outcome": None,
    "queue": "billing",
    "priority": "normal",
    "head_start_s": 0,
    "from": "+8613812345678",
    "from_raw": "013812345678",
    "to": "10086",
    "language": "zh-Hans",
    "match_basis": "exact",
    "attributes": {"site": "hangzhou-2"},
    "arrived_at": "2026-03-04T05:06:07.089Z",
    "enqueued_at": "2026-03-04T05:06:07.089Z",
    "connected_at": None,
    "held_since": None,
    "ended_at": None,
    "ended_by": "",
    "end_reason": "",
    "version": 3,
}
RESERVATION: Json = {
    "id": RESERVATION_ID,
    "call": CALL_ID,
    "agent": "a_17",
    "agent_key": "1017",
    "contact": "sip:1017@desk.example",
    "ring_s": 20,
    "role": "primary",
    "state": "pending",
    "outcome": None,
    "end_reason": "",
    "because": {"rule": "longest_idle", "idle_s": 412},
    "created_at": "2026-03-04T05:06:07.094Z",
    "expires_at": "2026-03-04T05:06:32.094Z",
    "accepted_at": None,
    "connected_at": None,
    "talk_ended_at": None,
    "wrap_until": None,
    "wrap_up_mode": "time_boxed",
    "extensions": 0,
    "disposition": "",
    "ended_at": None,
    "version": 1,
}
INSTRUCTION: Json = {
    "kind": "route",
    "reservation": RESERVATION_ID,
    "agent": "a_17",
    "contact": "sip:1017@desk.example",
    "ring_s": 20,
    "headers": {"X-Zhiyin-Call": CALL_ID, "X-Zhiyin-Reservation": RESERVATION_ID},
    "expires_at": "2026-03-04T05:06:32.094Z",
}
ROUTED: Json = {"call": CALL, "reservation": RESERVATION, "instruction": INSTRUCTION}
# A repeat of the arrival of a call that agent 1017 has dialled.
DIALLED: Json = {
    "call": CALL
    | {
        "direction": "out",
        "queue": None,
        "from": "",
        "from_raw": "10086",
        "to": "013812345678",
        "enqueued_at": None,
    },
    "reservation": RESERVATION
    | {
        "state": "accepted",
        "because": {"rule": "dialled"},
        "expires_at": "2026-03-04T05:09:07.094Z",
        "accepted_at": "2026-03-04T05:06:07.094Z",
    },
    "instruction": INSTRUCTION
    | {
        "kind": "dial",
        "ring_s": 180,
        "expires_at": "2026-03-04T05:09:07.094Z",
        "dial": "+8613812345678",
        "dialled_by": "agent",
    },
}
# Told to the switch of a call that another system wishes for.
TO_BE_DIALLED: Json = INSTRUCTION | {
    "kind": "dial",
    "expires_at": "2026-03-04T05:09:07.094Z",
    "dial": "+8613812345678",
    "dialled_by": "switch",
    "call": CALL_ID,
    "external_id": "crm-4711",
}
WAIT_ESTIMATE: Json = {
    "p50_s": 71.5,
    "p90_s": 164.2,
    "say_minutes": 2,
    "say_at_most_minutes": 3,
    "method": "place",
    "n": 200,
}
WAITING: Json = {
    "call": CALL | {"state": "queued", "version": 2},
    "reservation": None,
    "instruction": None,
    "position": 4,
    "offers": ["callback"],
    "wait_estimate": WAIT_ESTIMATE,
    "reason": "",
}
TALKING: Json = {
    "call": CALL | {"state": "connected", "connected_at": "2026-03-04T05:06:15.400Z", "version": 5},
    "reservation": RESERVATION
    | {
        "state": "accepted",
        "outcome": "answered",
        "accepted_at": "2026-03-04T05:06:14.900Z",
        "connected_at": "2026-03-04T05:06:15.400Z",
        "expires_at": None,
        "version": 3,
    },
    "instruction": None,
}
HELD: Json = TALKING | {"call": TALKING["call"] | {"held_since": "2026-03-04T05:07:00.000Z", "version": 6}}
CANCELED: Json = {
    "call": CALL
    | {
        "state": "canceled",
        "outcome": "canceled",
        "ended_at": "2026-03-04T05:06:20.000Z",
        "ended_by": "system",
        "version": 5,
    },
    "reservation": None,
    "instruction": None,
}
DIVERTED: Json = CANCELED | {
    "call": CANCELED["call"]
    | {
        "state": "diverted",
        "outcome": "diverted",
        "end_reason": "outside",
        "attributes": {"divert_to": "sip:night@partner.example"},
    }
}
ACCEPTED: Json = {
    "reservation": RESERVATION | {"state": "accepted", "accepted_at": "2026-03-04T05:06:14.900Z", "version": 2}
}
REJECTED: Json = {
    "reservation": RESERVATION
    | {
        "state": "rejected",
        "outcome": "rejected",
        "end_reason": "declined",
        "expires_at": None,
        "ended_at": "2026-03-04T05:06:12.000Z",
        "version": 2,
    }
}
MISSED: Json = REJECTED["reservation"] | {"state": "timeout", "outcome": "missed", "end_reason": "missed"}
WRAPPING: Json = {
    "reservation": TALKING["reservation"]
    | {
        "state": "wrapping",
        "talk_ended_at": "2026-03-04T05:10:00.000Z",
        "wrap_until": "2026-03-04T05:12:00.000Z",
        "expires_at": "2026-03-04T05:12:00.000Z",
        "extensions": 1,
        "version": 5,
    }
}
COMPLETED: Json = {
    "reservation": WRAPPING["reservation"]
    | {
        "state": "completed",
        "disposition": "bill_explained",
        "expires_at": None,
        "extensions": 0,
        "ended_at": "2026-03-04T05:10:40.000Z",
        "version": 5,
    }
}
AGENT: Json = {
    "id": "a_17",
    "key": "1017",
    "name_en": "Lin",
    "name_zh": "林",
    "team": "north",
    "contact": "sip:1017@desk.example",
    "state": "available",
    "state_since": "2026-03-04T04:59:15.000Z",
    "presence": "available",
    "reason": "",
    "presence_since": "2026-03-04T04:59:15.000Z",
    "pending_presence": None,
    "pending_reason": "",
    "device": "idle",
    "idle_since": "2026-03-04T04:59:15.000Z",
    "lease_expires_at": "2026-03-04T05:06:20.000Z",
    "missed_in_row": 0,
    "version": 12,
}
AGENT_SKILLS: Json = {"agent": "a_17", "skills": {"billing": 3, "lang-en": 4}, "version": 37088179218565}
QUEUE: Json = {
    "key": "billing",
    "name_en": "Billing",
    "name_zh": "账单",
    "waiting": 3,
    "longest_wait_s": 41.2,
    "free_agents": 0,
}
QUEUE_SETTINGS: Json = {
    "skills": {"billing": 2},
    "open": True,
    "target_s": 20,
    "ring_s": 20,
    "wrap_up_mode": "time_boxed",
    "wrap_up_s": 60,
    "members": ["a_17", "a_19"],
}
EVENT: Json = {
    "cursor": "main:1043",
    "id": "evt_20311",
    "type": "call.queued",
    "at": "2026-03-04T05:06:07.089Z",
    "call": CALL_ID,
    "sequence": 2,
    "reservation": None,
    "agent": None,
    "actor": "key:ab12cd34",
    "data": {"state": "queued", "queue": "billing", "version": 2},
}
SWITCH_EVENT: Json = {
    "kind": "leg",
    "type": "answered",
    "boot": "pbx-1/2026-03-01T02:00:00Z",
    "seq": 3,
    "at": "2026-03-04T05:06:15.400Z",
    "reservation": RESERVATION_ID,
    "agent": "a_17",
}
IVR_EVENT: Json = {
    "external_id": "a84b4c76e66710@10.1.2.3",
    "t": "2026-03-04T05:05:58.000Z",
    "kind": "key",
    "node": "main",
    "key": "2",
    "seq": 4,
    "flow": "service-line",
    "entry": "10086",
}
LIMITS: Json = {
    "rate_per_s": 200,
    "burst": 400,
    "body_bytes": 65536,
    "batch_bytes": 1048576,
    "batch_items": 1000,
    "attributes_bytes": 4096,
    "nesting": 20,
    "page": 200,
    "wait_s": 25,
    "waiters": 50,
    "streams": 500,
    "idempotency_hours": 24,
    "oldest_event_hours": 24,
}
PROBLEM: Json = {
    "type": "/api/docs/errors#illegal_transition",
    "title": "illegal transition",
    "status": 409,
    "detail": "The caller has hung up: this call is abandoned and cannot be queued.",
    "code": "illegal_transition",
    "request_id": "5e0c1f2a9b7d4e63",
    "state": "abandoned",
    "version": 4,
}
DECISION: Json = {
    "reservation": RESERVATION_ID,
    "at": "2026-03-04T05:06:07.094Z",
    "rule": "adapted",
    "mode": "rules",
    "queue": "billing",
    "step": 0,
    "waiting": 1,
    "waited_s": 0.0,
    "considered": 16,
    "eligible": 2,
    "removed": {"busy": 9, "lacks_skill": 4, "offline": 1},
    "skips": None,
    "fallback": None,
    "propensity": None,
    "table": None,
    "lane": None,
    "overflow": None,
    "weighed": [
        {
            "agent": "a_17",
            "score": 0.733333,
            "idle_s": 412.0,
            "terms": {"adapted": 0.733333},
            "parts": {"type_fit": 0.8, "product_fit": 0.0, "language": 0.5},
        },
        {
            "agent": "a_18",
            "score": 0.444444,
            "idle_s": 960.5,
            "terms": {"adapted": 0.444444},
            "parts": {"type_fit": 0.0, "product_fit": 0.0, "language": 0.0},
        },
    ],
}
FRAME = (
    "id: main:1043\nevent: call.queued\n"
    'data: {"cursor":"main:1043","id":"evt_20311","type":"call.queued","data":{"state":"queued","queue":"billing"}}\n\n'
    'id: main:1043\nevent: beat\ndata: {"cursor":"main:1043"}\n\n'
)
