"""How many agents a day needs, by interval: the numbers of the staffing page."""

from __future__ import annotations

from datetime import timedelta
from math import inf
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from callcenter.foundation.clock import db_now
from callcenter.telephony import answers
from callcenter.telephony.api.base import ApiView, Json, answer
from callcenter.telephony.api.contract import operation
from callcenter.telephony.fields import Request, Word
from routing.staffing_plan import INTERVALS, RANGES, WHOLE, Wish
from routing.staffing_queries import Row, staffing

_LONGEST = 16  # characters of a number


class Amount(Word):
    """A number in a query, where everything is text, within the range of `routing.staffing_plan`."""

    def __init__(self, name: str) -> None:
        super().__init__(required=False)  # no max_length: its check would ask for the length of a number
        self.whole, (self.least, self.most) = name in WHOLE, RANGES[name]

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        try:
            value = float(text) if len(text) <= _LONGEST else inf
        except ValueError:
            value = inf
        if not self.least <= value <= self.most or (self.whole and value != int(value)):
            raise ValidationError(f"This must be a number from {self.least:g} to {self.most:g}.")
        return int(value) if self.whole else value


class StaffingQuery(Request):
    queue = Word(required=False, default="", allow_blank=True, max_length=48)
    day = serializers.DateField(required=False)
    minutes = Word(required=False, default="30")

    def get_fields(self) -> dict[str, Any]:
        return super().get_fields() | {name: Amount(name) for name in RANGES}

    def validate_minutes(self, text: str) -> int:
        if text not in {str(one) for one in INTERVALS}:
            raise ValidationError("An interval has 15, 30 or 60 minutes.")
        return int(text)


class Staffing(ApiView):
    scope = "queues:read"

    @operation("staffing")
    def get(self, request: object) -> HttpResponse:
        asked, now = self.query(StaffingQuery), db_now()
        tomorrow = now.astimezone(ZoneInfo(settings.TIME_ZONE)).date() + timedelta(days=1)
        found = staffing(
            domain=self.principal.domain, queue=asked["queue"], day=asked.get("day", tomorrow),
            minutes=asked["minutes"], wish=Wish(**{name: asked[name] for name in RANGES if name in asked}), now=now,
        )  # fmt: skip
        return answer({
            "day": found.day.isoformat(), "queue": found.queue, "minutes": found.minutes, "like_days": found.is_like,
            "days": [one.isoformat() for one in found.days], "agent_hours": found.total.agent_hours,
            "rostered_hours": found.total.rostered_hours, "intervals": [_interval(one) for one in found.rows],
        })  # fmt: skip


def _interval(row: Row) -> Json:
    one, given, real = row.line, row.line.given, row.real
    return {
        "at": answers.instant(one.at), "open": one.is_open, "calls": one.calls, "handle_s": one.handle_s,
        "erlangs": one.erlangs, "needed": one.exact, "needed_erlang_c": one.patient, "agents": one.agents,
        "rostered": one.rostered, "service_level": one.level, "wait_s": given.mean_wait_s if given else None,
        "abandoned": given.abandoned if given else None, "occupancy": given.occupancy if given else None,
        "real_calls": real.calls if real else None, "real_service_level": real.level if real else None,
    }  # fmt: skip
