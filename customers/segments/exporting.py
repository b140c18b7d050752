"""Lists leave the house by two people: one asks, saying for whom and why, another approves, and every step is audited.

What goes into the file is asked again when it is fetched: who may not be reached by then is not in it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Forbidden, Invalid, NotFound
from callcenter.foundation.spreadsheets import defused
from customers.reading import rows
from customers.segments import queries
from customers.segments.models import SegmentExport, SegmentVersion

HOLDS = timedelta(days=7)  # an approval may be used for so long
LONGEST = 200
_CHUNK = 1_000
COLUMNS = ("customer", "name", "phone", "region", "language")
_REACHED_BY = """
SELECT customer.id, customer.name, (
        SELECT own.value FROM customers_identifier AS own
        WHERE own.customer_id = customer.id AND own.kind = 'phone' AND own.valid_to IS NULL
        ORDER BY own.verified_at DESC NULLS LAST, own.last_seen_at DESC NULLS LAST, own.id LIMIT 1
    ), customer.region, customer.language
FROM customers_customer AS customer WHERE customer.id = ANY (%(who)s) ORDER BY array_position(%(who)s, customer.id)
"""


@command
def ask(*, segment_id: int, recipient: str, purpose: str, actor: str, now: datetime) -> SegmentExport:
    """Ask for a list of the newest version. Raises Invalid without recipient or purpose, NotFound."""
    recipient, purpose = recipient.strip(), purpose.strip()
    for field, value in (("recipient", recipient), ("purpose", purpose)):
        if not value or len(value) > LONGEST:
            raise Invalid(
                _("Say who receives the list and what for, in at most 200 characters each."), field=f"/{field}"
            )
    version = SegmentVersion.objects.filter(segment=segment_id).order_by("-number").first()
    if version is None:
        raise NotFound(_("There is no such segment."))
    asked = SegmentExport.objects.create(
        version=version, recipient=recipient, purpose=purpose, asked_by=actor, asked_at=now
    )
    _tell(asked, "asked", actor, now)
    return asked


@command
def approve(*, export_id: int, actor: str, now: datetime) -> SegmentExport:
    """Let a list go. Raises NotFound, Forbidden for who asked for it, Conflict where somebody approved it already."""
    asked = SegmentExport.objects.select_for_update().filter(pk=export_id).first()
    if asked is None:
        raise NotFound(_("Nobody asked for this list."))
    if asked.asked_by == actor:
        raise Forbidden(_("Somebody else must approve a list that you asked for."), code="own_list")
    if asked.approved_at is not None:
        raise Conflict(_("This list is approved already."), code="approved", by=asked.approved_by)
    asked.approved_by, asked.approved_at = actor, now
    asked.save(update_fields=["approved_by", "approved_at"])
    _tell(asked, "approved", actor, now)
    return asked


@command
def fetch(*, export_id: int, actor: str, now: datetime) -> str:
    """The list as CSV, of those who match and may be reached at this moment; names and numbers in clear.

    Raises NotFound, Conflict where nobody approved it, or longer ago than seven days.
    """
    asked = SegmentExport.objects.select_for_update().select_related("version").filter(pk=export_id).first()
    if asked is None:
        raise NotFound(_("Nobody asked for this list."))
    if asked.approved_at is None:
        raise Conflict(_("A second person must approve this list first."), code="not_approved")
    if now - asked.approved_at > HOLDS:
        raise Conflict(_("The approval is older than seven days. Ask for the list anew."), code="approval_old")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    asked.rows = 0
    for row in _rows(asked.version, now):
        writer.writerow(row)
        asked.rows += 1
    asked.fetched_at = now
    asked.save(update_fields=["rows", "fetched_at"])
    _tell(asked, "fetched", actor, now)
    return "\ufeff" + out.getvalue()


def exports(*, segment_id: int) -> QuerySet[SegmentExport]:
    """What was asked for, newest first."""
    return SegmentExport.objects.filter(version__segment=segment_id).select_related("version").order_by("-pk")[:20]


def _rows(version: SegmentVersion, now: datetime) -> Iterator[list[str]]:
    after = 0
    while found := queries.members(tree=version.tree, channel=version.channel, now=now, after=after, most=_CHUNK):
        after = found[-1].cursor
        for row in rows(_REACHED_BY, who=[one.customer_id for one in found]):
            yield ["" if value is None else defused(str(value)) for value in row]


def _tell(asked: SegmentExport, act: str, actor: str, now: datetime) -> None:
    audit.write(
        actor=actor, action=f"segment.list_{act}", subject=f"segment:{asked.version.segment_id}", purpose=asked.purpose[:120],
        data={"export": asked.pk, "version": asked.version.number, "recipient": asked.recipient, "rows": asked.rows}, now=now,
    )  # fmt: skip
