"""A switch event as it comes: which call, which leg, what happened, and its place among the others. Pure.

Switches deliver late, twice and in any order. Two things make that harmless: an identity (the same report is known as
one) and an order on the switch's own counter and clock, by which an older report never undoes a newer one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from callcenter.foundation.storable import DEEPEST, unstorable
from callcenter.telephony import fields

TYPES = (
    "ringing",
    "answered",
    "bridged",
    "held",
    "resumed",
    "hangup",
    "leg_failed",
    "leg_ended",
    "message",
    "message_in",
    "message_out",
    "closed",
    "device",
    "started",
)
# As gateways of written channels say it, in the words above.
_IN_WRITING: dict[str, dict[str, str]] = {
    "message_in": {"type": "message", "by": "caller"},
    "message_out": {"type": "message", "by": "agent"},
    "closed": {"type": "hangup"},
}
KINDS = ("call", "leg", "device", "ivr", "survey", "trunk")
DEVICES = ("unknown", "idle", "ringing", "in_use", "dnd", "unreachable")
REASONS = ("missed", "declined", "busy", "unreachable", "failed")
LONGEST_EXTERNAL_ID = 128


@extend_schema_serializer(component_name="SwitchEvent")
class ReportForm(fields.Form):
    """What we read of a switch event. Whatever else it holds is kept raw and never refused."""

    kind = fields.Choice(required=False, choices=KINDS, help_text="What it is about; `type` alone says it as well.")
    type = fields.Choice(choices=TYPES, help_text="What happened.")
    at = fields.Instant(help_text="When, by the switch's own clock.")
    event_id = fields.Word(
        required=False, max_length=160, help_text="The event's own id; a repeat of it is known as one."
    )
    boot = fields.Word(
        required=False, max_length=64, help_text="Names this run of the switch; counters begin again with it."
    )
    seq = fields.Whole(
        required=False, min_value=0, max_value=2**63 - 1, help_text="The switch's counter for this call."
    )
    trunk = fields.Word(required=False, max_length=48, help_text="The trunk, where the key is not bound to one.")
    call = fields.Word(required=False, max_length=200, help_text="`c_…` or `ext:{source}:{external_id}`.")
    external_id = fields.Word(
        required=False, max_length=LONGEST_EXTERNAL_ID, help_text="The switch's own id of the call, instead of `call`."
    )
    reservation = fields.Word(
        required=False, allow_null=True, max_length=64, help_text="`r_…` as sent in `X-Zhiyin-Reservation`."
    )
    agent = fields.Word(required=False, allow_null=True, max_length=64, help_text="`a_…` or `key:{staff number}`.")
    device = fields.Choice(required=False, choices=DEVICES, help_text="For `device`: what the phone says.")
    by = fields.Choice(required=False, choices=("caller", "agent", "network"), help_text="Who ended it.")
    sip_code = fields.Whole(required=False, allow_null=True, min_value=100, max_value=699, help_text="Final SIP code.")
    q850 = fields.Whole(required=False, allow_null=True, min_value=0, max_value=127, help_text="Q.850 cause.")
    reason = fields.Choice(
        required=False, choices=REASONS, help_text="The switch's own word for a failed leg, where it has no code."
    )
    heard_18x = fields.YesNo(required=False, help_text="The agent's phone was heard ringing.")
    calls = serializers.ListField(
        required=False,
        child=fields.Word(max_length=LONGEST_EXTERNAL_ID),
        max_length=10_000,
        help_text="For `started`: the switch's own ids of calls that outlived it.",
    )


@dataclass(frozen=True, kw_only=True)
class Report:
    """One thing the switch says happened. Empty strings and None where it says nothing."""

    type: str
    at: datetime  # the switch's clock, UTC
    kind: str = ""
    event_id: str = ""
    boot: str = ""
    seq: int | None = None
    trunk: str = ""
    call: str = ""
    external_id: str = ""
    reservation: str = ""
    agent: str = ""
    device: str = ""
    by: str = ""
    sip_code: int | None = None
    q850: int | None = None
    reason: str = ""
    heard_18x: bool = False
    calls: Sequence[str] = ()


class Unreadable(Exception):
    """An item that cannot be understood; the message says why."""


def read(item: Any) -> Report:
    """The report in a raw item. Raises Unreadable; unknown fields are no reason."""
    said = checked(ReportForm, item)
    return Report(**said | _IN_WRITING.get(said["type"], {}))


def checked(form: type[fields.Form], item: Any) -> dict[str, Any]:
    """The fields of an item that say something. Raises Unreadable with the first fault."""
    if not isinstance(item, Mapping):
        raise Unreadable("An event is a JSON object.")
    if found := unstorable(item):
        raise Unreadable(f"{found[0] or 'The event'}: {found[1]}")
    try:
        said = fields.form_of(form).run_validation(item)
    except serializers.ValidationError as wrong:
        name, sentence = fields.first_fault(wrong)
        raise Unreadable(f"{name}: {sentence}") from None
    return {name: value for name, value in said.items() if value is not None}


def identity(item: Any, *, subject: str) -> str:
    """What makes two items of one source the same report: `event_id`, else boot, subject and counter, else every byte.

    `subject` is whom it is about, under the switch's own name, however the item itself calls it.
    """
    if isinstance(item, Mapping):
        if isinstance(own := item.get("event_id"), str) and own:
            return _short("id", own)
        counter = item.get("seq")
        if isinstance(counter, int) and not isinstance(counter, bool):
            return _short("seq", json.dumps([storable(item.get("boot")), subject, counter]))
    return _short("sha", json.dumps([subject, storable(item)], sort_keys=True))


def _short(kind: str, text: str) -> str:
    plain = f"{kind}:{text}"
    if len(plain) <= 160 and plain.isprintable():
        return plain
    return f"{kind}#{sha256(text.encode('utf-8', 'replace')).hexdigest()}"


def storable(item: Any, *, depth: int = 0) -> Any:
    """The raw item in a form that every database keeps: nothing is dropped but what cannot be written at all."""
    if isinstance(item, str):
        return item.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(item, dict | list) and depth >= DEEPEST:
        return "… nested too deeply to be kept"
    if isinstance(item, dict):
        return {storable(key): storable(value, depth=depth + 1) for key, value in item.items()}
    if isinstance(item, list):
        return [storable(value, depth=depth + 1) for value in item]
    return item


def is_before(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether raw event `one` happened before `other`: by counter within one boot, else by the switch's clock."""
    if one.get("boot") == other.get("boot") and isinstance(one.get("seq"), int) and isinstance(other.get("seq"), int):
        return bool(one["seq"] < other["seq"])
    return _clock(one) < _clock(other)


def _clock(item: Mapping[str, Any]) -> datetime:
    return fields.instant(item.get("at")) or datetime.min.replace(tzinfo=UTC)


def in_order(items: Sequence[tuple[int, Report]]) -> list[tuple[int, Report]]:
    """A batch in the order it happened: by counter where all of one boot have it, else by the switch's clock."""
    if len({report.boot for _, report in items}) == 1 and all(report.seq is not None for _, report in items):
        return sorted(items, key=lambda pair: (pair[1].seq, pair[0]))
    return sorted(items, key=lambda pair: (pair[1].at, pair[0]))
