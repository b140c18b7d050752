"""Reports by mail: who gets them, which letters are due, what became of each. Writing and posting is the door's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import Q

from callcenter.foundation.errors import Invalid, NotFound
from ivr.reporting.models import IvrReport, ReportLetter, ReportRecipient

LANGUAGES = ("en", "zh-hans")
# Waits between tries; after the last the letter is given up until a person sends it again.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
UNDER_WAY = timedelta(minutes=10)  # a try that is silent for so long has died with its process


class BadRecipient(Invalid):
    """The address or the flow cannot be taken."""

    code = "bad_recipient"


@dataclass(frozen=True, kw_only=True)
class Recipient:
    id: int
    flow: str  # "" of every flow
    address: str
    language: str
    added_by: str


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One report to one address."""

    id: int
    report: int
    address: str
    language: str
    state: str  # waiting | sent | given_up
    tries: int
    due_at: datetime
    sentence: str
    sent_at: datetime | None


def recipients() -> tuple[Recipient, ...]:
    """Everybody who gets a report, by address."""
    rows = ReportRecipient.objects.order_by("address", "flow")
    return tuple(
        Recipient(id=row.pk, flow=row.flow, address=row.address, language=row.language, added_by=row.added_by)
        for row in rows
    )


def letters(*, report_id: int) -> tuple[Letter, ...]:
    """What became of a report's letters, by address."""
    return tuple(_letter(row) for row in ReportLetter.objects.filter(report_id=report_id).order_by("address"))


def add_recipient(*, address: str, language: str, flow: str, by: str, now: datetime) -> int:
    """This address gets the weekly report from now on. Again it changes the language. Raises BadRecipient."""
    address = address.strip()
    try:
        validate_email(address)
    except ValidationError:
        raise BadRecipient(f"{address[:80]!r} is no mail address.", field="/address") from None
    if language not in LANGUAGES or len(address) > 160 or len(flow) > 48:
        raise BadRecipient("Choose a language and a flow from the list.", field="/language")
    row, _ = ReportRecipient.objects.update_or_create(
        flow=flow, address=address, defaults={"language": language, "added_by": by, "added_at": now}
    )
    return row.pk


def remove_recipient(*, recipient_id: int) -> None:
    """No letters to this address any more; those under way still go. Removing twice is harmless."""
    ReportRecipient.objects.filter(pk=recipient_id).delete()


def post(*, report_id: int, now: datetime) -> int:
    """Put the report on its way to its recipients, and those given up once more; how many letters are due by it.

    Raises NotFound. A letter that was sent is not sent again.
    """
    report = IvrReport.objects.filter(pk=report_id).first()
    if report is None:
        raise NotFound("There is no such report.")
    named: dict[str, str] = {}
    for one in ReportRecipient.objects.filter(Q(flow="") | Q(flow=report.flow)).order_by("flow"):
        named[one.address] = one.language  # the flow's own line has the last word
    with transaction.atomic():
        again = ReportLetter.objects.filter(report=report, state="given_up", address__in=named)
        due = again.update(state="waiting", tries=0, due_at=now)
        known = set(ReportLetter.objects.filter(report=report).values_list("address", flat=True))
        fresh = [
            ReportLetter(report=report, address=address, language=language, due_at=now)
            for address, language in named.items()
            if address not in known
        ]
        ReportLetter.objects.bulk_create(fresh, ignore_conflicts=True)
    return due + len(fresh)


def take_due(*, now: datetime) -> Letter | None:
    """The next letter to try, held for this try; None if none is due. One letter goes to one postman."""
    with transaction.atomic():
        row = (
            ReportLetter.objects.select_for_update(skip_locked=True)
            .filter(state="waiting", due_at__lte=now)
            .order_by("due_at")
            .first()
        )
        if row is None:
            return None
        row.tries, row.due_at = row.tries + 1, now + UNDER_WAY
        row.save(update_fields=["tries", "due_at"])
        return _letter(row)


def sent(*, letter_id: int, now: datetime) -> None:
    """The mail server took it."""
    ReportLetter.objects.filter(pk=letter_id, state="waiting").update(state="sent", sent_at=now, sentence="")


def failed(*, letter_id: int, sentence: str, now: datetime) -> None:
    """It did not: the next try comes later, or the letter is given up."""
    with transaction.atomic():
        row = ReportLetter.objects.select_for_update().get(pk=letter_id)
        if row.state != "waiting":
            return
        row.sentence = sentence[:240]
        if row.tries > len(WAITS):
            row.state = "given_up"
        else:
            row.due_at = now + WAITS[row.tries - 1]
        row.save()


def _letter(row: ReportLetter) -> Letter:
    return Letter(
        id=row.pk, report=row.report_id, address=row.address, language=row.language, state=row.state, tries=row.tries,
        due_at=row.due_at, sentence=row.sentence, sent_at=row.sent_at,
    )  # fmt: skip
