"""Products that people have or had, by the code they stand under on the shelf."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from customers.catalogue.models import Offering
from customers.imports.kinds import values
from customers.imports.kinds.base import Cells, Column, Kind, Reading, Target
from customers.imports.refusals import Wrong, gettext_noop

_STATES = {
    "active": "active", "在用": "active", "正常": "active", "suspended": "suspended", "停机": "suspended", "暂停": "suspended",
    "ended": "ended", "已结束": "ended", "退订": "ended", "到期": "ended",
}  # fmt: skip


def _read(told: Cells, reading: Reading) -> Mapping[str, Any]:
    product = reading.known.get(told["product"])
    if product is None:
        raise Wrong(
            "product", gettext_noop("There is no product “%(value)s” on the shelf."), value=told["product"][:40]
        )
    since = values.day("since", told["since"])
    ends = values.day("term_end", told["term_end"]) if "term_end" in told else None
    if ends is not None and ends < since:
        raise Wrong("term_end", gettext_noop("The contract ends before it begins."))
    status = values.word("status", told.get("status", "active"), _STATES)
    return {
        "offering_id": product, "since": since.isoformat(), "term_end": ends.isoformat() if ends else None, "status": status,
    }  # fmt: skip


def _products() -> Mapping[str, Any]:
    return dict(Offering.objects.values_list("code", "pk"))


KIND = Kind(
    code="holdings", name=gettext_lazy("Products held"), read=_read, needed=("product", "since"), known=_products,
    synonyms={
        "product": ("productcode", "offering", "plan", "产品编码", "套餐编码", "产品"),
        "since": ("from", "startdate", "开通日期", "生效日期"), "term_end": ("contractend", "enddate", "合约到期", "到期日期"),
        "status": ("state", "状态"),
    },
    names={
        "product": gettext_lazy("Code of the product"), "since": gettext_lazy("Held since"),
        "term_end": gettext_lazy("Contract ends"), "status": gettext_lazy("State of the product"),
    },
    target=Target(
        table="customers_holding", keys=(Column(name="offering_id", type="bigint"), Column(name="since", type="date")),
        values=(Column(name="status", type="text"), Column(name="term_end", type="date")), fixed={"source": "%(source)s"},
    ),
)  # fmt: skip
