"""What must be said and what was: ticks of the agent, with time and proof, and what still bars a yes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from callcenter.foundation.errors import Conflict, Invalid, NotFound
from customers.offers.models import ScriptVersion
from customers.offers.scripts.choosing import must_say
from customers.offers.scripts.models import SaidLine
from customers.results import CallContext


class UnsaidLines(Conflict):
    """A yes without what had to be said first; `facts["lines"]` are the places of the lines."""

    code = "script_unsaid"


@dataclass(frozen=True, kw_only=True)
class Adherence:
    """How often the lines of one version that must be said were, over the calls in which any was ticked."""

    version_id: int
    calls: int
    said: int
    left_out: int


@transaction.atomic
def say(*, call_id: UUID, version_id: int, line: int, outcome: str, words: str, agent_id: int, now: datetime) -> None:
    """Keep that a line was said, or why not; the last word counts. "" takes a tick back. Raises NotFound, Invalid.

    `words` is the sentence as it stood on the screen; only its hash is kept.
    """
    if outcome and outcome not in SaidLine.Outcome.values:
        raise Invalid(_("Say whether the line was said, or why not."), field="/outcome")
    version = ScriptVersion.objects.filter(pk=version_id).exclude(published_at=None).first()
    if version is None or not 1 <= line <= len(version.lines):
        raise NotFound(_("There is no such line in this script."))
    if not outcome:
        SaidLine.objects.filter(call=call_id, version=version, line=line).delete()
        return
    SaidLine.objects.update_or_create(
        call=call_id, version=version, line=line,
        defaults={"outcome": outcome, "words": sha256(words.encode()).hexdigest(), "agent": agent_id, "at": now},
    )  # fmt: skip


def check_said(*, context: CallContext, language: str, offering_code: str, now: datetime) -> None:
    """What the offer's own words bind the agent to say was said in this call, or a reason stands. Raises UnsaidLines."""
    unsaid = must_say(context=context, language=language, offering_code=offering_code, now=now) if offering_code else ()
    if unsaid:
        raise UnsaidLines(
            _("First say and tick what must be said, or choose why not: line {lines} of the script.").format(
                lines=", ".join(str(number) for number in unsaid)
            ),
            lines=list(unsaid),
        )


def adherence(*, since: datetime) -> dict[int, Adherence]:
    """By version, for the scripts' page. One statement."""
    found = (
        SaidLine.objects.filter(at__gt=since)
        .values("version_id")
        .annotate(
            calls=Count("call", distinct=True),
            said=Count("id", filter=Q(outcome=SaidLine.Outcome.SAID)),
            left_out=Count("id", filter=~Q(outcome=SaidLine.Outcome.SAID)),
        )
    )
    return {row["version_id"]: Adherence(**row) for row in found}
