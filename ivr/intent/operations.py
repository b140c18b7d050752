"""Learning the reasons of calls, and predicting the one that arrives."""

from __future__ import annotations

import json
import logging
import time
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.utils.timezone import get_default_timezone

from callcenter.foundation.errors import Invalid
from ivr.intent import training
from ivr.intent.features import MOST_PAST, Moment, Past
from ivr.intent.logistic import IntentModel, NoModel, from_json
from ivr.intent.models import IntentCard
from ivr.intent.training import Card
from ivr.paths.operations import caller_of

logger = logging.getLogger(__name__)

LOOK_BACK = timedelta(days=180)
MOST_CALLS = 60_000
LEAST_SURE = 0.5  # below, the model keeps silent and the rule speaks
KNOWN_FOR_S = 30.0  # a process reads the model in use so often

# Calls whose reason was written down, in time order.
_LOG = """
SELECT s.started_at, s.entry, s.reason, s.outcome, f.caller, f.tags::text, f.final
  FROM ivr_callfacts AS f JOIN ivr_session AS s ON s.call = f.call
 WHERE f.final <> '' AND s.started_at >= %s AND s.started_at < %s
 ORDER BY s.started_at DESC LIMIT %s
"""
_PAST = """
SELECT s.started_at, f.final, s.outcome
  FROM ivr_callfacts AS f JOIN ivr_session AS s ON s.call = f.call
 WHERE f.caller = %s AND f.final <> '' AND f.call <> %s
 ORDER BY s.started_at DESC LIMIT %s
"""
_KEEP = """
INSERT INTO ivr_intentprediction (call, at, reason, probability, top, evidence, model_id)
VALUES (%s, %s, %s, %s, %s::jsonb, %s::jsonb, %s)
ON CONFLICT (call) DO UPDATE SET at = excluded.at, reason = excluded.reason, probability = excluded.probability,
  top = excluded.top, evidence = excluded.evidence, model_id = excluded.model_id
"""


class UnableToLearn(Invalid):
    code = "nothing_to_learn"


@dataclass(frozen=True, kw_only=True)
class InUse:
    id: int
    model: IntentModel


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """The model's word on a call."""

    top: tuple[tuple[str, float], ...]  # three, the likeliest first
    evidence: tuple[str, ...]


_known: tuple[float, InUse | None] = (-KNOWN_FOR_S, None)


def forget() -> None:
    """Read the model in use afresh from here on."""
    global _known
    _known = (-KNOWN_FOR_S, None)


def train(*, now: datetime) -> tuple[int, Card]:
    """Learn from the calls of half a year; the model is used if it beats every baseline on later calls than it saw.

    Raises UnableToLearn with the reason; the model before stays in use then.
    """
    moments, labels = _log(since=now - LOOK_BACK, until=now)
    try:
        model, card = training.train(moments, labels)
    except NoModel as why:
        raise UnableToLearn(str(why)) from why
    with transaction.atomic():
        if card.beats_baselines:
            IntentCard.objects.filter(in_use=True).update(in_use=False)
        row = IntentCard.objects.create(
            trained_at=now,
            since=now - LOOK_BACK,
            until=now,
            body=model.to_json(),
            card=card.as_json(),
            in_use=card.beats_baselines,
        )
    forget()
    return row.pk, card


def predict(
    *, call_id: UUID, customer_id: UUID | None, facts: Collection[str], entry: str, chosen: str, now: datetime
) -> Predicted | None:
    """The model's word, written down; None where no model is in use or it is not sure enough: then the rule speaks."""
    used = in_use()
    if used is None:
        return None
    local = now.astimezone(get_default_timezone())
    moment = Moment(
        at=now.timestamp(),
        hour=local.hour,
        weekday=local.weekday(),
        entry=entry,
        chosen=chosen,
        facts=frozenset(facts),
        past=_past(caller_of(customer_id), call_id),
    )
    top = used.model.predict(moment)[:3]
    if top[0][1] < LEAST_SURE:
        return None
    found = Predicted(top=top, evidence=_evidence(moment))
    with connection.cursor() as cursor:
        cursor.execute(
            _KEEP, [call_id, now, *top[0], json.dumps(top), json.dumps(found.evidence), used.id]
        )  # fmt: skip
    return found


def in_use() -> InUse | None:
    """The model in use, read every half minute; a broken one is as none, and the log says so."""
    global _known
    at, found = _known
    if time.monotonic() - at < KNOWN_FOR_S:
        return found
    row = IntentCard.objects.filter(in_use=True).first()
    found = None
    if row is not None:
        try:
            found = InUse(id=row.pk, model=from_json(row.body))
        except (NoModel, KeyError, TypeError, ValueError) as why:
            logger.warning("the intent model cannot be used: %s", why)
    _known = (time.monotonic(), found)
    return found


def _log(*, since: datetime, until: datetime) -> tuple[list[Moment], list[str]]:
    """Every call with a written reason, oldest first, as it looked at its arrival."""
    with connection.cursor() as cursor:
        cursor.execute(_LOG, [since, until, MOST_CALLS])
        rows = cursor.fetchall()[::-1]
    zone = get_default_timezone()
    past: dict[int, list[Past]] = defaultdict(list)
    moments, labels = [], []
    for started_at, entry, chosen, outcome, caller, tags, final in rows:
        before = past[caller] if caller is not None else []
        local = started_at.astimezone(zone)
        moments.append(
            Moment(
                at=started_at.timestamp(),
                hour=local.hour,
                weekday=local.weekday(),
                entry=entry,
                chosen=chosen,
                facts=frozenset(json.loads(tags)),
                past=tuple(before[-MOST_PAST:]),
            )
        )
        labels.append(final)
        before.append(Past(at=started_at.timestamp(), reason=final, outcome=outcome))
    return moments, labels


def _past(caller: int | None, call_id: UUID) -> tuple[Past, ...]:
    if caller is None:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(_PAST, [caller, call_id, MOST_PAST])
        return tuple(
            Past(at=at.timestamp(), reason=final, outcome=outcome) for at, final, outcome in reversed(cursor.fetchall())
        )


def _evidence(moment: Moment) -> tuple[str, ...]:
    """What the prediction rests on, in the order of weight."""
    told = [f"chose:{moment.chosen}"] if moment.chosen else []
    if moment.past:
        last = moment.past[-1]
        told += [f"last:{last.reason}", f"days:{int((moment.at - last.at) // 86_400)}", f"calls:{len(moment.past)}"]
    return tuple(told + (["open_complaint"] if "open_complaint" in moment.facts else []))
