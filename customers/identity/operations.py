"""Writing who somebody is."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import models

from callcenter.foundation.rows import insert_once
from customers.identity import normalise, sealed
from customers.identity.models import Customer, Identifier

# Flips random bits of the call's UUID: the time order, the version and the variant stay as they are.
_OTHER_HALF = 0x5A5A_5A5A_5A5A_5A5A >> 8


def create_provisional(*, call_id: UUID, kind: str, value: str, language: str, now: datetime) -> UUID:
    """A customer for a caller nobody knows yet: one per call, however often and from wherever it is asked for.

    The id follows from the call's, so that the primary key itself settles a race. `value` may be "" (withheld) or
    unreadable; then the customer has no identifier.
    """
    key = UUID(int=call_id.int ^ _OTHER_HALF)
    newcomer = Customer(
        id=key,
        status=Customer.Status.PROVISIONAL,
        language=language[:12],
        created_at=now,
        source="call",
        observed_at=now,
    )
    rows: list[models.Model] = [newcomer]
    if spelled := normalise.normalise(kind=kind, value=value) if value.strip() else "":
        kept = sealed.stored(kind, spelled)
        reached_by = Identifier(
            customer_id=key, kind=kind, value=kept.value, sealed=kept.sealed, born=kept.born, source="call",
            last_seen_at=now, valid_from=now,
        )  # fmt: skip
        rows.append(reached_by)
    insert_once(*rows)
    return key
