"""How the agents of a domain rest between calls: every change is a version, with who and why, and any can be put back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import connection
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Invalid, NotFound
from routing.models import Domain, DomainVersion
from routing.operations.reasons import said
from routing.queue_settings import RESTS

MOST_REST_S = 120
CAPS = (50, 100)  # per cent; 0 = none
_DRAW = "UPDATE routing_domain SET roster_version = nextval('routing_roster_version') WHERE id = %s"


def rests_of(*, domain: str) -> dict[str, int]:
    """Raises NotFound."""
    found = Domain.objects.filter(key=domain).values(*RESTS).first()
    if found is None:
        raise NotFound("There is no such domain.")
    return dict(found)


@command
def change_rests(*, domain: str, settings: Mapping[str, int], why: str, now: datetime, actor: str) -> int:
    """Set seconds between calls and the cap on occupancy; the next decision goes by them. The version that holds now.

    Raises NotFound, Invalid with the setting that cannot be.
    """
    why = said(why)
    row = Domain.objects.select_for_update().filter(key=domain).first()
    if row is None:
        raise NotFound("There is no such domain.")
    wanted = {name: _checked(name, settings.get(name, getattr(row, name))) for name in RESTS}
    last = row.versions.order_by("-number").first()
    if last is None:
        before = {name: getattr(row, name) for name in RESTS}
        last = DomainVersion.objects.create(domain=row, number=1, at=now, by="", settings=before)
    if wanted == {name: getattr(row, name) for name in RESTS}:
        return last.number
    Domain.objects.filter(pk=row.pk).update(**wanted)
    with connection.cursor() as cursor:
        cursor.execute(_DRAW, [row.pk])
    number = last.number + 1
    DomainVersion.objects.create(domain=row, number=number, at=now, by=actor, why=why, settings=wanted)
    audit.write(
        actor=actor, action="domain.rest_changed", now=now, subject=f"domain:{domain}", purpose=why,
        data={"version": number, **wanted},
    )  # fmt: skip
    return number


@command
def restore_rests(*, domain: str, number: int, why: str, now: datetime, actor: str) -> int:
    """Put a version back, as a new one. Raises NotFound."""
    kept = DomainVersion.objects.filter(domain__key=domain, number=number).first()
    if kept is None:
        raise NotFound(_("There is no version %(number)s.") % {"number": number})
    return change_rests(domain=domain, settings=kept.settings, why=why, now=now, actor=actor)


def _checked(name: str, value: int) -> int:
    if name == "rest_s" and not 0 <= value <= MOST_REST_S:
        raise Invalid(
            _("The rest between calls is 0 to %(most)s seconds.") % {"most": MOST_REST_S}, field="/rest_s", setting=name
        )
    least, most = CAPS
    if name == "occupancy_cap" and value != 0 and not least <= value <= most:
        raise Invalid(
            _("The cap on occupancy is 0 (none) or %(least)s to %(most)s per cent.") % {"least": least, "most": most},
            field="/occupancy_cap",
            setting=name,
        )
    return value
