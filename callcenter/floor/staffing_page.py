"""The staffing page: what is asked, read from its address with a sentence where wrong, and the day as bars."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from callcenter.floor.charts import bars
from callcenter.foundation.errors import Invalid
from routing.staffing_plan import INTERVALS, RANGES, WHOLE, Wish
from routing.staffing_queries import DayStaffing


@dataclass(frozen=True, kw_only=True)
class Field:
    """One thing that may be otherwise. `percent`: asked for as 80, meant as 0.8."""

    name: str
    label: Any
    percent: bool = False
    usual: str = ""  # what stands in it at first; "": as forecast, as measured, as set

    @property
    def least(self) -> float:
        return RANGES[self.name][0] * (100 if self.percent else 1)

    @property
    def most(self) -> float:
        return RANGES[self.name][1] * (100 if self.percent else 1)


FIELDS = (
    Field(name="load", label=gettext_lazy("Calls, % of the forecast"), percent=True, usual="100"),
    Field(name="handle_s", label=gettext_lazy("Handling time, seconds")),
    Field(name="patience_s", label=gettext_lazy("Mean patience, seconds")),
    Field(name="level", label=gettext_lazy("To be answered in time, %"), percent=True, usual="80"),
    Field(name="target_s", label=gettext_lazy("… within, seconds")),
    Field(name="shrinkage", label=gettext_lazy("Shrinkage, % of paid time"), percent=True, usual="30"),
    Field(name="least", label=gettext_lazy("At least so many agents"), usual="0"),
    Field(name="agents", label=gettext_lazy("Agents there, whatever is needed")),
)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the address says; nonsense about day, queue and interval means the usual."""

    day: date
    queue: str
    minutes: int
    wish: Wish
    fields: tuple[tuple[Field, str], ...]  # with what was typed
    refused: str = ""


def read(asked: Mapping[str, str], *, now: datetime, zone: tzinfo) -> Asked:
    """Tomorrow in half hours unless it says otherwise. What cannot be read is said, kept, and left out."""
    told: dict[str, Any] = {}
    refused = ""
    for field in FIELDS:
        try:
            told[field.name] = _value(field, asked.get(field.name, field.usual))
        except Invalid as error:
            refused = refused or error.sentence
    minutes = asked.get("minutes", "")
    return Asked(
        day=_day(asked.get("day", ""), now.astimezone(zone).date() + timedelta(days=1)),
        queue=asked.get("queue", ""),
        minutes=int(minutes) if minutes in {str(one) for one in INTERVALS} else 30,
        wish=Wish(**{name: value for name, value in told.items() if value is not None}),
        fields=tuple((field, asked.get(field.name, field.usual)) for field in FIELDS),
        refused=refused,
    )


def _value(field: Field, text: str) -> float | int | None:
    if not text.strip():
        return None
    sentence = _("%(field)s: a number from %(least)s to %(most)s is needed.") % {
        "field": field.label, "least": f"{field.least:g}", "most": f"{field.most:g}",
    }  # fmt: skip
    try:
        value = float(text)
    except ValueError:
        raise Invalid(sentence) from None
    if not field.least <= value <= field.most or (field.name in WHOLE and value != int(value)):
        raise Invalid(sentence)
    if field.name in WHOLE:
        return int(value)
    return value / 100 if field.percent else value


def _day(text: str, otherwise: date) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return found if 2000 <= found.year <= 2100 else otherwise


def picture(found: DayStaffing) -> dict[str, Any]:
    """Agents by interval."""
    tip = _("%(at)s: %(agents)s agents for %(calls)s calls")
    return bars(
        labels=[f"{localtime(row.line.at):%H:%M}" for row in found.rows],
        values=[round(row.line.agents, 2) for row in found.rows],
        tips=[
            tip
            % {
                "at": f"{localtime(row.line.at):%H:%M}",
                "agents": f"{row.line.agents:g}",
                "calls": f"{row.line.calls:.1f}",
            }
            for row in found.rows
        ],
        description=_("Agents needed, interval by interval."),
    )
