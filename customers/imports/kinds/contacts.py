"""Contacts that other systems had with people: calls, tickets, orders, messages, complaints, onto the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from customers.imports.kinds import values
from customers.imports.kinds.base import Cells, Column, Kind, Reading, Target
from customers.timeline import kinds
from customers.timeline.operations import LONGEST_NOTE

_KINDS = {kind: kind for kind in kinds.KINDS} | {
    "通话": kinds.CALL, "来电": kinds.CALL, "工单": kinds.TICKET, "订单": kinds.ORDER, "消息": kinds.MESSAGE,
    "短信": kinds.MESSAGE, "推荐": kinds.OFFER, "投诉": kinds.COMPLAINT, "账单": kinds.BILL,
    "备注": kinds.NOTE, "路径": kinds.PATH,
}  # fmt: skip
_CHANNELS = {name: name for name in ("voice", "ivr", "sms", "wechat", "wecom", "weibo", "qq", "web", "app", "shop", "email")} | {
    "电话": "voice", "语音": "voice", "短信": "sms", "微信": "wechat", "企业微信": "wecom", "微博": "weibo", "网站": "web",
    "网厅": "web", "门店": "shop", "营业厅": "shop", "邮件": "email",
}  # fmt: skip
_DIRECTIONS = {
    "in": "in",
    "inbound": "in",
    "呼入": "in",
    "客户发起": "in",
    "out": "out",
    "outbound": "out",
    "呼出": "out",
    "我方发起": "out",
}


def _read(told: Cells, reading: Reading) -> Mapping[str, Any]:
    at = values.past("at", told["at"], zone=reading.zone, today=reading.today)
    return {
        "at": at.isoformat(), "kind": values.word("contact", told["contact"], _KINDS),
        "channel": values.word("channel", told["channel"], _CHANNELS),
        "direction": values.word("direction", told.get("direction", "in"), _DIRECTIONS),
        "code": values.short("about", told.get("about", ""), 48), "outcome": values.short("outcome", told.get("outcome", ""), 24),
        "note": values.short("note", told.get("note", ""), LONGEST_NOTE),
    }  # fmt: skip


# The source stands beside the contact: two systems that tell of the same minute tell of two contacts.
_SOURCE = "jsonb_build_object('source', %(source)s::text)"
KIND = Kind(
    code="contacts", name=gettext_lazy("Contacts"), read=_read, needed=("at", "contact", "channel"),
    synonyms={
        "at": ("time", "datetime", "时间", "发生时间", "联系时间"), "contact": ("contacttype", "kind", "联系类型", "接触类型"),
        "channel": ("渠道",), "direction": ("方向",), "about": ("reason", "code", "topic", "事由", "主题", "原因"),
        "outcome": ("result", "status", "结果", "状态"), "note": ("remark", "comment", "备注", "摘要"),
    },
    names={
        "at": gettext_lazy("When it was"), "contact": gettext_lazy("Kind of contact"), "channel": gettext_lazy("Channel"),
        "direction": gettext_lazy("Direction"), "about": gettext_lazy("What it was about"), "outcome": gettext_lazy("Outcome"),
        "note": gettext_lazy("Note"),
    },
    target=Target(
        table="customers_interaction",
        keys=(Column(name="at", type="timestamptz"), Column(name="kind", type="text"), Column(name="channel", type="text"),
              Column(name="direction", type="text"), Column(name="code", type="text")),
        values=(Column(name="outcome", type="text"), Column(name="note", type="text")),
        fixed={"ref": "NULL::uuid", "agent": "NULL::bigint", "data": _SOURCE}, also=f"held.data @> {_SOURCE}",
    ),
)  # fmt: skip
