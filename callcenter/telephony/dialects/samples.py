"""Recorded requests of each dialect, whole as its platform sends them: pages show them, tests read them.

They stand in `samples/{dialect}.json`, made after the platforms' published formats with values of our own. `hook` is one
of `/telephony/{trunk}/`, `path` one of the API, `event` comes over Asterisk's WebSocket. `whole` ones hold every field.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from callcenter.telephony.dialects import xml_curl
from callcenter.telephony.dialects.registry import DIALECTS
from callcenter.telephony.dialects.words import Answer, Links, Nothing, Ring, Wait

FOLDER = Path(__file__).parent / "samples"
_ALSO = {"httapi": ("xml_curl",)}  # spoken by the same trunk
# Under which name each platform tells it, the attempt's before the call's.
_STATUSES = (
    "DialCallStatus", "dial_call_status", "variable_originate_failed_cause", "dialstatus", "CallStatus", "call_status", "event",
)  # fmt: skip
_TITLES = {
    "voice": _("A caller arrives"),
    "keys": _("The caller pressed keys"),
    "wait": _("The caller waits"),
    "action": _("The platform's own queue let go of the caller"),
    "dialled": _("Ringing an agent is over"),
    "status": _("A leg rings, was answered or ended"),
    "dialplan": _("The dialplan is asked for"),
    "/calls": _("A caller arrives"),
    "/switch-events": _("Something happened on the line"),
}


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request of a platform and what it is answered with, as text."""

    title: str | Promise
    request: str
    detail: str = ""  # what tells it from others of that title: the event's type, the leg's status, the channel
    answer: str = ""  # "" where it depends on how the call stands


@cache
def recorded(name: str) -> tuple[dict[str, Any], ...]:
    """All samples of a dialect; none for a dialect without a file."""
    file = FOLDER / f"{name}.json"
    return tuple(json.loads(file.read_text("utf-8"))) if file.exists() else ()


def shown(dialect: str, *, base: str, api: str) -> list[Exchange]:
    """What a page shows of a dialect: whole requests, with the answers its module writes."""
    exchanges = []
    for name in (dialect, *_ALSO.get(dialect, ())):
        for one in recorded(name):
            if "event" in one:
                if one["does"]:
                    exchanges.append(_event(one))
            elif "path" in one:
                text = f"POST {api}{one['path']}\nContent-Type: application/json\n\n{_json(one['said'])}"
                exchanges.append(
                    Exchange(title=_TITLES[one["path"]], request=text, detail=str(one["said"].get("type", "")))
                )
            elif one.get("whole"):
                exchanges.append(_hook(name, one, Links(base=base)))
    return exchanges


def _event(one: dict[str, Any]) -> Exchange:
    event = one["event"]
    return Exchange(
        title=str(event["type"]), detail=str(event.get("channel", {}).get("id", "")), request=_json(event),
        answer="\n".join(one["does"]),
    )  # fmt: skip


def _status(one: dict[str, Any]) -> str:
    """How it stands with the leg, in the platform's own word; "" where the request is about no leg."""
    if one["hook"] not in {"dialled", "status"}:
        return ""
    return next((str(one["said"][name]) for name in _STATUSES if name in one["said"]), "")


def _hook(name: str, one: dict[str, Any], links: Links) -> Exchange:
    address = f"{links.base}/{one['hook']}"
    if one.get("query"):
        address += f"?{urlencode(one['query'])}"
    dialect = DIALECTS.get(name)
    if dialect is not None and dialect.TRAITS.sends_json:
        sent = f"POST {address}\nContent-Type: application/json\n\n{_json(one['said'])}"
    else:
        fields = "\n".join(f"{field}={value}" for field, value in one["said"].items())
        sent = f"POST {address}\nContent-Type: application/x-www-form-urlencoded\n\n{fields}"
    answer = _typical(one)
    document = dialect.write(answer, one["hook"], links) if dialect else xml_curl.write(one["said"], links)
    body = document.body.replace("><", ">\n<")
    return Exchange(title=_TITLES[one["hook"]], detail=_status(one), request=sent, answer=body)


def _typical(one: dict[str, Any]) -> Answer:
    """What such a request is mostly answered with: wait first, then the agent who was found."""
    match one["hook"]:
        case "voice" | "keys" | "dialled":
            return Wait(queue="billing")
        case "wait" | "action":
            headers = {"X-Zhiyin-Call": "c_1", "X-Zhiyin-Reservation": "r_1"}
            call = str(one["heard"]["external_id"])
            return Ring(call=call, contact="sip:1017@desk.example", ring_s=20, reservation="r_1", headers=headers)
        case _:
            return Nothing()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)
