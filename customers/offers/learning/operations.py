"""Every night: is the champion still of these times, and is there a better one in the log? Written, never guessed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction

from customers.offers.learning import drift
from customers.offers.learning.features import Facts, columns_of
from customers.offers.learning.models import PropensityModel
from customers.offers.learning.propensity import Float, Propensity, UnableToLearn, from_json
from customers.offers.learning.training import Answer, Trained, train
from customers.offers.outcomes import RIPE
from customers.reading import rows

State = PropensityModel.State

LOOKED_BACK = timedelta(days=730)
MOST_ANSWERS = 40_000
SHOWN_LATELY = timedelta(days=14)
KEPT_CARDS = timedelta(days=400)

_ANSWERS = """
SELECT offer.rule, coalesce(offering.code, ''), offer.state = 'kept', offer.shown_at,
       coalesce(offer.labelled_at, offer.decided_at), decision.features::text, decision.ranked::text
FROM customers_offer AS offer
JOIN customers_arbitration AS decision ON decision.id = offer.decision_id
LEFT JOIN customers_offering AS offering ON offering.id = offer.offering_id
WHERE offer.action = %(action)s AND offer.shown_at > %(since)s AND offer.shown_at <= %(until)s
  AND (%(any)s OR offer.state IN ('kept', 'declined', 'undone')) AND decision.features <> '{}'::jsonb
ORDER BY offer.shown_at DESC, offer.id LIMIT %(limit)s
"""


def learn(*, now: datetime) -> dict[str, str]:
    """Watch the champions, then train each kind of action anew; answers what stands by action."""
    watch(now=now)
    PropensityModel.objects.filter(made_at__lt=now - KEPT_CARDS).exclude(state=State.CHAMPION).delete()
    actions = rows("SELECT DISTINCT action FROM customers_offer WHERE shown_at > %(since)s", since=now - LOOKED_BACK)
    return {action: _learn(action, now) for (action,) in sorted(actions)}


@transaction.atomic
def watch(*, now: datetime) -> int:
    """Compare each champion with who came and what was answered since; who drifted rests. Answers how many rest now."""
    resting = 0
    for model in PropensityModel.objects.select_for_update().filter(state=State.CHAMPION):
        try:
            found = _watched(model, now)
        except (UnableToLearn, TypeError, KeyError):
            found = drift.Watch(scored=0, answered=0, drifted=("broken",))
        model.watched, model.watched_at = asdict(found), now
        if found.drifted:
            model.state = State.RESTING
            resting += 1
        model.save(update_fields=["watched", "watched_at", "state"])
    return resting


def read(*, action: str, since: datetime, until: datetime, any_state: bool = False) -> list[Answer]:
    """Answers to one kind of action whose facts were logged with the decision; the newest 40,000."""
    found = rows(
        _ANSWERS, action=action, since=since, until=until, any=any_state, limit=MOST_ANSWERS
    )  # fmt: skip
    return [
        Answer(
            facts=_facts(rule, code, json.loads(features), json.loads(ranked)), kept=kept, day=shown.timestamp() / 86_400,
            known=(known or shown).timestamp() / 86_400,
        )
        for rule, code, kept, shown, known, features, ranked in found
    ]  # fmt: skip


def _learn(action: str, now: datetime) -> str:
    trained = train(read(action=action, since=now - LOOKED_BACK, until=now - RIPE))
    return _write(action, trained, now)


@transaction.atomic
def _write(action: str, trained: Trained, now: datetime) -> str:
    """The new champion takes the place of the old one. Too little to learn from leaves the old one in its place; proof
    that nothing ranks better than chance does not.
    """
    before = PropensityModel.objects.select_for_update().filter(action=action, state=State.CHAMPION)
    if trained.model is not None:
        before.update(state=State.RETIRED)
    elif trained.card.why.startswith("no_better"):
        before.update(state=State.RESTING)
    made = PropensityModel.objects.create(
        action=action,
        state=State.CHAMPION if trained.model else State.SILENT,
        made_at=now,
        body=trained.model.to_json() if trained.model else "",
        card=trained.card.as_json(),
        reference=asdict(trained.reference) if trained.reference else {},
    )
    return made.state if trained.model else trained.card.why


def _watched(model: PropensityModel, now: datetime) -> drift.Watch:
    champion = from_json(model.body)
    raw = dict(model.reference)
    reference = drift.Reference(
        edges=tuple(raw["edges"]), shares=tuple(raw["shares"]), brier=raw["brier"], brier_sd=raw["brier_sd"]
    )
    shown = read(action=model.action, since=now - SHOWN_LATELY, until=now, any_state=True)
    answered = read(action=model.action, since=model.made_at - RIPE, until=now - RIPE)
    return drift.watch(
        reference,
        chances=_chances(champion, shown),
        said=_chances(champion, answered),
        bought=np.array([one.kept for one in answered], bool),
    )


def _chances(model: Propensity, answers: list[Answer]) -> Float:
    if not answers:
        return np.zeros(0)
    encoding = model.encoding
    return model.chances(columns_of([one.facts for one in answers], (*encoding.numbers, *encoding.words)))


def _facts(rule: str, code: str, features: Mapping[str, Any], ranked: list[Mapping[str, Any]]) -> Facts:
    """What was known of the customer, and of this offer among those ranked."""
    offered = next((one for one in ranked if one.get("rule") == rule and one.get("code", "") == code), {})
    return {**features, **offered.get("x", {}), "rule": rule}
