"""Whoever overrules the rules says why: on the audit trail, for others to read."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.errors import Invalid
from routing.models import Call

WHY_LIMIT = 120  # what the audit trail holds


def said(why: str) -> str:
    """Raises Invalid unless somebody said why."""
    why = why.strip()
    if not why:
        raise Invalid(_("Say why: others will read it on the audit trail."), field="/why")
    if len(why) > WHY_LIMIT:
        raise Invalid(_("Say why in at most %(limit)s characters.") % {"limit": WHY_LIMIT}, field="/why")
    return why


def note(call: Call, action: str, why: str, now: datetime, actor: str, **data: object) -> None:
    """Who did it to this call, and why."""
    audit.write(
        actor=actor, action=action, now=now, subject=f"call:{call.pk}", purpose=why, call=call.pk, data=dict(data)
    )
