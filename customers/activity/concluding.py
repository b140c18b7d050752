"""Interests and places become tags of origin “model”: with evidence, until they run out, and never against a hand."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from customers.activity import meaning, statements
from customers.insight import lanes, settling
from customers.insight.models import Tag
from customers.insight.tags import DEFINITIONS


@transaction.atomic
def conclude(*, now: datetime) -> tuple[int, int]:
    """Bring the tags of use and stay up to today; answers how many were put on and taken off."""
    today = {"today": timezone.localdate(now)}
    with connection.cursor() as cursor:
        lanes.prepare(cursor)
        cursor.execute(statements.INTERESTS, today)
        found = [(who, meaning.tag_of(what), told, "hobby") for who, what, told in cursor.fetchall()]
        cursor.execute(statements.STAYS, today)
        found += [(who, key, told, "place") for who, key, told in cursor.fetchall()]
        ids = _tags({key: layer for _who, key, _told, layer in found})
        cursor.execute(settling.STAGE)
        cursor.execute(
            "INSERT INTO tag_holds (customer_id, tag_id, evidence, expires_at)"
            " SELECT *, %s FROM unnest(%s::uuid[], %s::bigint[], %s::text[])",
            [now + timedelta(days=meaning.HOLDS_DAYS), [one[0] for one in found], [ids[one[1]] for one in found],
             [one[2] for one in found]],
        )  # fmt: skip
        return settling.settle(cursor, origin="model", now=now, mine=lanes.EVERYBODY)


def _tags(layers: dict[str, str]) -> dict[str, int]:
    """Ids of the tags by key; those that arise by themselves are written the first time."""
    known = dict(Tag.objects.filter(key__in=layers).values_list("key", "pk"))
    Tag.objects.bulk_create(_fresh(key, layer) for key, layer in layers.items() if key not in known)
    return dict(Tag.objects.filter(key__in=layers).values_list("key", "pk"))


def _fresh(key: str, layer: str) -> Tag:
    shipped = DEFINITIONS.get(key)
    if shipped is not None:
        return Tag(key=key, name_en=shipped.name_en, name_zh=shipped.name_zh, layer=shipped.layer)
    english, chinese = meaning.names(key)
    return Tag(key=key, name_en=english, name_zh=chinese, layer=layer)
