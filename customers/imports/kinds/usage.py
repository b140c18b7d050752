"""Closed months of use and bills: in one column a service, or whole as `usage` and `lines` in JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from customers.catalogue.reading import TariffRefused
from customers.catalogue.usage_rows import read_usage
from customers.imports.kinds import values
from customers.imports.kinds.base import Cells, Column, Kind, Reading, Target
from customers.imports.refusals import Wrong, gettext_noop

# column → service, its unit
_PLAIN = {
    "voice_minutes": ("voice", "minute"), "messages": ("messages", "message"), "data_mb": ("data", "MB"),
    "data_gb": ("data", "GB"),
}  # fmt: skip
_BILL = "bill"  # the kind of the one line of a bill that is told as a sum
_MONTH = gettext_noop("“%(value)s” is no month. Write it as 2026-10.")


def _read(told: Cells, reading: Reading) -> Mapping[str, Any]:
    raw = {
        "number": "told", "month": _month(told["month"]), "full": values.flag("full", told.get("full", "1")),
        "usage": [*_json("usage", told), *_plain(told)], "lines": [*_json("lines", told), *_bill(told)],
    }  # fmt: skip
    try:
        row = read_usage(raw, today=reading.today)
    except TariffRefused as why:
        field = why.path.partition("[")[0].partition(".")[0]
        raise Wrong(
            field if field in told else "", gettext_noop("The month cannot be taken: %(why)s"), why=why.placed("en"),
            why_zh=why.placed("zh"),
        ) from None  # fmt: skip
    return {
        "month": row.month.isoformat(), "voice_s": row.voice_s, "messages": row.messages, "data_kb": row.data_kb,
        "bill_fen": row.bill_fen, "full": row.full, "sums": row.sums, "lines": row.lines,
    }  # fmt: skip


def _month(text: str) -> str:
    """2026-10, 2026/10, 202610, 2026年10月, or its first day."""
    digits = "".join(sign for sign in text.removesuffix("月") if sign.isdigit() or sign in "-/.年")
    parts = [part for part in digits.replace("年", "-").replace("/", "-").replace(".", "-").split("-") if part]
    if len(parts) == 1 and len(parts[0]) in {6, 8}:
        parts = [parts[0][:4], parts[0][4:6], *([parts[0][6:]] if len(parts[0]) == 8 else [])]
    if len(parts) not in {2, 3} or len(parts[0]) != 4 or (len(parts) == 3 and int(parts[2]) != 1):
        raise Wrong("month", _MONTH, value=text[:40])
    return f"{parts[0]}-{int(parts[1]):02d}"


def _json(field: str, told: Cells) -> list[Any]:
    if field not in told:
        return []
    try:
        found = json.loads(told[field])
    except ValueError:
        found = None
    if not isinstance(found, list):
        raise Wrong(field, gettext_noop("“%(field)s” holds a list in JSON, or nothing."), field=field)
    return found


def _plain(told: Cells) -> list[Any]:
    return [
        {"service": service, "amount": values.number(field, told[field]), "unit": unit}
        for field, (service, unit) in _PLAIN.items()
        if field in told
    ]


def _bill(told: Cells) -> list[Any]:
    return [{"kind": _BILL, "fen": values.fen("bill_yuan", told["bill_yuan"])}] if "bill_yuan" in told else []


KIND = Kind(
    code="usage", name=gettext_lazy("Months of use and bills"), read=_read, needed=("month",),
    either=("usage", "lines", "bill_yuan", *_PLAIN),
    synonyms={
        "month": ("billmonth", "账期", "月份"), "usage": ("用量",), "lines": ("billlines", "账单明细"),
        "voice_minutes": ("voice", "minutes", "通话分钟", "语音分钟"), "messages": ("sms", "短信条数"),
        "data_mb": ("data", "流量mb"), "data_gb": ("流量gb",), "bill_yuan": ("bill", "账单金额", "出账金额"),
        "full": ("fullmonth", "整月"),
    },
    names={
        "month": gettext_lazy("Month"), "usage": gettext_lazy("Use, as JSON"),
        "lines": gettext_lazy("Lines of the bill, as JSON"),
        "voice_minutes": gettext_lazy("Minutes of talk"), "messages": gettext_lazy("Messages sent"),
        "data_mb": gettext_lazy("Data in MB"), "data_gb": gettext_lazy("Data in GB"), "bill_yuan": gettext_lazy("Bill in yuan"),
        "full": gettext_lazy("Whole month, nothing changed in it"),
    },
    target=Target(
        table="customers_usagemonth", keys=(Column(name="month", type="date"),),
        values=(Column(name="voice_s", type="bigint"), Column(name="messages", type="integer"),
                Column(name="data_kb", type="bigint"), Column(name="bill_fen", type="bigint"),
                Column(name="full", type="boolean"), Column(name="sums", type="jsonb"), Column(name="lines", type="jsonb")),
    ),
)  # fmt: skip
