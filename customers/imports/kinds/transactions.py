"""Money that moved besides the monthly bill, each movement once by its number in its source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy

from customers.imports.kinds import values
from customers.imports.kinds.base import Cells, Column, Kind, Reading, Target

_KINDS = {
    "purchase": "purchase", "购买": "purchase", "消费": "purchase", "top_up": "top_up", "topup": "top_up", "充值": "top_up",
    "payment": "payment", "缴费": "payment", "付款": "payment", "refund": "refund", "退款": "refund",
}  # fmt: skip


def _read(told: Cells, reading: Reading) -> Mapping[str, Any]:
    at = values.past("at", told["at"], zone=reading.zone, today=reading.today)
    return {
        "external_id": values.short("transaction_id", told["transaction_id"], 64), "at": at.isoformat(),
        "kind": values.word("transaction", told["transaction"], _KINDS),
        "line": values.short("line", told.get("line", "mobile"), 16),
        "amount_fen": values.fen("amount_yuan", told["amount_yuan"]),
        "discount_fen": values.fen("discount_yuan", told.get("discount_yuan", "0")),
        "gift": values.flag("gift", told.get("gift", "0")), "early": values.flag("early", told.get("early", "0")),
    }  # fmt: skip


KIND = Kind(
    code="transactions", name=gettext_lazy("Transactions"), read=_read,
    needed=("transaction_id", "at", "transaction", "amount_yuan"),
    synonyms={
        "transaction_id": ("externalid", "orderno", "transactionno", "id", "交易号", "订单号", "流水号"),
        "at": ("time", "datetime", "交易时间", "时间"), "transaction": ("transactiontype", "kind", "交易类型", "类型"),
        "line": ("businessline", "业务线"), "amount_yuan": ("amount", "金额", "交易金额"),
        "discount_yuan": ("discount", "优惠金额"),
        "gift": ("isgift", "是否赠送", "送礼"), "early": ("early", "首发购买"),
    },
    names={
        "transaction_id": gettext_lazy("Number of the transaction"), "at": gettext_lazy("When it was"),
        "transaction": gettext_lazy("Kind of transaction"), "line": gettext_lazy("Business line"),
        "amount_yuan": gettext_lazy("Amount in yuan"), "discount_yuan": gettext_lazy("Discount in yuan"),
        "gift": gettext_lazy("Was it a gift"), "early": gettext_lazy("Bought soon after launch"),
    },
    target=Target(
        table="customers_transaction", by_customer=False, keys=(Column(name="external_id", type="text"),),
        values=(Column(name="kind", type="text"), Column(name="line", type="text"), Column(name="amount_fen", type="bigint"),
                Column(name="discount_fen", type="bigint"), Column(name="gift", type="boolean"),
                Column(name="early", type="boolean"), Column(name="at", type="timestamptz")),
        fixed={"source": "%(source)s"}, also="held.source = %(source)s",
    ),
)  # fmt: skip
