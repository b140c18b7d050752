"""Answers to surveys in: each goes to its invitation, and its result comes back in its place."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

import ivr.surveys.queries
from callcenter import hall
from callcenter.foundation.errors import NotFound, Refused
from callcenter.foundation.ids import read_uuid
from callcenter.foundation.principal import Principal
from callcenter.foundation.transactions import in_one_transaction
from callcenter.telephony import fields, keeping, naming, wire
from callcenter.telephony.keeping import Outcome
from ivr.surveys.forms import LONGEST_COMMENT
from ivr.surveys.results import AnswerIn, InvitationView


@extend_schema_field({"oneOf": [{"type": "integer"}, {"type": "string", "maxLength": LONGEST_COMMENT}]})
class Said(serializers.Field[Any, Any, Any, Any]):
    """A number, a key as text, or the words of a comment."""

    def to_internal_value(self, data: Any) -> int | str:
        if isinstance(data, bool) or not isinstance(data, int | str):
            raise serializers.ValidationError("This must be a number or text.")
        return data[:LONGEST_COMMENT] if isinstance(data, str) else max(-1, min(data, 10**6))

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_serializer(component_name="SurveyAnswer")
class AnswerForm(fields.Form):
    """An answer to one question. What else it holds is not read."""

    invitation = fields.Word(required=False, max_length=40, help_text="`s_…`, as the invitation told.")
    call = fields.Word(required=False, max_length=200, help_text="`c_…` or `ext:{source}:{external_id}`, instead.")
    form = fields.Word(
        required=False, max_length=32, help_text="Key of the form, where the menus asked without an invitation."
    )
    question = fields.Word(max_length=32, help_text="Key of the question.")
    answer = Said(help_text="A number, the key pressed, or words.")
    at = fields.Instant(help_text="When it was given: an answer counts by that, not by when it is sent.")


@dataclass(frozen=True, kw_only=True)
class _Read:
    place: int
    invitation: UUID
    call: UUID
    answer: AnswerIn


def take(*, items: list[Any], principal: Principal, now: datetime) -> list[Outcome]:
    """Every item's outcome, in the order given; what cannot be read or counted is kept aside with its reason."""
    outcomes: dict[int, Outcome] = {}
    read: dict[UUID, list[_Read]] = defaultdict(list)
    for place, item in enumerate(items):
        try:
            one = _read(place, item, principal, now)
        except wire.Unreadable as why:
            outcomes[place] = _aside(item, principal, now, "unreadable", str(why))
        except Refused as why:
            outcomes[place] = _aside(item, principal, now, why.code, why.sentence)
        else:
            read[one.invitation].append(one)
    for invitation in sorted(read):
        outcomes |= _store(invitation, read[invitation], items, principal, now)
    return [outcomes[place] for place in range(len(items))]


def _store(
    invitation: UUID, read: list[_Read], items: list[Any], principal: Principal, now: datetime
) -> dict[int, Outcome]:
    done = in_one_transaction(
        lambda: hall.survey.answers_came(invitation_id=invitation, answers=[one.answer for one in read], now=now)
    )
    outcomes: dict[int, Outcome] = {}
    for one, result in zip(read, done, strict=True):
        if result.result == "quarantined":
            _aside(items[one.place], principal, now, result.code, result.sentence)
        outcomes[one.place] = Outcome(
            result=result.result, code=result.code, sentence=result.sentence, call=one.call
        )  # fmt: skip
    return outcomes


def _read(place: int, item: Any, principal: Principal, now: datetime) -> _Read:
    values = wire.checked(AnswerForm, item)
    invitation, call = _whose(values, principal, now)
    said = AnswerIn(question=values["question"], said=values["answer"], at=values["at"])
    return _Read(place=place, invitation=invitation, call=call, answer=said)


def _whose(values: dict[str, Any], principal: Principal, now: datetime) -> tuple[UUID, UUID]:
    """The invitation an answer belongs to, and its call. Raises NotFound, UnknownForm."""
    if values.get("invitation"):
        found = invitation(values["invitation"], principal=principal)
        return found.id, found.call
    if not values.get("call"):
        raise wire.Unreadable("Name the `invitation` or the `call` this answer belongs to.")
    call = naming.call(values["call"], principal=principal)
    known = ivr.surveys.queries.invitation_of(call_id=call.id)
    if known is not None:
        return known.id, call.id
    if not values.get("form"):
        raise NotFound("Nobody was invited for this call. Name the `form` if the menus asked by themselves.")
    held = hall.survey.survey_held_by_switch(call_id=call.id, form=values["form"], actor=principal.name, now=now)
    return held, call.id


def invitation(word: str, *, principal: Principal) -> InvitationView:
    """The invitation behind `s_…`. Raises NotFound, for another domain's too."""
    found = ivr.surveys.queries.invitation(invitation_id=read_uuid("s", word))
    if found.domain != principal.domain:
        raise NotFound(f"There is nothing here by the name {word[:60]!r}.")
    return found


def _aside(item: Any, principal: Principal, now: datetime, code: str, sentence: str) -> Outcome:
    return keeping.set_aside(item=item, principal=principal, now=now, code=code, sentence=sentence)
