"""What others may ask of the menus: the caller's predicted reason, and the path so far."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.db import connection

from ivr.flows import queries as flows
from ivr.flows.definition import Definition, Label
from ivr.models import Session
from ivr.paths.packing import Packed, unpack
from ivr.results import Intent, PathView, Step

NO_INTENT = Intent(code="", label_en="", label_zh="", basis="none")


def intent_of(*, call_id: UUID) -> Intent:
    """The reason of the call by rule: the last option on the path that stands for a reason. Basis path | none."""
    with connection.cursor() as cursor:  # by hand: every arriving call asks this
        cursor.execute("SELECT reason, flow_version_id FROM ivr_session WHERE call = %s", [call_id])
        row = cursor.fetchone()
    if row is None:
        return NO_INTENT
    reason, version_id = row
    return _intent(reason, flows.definition_of(version_id=version_id))


def path_of(*, call_id: UUID, limit: int = 20) -> PathView | None:
    """The last `limit` steps of the caller's way through the menus; None if nothing was reported."""
    session = Session.objects.filter(pk=call_id).first()
    if session is None:
        return None
    definition = flows.definition_of(version_id=session.flow_version_id)
    visits = unpack(session.path)[-limit:]
    return PathView(
        steps=tuple(_step(visit, session, definition) for visit in visits),
        started_at=session.started_at,
        ended_at=session.ended_at,
        outcome=session.outcome,
        intent=_intent(session.reason, definition),
    )


def session_id(*, source: str, external_id: str) -> UUID | None:
    """The shared id of a call whose path is known by the switch's name."""
    with connection.cursor() as cursor:  # by hand: every arriving call asks this
        cursor.execute("SELECT call FROM ivr_session WHERE source = %s AND external_id = %s", [source, external_id])
        row = cursor.fetchone()
    return row[0] if row else None


def session_ids(*, source: str, external_ids: Collection[str]) -> dict[str, UUID]:
    """The shared ids of several calls whose paths are known by the switch's names."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT external_id, call FROM ivr_session WHERE source = %s AND external_id = ANY(string_to_array(%s, chr(30)))",
            [source, "\x1e".join(external_ids)],  # a list of thousands costs its driver more than the database
        )
        return dict(cursor.fetchall())


def _intent(reason: str, definition: Definition | None) -> Intent:
    if not reason:
        return NO_INTENT
    label = (definition.reasons.get(reason) if definition else None) or Label(en=reason, zh=reason)
    return Intent(code=reason, label_en=label.en, label_zh=label.zh, basis="path")


def _step(visit: Packed, session: Session, definition: Definition | None) -> Step:
    label = definition.label(visit.node) if definition else Label(en=visit.node, zh=visit.node)
    return Step(
        node=visit.node,
        label_en=label.en,
        label_zh=label.zh,
        kind=definition.kind(visit.node) if definition else "",
        key=visit.key,
        at=session.started_at + timedelta(milliseconds=visit.at_ms),
        seconds=None if visit.dwell_ms is None else visit.dwell_ms / 1000,
    )
