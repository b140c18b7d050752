"""Days of use and stays: what interests and frequented places are concluded from. Kept only where the person allows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy

from customers.activity.meaning import LOOKED_BACK_DAYS, is_forbidden
from customers.imports.kinds import values
from customers.imports.kinds.base import Cells, Column, Kind, Reading, Target
from customers.imports.refusals import Wrong, gettext_noop

_KINDS = {"content": "content", "内容": "content", "使用": "content", "stay": "stay", "停留": "stay", "位置": "stay"}
_PARTS = {"night": "night", "夜间": "night", "work": "work", "工作": "work", "上班": "work"}


def _read(told: Cells, reading: Reading) -> Mapping[str, Any]:
    day = values.day("day", told["day"])
    if not reading.today - timedelta(days=LOOKED_BACK_DAYS) < day <= reading.today:
        raise Wrong(
            "day",
            gettext_noop("%(value)s is not one of the last %(days)s days."),
            value=day.isoformat(),
            days=LOOKED_BACK_DAYS,
        )
    kind = values.word("activity", told["activity"], _KINDS)
    part = values.word("part", told["part"], _PARTS) if kind == "stay" and "part" in told else told.get("part", "")
    if (kind == "stay") != bool(part):
        raise Wrong("part", gettext_noop("A stay is at night or at work; use of content has no part of the day."))
    what = values.short("what", told["what"], 42)
    if is_forbidden(what):
        # the code is not repeated: it must not be known
        raise Wrong("what", gettext_noop("This speaks of what must not be known of anybody; it is not stored."))
    times = values.whole("times", told["times"], least=1, most=99_999)
    return {"day": day.isoformat(), "kind": kind, "what": what, "part": part, "times": times}


KIND = Kind(
    code="activity", name=gettext_lazy("Days of use and stays"), read=_read, needed=("day", "activity", "what", "times"),
    synonyms={
        "day": ("date", "日期"), "activity": ("kind", "type", "类型"), "what": ("content", "district", "内容", "地区代码"),
        "part": ("partofday", "时段"), "times": ("count", "次数"),
    },
    names={
        "day": gettext_lazy("Day"), "activity": gettext_lazy("Use or stay"), "what": gettext_lazy("Content or district"),
        "part": gettext_lazy("Part of the day"), "times": gettext_lazy("How often"),
    },
    target=Target(
        table="customers_activity", values=(Column(name="times", type="integer"),),
        keys=(Column(name="day", type="date"), Column(name="kind", type="text"), Column(name="what", type="text"),
              Column(name="part", type="text")),
        allowed="""CASE told.fields->>'kind'
            WHEN 'stay' THEN EXISTS (SELECT FROM customers_consent AS yes WHERE yes.customer_id = who.customer
                AND yes.purpose = 'places' AND yes.state = 'granted' AND (yes.until IS NULL OR yes.until > %(now)s))
            ELSE NOT EXISTS (SELECT FROM customers_consent AS no WHERE no.customer_id = who.customer
                AND no.purpose = 'profiling' AND no.state = 'refused') END""",
    ),
)  # fmt: skip
