"""The hall's corridor for files of path events: calls are named as everywhere, and those that ended elsewhere are closed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

import ivr.intake.bulk
import ivr.queries
import routing.queries
from callcenter.foundation.ids import uuid7
from callcenter.hall import inbound
from ivr.intake.models import PathImport


def run(*, job_id: int, now: datetime) -> PathImport:
    """Work through a file of path events from its checkpoint to its end."""
    return ivr.intake.bulk.run(
        job_id=job_id,
        name_calls=name_calls,
        now=now,
        then=lambda calls: inbound.close_paths(call_ids=calls, now=now),
    )


def name_calls(source: str, names: Sequence[str]) -> Mapping[str, UUID]:
    """As `names.shared_call_id` for many names at once, each held until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s || chr(31) || name, 0))"
            " FROM unnest(string_to_array(%s, chr(30))) AS name",
            [source, "\x1e".join(sorted(names))],  # always in one order: no two wait for each other
        )
    known = ivr.queries.session_ids(source=source, external_ids=names)
    known |= routing.queries.call_ids(source=source, external_ids=names)
    return {name: known.get(name) or uuid7() for name in names}
