"""What others may ask of the menus: the caller's predicted reason, and the path so far."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from django.db import connection

from callcenter.foundation import asking
from ivr.flows import queries as flows
from ivr.flows.definition import Definition, Label
from ivr.intent import operations as intents
from ivr.models import Session
from ivr.paths.packing import Packed, unpack
from ivr.results import Intent, PathView, Step

NO_INTENT = Intent(code="", label_en="", label_zh="", basis="none")
_NOTHING: tuple[None, ...] = (None,) * 7  # told of a call that the menus never saw

_INTENT = """
SELECT s.reason, s.flow_version_id, s.entry, p.reason, p.probability, p.top::text, p.evidence::text
  FROM (SELECT %s::uuid AS call) AS asked
  LEFT JOIN ivr_session AS s ON s.call = asked.call
  LEFT JOIN ivr_intentprediction AS p ON p.call = asked.call
"""


def intent_of(*, call_id: UUID) -> Intent:
    """The reason of the call: as the model predicted it, else the last option on the path that stands for one."""
    chosen, version_id, _entry, reason, probability, top, evidence = _told(call_id)
    definition = flows.definition_of(version_id=version_id)
    if reason is None:
        return _intent(chosen or "", definition)
    return _by_model(definition, reason, probability, json.loads(top), json.loads(evidence))


def predicted_intent(
    *,
    call_id: UUID,
    customer_id: UUID | None,
    facts: Collection[str],
    known: str,
    now: datetime,
    came_through_menus: bool = True,
) -> Intent:
    """The reason of a call that arrives or leaves the menus, written down for desk and scripts.

    `facts` are the caller's tags and states, handed in by the hall; `known` is what the switch says it is about. Without a
    model, or where it is not sure, the option chosen speaks, then the switch; `basis` says which.
    """
    chosen, version_id, entry, *_ = _told(call_id) if came_through_menus else _NOTHING
    definition = flows.definition_of(version_id=version_id)
    found = intents.predict(
        call_id=call_id, customer_id=customer_id, facts=facts, entry=entry or "", chosen=chosen or known, now=now
    )
    if found is not None:
        return _by_model(definition, *found.top[0], found.top, found.evidence)
    return _intent(chosen or known, definition)


def _told(call_id: UUID) -> tuple[Any, ...]:
    with connection.cursor() as cursor:  # by hand: every arriving call asks this
        cursor.execute(_INTENT, [call_id])
        row: tuple[Any, ...] = cursor.fetchone() or _NOTHING
    return row


def _by_model(
    definition: Definition | None,
    reason: str,
    probability: float,
    top: Iterable[Sequence[Any]],
    evidence: Iterable[str],
) -> Intent:
    label = _label(definition, reason)
    return Intent(
        code=reason,
        label_en=label.en,
        label_zh=label.zh,
        basis="model",
        probability=probability,
        top=tuple((str(one[0]), float(one[1])) for one in top),
        evidence=tuple(evidence),
    )


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
        intent=intent_of(call_id=call_id),
    )


# The shared id of a call whose path is known by the switch's name, for who asks more at once (`foundation.asking`).
SESSION_ID = "SELECT call FROM ivr_session WHERE source = %(source)s AND external_id = %(external_id)s"


def session_id(*, source: str, external_id: str) -> UUID | None:
    """The shared id of a call whose path is known by the switch's name."""
    [found] = asking.together(SESSION_ID, source=source, external_id=external_id)
    return cast("UUID | None", found)


# Those of some calls that came through our menus, likewise.
WITH_SESSIONS = f"SELECT array_agg(call) FROM ivr_session WHERE call = {asking.any_of('uuid', 'calls')}"  # noqa: S608


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
    label = _label(definition, reason)
    return Intent(code=reason, label_en=label.en, label_zh=label.zh, basis="path")


def _label(definition: Definition | None, reason: str) -> Label:
    """The reason's name in the caller's menus, else in those published, else its code."""
    known = [definition] if definition else [one.definition for one in flows.flows()]
    return next((one.reasons[reason] for one in known if reason in one.reasons), Label(en=reason, zh=reason))


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
