"""Kamailio's rtjson: JSON in, the routes of a call out, for configurations of one's own. Pure.

The configuration we ship (`deploy/kamailio`) asks the native API instead. Source: the rtjson module's documentation
(version, routing, routes with uri, headers and timers in milliseconds); it ignores fields it does not know.
"""

from __future__ import annotations

import json
from typing import Any

from callcenter.telephony.dialects import plain
from callcenter.telephony.dialects.words import (
    Answer,
    Divert,
    Document,
    Goodbye,
    Heard,
    Links,
    Params,
    Ring,
    Traits,
    Wait,
)

HOOKS = frozenset({"voice", "wait", "dialled", "status"})
TRAITS = Traits(mark="call_id", sends_json=True, asks_again=False)


def read(hook: str, said: Params, query: Params) -> Heard:
    """As plain text, with `call_id` for the call. Raises Unreadable."""
    return plain.read(hook, {"call": said.get("call_id", "")} | dict(said), query)


def write(answer: Answer, hook: str, links: Links) -> Document:
    """Routes for who is to be rung; for everything else no routes and the word for what to do."""
    body: dict[str, Any] = {"version": "1.0", "routing": "serial"} | _words(answer, links)
    return Document(body=json.dumps(body, ensure_ascii=False), content_type="application/json")


def _words(answer: Answer, links: Links) -> dict[str, Any]:
    match answer:
        case Ring():
            extra = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
            route = {
                "uri": answer.contact,
                "headers": {"extra": extra},
                "fr_timer": 3_000,  # a dead phone is known by its silence
                "fr_inv_timer": answer.ring_s * 1_000,
            }
            return {"action": "route", "routes": [route], "reservation": answer.reservation, "call_id": answer.call}
        case Divert():
            return {"action": "divert", "routes": [{"uri": answer.number}]}
        case Wait():
            return {"action": "wait", "routes": [], "after_s": answer.seconds, "next": links.to("wait")}
        case Goodbye():
            return {"action": "drop", "routes": []}
        case _:
            return {"action": "none", "routes": []}
