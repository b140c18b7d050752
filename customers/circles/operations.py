"""From a file of calls to circles on the facts and changed numbers in the review queue. No call is stored, no stranger.

Off until the operator enables it (`CIRCLES_ENABLED`) after an impact assessment: who talks with whom is sensitive.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid
from customers.circles import finding
from customers.circles.renumbering import Renumbered, Talk, renumbered
from customers.identity.ledger import Proposal
from customers.identity.normalise import normalise
from customers.insight.facts import Facts

LOOKED_BACK = timedelta(days=90)
HALF_LIFE_DAYS = 30
MODEL = "renumbered-1"
COLUMNS = ("from", "to", "at")


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What a run found. `placed` are customers in a circle; `proposed` are changed numbers that wait for review."""

    talks: int
    refused: int  # rows without two numbers and an instant
    circles: int
    placed: int
    proposed: int


@command
def draw(*, path: Path, actor: str, now: datetime) -> Drawn:
    """Find circles, their seeds and key people, and changed numbers, in a CSV of calls (from, to, at).

    Raises Conflict where circles are not enabled, Invalid for a file without these columns.
    """
    if not settings.CIRCLES_ENABLED:
        raise Conflict(
            _("Circles are switched off. Set CIRCLES_ENABLED after an impact assessment."), code="circles_off"
        )
    refused = 0
    talks: list[Talk] = []
    for one in _read(path, now):
        if one is None:
            refused += 1
        else:
            talks.append(one)
    owners = _owners()
    circles, placed = _place(talks, owners)
    proposed = _propose(renumbered(talks), owners, now)
    audit.write(
        actor=actor, action="circles.drawn", subject="circles",
        data={"talks": len(talks), "circles": circles, "placed": placed, "proposed": proposed}, now=now,
    )  # fmt: skip
    return Drawn(talks=len(talks), refused=refused, circles=circles, placed=placed, proposed=proposed)


def _read(path: Path, now: datetime) -> Iterator[Talk | None]:
    """Talks of the last ninety days, days before `now` counted downwards; None for a row that tells none."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        names = {(name or "").strip().casefold(): name for name in rows.fieldnames or ()}
        if not set(COLUMNS) <= set(names):
            raise Invalid(_("A file of calls has the columns from, to and at."), field="/file")
        for row in rows:
            a, b = (normalise(kind="phone", value=row[names[end]] or "") for end in ("from", "to"))
            try:
                at = datetime.fromisoformat((row[names["at"]] or "").strip())
            except ValueError:
                at = None
            if not a or not b or at is None:
                yield None
                continue
            at = at if at.tzinfo else at.replace(tzinfo=UTC)
            if now - LOOKED_BACK < at <= now:
                yield Talk(a=a, b=b, at=(at - now).total_seconds() / 86_400)


def _owners() -> dict[str, UUID]:
    """Numbers that exactly one open customer has."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT own.value, min(own.customer_id::text)::uuid FROM customers_identifier AS own"
            " JOIN customers_customer AS customer ON customer.id = own.customer_id AND customer.status = 'active'"
            " WHERE own.kind = 'phone' AND own.valid_to IS NULL GROUP BY own.value"
            " HAVING count(DISTINCT own.customer_id) = 1"
        )
        return dict(cursor.fetchall())


def _place(talks: Sequence[Talk], owners: Mapping[str, UUID]) -> tuple[int, int]:
    """Write circle and role of every customer; what stood before is gone."""
    numbers = sorted({end for one in talks for end in (one.a, one.b)})
    at = {number: place for place, number in enumerate(numbers)}
    if not numbers:
        Facts.objects.exclude(circle=None).update(circle=None, circle_role="")
        return 0, 0
    found = finding.find(
        a=np.array([at[one.a] for one in talks]),
        b=np.array([at[one.b] for one in talks]),
        calls=np.array([2.0 ** (one.at / HALF_LIFE_DAYS) for one in talks]),
        nodes=len(numbers),
    )
    known = {row[0]: row[1:] for row in Facts.objects.values_list("customer_id", "value_fen", "consent_voice")}
    facts = [known.get(owners[number], (None, False)) if number in owners else (None, False) for number in numbers]
    keys = set(finding.key_people(found, value=np.array([float(value or 0) for value, _may in facts])))
    begin = set(finding.seeds(found, may_ask=np.array([bool(may) for _value, may in facts])))
    rows = [
        (owners[number], int(found.circle[place]), "seed" if place in begin else "key" if place in keys else "member")
        for place, number in enumerate(numbers)
        if number in owners and found.circle[place] >= 0
    ]
    return found.count, _write(rows)


def _write(rows: Sequence[tuple[UUID, int, str]]) -> int:
    Facts.objects.exclude(circle=None).update(circle=None, circle_role="")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_facts AS facts SET circle = told.circle, circle_role = told.role"
            " FROM unnest(%s::uuid[], %s::int[], %s::text[]) AS told (customer, circle, role)"
            " WHERE facts.customer_id = told.customer",
            [[row[part] for row in rows] for part in range(3)],
        )
        return int(cursor.rowcount)


def _propose(found: Sequence[Renumbered], owners: Mapping[str, UUID], now: datetime) -> int:
    """Changed numbers of two customers wait for a person; nothing is merged."""
    before = Proposal.objects.count()
    fresh = []
    for one in found:
        pair = sorted({owners[number] for number in (one.old, one.new) if number in owners})
        if len(pair) == 2:
            bits = round(10 * one.likeness - 6, 1)  # to sort by: 0 at the threshold
            evidence = [{"field": "phone", "agreement": "same_contacts", "bits": bits}]
            fresh.append(
                Proposal(a_id=pair[0], b_id=pair[1], bits=bits, evidence=evidence, why="renumbered",
                         model=MODEL, at=now)
            )  # fmt: skip
    Proposal.objects.bulk_create(fresh, ignore_conflicts=True)
    return Proposal.objects.count() - before
