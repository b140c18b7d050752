"""Batches from a switch: each item goes to the room it belongs to, and its result comes back in its place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_serializer

from callcenter import hall
from callcenter.foundation.errors import Refused
from callcenter.foundation.principal import Principal
from callcenter.foundation.transactions import in_one_transaction
from callcenter.telephony import fields, intake, keeping, naming, surveys, wire
from callcenter.telephony.keeping import Outcome
from ivr.results import PathEventIn
from routing.results import CallView, ReservationView


@extend_schema_serializer(component_name="MenuStep")
class StepForm(fields.Form):
    """A step of a caller in the menus. What else it holds is not read."""

    call = fields.Word(required=False, max_length=200, help_text="`c_…` or `ext:{source}:{external_id}`.")
    external_id = fields.Word(required=False, max_length=wire.LONGEST_EXTERNAL_ID, help_text="Instead of `call`.")
    trunk = fields.Word(required=False, max_length=48, help_text="The trunk, where the key is not bound to one.")
    t = fields.Instant(help_text="When, by the clock of the menus.")
    kind = fields.Word(max_length=16, help_text="What: enter, key, noinput, nomatch, transfer, hangup …")
    node = fields.Word(required=False, allow_blank=True, max_length=64, help_text="Where in the menus.")
    key = fields.Word(required=False, allow_blank=True, max_length=32, help_text="The key pressed.")
    event_id = fields.Word(required=False, allow_blank=True, max_length=150)
    seq = fields.Whole(required=False, allow_null=True, min_value=0, max_value=2**31 - 1)
    entry = fields.Word(required=False, allow_blank=True, max_length=64, help_text="The number dialled.")
    flow = fields.Word(required=False, allow_blank=True, max_length=48, help_text="Key of the flow.")
    version = fields.Whole(required=False, allow_null=True, min_value=0, max_value=2**31 - 1)
    detail = fields.Attributes(required=False, allow_null=True)


# A clock may be wrong by its zone; beyond that it says nothing about the order of things.
FURTHEST_AHEAD = timedelta(days=2)


def of_one_call(
    *, items: list[Any], name: str, call: CallView | None, principal: Principal, now: datetime
) -> list[Outcome]:
    """Events of the call that the address names; what the items say of their call does not count.

    `call` is that one as it has just been read; None where it is not known yet.
    """
    return _reports(items=items, principal=principal, now=now, of_call=name, call=call)


def _reports(
    *,
    items: list[Any],
    principal: Principal,
    now: datetime,
    of_call: str = "",
    call: CallView | None = None,
    served: list[ReservationView] | None = None,
) -> list[Outcome]:
    """Reports of the switch; those dated days ahead count as of now, lest they be the last word for ever."""
    limit = (now + FURTHEST_AHEAD).date().isoformat()
    items = [_dated_now(item, now) if _day(item) > limit else item for item in items]
    return intake.take(items=items, principal=principal, now=now, of_call=of_call, call=call, served=served)


def _day(item: Any) -> str:
    """The day an item is dated, as it is written: enough to compare, whatever its offset. "" where it is no time."""
    at = item.get("at") if isinstance(item, dict) else None
    return at[:10] if isinstance(at, str) and fields.is_instant(at) else ""


def _dated_now(item: dict[str, Any], now: datetime) -> dict[str, Any]:
    """The item with our time and the stated one beside it; without an identity of its own it keeps that of its bytes."""
    own = isinstance(item.get("event_id"), str) or isinstance(item.get("seq"), int)
    named = {} if own else {"event_id": wire.identity(item, subject="")[:160]}
    return item | named | {"at": now.isoformat(), "at_stated": item["at"]}


def mixed(
    *, items: list[Any], principal: Principal, now: datetime, served: list[ReservationView] | None = None
) -> list[Outcome]:
    """Events of calls, legs and devices, steps in the menus (kind `ivr`) and answers (kind `survey`), in any mixture.

    Answers come last: the call they belong to may have been told in the same batch. `served` as for `intake.take`.
    """
    outcomes: dict[int, Outcome] = {}
    for take, of_kind in ((_steps, "ivr"), (partial(_reports, served=served), ""), (surveys.take, "survey")):
        places = [place for place, item in enumerate(items) if _room(item) == of_kind]
        if places:
            came = [items[place] for place in places]
            outcomes |= zip(places, take(items=came, principal=principal, now=now), strict=True)
    return [outcomes[place] for place in range(len(items))]


def _room(item: Any) -> str:
    """`ivr`, `survey`, or "" for what is about calls, legs and devices."""
    kind = item.get("kind") if isinstance(item, dict) else None
    return kind if kind in ("ivr", "survey") else ""


def _steps(*, items: list[Any], principal: Principal, now: datetime) -> list[Outcome]:
    return steps(items=[_as_step(item) for item in items], principal=principal, now=now)


def _as_step(item: dict[str, Any]) -> dict[str, Any]:
    """In a mixed batch `kind` names the room and `type` the step; `at` is as good as `t`."""
    return item | {"kind": item.get("type"), "t": item.get("t", item.get("at"))}


@dataclass(frozen=True, kw_only=True)
class _Named:
    """A readable step with the name of its call."""

    place: int
    values: dict[str, Any]
    source: str
    external_id: str
    call_id: UUID | None


def steps(*, items: list[Any], principal: Principal, now: datetime) -> list[Outcome]:
    """Steps in the menus, stored in one transaction; what cannot be read is kept aside with its reason."""
    outcomes: dict[int, Outcome] = {}
    named: list[_Named] = []
    for place, item in enumerate(items):
        try:
            named.append(_named(place, item, principal))
        except wire.Unreadable as why:
            outcomes[place] = keeping.set_aside(
                item=item, principal=principal, now=now, code="unreadable", sentence=str(why)
            )
        except Refused as why:
            outcomes[place] = keeping.set_aside(
                item=item, principal=principal, now=now, code=why.code, sentence=why.sentence
            )
    outcomes |= in_one_transaction(lambda: _store(named, principal.domain, now))
    return [outcomes[place] for place in range(len(items))]


def _store(named: list[_Named], domain: str, now: datetime) -> dict[int, Outcome]:
    ids: dict[tuple[str, str], UUID] = {}
    unknown = {(step.source, step.external_id) for step in named if step.call_id is None}
    # Always in the same order, so that two batches with the same calls cannot wait for each other.
    for source in sorted({source for source, _ in unknown}):
        names = sorted(name for of, name in unknown if of == source)
        found = hall.path_logs.name_calls(source, names)
        ids |= {(source, name): found[name] for name in names}
    came = [_event(step, step.call_id or ids[step.source, step.external_id], domain) for step in named]
    results = hall.inbound.path_events_came(items=came, now=now) if came else []
    return {
        step.place: Outcome(result=done.result, code=done.code, sentence=done.sentence, call=event.call_id)
        for step, event, done in zip(named, came, results, strict=True)
    }


def _event(step: _Named, call_id: UUID, domain: str) -> PathEventIn:
    values = {name: value for name, value in step.values.items() if name not in {"call", "external_id", "trunk"}}
    return PathEventIn(call_id=call_id, source=step.source, external_id=step.external_id, domain=domain, **values)


def _named(place: int, item: Any, principal: Principal) -> _Named:
    values = wire.checked(StepForm, item)
    name = values.get("call", "")
    if name.startswith("c_"):
        call = naming.call(name, principal=principal)
        return _Named(place=place, values=values, source=call.source, external_id=call.external_id, call_id=call.id)
    source, external_id = naming.external(
        call=name, external_id=values.get("external_id", ""), trunk=values.get("trunk", ""), principal=principal
    )
    return _Named(place=place, values=values, source=source, external_id=external_id, call_id=None)
