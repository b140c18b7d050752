"""Writing to the timeline: once per contact, completed as more becomes known, never forgetting what was noted."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from callcenter.foundation.errors import Invalid
from customers.timeline.kinds import CALL, KINDS
from customers.timeline.models import Interaction

LONGEST_NOTE = 4_000

# A call is told of several times: by its end, by the wrap-up, by late news of the switch. What an agent concluded
# stands; news without an agent completes it and never overwrites it. A second agent's note is added below the first;
# the same note sent twice stands once.
_RECORD_CALL = """
INSERT INTO customers_interaction AS told
    (customer_id, at, channel, kind, direction, code, outcome, ref, agent, note, data)
VALUES (%(customer_id)s, %(at)s, %(channel)s, %(kind)s, %(direction)s, %(code)s, %(outcome)s, %(ref)s, %(agent)s,
        %(note)s, %(data)s)
ON CONFLICT (ref, kind) WHERE kind = 'call' AND ref IS NOT NULL DO UPDATE SET
    customer_id = EXCLUDED.customer_id,
    code = CASE WHEN EXCLUDED.code <> '' AND (EXCLUDED.agent IS NOT NULL OR told.agent IS NULL)
                THEN EXCLUDED.code ELSE told.code END,
    outcome = CASE WHEN EXCLUDED.outcome <> '' THEN EXCLUDED.outcome ELSE told.outcome END,
    agent = coalesce(EXCLUDED.agent, told.agent),
    note = CASE WHEN EXCLUDED.note = '' THEN told.note
                WHEN told.note = '' THEN EXCLUDED.note
                WHEN position(chr(10) || EXCLUDED.note || chr(10) IN chr(10) || told.note || chr(10)) > 0
                THEN told.note
                ELSE told.note || chr(10) || EXCLUDED.note END,
    data = told.data || EXCLUDED.data
RETURNING id
"""


def record(
    *,
    customer_id: UUID,
    at: datetime,
    channel: str,
    kind: str,
    direction: str = "in",
    code: str = "",
    outcome: str = "",
    ref: UUID | None = None,
    agent: int | None = None,
    note: str = "",
    data: dict[str, Any] | None = None,
) -> int:
    """Put one contact on the timeline and answer its id. A call named by `ref` is one row, however often it is told.

    Raises Invalid for a kind nobody knows and for a note above 4,000 signs.
    """
    if kind not in KINDS:
        raise Invalid(_("The timeline knows no such kind of contact."), field="/kind")
    note = note.replace("\x00", "").replace("\r\n", "\n").strip()
    if len(note) > LONGEST_NOTE:
        raise Invalid(_("The note is longer than 4,000 characters. Please shorten it."), field="/note")
    values: dict[str, Any] = {
        "customer_id": customer_id,
        "at": at,
        "channel": channel,
        "kind": kind,
        "direction": direction,
        "code": code,
        "outcome": outcome,
        "ref": ref,
        "agent": agent,
        "note": note,
        "data": data or {},
    }
    if kind != CALL or ref is None:
        return Interaction.objects.create(**values).pk
    with connection.cursor() as cursor:
        cursor.execute(_RECORD_CALL, {**values, "data": json.dumps(values["data"])})
        row = cursor.fetchone()
    assert row is not None  # an upsert always answers
    return int(row[0])
