"""The audit trail: who did what to whom, when and why. Rows are only ever added; a trigger refuses the rest."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from callcenter.foundation.models import AuditEntry


def write(
    *,
    actor: str,
    action: str,
    now: datetime,
    subject: str = "",
    purpose: str = "",
    call: UUID | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Add one row, in the caller's transaction if there is one.

    `actor` is a Principal's name, `action` past-tense and dotted (customer.revealed), `subject` a kind and an id
    (customer:<uuid>). `data` holds ids and codes only: the trail outlives what it speaks of.
    """
    AuditEntry.objects.create(
        actor=actor, action=action, at=now, subject=subject, purpose=purpose, call=call, data=data or {}
    )
