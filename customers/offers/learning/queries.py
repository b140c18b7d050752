"""The champions for the desk, and the cards for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from customers.offers.learning.models import PropensityModel
from customers.offers.learning.propensity import UnableToLearn, from_json
from customers.offers.learning.speaking import Speaker

_CARDS = 40


@dataclass(frozen=True, kw_only=True)
class ModelView:
    """One model with its card, as a page shows it."""

    id: int
    action: str
    state: str
    made_at: datetime
    card: dict[str, Any]
    watched: dict[str, Any]
    watched_at: datetime | None


def speaker() -> Speaker:
    """The models that may speak; of every other kind of action, why the entered figures do. Two statements at most."""
    newest = PropensityModel.objects.order_by("action", "-made_at", "-pk").distinct("action")
    silent = {row.action: _silence(row) for row in newest}
    models, ids = {}, {}
    for row in PropensityModel.objects.filter(state=PropensityModel.State.CHAMPION):
        silent.pop(row.action, None)
        try:
            models[row.action], ids[row.action] = from_json(row.body), row.pk
        except UnableToLearn:
            silent[row.action] = "broken"
    return Speaker(models=models, ids=ids, silent=silent)


def cards() -> tuple[ModelView, ...]:
    """The newest forty, champions first."""
    rows = list(PropensityModel.objects.order_by("-made_at", "-pk")[:_CARDS])
    rows.sort(key=lambda row: (row.state != PropensityModel.State.CHAMPION, row.action))
    return tuple(
        ModelView(
            id=row.pk, action=row.action, state=row.state, made_at=row.made_at, card=row.card, watched=row.watched,
            watched_at=row.watched_at,
        )
        for row in rows
    )  # fmt: skip


def _silence(row: PropensityModel) -> str:
    if row.state == PropensityModel.State.RESTING:
        return "drifted"
    return str(row.card.get("why") or "no_model")
