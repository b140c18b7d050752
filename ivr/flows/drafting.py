"""Working on menus nobody hears yet: start, import, save, offer, agree, send back, publish, throw away."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction

from callcenter.foundation import audit
from callcenter.foundation.errors import Conflict, Forbidden, Invalid, NotFound
from ivr.flows import editing, operations
from ivr.flows.definition import Json, canonical, faults
from ivr.flows.models import DraftReview
from ivr.flows.operations import UnableToPublish
from ivr.flows.queries import VersionView
from ivr.models import Flow, FlowVersion, Proposal

MOST_BYTES = 1_000_000
_FLOW_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,47}")


class UnreadableDefinition(Invalid):
    """The file is no definition: `facts["faults"]` lists what is wrong where it is one with faults."""

    code = "flow_unreadable"


class DraftMoved(Conflict):
    """Somebody else saved meanwhile, or the draft is not in the state that this act needs."""

    code = "draft_moved"


def start(*, flow: str, by: str, now: datetime) -> int:
    """A draft that begins as what callers hear now; as an empty menu for a flow that is new. Its number."""
    if not _FLOW_KEY.fullmatch(flow):
        raise Invalid(f"{flow!r} cannot be the key of a flow: small letters, digits, - and _ only.", field="/flow")
    with transaction.atomic():
        row, _ = Flow.objects.get_or_create(key=flow, defaults={"name_en": flow, "name_zh": flow})
        newest = row.versions.filter(state="published").first()
        return _new_draft(row, newest.definition if newest else editing.empty(flow), by, now)


def import_text(*, raw: bytes, by: str, now: datetime) -> tuple[str, int]:
    """A definition from a file becomes a draft of its flow; flow and number. Nothing changes if anything is wrong.

    Raises UnreadableDefinition with every fault by node and field.
    """
    content = _read(raw)
    wrong = faults(content)
    if wrong:
        listed = [one.as_json for one in wrong]
        raise UnreadableDefinition(f"The definition has {len(wrong)} faults; nothing was imported.", faults=listed)
    if not _FLOW_KEY.fullmatch(content["flow"]):
        raise UnreadableDefinition(f"{content['flow']!r} cannot be the key of a flow.", faults=[])
    with transaction.atomic():
        row, _ = Flow.objects.get_or_create(key=content["flow"], defaults=_names(content))
        return row.key, _new_draft(row, content, by, now)


def _read(raw: bytes) -> dict[str, Any]:
    if len(raw) > MOST_BYTES:
        raise UnreadableDefinition("The file is larger than 1 MB; no definition of menus is.", faults=[])
    try:
        content = json.loads(raw.decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as why:
        raise UnreadableDefinition(f"The file is not JSON in UTF-8: {why}.", faults=[]) from why
    if not isinstance(content, dict):
        raise UnreadableDefinition("The file holds no definition: it must be one JSON object.", faults=[])
    return content


def _names(content: Json) -> dict[str, Any]:
    name = content.get("name", {})
    key = content["flow"]
    return {
        "name_en": str(name.get("en") or key)[:80],
        "name_zh": str(name.get("zh") or name.get("en") or key)[:80],
        "entries": [str(entry) for entry in content.get("entries", [])],
    }


def _new_draft(flow: Flow, content: Json, by: str, now: datetime) -> int:
    Flow.objects.select_for_update().get(pk=flow.pk)
    newest = flow.versions.order_by("-number").values_list("number", flat=True).first() or 0
    version = flow.versions.create(number=newest + 1, state="draft", definition=dict(content))
    DraftReview.objects.create(version=version, made_by=by, made_at=now, edited_by=by, edited_at=now)
    return version.number


def save(
    *, flow: str, number: int, edition: int, change: Callable[[Json], dict[str, Any]], by: str, now: datetime
) -> int:
    """Apply a change of `editing` to a draft; its new edition. A draft may hold faults while it is written.

    What was offered or agreed to is being written again. Raises CannotChange, DraftMoved.
    """
    with transaction.atomic():
        review = _locked(flow, number, "writing", "offered", "approved")
        if review.edition != edition:
            raise DraftMoved(f"{review.edited_by} saved this draft meanwhile; look at it again before you change it.")
        changed = change(review.version.definition)
        if canonical(changed) == canonical(review.version.definition):
            return review.edition
        FlowVersion.objects.filter(pk=review.version_id).update(definition=changed)
        review.edition += 1
        review.state, review.edited_by, review.edited_at = "writing", by, now
        review.decided_by, review.decided_at = "", None
        review.save()
        return review.edition


def offer(*, flow: str, number: int, note: str, by: str, now: datetime) -> None:
    """Ask somebody else to agree. Raises UnableToPublish while the draft has faults."""
    with transaction.atomic():
        review = _locked(flow, number, "writing")
        operations.judge(review.version.definition)
        review.state, review.note, review.reason = "offered", note.strip()[:240], ""
        review.save()
        _note(review, "offered", by, now)


def approve(*, flow: str, number: int, by: str, now: datetime) -> None:
    """Somebody who wrote nothing of it agrees."""
    with transaction.atomic():
        review = _locked(flow, number, "offered")
        if by in {review.made_by, review.edited_by}:
            raise Forbidden("You wrote this draft; somebody else must agree to it.", code="maker_is_checker")
        review.state, review.decided_by, review.decided_at = "approved", by, now
        review.save()
        _note(review, "approved", by, now)


def send_back(*, flow: str, number: int, reason: str, by: str, now: datetime) -> None:
    """Not like this: the draft is being written again, with the reason on it."""
    if not reason.strip():
        raise Invalid("Say what should be different.", field="/reason")
    with transaction.atomic():
        review = _locked(flow, number, "offered", "approved")
        review.state, review.reason = "writing", reason.strip()[:240]
        review.decided_by, review.decided_at = by, now
        review.save()
        _note(review, "sent_back", by, now)


def publish(*, flow: str, number: int, by: str, now: datetime) -> VersionView:
    """Callers hear it from now on. Raises DraftMoved unless it was agreed to and the menus are still those it changes."""
    with transaction.atomic():
        review = _locked(flow, number, "approved")
        newer = FlowVersion.objects.filter(flow__key=flow, number__gt=number, state="published").first()
        if newer:
            raise DraftMoved(
                f"Version {newer.number} was published after this draft was begun. Export the draft and import it as a"
                " new one, so that its differences from today's menus are seen."
            )
        Flow.objects.filter(key=flow).update(**_names(review.version.definition))
        published = operations.publish_draft(version_id=review.version_id, now=now)
        _note(review, "published", by, now)
        return published


def discard(*, flow: str, number: int, by: str, now: datetime) -> None:
    """Throw a draft away; what was ever heard by callers cannot be."""
    with transaction.atomic():
        review = _locked(flow, number, "writing", "offered", "approved")
        if Proposal.objects.filter(version_id=review.version_id).exists():
            raise DraftMoved("This draft is what a proposal became; decide on the proposal.")
        _note(review, "discarded", by, now)
        review.version.delete()


def _locked(flow: str, number: int, *states: str) -> DraftReview:
    rows = DraftReview.objects.select_for_update(of=("self",)).select_related("version__flow")
    review = rows.filter(version__flow__key=flow, version__number=number).first()
    if review is None:
        raise NotFound("There is no such draft.")
    if review.version.state != "draft":
        raise DraftMoved("This version was published; start a new draft to change the menus.")
    if review.state not in states:
        raise DraftMoved(f"The draft is {review.state} by now.")
    return review


def _note(review: DraftReview, act: str, by: str, now: datetime) -> None:
    version = review.version
    subject = f"flow:{version.flow.key}/{version.number}"
    audit.write(actor=by, action=f"ivr.draft_{act}", subject=subject, now=now, data={"edition": review.edition})


__all__ = [
    "DraftMoved",
    "UnableToPublish",
    "UnreadableDefinition",
    "approve",
    "discard",
    "import_text",
    "offer",
    "publish",
    "save",
    "send_back",
    "start",
]
