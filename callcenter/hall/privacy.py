"""The hall's word on exports and erasures: asked for at a door, done by a worker, whoever dies on the way."""

from __future__ import annotations

import logging
from contextlib import suppress
from datetime import datetime
from functools import partial
from uuid import UUID

from celery import shared_task
from django.db import transaction
from kombu.exceptions import OperationalError

from callcenter.foundation import background, redaction
from callcenter.foundation.clock import db_now
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Refused
from callcenter.hall import customer
from customers.rights import asking
from customers.rights.models import PrivacyRequest

log = logging.getLogger(__name__)


@command
def asked(*, kind: str, customer_id: UUID, reference: str, actor: str, now: datetime) -> PrivacyRequest:
    """Keep an export or an erasure and tell a worker once it is committed. Raises as `asking.ask`."""
    kept = asking.ask(kind=kind, customer_id=customer_id, reference=reference, actor=actor, now=now)
    transaction.on_commit(partial(_send, kept.pk))
    return kept


def _send(request_id: int) -> None:
    with suppress(OperationalError):  # the broker is away: the next look sends it again
        answer.apply_async((request_id,), expires=background.SENT_FOR_S)


@shared_task(name="privacy.answer", time_limit=6 * 3600)
def answer(request_id: int) -> str:
    """Do what was asked; answers the state. Whole or not at all: what a killed worker left is begun anew by the next."""
    with background.alone(f"privacy:{request_id}") as mine:
        taken = asking.begin(request_id=request_id, now=db_now()) if mine else None
        if taken is None:
            return ""
        try:
            with asking.progress(request_id=request_id) as progress:
                _done(taken, progress=progress, now=db_now())
        except Refused as refusal:
            asking.fail(request_id=request_id, trouble=refusal.code[:32], now=db_now())
            return PrivacyRequest.State.FAILED
        except Exception:  # it stays open: a later try may have more luck, and the third is the last
            log.exception("Request %s could not be answered.", request_id)
            raise
        return PrivacyRequest.State.DONE


@transaction.atomic
def _done(taken: PrivacyRequest, *, progress: redaction.Progress, now: datetime) -> None:
    do = customer.customer_erased if taken.kind == PrivacyRequest.Kind.ERASE else customer.customer_exported
    told = do(
        customer_id=taken.customer, actor=taken.actor, purpose=taken.reference, now=now, request_id=taken.pk, progress=progress
    )  # fmt: skip
    if isinstance(told, dict):
        asking.hand_out(request_id=taken.pk, told=told, now=now)


@shared_task(name="privacy.go_on")
def go_on() -> int:
    """Send what no worker gives a sign of life of to the workers again; answers how many. Every minute."""
    left = asking.left_behind(now=db_now())
    for request_id in left:
        _send(request_id)
    return len(left)
