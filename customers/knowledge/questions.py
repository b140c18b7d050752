"""The questions that ship: each a condition whose values are blanks. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from customers.segments.ready import is_


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question: a stable key, its words and its condition."""

    key: str
    en: str
    zh: str
    tree: dict[str, Any]


def _calls(times: int, days: int) -> dict[str, Any]:
    return {"count": "call", "op": ">=", "value": times, "days": days}


SHIPPED: tuple[Question, ...] = (
    Question(key="contract_and_calls", en="Whose contract ends soon, and who called us often", zh="合约即将到期且多次来电的客户",
             tree={"all": [is_("contract_days", "<=", 60), _calls(2, 90)]}),
    Question(key="leaving_worth", en="Likely to leave and worth keeping, in a region", zh="某地区高流失风险且高价值的客户",
             tree={"all": [is_("churn", ">=", 0.15), is_("value_decile", ">=", 8), is_("region", "=", "广东")]}),
    Question(key="slipping", en="Likely to lose the level they have", zh="可能降级的会员",
             tree={"all": [is_("level", "in", ["diamond", "gold"]), is_("downgrade_risk", ">=", 0.5)]}),
    Question(key="overage", en="Pay above the allowance month after month", zh="连续超出套餐的客户",
             tree={"all": [is_("overage_months", ">=", 2), is_("bill_fen", ">=", 10_000)]}),
    Question(key="no_broadband", en="Mobile customers without broadband who use much data", zh="流量大而无宽带的移动客户",
             tree={"all": [is_("families", "has", "mobile"), {"not": is_("families", "has", "broadband")},
                           is_("data_gb", ">=", 20)]}),
    Question(key="quiet", en="Nothing heard for long, but they pay well", zh="久未联系但账单较高的客户",
             tree={"all": [is_("quiet_days", ">=", 180), is_("bill_fen", ">=", 15_000)]}),
    Question(key="complained", en="Complained lately and close to the end of the contract", zh="近期投诉且合约将到期的客户",
             tree={"all": [{"count": "complaint", "op": ">=", "value": 1, "days": 180}, is_("contract_days", "<=", 90)]}),
    Question(key="campus", en="Young customers of a region in the campus season", zh="某地区校园季的年轻客户",
             tree={"all": [is_("age", "between", [17, 24]), is_("region", "=", "湖北")]}),
    Question(key="buyers", en="Bought often in a year on one channel", zh="偏好某渠道且常购买的客户",
             tree={"all": [is_("f_count", ">=", 4), is_("channel", "=", "app")]}),
)  # fmt: skip
