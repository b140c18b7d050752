"""Exports and erasures on their way: asked for on a page or by a system, done by a worker, seen until they have ended."""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from callcenter.foundation import audit, background, sealing
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Conflict, Gone, NotFound
from customers.identity.models import Customer
from customers.rights.classes import HANDOUT_DAYS
from customers.rights.models import Handout, PrivacyRequest
from customers.rights.operations import checked

MOST_TRIES = 3  # of a request whose worker dies each time
_CONTEXT = "privacy-handout"
_OPEN = (PrivacyRequest.State.ASKED, PrivacyRequest.State.RUNNING)
_MOVED = "UPDATE customers_privacyrequest SET done_share = %s, moved_at = now() WHERE id = %s"
_STEP = 0.02  # of the whole: what has moved less is not written down


@command
def ask(*, kind: str, customer_id: UUID, reference: str, actor: str, now: datetime) -> PrivacyRequest:
    """Keep the request for a worker; one that is on its way already is answered instead.

    Raises NotFound, Invalid without a reference, Conflict (erased already).
    """
    reference = checked(reference)
    status = Customer.objects.filter(pk=customer_id).values_list("status", flat=True).first()  # no lock: they are long
    if status is None:
        raise NotFound(_("There is no such customer."))
    if kind == PrivacyRequest.Kind.ERASE and status == Customer.Status.ERASED:
        raise Conflict(_("This customer has been erased already."), code="erased")
    kept, _made = PrivacyRequest.objects.get_or_create(
        customer=customer_id, kind=kind, state__in=_OPEN,
        defaults={"reference": reference, "actor": actor, "at": now, "moved_at": now, "state": PrivacyRequest.State.ASKED},
    )  # fmt: skip
    if kind == PrivacyRequest.Kind.EXPORT and kept.actor != actor:  # a file is for who asked for it
        raise Conflict(_("Somebody else is having this handed out just now. Ask again in a moment."), code="in_hand")
    return kept


@command
def begin(*, request_id: int, now: datetime) -> PrivacyRequest | None:
    """Take a request up, for the first time or after its worker died; None where there is nothing (more) to do."""
    found = PrivacyRequest.objects.select_for_update().filter(pk=request_id, state__in=_OPEN).first()
    if found is None:
        return None
    if found.tries >= MOST_TRIES:
        fail(request_id=request_id, trouble="gave_up", now=now)
        return None
    found.state, found.tries, found.moved_at, found.done_share = PrivacyRequest.State.RUNNING, found.tries + 1, now, 0.0
    found.save(update_fields=["state", "tries", "moved_at", "done_share"])
    return found


def fail(*, request_id: int, trouble: str, now: datetime) -> None:
    """It cannot be done, or not by us: said on its page."""
    PrivacyRequest.objects.filter(pk=request_id, state__in=_OPEN).update(
        state=PrivacyRequest.State.FAILED, trouble=trouble, moved_at=now, ended_at=now
    )


@contextmanager
def progress(*, request_id: int) -> Iterator[Callable[[float], None]]:
    """A word to say how far it is, seen by others at once although the work is one transaction."""
    told = 0.0
    with background.aside() as own:

        def say(share: float) -> None:
            nonlocal told
            if share >= told + _STEP:
                told = share
                with own.cursor() as cursor:
                    cursor.execute(_MOVED, [share, request_id])

        yield say


def left_behind(*, now: datetime) -> list[int]:
    """Requests that nobody has given a sign of life of: to be sent to the workers again."""
    silent = Q(moved_at__lt=now - background.PATIENCE) | Q(moved_at=None)
    return list(PrivacyRequest.objects.filter(silent, state__in=_OPEN).order_by("pk").values_list("pk", flat=True))


def hand_out(*, request_id: int, told: dict[str, Any], now: datetime) -> None:
    """Keep the file for who asked. In the caller's transaction."""
    packed = b64encode(zlib.compress(json.dumps(told, ensure_ascii=False, default=str).encode())).decode()
    Handout.objects.update_or_create(
        request_id=request_id, defaults={"box": sealing.seal(packed, context=_CONTEXT).encode(), "at": now}
    )


def find(*, request_id: int, actor: str = "", kind: str = "") -> PrivacyRequest:
    """A request; with `actor` only one that they made, with `kind` only one of it. Raises NotFound."""
    asked = PrivacyRequest.objects.filter(pk=request_id)
    asked = asked.filter(actor=actor) if actor else asked
    found = (asked.filter(kind=kind) if kind else asked).first()
    if found is None:
        raise NotFound(_("There is no such request."))
    return found


def is_held(*, request_id: int, now: datetime) -> bool:
    """Whether its file can still be fetched."""
    return Handout.objects.filter(request=request_id, at__gt=now - timedelta(days=HANDOUT_DAYS)).exists()


@transaction.atomic
def fetch(*, request_id: int, actor: str, now: datetime) -> dict[str, Any]:
    """What was handed out, in clear, for who asked for it; on record before it leaves.

    Raises NotFound for anybody else, Gone after three days or once the person was erased.
    """
    asked = find(request_id=request_id, actor=actor, kind=PrivacyRequest.Kind.EXPORT)
    found = Handout.objects.filter(request=asked, at__gt=now - timedelta(days=HANDOUT_DAYS)).first()
    packed = sealing.unseal(bytes(found.box).decode(), context=_CONTEXT) if found else ""
    if not packed:
        raise Gone(_("This file is not kept any more. Ask for it again."), code="handout_gone")
    audit.write(
        actor=actor, action="customer.handed_out", subject=f"customer:{asked.customer}", purpose=asked.reference, now=now,
        data={"request": asked.pk},
    )  # fmt: skip
    told: dict[str, Any] = json.loads(zlib.decompress(b64decode(packed)))
    return told
