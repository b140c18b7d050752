"""Kept switch events, read once more as we read them today: to mend what was set aside, and to prove that nothing moves.

Whatever was applied already must change nothing when it is applied again; what was set aside may have its effect now,
after a trunk, an agent or our own reading was put right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

import routing.queries
from callcenter.foundation.errors import Refused
from callcenter.foundation.principal import Principal
from callcenter.telephony import effects, intake, keeping, naming, wire
from callcenter.telephony.beside import OF_NO_CALL
from callcenter.telephony.keeping import Outcome
from callcenter.telephony.models import InboundEvent, Trunk
from routing.results import CallView

ACTOR = "command:replay_raw"


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """One kept event: what had become of it, and what becomes of it now."""

    row: InboundEvent
    outcome: Outcome

    @property
    def is_moving(self) -> bool:
        """Whether it has an effect that it did not have before."""
        return self.outcome.result == "applied" and (self.row.result != "applied" or self.outcome.code == MOVED)


# The code of an event that was applied before and changes something once more: that must not be.
MOVED = "moved_again"


def replay(rows: Iterable[InboundEvent], *, apply: bool, now: datetime) -> Iterator[Replayed]:
    """Each in a transaction of its own, undone unless `apply`; what was applied before is never applied for good."""
    for row in rows:
        was_applied = row.result == "applied"
        with transaction.atomic():
            outcome, call = _again(row, now)
            if apply and not was_applied and call is not None and outcome.result != row.result:
                keeping.note(row_id=row.pk, outcome=outcome, call_id=call.id, now=now)
            else:
                transaction.set_rollback(True)
        yield Replayed(row=row, outcome=outcome)


def _again(row: InboundEvent, now: datetime) -> tuple[Outcome, CallView | None]:
    try:
        report = wire.read(row.raw)
        call = _call(row, report)
    except wire.Unreadable as why:
        return Outcome(result="quarantined", code="unreadable", sentence=str(why)), None
    except Refused as why:
        return Outcome(result="quarantined", code=why.code, sentence=why.sentence), None
    if now - report.at > intake.OLDEST and row.result != "applied":
        return Outcome(result="quarantined", code="too_old", sentence="It is older than 24 hours."), call
    if call is None:
        return Outcome(result="stale" if report.type in OF_NO_CALL else "held"), None
    outcome = effects.applied(report=report, raw=row.raw, before=call, actor=ACTOR, now=now)
    if row.result != "applied":
        return outcome, call
    moved = routing.queries.call(call_id=call.id).version != call.version
    return Outcome(result="applied", code=MOVED if moved else "", call=call.id), call


def _call(row: InboundEvent, report: wire.Report) -> CallView | None:
    if row.call is not None:
        return routing.queries.call(call_id=row.call)
    if report.type in OF_NO_CALL:
        return None
    trunk = Trunk.objects.filter(group=row.source).order_by("pk").first()
    if trunk is None:
        raise wire.Unreadable(f"no trunk uses the source {row.source!r} (any more)")
    who = Principal(name=ACTOR, domain=trunk.domain, trunk=trunk.key)
    if report.call.startswith("c_"):
        return naming.call(report.call, principal=who)
    source, external_id = naming.external(call=report.call, external_id=report.external_id, trunk="", principal=who)
    return routing.queries.call_by_external(source=source, external_id=external_id)
