"""How good the predicted reasons are: on calls held out, on real calls since, and what menus of one's own could be worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.db import connection

from ivr.flows import queries as flows
from ivr.flows.definition import Definition, Label
from ivr.intent.models import IntentCard
from ivr.intent.training import Card
from ivr.intent.worth import Worth, worth
from ivr.optimiser import fitting
from ivr.paths.statistics import Share, share

LOOK_BACK = timedelta(days=28)
MOST_OPTIONS = 9

_SCORED = """
SELECT p.reason, count(*), count(*) FILTER (WHERE p.reason = f.final)
  FROM ivr_intentprediction AS p JOIN ivr_callfacts AS f ON f.call = p.call
 WHERE p.at >= %s AND p.at < %s AND f.final <> ''
 GROUP BY p.reason ORDER BY 2 DESC, 1
"""


@dataclass(frozen=True, kw_only=True)
class ReasonLine:
    """One predicted reason: how often it was right, as the agents wrote."""

    reason: str
    label: Label
    right: Share


@dataclass(frozen=True, kw_only=True)
class FlowWorth:
    flow: str
    label: Label
    worth: Worth


@dataclass(frozen=True, kw_only=True)
class CardView:
    trained_at: datetime
    in_use: bool
    card: Card
    worth: tuple[FlowWorth, ...]  # by flow


@dataclass(frozen=True, kw_only=True)
class IntentPage:
    card: CardView | None  # the newest model; None before the first
    lines: tuple[ReasonLine, ...]
    right: Share  # of all predictions of four weeks whose reason was written down


def intent_page(*, now: datetime, language: str) -> IntentPage:
    """The newest model's card and what became of its predictions. `language` is the announcements' that callers hear."""
    published = flows.flows()
    with connection.cursor() as cursor:
        cursor.execute(_SCORED, [now - LOOK_BACK, now])
        rows = cursor.fetchall()
    lines = tuple(
        ReasonLine(reason=reason, label=_label(reason, [one.definition for one in published]), right=share(right, n))
        for reason, n, right in rows
    )
    row = IntentCard.objects.order_by("-in_use", "-trained_at").first()
    return IntentPage(
        card=_view(row, published, language) if row is not None else None,
        lines=lines,
        right=share(sum(one.right.hits for one in lines), sum(one.right.n for one in lines)),
    )


def _view(row: IntentCard, published: tuple[flows.VersionView, ...], language: str) -> CardView:
    card = Card(**row.card)
    return CardView(
        trained_at=row.trained_at,
        in_use=row.in_use,
        card=card,
        worth=tuple(
            FlowWorth(
                flow=one.flow,
                label=Label(en=one.name_en, zh=one.name_zh),
                worth=worth(
                    information=card.information,
                    error=card.information_error,
                    costs=np.asarray(
                        fitting.bound_costs(fitting.tree_of(one.definition, language), MOST_OPTIONS), np.float64
                    ),
                ),
            )
            for one in published
        ),
    )


def _label(reason: str, definitions: list[Definition]) -> Label:
    return next((one.reasons[reason] for one in definitions if reason in one.reasons), Label(en=reason, zh=reason))
