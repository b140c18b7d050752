"""Writing segments: a new wording is a new version; nothing that was used is ever lost."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Invalid, NotFound
from customers import news
from customers.segments.counting import count
from customers.segments.models import Segment, SegmentVersion

LONGEST_NAME = 120


@command
def save(
    *, name: str, note: str, tree: Any, channel: str, actor: str, now: datetime, segment_id: int | None = None
) -> SegmentVersion:
    """Save a condition under a name: a new segment, or the next version of one. The same wording again adds nothing.

    Raises Invalid (no name, a condition that cannot be understood), Conflict (the name is taken), NotFound.
    """
    name = name.strip()
    if not name or len(name) > LONGEST_NAME:
        raise Invalid(_("Give the segment a name of at most 120 characters."), field="/name")
    counted = count(tree=tree, now=now, channel=channel)
    segment = _segment(segment_id, name, note.strip()[:300], actor, now)
    newest = segment.versions.order_by("-number").first()
    if newest is not None and (newest.tree, newest.channel) == (tree, channel):
        return newest
    version = SegmentVersion.objects.create(
        segment=segment, number=(newest.number if newest else 0) + 1, tree=tree, channel=channel, author=actor, at=now,
        matched=counted.matched, reachable=counted.reachable,
    )  # fmt: skip
    audit.write(
        actor=actor, action="segment.saved", subject=f"segment:{segment.pk}",
        data={"version": version.number, "matched": counted.matched, "reachable": counted.reachable}, now=now,
    )  # fmt: skip
    _tell(segment.pk, "saved", actor, now, version=version.number, matched=counted.matched, reachable=counted.reachable)
    return version


def count_again(*, now: datetime) -> int:
    """Count what every kept segment means now, by its newest wording; answers how many were counted."""
    newest = SegmentVersion.objects.filter(segment__archived_at__isnull=True).order_by("segment", "-number")
    done = 0
    for version in newest.distinct("segment"):
        with suppress(Invalid):  # it speaks of a fact that there is no more: its page says so
            counted = count(tree=version.tree, now=now, channel=version.channel)
            version.matched, version.reachable, version.counted_at = counted.matched, counted.reachable, now
            version.save(update_fields=["matched", "reachable", "counted_at"])
            done += 1
    return done


@command
def put_away(*, segment_id: int, actor: str, now: datetime) -> None:
    """Take a segment off the list; its versions stay readable. Raises NotFound."""
    done = Segment.objects.filter(pk=segment_id, archived_at__isnull=True).update(archived_at=now)
    if not done:
        raise NotFound(_("There is no such segment."))
    audit.write(actor=actor, action="segment.put_away", subject=f"segment:{segment_id}", now=now)
    _tell(segment_id, "put_away", actor, now)


def _tell(segment_id: int, act: str, actor: str, now: datetime, **facts: object) -> None:
    news.tell("segment.changed", data={"segment": segment_id, "act": act, **facts}, actor=actor, now=now)


def _segment(segment_id: int | None, name: str, note: str, actor: str, now: datetime) -> Segment:
    taken = Segment.objects.filter(name=name).exclude(pk=segment_id or 0).exists()
    if taken:
        raise Conflict(_("A segment has this name already. Choose another, or open that one."), code="name_taken")
    if segment_id is None:
        return Segment.objects.create(name=name, note=note, author=actor, at=now)
    segment = Segment.objects.select_for_update().filter(pk=segment_id).first()
    if segment is None:
        raise NotFound(_("There is no such segment."))
    if (segment.name, segment.note) != (name, note):
        segment.name, segment.note = name, note
        segment.save(update_fields=["name", "note"])
    return segment
