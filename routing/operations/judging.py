"""Asking what settings would do before they hold: kept as a row, played by a worker, read by the page."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db.models.functions import Now

from callcenter.foundation.commands import command
from callcenter.foundation.errors import Refused
from routing.queue_settings import Settings, queue_named
from routing.version_models import WhatIf
from routing.what_if import play, proposed_roster

# Words of the page, in the reader's language there.
AWAY = "The queue of background work does not answer: nobody has been told to play it."
CRASHED = "It could not be played; the log says why."

log = logging.getLogger(__name__)


@command
def ask_what_if(*, domain: str, queue: str, settings: Settings, days: int, now: datetime, actor: str) -> int:
    """Keep the question what the last days would be with these settings: its number, for the task `routing.what_if`.

    Raises NotFound, Invalid (they cannot be).
    """
    row = queue_named(domain=domain, key=queue)
    proposed_roster(row, settings)
    asked = WhatIf.objects.create(queue=row, settings=settings, days=max(1, min(days, 31)), asked_at=now, by=actor)
    return asked.pk


@command
def ask_again(*, number: int, domain: str, now: datetime) -> None:
    """The worker or the broker was away: the same question anew. What is played already stands."""
    asked = WhatIf.objects.filter(pk=number, queue__domain__key=domain).exclude(state=WhatIf.State.DONE)
    asked.update(state=WhatIf.State.ASKED, asked_at=now, moved_at=None, done_share=0.0, trouble="")


def nobody_to_play(*, number: int) -> None:
    """The broker does not answer: said on the page, and to be asked again."""
    WhatIf.objects.filter(pk=number, state=WhatIf.State.ASKED).update(state=WhatIf.State.FAILED, trouble=AWAY)


def answer_what_if(*, number: int, now: datetime) -> str:
    """Play it and keep the figures; its state afterwards. A worker that dies is followed by another: nothing is half kept."""
    asked = WhatIf.objects.select_related("queue__domain").filter(pk=number).exclude(state=WhatIf.State.DONE).first()
    if asked is None:
        return ""
    mine = WhatIf.objects.filter(pk=number)
    mine.update(state=WhatIf.State.RUNNING, done_share=0.0, moved_at=now)

    def progress(share: float) -> None:
        mine.update(done_share=share, moved_at=Now())

    try:
        result = play(asked, now=now, progress=progress)
    except Refused as refused:
        mine.update(state=WhatIf.State.FAILED, trouble=refused.sentence[:200])
        return WhatIf.State.FAILED
    except Exception:
        mine.update(state=WhatIf.State.FAILED, trouble=CRASHED)
        log.exception("What-if %s could not be played.", number)
        return WhatIf.State.FAILED
    mine.update(state=WhatIf.State.DONE, done_share=1.0, result=result)
    return WhatIf.State.DONE
