"""Changing what is sold: words and tags count at once, a price or terms with a second person, from a day on.

The old terms still rate the months before that day. A change without a day is a correction: the sheet was wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from callcenter.foundation.principal import Principal
from customers.catalogue import stocking
from customers.catalogue.keeping import EarlierTerms, OfferingChange
from customers.catalogue.models import Offering
from customers.catalogue.product_sheets import ProductSheet

# What a customer is bound by or we live on: nobody changes it alone.
TERMS = frozenset(
    {"fee_fen", "margin_fen", "tariff", "parts", "requires", "excludes", "valid_from", "valid_to"}
)  # fmt: skip
State = OfferingChange.State


class UnableToChange(Conflict):
    """The change cannot be made or decided so; the sentence says what to do."""

    code = "catalogue_not_changed"


@dataclass(frozen=True, kw_only=True)
class Proposed:
    """What a save led to: products changed at once, and codes that wait for a second person."""

    changed: int
    waiting: tuple[str, ...]


@transaction.atomic
def propose(
    *, rows: Sequence[Any], author: str, note: str, holds_from: date | None, now: datetime
) -> Proposed:  # fmt: skip
    """Save sheets: all or none. Raises UnableToStock, Invalid, UnableToChange.

    `holds_from` is the day from which prices and terms count, for products that exist; None corrects them.
    """
    sheets, standing = stocking.read_products(rows)
    changed, waiting = 0, []
    for sheet in sheets:
        before = standing.get(sheet.code)
        differs = stocking.fields_of(sheet) if before is None else stocking.differing(sheet, before)
        terms = differs if before is None else {name: differs[name] for name in differs if name in TERMS}
        words = {name: value for name, value in differs.items() if name not in terms}
        if words:
            stocking.keep(code=sheet.code, fields=words, note=note, author=author, now=now)
            changed += 1
        if terms:
            _put_before(sheet, before, terms, author=author, note=note, holds_from=holds_from, now=now)
            waiting.append(sheet.code)
    audit.write(actor=author, action="catalogue.proposed", subject=f"offerings:{len(waiting)}", now=now)
    return Proposed(changed=changed, waiting=tuple(waiting))


@transaction.atomic
def judge(*, change_ids: Sequence[int], approve: bool, principal: Principal, now: datetime) -> None:
    """A second person approves or rejects, all of these or none. Raises NotFound, UnableToChange."""
    today = timezone.localdate(now)
    found = list(OfferingChange.objects.select_for_update().filter(pk__in=change_ids).order_by("pk"))
    if not found or len(found) < len(set(change_ids)):
        raise NotFound(_("There is no such change."))
    for change in found:
        if change.state != State.PROPOSED:
            raise UnableToChange(_("The change of {code} has been decided already.").format(code=change.code))
        if approve and principal.name == change.author:
            raise UnableToChange(_("Somebody other than the author decides about prices and terms."))
        if approve and change.holds_from is not None and change.holds_from < today:
            raise UnableToChange(
                _("The day of the change of {code} has passed while it waited: propose it anew.").format(
                    code=change.code
                )
            )
        change.state = State.APPROVED if approve else State.REJECTED
        change.approver, change.decided_at = principal.name, now
        change.save(update_fields=["state", "approver", "decided_at"])
        audit.write(
            actor=principal.name, action=f"catalogue.{change.state}", subject=f"offering:{change.code}", now=now
        )
    apply_due(now=now)


@transaction.atomic
def apply_due(*, now: datetime) -> int:
    """Put into force what is approved and whose day has come; answers how many. Every few minutes, and on approval."""
    today = timezone.localdate(now)
    waiting = OfferingChange.objects.filter(state=State.APPROVED).exclude(holds_from__gt=today)
    if not waiting.exists():
        return 0
    stocking.lock()
    due = list(waiting.select_for_update().order_by("holds_from", "pk"))
    for change in due:
        _apply(change, now)
    return len(due)


def _put_before(
    sheet: ProductSheet,
    before: Offering | None,
    terms: Mapping[str, Any],
    *,
    author: str,
    note: str,
    holds_from: date | None,
    now: datetime,
) -> None:
    if not note.strip():
        raise Invalid(_("Say in a sentence why prices or terms change."), field="/note")
    if before is not None and holds_from is not None:
        _check_day(holds_from, by_month="tariff" in terms, today=timezone.localdate(now))
    if OfferingChange.objects.filter(code=sheet.code, state=State.PROPOSED).exists():
        raise UnableToChange(
            _("A change of {code} waits for a second person already; decide about it first.").format(code=sheet.code)
        )
    OfferingChange.objects.create(
        code=sheet.code, fields=_as_json(terms), note=note.strip()[:300], author=author, proposed_at=now,
        before=_as_json({name: getattr(before, name) for name in terms}) if before else {},
        holds_from=holds_from if before else None,
    )  # fmt: skip


def _check_day(holds_from: date, *, by_month: bool, today: date) -> None:
    if holds_from < today:
        raise Invalid(
            _("A change cannot count from the past on; leave the day empty where the sheet was wrong."),
            field="/holds_from",
        )
    if by_month and holds_from.day != 1:
        after = (holds_from.replace(day=1) + timedelta(days=32)).replace(day=1)
        raise Invalid(
            _("Bills are by month, so terms change on the first of one: {day} is the next.").format(day=after),
            field="/holds_from",
        )


def _apply(change: OfferingChange, now: datetime) -> None:
    standing = Offering.objects.filter(code=change.code).first()
    if standing is not None and change.holds_from is not None and "tariff" in change.fields:
        EarlierTerms.objects.get_or_create(
            offering=standing, until=change.holds_from, defaults={"tariff": standing.tariff}
        )
    stocking.keep(
        code=change.code, fields=change.values, now=now, author=change.author,
        note=f"{change.note} ({change.approver})",
    )  # fmt: skip
    change.state, change.in_force_at = State.IN_FORCE, now
    change.save(update_fields=["state", "in_force_at"])


def _as_json(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in fields.items()}
