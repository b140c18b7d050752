"""From calls to circles and changed numbers in the review queue. No call is stored, no stranger.

Who talks with whom is sensitive: customers who refused `circles` or `profiling` count as strangers, and
`CIRCLES_ENABLED=0` turns all of it off.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict
from callcenter.foundation.redaction import take_time
from customers.circles import placing, reading
from customers.circles.models import Circle, CircleMember, CircleRun
from customers.circles.renumbering import Renumbered, Talk, renumbered
from customers.identity.ledger import Proposal
from customers.insight.facts import Facts

MODEL = "renumbered-1"
SAME_CIRCLE = 0.3  # Jaccard of customers: from here on a circle found again keeps its id


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What a run found. `placed` are customers in a circle; `proposed` are changed numbers that wait for review."""

    talks: int
    refused: int  # rows without two numbers and an instant
    circles: int
    placed: int
    proposed: int


def draw(*, path: Path, actor: str, now: datetime) -> Drawn:
    """Find circles, their seeds and key people, and changed numbers, in a CSV of calls (from, to, at).

    Raises Conflict where circles are not enabled, Invalid for a file without these columns.
    """
    _must_be_on()
    talks, refused = reading.read(path, now)
    return draw_talks(talks=talks, refused=refused, actor=actor, now=now)


@command
def draw_talks(*, talks: Sequence[Talk], actor: str, now: datetime, refused: int = 0) -> Drawn:
    """The same of calls already read. Raises Conflict where circles are not enabled."""
    _must_be_on()
    take_time()
    began = time.perf_counter()
    owners = _owners()
    found = placing.place(talks, owners=owners, known=_known())
    placed = _write(found, now)
    proposed = _propose(renumbered(talks), owners, now)
    done = Drawn(talks=len(talks), refused=refused, circles=len(found.circles), placed=placed, proposed=proposed)
    counts = {"talks": done.talks, "circles": done.circles, "placed": placed, "proposed": proposed}
    CircleRun.objects.create(
        at=now, refused=refused, seconds=time.perf_counter() - began, spread=found.spread, **counts
    )  # fmt: skip
    audit.write(actor=actor, action="circles.drawn", subject="circles", data=counts, now=now)
    return done


def _must_be_on() -> None:
    if not settings.CIRCLES_ENABLED:
        raise Conflict(_("Circles are switched off here (CIRCLES_ENABLED)."), code="circles_off")


def _owners() -> dict[str, UUID]:
    """Numbers that exactly one open customer has who did not refuse to be placed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT own.value, min(own.customer_id::text)::uuid FROM customers_identifier AS own"
            " JOIN customers_customer AS customer ON customer.id = own.customer_id AND customer.status = 'active'"
            " WHERE own.kind = 'phone' AND own.valid_to IS NULL AND NOT EXISTS (SELECT FROM customers_consent AS no"
            "  WHERE no.customer_id = own.customer_id AND no.purpose IN ('circles', 'profiling') AND no.state = 'refused')"
            " GROUP BY own.value HAVING count(DISTINCT own.customer_id) = 1"
        )
        return dict(cursor.fetchall())


def _known() -> dict[UUID, placing.Known]:
    told = Facts.objects.values_list("customer_id", "value_fen", "consent_voice", "lifecycle")
    return {
        who: placing.Known(
            value_fen=value or 0, may_ask=may_ask, is_leaving=stage in {"lost", "declining", "dormant"}
        )
        for who, value, may_ask, stage in told
    }  # fmt: skip


def _write(found: placing.Placed, now: datetime) -> int:
    """Circles keep their ids where most of their customers stayed; what was not found again is gone."""
    ids = _kept_ids(found.circles)
    Circle.objects.filter(gone_at=None).exclude(pk__in=ids.values()).update(gone_at=now)
    CircleMember.objects.all().delete()
    stands = {row.pk: row for row in Circle.objects.filter(pk__in=ids.values())}
    fresh: list[Circle] = []
    again: list[Circle] = []
    rows: list[CircleMember] = []
    for number, one in enumerate(found.circles):
        row = stands.get(ids.get(number, 0)) or Circle(found_at=now)
        row.seen_at, row.numbers, row.customers = now, one.numbers, len(one.members)
        row.closeness, row.value_fen = one.closeness, one.value_fen
        (again if row.pk else fresh).append(row)
        rows += [CircleMember(circle=row, at=now, **vars(member)) for member in one.members]
    Circle.objects.bulk_create(fresh)
    Circle.objects.bulk_update(again, ["seen_at", "numbers", "customers", "closeness", "value_fen"])
    for member in rows:
        member.circle_id = member.circle.pk
    CircleMember.objects.bulk_create(rows, batch_size=5_000)
    _tell_facts()
    return len(rows)


def _kept_ids(circles: Sequence[placing.Circle]) -> dict[int, int]:
    """Which circle found now is which that stood: by Jaccard of their customers, the likest first."""
    stood: dict[UUID, int] = dict(CircleMember.objects.values_list("customer_id", "circle_id"))
    sizes: dict[int, int] = {}
    for circle in stood.values():
        sizes[circle] = sizes.get(circle, 0) + 1
    likeness = []
    for number, one in enumerate(circles):
        common: dict[int, int] = {}
        for member in one.members:
            if member.customer_id in stood:
                common[stood[member.customer_id]] = common.get(stood[member.customer_id], 0) + 1
        likeness += [(both / (sizes[old] + len(one.members) - both), number, old) for old, both in common.items()]
    kept: dict[int, int] = {}
    for value, number, old in sorted(likeness, reverse=True):
        if value >= SAME_CIRCLE and number not in kept and old not in kept.values():
            kept[number] = old
    return kept


def _tell_facts() -> None:
    """Segments ask the facts: only what changes is written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_facts AS facts SET circle = told.circle, circle_role = coalesce(told.role, '')"
            " FROM (SELECT own.customer_id, member.circle_id AS circle, member.role FROM customers_facts AS own"
            "  LEFT JOIN customers_circlemember AS member USING (customer_id)) AS told"
            " WHERE facts.customer_id = told.customer_id AND (facts.circle, facts.circle_role)"
            "  IS DISTINCT FROM (told.circle::int, coalesce(told.role, ''))"
        )


def _propose(found: Sequence[Renumbered], owners: Mapping[str, UUID], now: datetime) -> int:
    """Changed numbers of two customers wait for a person; nothing is merged."""
    before = Proposal.objects.count()
    fresh = []
    for one in found:
        pair = sorted({owners[number] for number in (one.old, one.new) if number in owners})
        if len(pair) == 2:
            bits = round(10 * one.likeness - 6, 1)  # to sort by: 0 at the threshold
            evidence = [{"field": "phone", "agreement": "same_contacts", "bits": bits, "shared": one.shared}]
            fresh.append(
                Proposal(a_id=pair[0], b_id=pair[1], bits=bits, evidence=evidence, why="renumbered",
                         model=MODEL, at=now)
            )  # fmt: skip
    Proposal.objects.bulk_create(fresh, ignore_conflicts=True)
    return Proposal.objects.count() - before
