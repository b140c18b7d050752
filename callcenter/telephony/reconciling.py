"""Both sides set right: which calls a switch still has, and that it has started anew."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

import routing.queries
from callcenter import hall
from callcenter.accounts import api_keys
from callcenter.foundation import events
from callcenter.foundation.errors import Conflict
from callcenter.foundation.models import Event
from callcenter.telephony.models import Trunk
from callcenter.telephony.naming import TrunkFacts
from routing.results import CallView
from routing.states import CallState

# A call that arrived so shortly before the list was made may be missing from it.
GRACE = timedelta(seconds=5)
RESTARTED = "switch_restart"
ARRIVED = ("call.arrived",)
_UNANSWERED = frozenset({CallState.ARRIVED, CallState.QUEUED, CallState.RESERVED})
_ON_THE_LINE = _UNANSWERED | {CallState.CONNECTED}
_ALL = 100_000


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What one list of a switch and our live calls of its source say of each other."""

    gone: list[CallView]  # ours, that the switch has no more
    unknown: list[str] = field(default_factory=list)  # the switch's ids with no live call here
    talking: list[CallView] = field(default_factory=list)  # not listed, and left alone: they talk past the switch
    is_news: bool = True  # False where the switch has told of this run before


def difference(*, trunk: TrunkFacts, listed: Collection[str], as_of: datetime, now: datetime) -> Difference:
    """What a complete list leaves out and names beyond. Raises Conflict (shared_source)."""
    names, made_at = set(listed), min(as_of, now)
    ours = _live(trunk)
    gone = [call for call in ours if call.external_id not in names and call.arrived_at + GRACE < made_at]
    return Difference(gone=gone, unknown=sorted(names - {call.external_id for call in ours}))


def close_gone(*, trunk: TrunkFacts, gone: Collection[CallView], actor: str, now: datetime) -> None:
    """End what the switch has no more, each in a transaction of its own, so that one that moves holds up none."""
    for call in gone:
        hall.ending.caller_hung_up(call_id=call.id, by="network", actor=actor, now=now)
    _note(trunk, len(gone), listed_at=now)
    if gone:
        _tell(trunk, "trunk.reconciled", closed=len(gone), actor=actor, now=now)


def started(
    *, trunk: TrunkFacts, boot: str, listed: Collection[str], actor: str, now: datetime, at: datetime | None = None
) -> Difference:
    """The switch runs anew: callers whom nobody had answered are gone unless `listed`; who talks may talk on past it.

    `at` is when it started by its own clock, where it says so: whoever came since then came to the new one. A clock
    that lags is believed for GRACE only.

    Told twice of the same boot, nothing changes. Callers cut off keep their place for a minute of redialling.
    Raises Conflict (shared_source).
    """
    names, ours = set(listed), _live(trunk)
    fresh = Trunk.objects.filter(pk=trunk.id).exclude(boot=boot).update(boot=boot, started_at=now)
    if not fresh:
        return Difference(gone=[], is_news=False)
    before = now if at is None else min(max(at, now - GRACE), now)
    former = (call for call in ours if call.external_id not in names and call.arrived_at <= before)
    missing = sorted(former, key=lambda call: call.id)
    gone = [call for call in missing if call.state in _UNANSWERED]
    for call in gone:
        hall.ending.caller_hung_up(call_id=call.id, by="network", stage=RESTARTED, actor=actor, now=now)
    _note(trunk, len(gone))
    _tell(trunk, "trunk.started", closed=len(gone), actor=actor, now=now)
    return Difference(
        gone=gone,
        unknown=sorted(names - {call.external_id for call in ours}),
        talking=[call for call in missing if call.state not in _UNANSWERED],
    )


def on_lines(calls: Iterable[CallView]) -> list[CallView]:
    """Those a switch has a line for: neither a promise to ring back that nobody has kept yet, nor a call that another
    system wishes for and that has not come about."""
    called = [call for call in calls if call.direction != "callback" or call.connected_at is not None]
    wished = routing.queries.to_be_dialled(
        call_ids=[call.id for call in called if call.direction == "out" and call.state == CallState.RESERVED]
    )
    return [call for call in called if call.id not in wished]


def _live(trunk: TrunkFacts) -> list[CallView]:
    """The calls of this very trunk that have a line. Raises Conflict (shared_source)."""
    live = routing.queries.live_calls(domain=trunk.domain, limit=_ALL)
    ours = [call for call in live if call.source == trunk.group and call.state in _ON_THE_LINE]
    if trunk.dialect == "native" and _is_shared(trunk) and not api_keys.of_trunk(trunk.key):
        raise Conflict(
            "Several trunks share this source, and which calls are this one's cannot be told: give each a key of its own.",
            code="shared_source",
        )
    return of_this(trunk, on_lines(ours), told=ARRIVED)


def of_this(trunk: TrunkFacts, calls: Sequence[CallView], *, told: Sequence[str]) -> list[CallView]:
    """Of these calls of its source those that are this very trunk's: where others share it, those it told such events of."""
    if not calls or not _is_shared(trunk):
        return list(calls)
    actors = {f"trunk:{trunk.key}", *(f"key:{prefix}" for prefix in api_keys.of_trunk(trunk.key))}
    found = Event.objects.filter(call__in=[call.id for call in calls], type__in=told, actor__in=actors)
    own = set(found.values_list("call", flat=True))
    return [call for call in calls if call.id in own]


def _is_shared(trunk: TrunkFacts) -> bool:
    return Trunk.objects.filter(group=trunk.group).exclude(pk=trunk.id).exists()


def _note(trunk: TrunkFacts, ghosts: int, *, listed_at: datetime | None = None) -> None:
    """For the page: how often both sides differed, and when they were compared last."""
    changed = {"ghosts_closed": F("ghosts_closed") + ghosts} | ({"listed_at": listed_at} if listed_at else {})
    Trunk.objects.filter(pk=trunk.id).update(**changed)


def _tell(trunk: TrunkFacts, type: str, *, closed: int, actor: str, now: datetime) -> None:
    with transaction.atomic():
        events.record(type=type, domain=trunk.domain, actor=actor, now=now, data={"trunk": trunk.key, "closed": closed})
