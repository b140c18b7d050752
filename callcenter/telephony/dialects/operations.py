"""Changing how a trunk's callers are met, and the secrets its platform signs with."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext_noop as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from callcenter.telephony.dialects import lines, sealing
from callcenter.telephony.dialects.models import LineSecret, VoiceLine
from callcenter.telephony.models import Trunk

_LONGEST_SECRET = 200


@dataclass(frozen=True, kw_only=True)
class Voice:
    """What callers of a trunk hear and where they go."""

    menus: bool
    flow: str
    queue: str
    language: str  # zh | en
    music_url: str
    fallback_number: str


@command
def meet_callers(*, trunk: str, domain: str, dialect: str, voice: Voice, actor: str, now: datetime) -> None:
    """Settle the dialect of a trunk and how its callers are met. Takes effect within five seconds. Raises NotFound."""
    row = _trunk(trunk, domain)
    row.dialect = dialect
    row.save(update_fields=["dialect"])
    VoiceLine.objects.update_or_create(trunk=row, defaults=asdict(voice))
    audit.write(actor=actor, action="trunk.voice_changed", now=now, subject=f"trunk:{trunk}", data={"dialect": dialect})
    lines.forget()


@command
def keep_secret(*, trunk: str, domain: str, secret: str, overlap: timedelta, actor: str, now: datetime) -> None:
    """Take requests signed with this secret from now on; those signed with the one before for `overlap` longer.

    Raises NotFound, Invalid, and Conflict (rotating) while an overlap still runs.
    """
    secret = secret.strip()
    if not (8 <= len(secret) <= _LONGEST_SECRET and secret.isprintable()):
        raise Invalid(_("A signing secret has 8 to 200 characters that can be printed."), field="/secret")
    row = _trunk(trunk, domain)
    live = [one for one in row.secrets.all() if one.expires_at is None or one.expires_at > now]
    if len(live) > 1:
        raise Conflict(_("The secret before is still in use: rotate again when its overlap is over."), code="rotating")
    LineSecret.objects.filter(trunk=row, expires_at__isnull=True).update(expires_at=now + overlap)
    LineSecret.objects.filter(trunk=row, expires_at__lte=now).delete()
    LineSecret.objects.create(trunk=row, sealed=sealing.seal(secret), created_at=now, created_by=actor)
    audit.write(actor=actor, action="trunk.secret_changed", now=now, subject=f"trunk:{trunk}")
    lines.forget()


def _trunk(key: str, domain: str) -> Trunk:
    rows = Trunk.objects.select_for_update().filter(key=key)
    row = (rows.filter(domain=domain) if domain else rows).first()
    if row is None:
        raise NotFound(_("There is no switch of this name."))
    return row
