"""Switch events as they are kept: raw, once each, with what became of them.

The results: `applied` · `duplicate` (known already) · `stale` (true, but it changes nothing any more) · `held` (its call is
not known yet; applied when the arrival comes) · `quarantined` (kept, with code and sentence).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from callcenter.foundation.asking import any_of
from callcenter.foundation.errors import Refused
from callcenter.foundation.principal import Principal
from callcenter.telephony import naming, wire
from callcenter.telephony.models import InboundEvent
from callcenter.telephony.wire import Report
from routing.results import CallView

_OF_HOLDS = "type IN ('held', 'resumed') AND result <> 'quarantined'"
# Those of some calls of which a hold was told: an answer may have to catch up with it.
WITH_HOLDS = (
    f"SELECT array_agg(call) FROM telephony_inboundevent WHERE call = {any_of('uuid', 'calls')} AND {_OF_HOLDS}"  # noqa: S608
)
# Whether the switch has told something of a call that has not arrived. To be asked under the call's name lock.
ANYTHING_HELD = (
    "SELECT EXISTS (SELECT FROM telephony_inboundevent"
    " WHERE source = %(source)s AND external_id = %(external_id)s AND result = 'held')"
)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one item."""

    result: str  # applied | duplicate | stale | held | quarantined
    code: str = ""
    sentence: str = ""
    call: UUID | None = None

    def as_json(self) -> dict[str, str]:
        said = {"code": self.code, "sentence": self.sentence, "call": naming.call_id(self.call) if self.call else ""}
        return {"result": self.result} | {name: value for name, value in said.items() if value}


def row_of(
    report: Report, item: Any, source: str, external_id: str, call: CallView | None, now: datetime
) -> InboundEvent:
    """The row of an event that could be read, with its lasting identity; kept by nobody yet."""
    return InboundEvent(
        source=source,
        identity=wire.identity(item, subject=external_id or report.agent),
        call=call.id if call else None,
        external_id=external_id,
        type=report.type,
        raw=wire.storable(item),
        received_at=now,
    )


def insert(row: InboundEvent, outcome: Outcome, now: datetime) -> bool:
    """Keep the raw event with what became of it; False if it is kept already. A twin under way is waited for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO telephony_inboundevent (source, identity, call, external_id, type, raw, received_at, result,"
            " code, applied_at) VALUES (%s, %s, %s, %s, %s, %s::jsonb, %s, %s, %s, %s)"
            " ON CONFLICT (source, identity) DO NOTHING",
            [
                row.source, row.identity, row.call, row.external_id, row.type, json.dumps(row.raw), row.received_at,
                outcome.result, outcome.code, now if outcome.result == "applied" else None,
            ],
        )  # fmt: skip
        return bool(cursor.rowcount == 1)


# One shape for any number of them, so that the server plans it once.
_INSERT_ALL = """
INSERT INTO telephony_inboundevent (source, identity, call, external_id, type, raw, received_at, result, code, applied_at)
SELECT source, identity, call, external_id, type, raw, %(now)s, result, code, CASE WHEN result = 'applied' THEN %(now)s END
FROM jsonb_to_recordset(%(rows)s::jsonb) AS fresh (
    source text, identity text, call uuid, external_id text, type text, raw jsonb, result text, code text)
ON CONFLICT (source, identity) DO NOTHING
"""


def insert_all(fresh: list[tuple[InboundEvent, Outcome]], now: datetime) -> bool:
    """Keep several as `insert` keeps one; False if one of them is kept already: then undo what was begun."""
    rows = [
        {
            "source": row.source, "identity": row.identity, "call": str(row.call), "external_id": row.external_id,
            "type": row.type, "raw": row.raw, "result": outcome.result, "code": outcome.code,
        }
        for row, outcome in fresh
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_ALL, {"rows": json.dumps(rows), "now": now})
        return bool(cursor.rowcount == len(rows))


def keep(row: InboundEvent, outcome: Outcome, now: datetime) -> Outcome:
    """Keep an event that had no effect, by itself; its repeat is a duplicate."""
    with transaction.atomic():
        return outcome if insert(row, outcome, now) else Outcome(result="duplicate", call=row.call)


def note(*, row_id: int, outcome: Outcome, call_id: UUID, now: datetime) -> None:
    """What became of an event that was held."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE telephony_inboundevent SET result = %s, code = %s, call = %s, applied_at = %s WHERE id = %s",
            [outcome.result, outcome.code, call_id, now if outcome.result == "applied" else None, row_id],
        )


def set_aside(*, item: Any, principal: Principal, now: datetime, code: str, sentence: str, trunk: str = "") -> Outcome:
    """Keep what cannot be used, with the reason; its repeat is a duplicate."""
    try:
        source = naming.group_of(principal=principal, trunk=trunk)
    except Refused:
        source = principal.name
    said = item if isinstance(item, dict) else {}
    subject = json.dumps(wire.storable(["aside", *(said.get(name) for name in ("call", "external_id", "agent"))]))
    row = InboundEvent(
        source=source,
        identity=wire.identity(item, subject=subject),
        type=str(wire.storable(said.get("type") or ""))[:32],
        raw=wire.storable(item),
        received_at=now,
    )
    return keep(row, Outcome(result="quarantined", code=code[:32], sentence=sentence), now)


# --- what was told before ---------------------------------------------------------------------------------------------
def held_for(call: CallView) -> list[InboundEvent]:
    """What the switch told of this call before its arrival."""
    rows = InboundEvent.objects.filter(source=call.source, external_id=call.external_id, result="held")
    return list(rows.order_by("id"))


def hold_reports(call_id: UUID) -> list[dict[str, Any]]:
    """What was told of hold and resume of this call, as it came."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT raw FROM telephony_inboundevent WHERE call = %s AND {_OF_HOLDS} ORDER BY id",  # noqa: S608
            [call_id],
        )
        return [json.loads(raw) for (raw,) in cursor.fetchall()]


def has_rung(call_id: UUID, *, reservation: str) -> bool:
    """Whether a ring was told of this call: of this reservation, or of any where none is named."""
    rang = InboundEvent.objects.filter(call=call_id, type="ringing")
    return (rang.filter(raw__reservation=reservation) if reservation else rang).exists()
