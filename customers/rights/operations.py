"""What people may ask of us: that it stands still, that it is right, that it is explained, that nothing is concluded."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from customers import news
from customers.identity.consenting import REFUSED
from customers.imports.models import SourceRecord
from customers.insight.facts import Facts
from customers.insight.models import TagAssignment
from customers.models import Consent, Customer
from customers.rights.models import PrivacyRequest, Restriction

LONGEST_REFERENCE = 120
PERSON = "person"  # the source of what the person said of themselves: no file overwrites it
CORRECTABLE = {"name": 120, "title": 8, "language": 12, "region": 60, "birth_year": 4}
_TITLES = ("", "mr", "ms")
_OPEN = (Customer.Status.ACTIVE, Customer.Status.PROVISIONAL)


def note(
    *, kind: str, customer_id: UUID, reference: str, actor: str, now: datetime, request_id: int | None = None, **receipt: Any,
) -> PrivacyRequest:  # fmt: skip
    """Write down that a right was exercised, on the request that a worker answers where there is one.

    In the caller's transaction. Raises Invalid without a reference.
    """
    if request_id is not None:
        ended = {"state": PrivacyRequest.State.DONE, "done_share": 1.0, "moved_at": now, "ended_at": now}
        PrivacyRequest.objects.filter(pk=request_id).update(receipt=receipt, **ended)
        return PrivacyRequest.objects.get(pk=request_id)
    return PrivacyRequest.objects.create(
        customer=customer_id,
        kind=kind,
        reference=checked(reference),
        actor=actor,
        at=now,
        receipt=receipt,
        ended_at=now,
    )


def checked(reference: str) -> str:
    """The reference of a request, or Invalid."""
    reference = reference.strip()
    if not reference or len(reference) > LONGEST_REFERENCE:
        raise Invalid(_("Say in at most 120 characters which request this answers."), field="/reference")
    return reference


@command
def restrict(*, customer_id: UUID, ground: str, reference: str, actor: str, now: datetime) -> Restriction:
    """From here on nobody uses what we hold: no look-up finds it, no page shows it, nothing is computed, no list has it.

    Raises NotFound, Invalid (no such ground, no reference), Conflict (merged away, erased or restricted already).
    """
    if ground not in Restriction.Ground.values:
        raise Invalid(
            _("Choose one of the grounds: %(grounds)s.") % {"grounds": ", ".join(Restriction.Ground.values)},
            field="/ground",
        )
    customer = _locked(customer_id)
    if customer.status not in _OPEN:
        raise Conflict(_("Only a customer in use can be restricted; this one is not."), code="not_in_use")
    fields = {"reference": checked(reference), "actor": actor, "at": now}
    made = Restriction.objects.create(customer=customer, ground=ground, **fields)
    _set(customer, Customer.Status.RESTRICTED)
    _conclude_nothing(customer_id)
    note(kind="restrict", customer_id=customer_id, actor=actor, now=now, reference=reference, ground=ground)
    _written("restricted", customer_id, reference, actor, now, ground=ground)
    return made


@command
def lift(*, customer_id: UUID, reference: str, actor: str, now: datetime) -> None:
    """Use is allowed again. Raises NotFound, Invalid, Conflict where nothing is restricted."""
    customer = _locked(customer_id)
    standing = Restriction.objects.filter(customer=customer, lifted_at__isnull=True)
    if customer.status != Customer.Status.RESTRICTED:
        raise Conflict(_("Nothing about this customer is restricted."), code="not_restricted")
    standing.update(lifted_at=now, lifted_by=actor)
    _set(customer, Customer.Status.ACTIVE)
    note(kind="lift", customer_id=customer_id, reference=reference, actor=actor, now=now)
    _written("unrestricted", customer_id, reference, actor, now)


@command
def opened(*, customer_id: UUID, ground: str, reference: str, actor: str, now: datetime) -> None:
    """Write down that somebody looks at a restricted customer, on which ground; before the look."""
    if ground not in Restriction.Ground.values:
        raise Invalid(_("Say on which ground you look."), field="/ground")
    note(kind="open", customer_id=customer_id, reference=reference, actor=actor, now=now, ground=ground)
    _written("opened_restricted", customer_id, reference, actor, now, tell=False, ground=ground)


@command
def correct(*, customer_id: UUID, field: str, value: str, reference: str, actor: str, now: datetime) -> None:
    """What the person says of themselves stands from here on, as a source of its own that no file overwrites.

    Raises NotFound, Invalid (no such field, no such value), Conflict for who is merged away or erased.
    """
    value = value.strip()
    if field not in CORRECTABLE or len(value) > CORRECTABLE[field] or not value.isprintable():
        raise Invalid(
            _("Name, title, language, region and year of birth can be corrected, in a few words."), field="/value"
        )
    wrong_year = field == "birth_year" and not (value.isascii() and value.isdigit() and 1900 <= int(value) <= now.year)
    if wrong_year or (field == "title" and value not in _TITLES):
        raise Invalid(_("This value cannot be right."), field="/value")
    customer = _locked(customer_id)
    if customer.status in {Customer.Status.MERGED, Customer.Status.ERASED}:
        raise Conflict(_("Only a customer in use can be corrected; this one is not."), code="not_in_use")
    setattr(customer, field, int(value) if field == "birth_year" else value)
    customer.source, customer.observed_at = PERSON, now
    customer.save(update_fields=[field, "source", "observed_at"])
    record, _made = SourceRecord.objects.get_or_create(
        source=PERSON, key=str(customer_id),
        defaults={"customer": customer, "row_no": 0, "content_hash": b"", "observed_at": now, "received_at": now},
    )  # fmt: skip
    record.fields, record.observed_at, record.received_at = record.fields | {field: value}, now, now
    record.save(update_fields=["fields", "observed_at", "received_at"])
    note(kind="correct", customer_id=customer_id, reference=reference, actor=actor, now=now, field=field)
    _written("corrected", customer_id, reference, actor, now, tell=False, field=field)


@command
def object_to_conclusions(*, customer_id: UUID, reference: str, actor: str, now: datetime) -> None:
    """Nothing is concluded about the person any more: served by rules alone, no ideas what to sell (PIPL 24, GDPR 21).

    Raises NotFound, Invalid.
    """
    _locked(customer_id)
    Consent.objects.update_or_create(
        customer_id=customer_id, purpose="profiling", channel="any",
        defaults={"state": REFUSED, "proof": checked(reference), "at": now, "until": None},
    )  # fmt: skip
    Consent.objects.filter(customer_id=customer_id, purpose="profiling").exclude(state=REFUSED).update(
        state=REFUSED, at=now, proof=checked(reference)
    )
    _conclude_nothing(customer_id)
    note(kind="object", customer_id=customer_id, reference=reference, actor=actor, now=now)
    _written("objected", customer_id, reference, actor, now, tell=False)


def _conclude_nothing(customer_id: UUID) -> None:
    """What was concluded goes at once; the nights leave out who refuses or is restricted."""
    Facts.objects.filter(customer=customer_id).delete()
    TagAssignment.objects.filter(customer=customer_id, origin__in=["rule", "model"], locked=False).delete()


def _locked(customer_id: UUID) -> Customer:
    customer = Customer.objects.select_for_update(no_key=True).filter(pk=customer_id).first()
    if customer is None:
        raise NotFound(_("There is no such customer."))
    return customer


def _set(customer: Customer, status: str) -> None:
    customer.status = status
    customer.save(update_fields=["status"])


def _written(
    act: str, customer_id: UUID, reference: str, actor: str, now: datetime, *, tell: bool = True, **data: Any
) -> None:
    audit.write(
        actor=actor,
        action=f"customer.{act}",
        subject=f"customer:{customer_id}",
        purpose=checked(reference),
        data=data,
        now=now,
    )
    if tell:
        news.tell(f"customer.{act}", data={"customer": str(customer_id)}, actor=actor, now=now)
