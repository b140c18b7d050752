"""What a receiver gets: a CloudEvents 1.0 envelope around the event as the feed tells it. Ids, codes and states only."""

from __future__ import annotations

import json
from typing import Any

from callcenter.foundation.models import Event
from callcenter.telephony import answers
from callcenter.telephony.naming import call_id

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


def message_id(event: int) -> str:
    """The same in every attempt, replay and redelivery, so that a receiver knows a repeat as one."""
    return f"evt_{event}"


def envelope(row: Event) -> dict[str, Any]:
    told: dict[str, Any] = {
        "specversion": "1.0",
        "id": message_id(row.pk),
        "source": f"/domains/{row.domain}",
        "type": f"zhiyin.{row.type}.v1",
        "time": answers.instant(row.at),
        "datacontenttype": "application/json",
        "data": answers.event(row),
    }
    if row.call is not None:
        told["subject"] = call_id(row.call)
    if row.seq_in_call is not None:
        told |= {"sequence": str(row.seq_in_call), "sequencetype": "Integer"}
    if row.feed_seq is not None:
        told["feedcursor"] = f"{row.domain}:{row.feed_seq}"
    return told


def body(row: Event) -> bytes:
    """The bytes that are signed and sent: the same for the same event, whenever they are made."""
    return json.dumps(envelope(row), ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def pretty(row: Event) -> str:
    """The envelope for people."""
    return json.dumps(envelope(row), ensure_ascii=False, indent=2, sort_keys=True)
