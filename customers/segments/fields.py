"""What can be asked of a customer: every column of the facts that a condition may name, with its kind and words. Pure.

The compilers take column names from here alone, so that nothing a browser sends ever becomes SQL.
"""

from __future__ import annotations

from dataclasses import dataclass

NUMBER, TEXT, FLAG, LIST = "number", "text", "flag", "list"
GROUP = "group"  # what people share: no condition compares it, a `related` one asks who else has the same

OPERATORS: dict[str, tuple[str, ...]] = {
    NUMBER: (">=", "<=", ">", "<", "=", "!=", "between", "is_missing"),
    TEXT: ("=", "!=", "in", "not_in", "is_missing"),
    FLAG: ("is",),
    LIST: ("has", "has_any", "has_all", "has_none"),
}

LEVELS = ("diamond", "gold", "silver", "standard")
STAGES = ("prospect", "new", "growing", "mature", "declining", "dormant", "lost", "won_back")
RFM_CLASSES = ("champion", "developing", "keep", "win_back", "regular", "fresh", "fading", "low")
MOTIVES = ("price", "novelty", "comparison", "gift", "mixed")
CHANNELS = ("voice", "sms", "wechat", "app", "web", "shop", "ivr", "mail")
CIRCLE_ROLES = ("seed", "key", "member")


@dataclass(frozen=True, kw_only=True)
class Field:
    """One fact. `key` is its column in `customers_facts` and its name in a condition; `choices` are its codes."""

    key: str
    kind: str
    en: str
    zh: str
    group: str  # person | product | usage | contact | insight | consent
    choices: tuple[str, ...] = ()
    unit: str = ""  # days | yuan | fen | GB | min | %
    parts: float = 1  # stored units in one shown unit: 100 for fen shown as yuan, .01 for shares shown as %


def _number(key: str, en: str, zh: str, group: str, unit: str = "", parts: float = 1) -> Field:
    return Field(key=key, kind=NUMBER, en=en, zh=zh, group=group, unit=unit, parts=parts)


def _text(key: str, en: str, zh: str, group: str, choices: tuple[str, ...] = ()) -> Field:
    return Field(key=key, kind=TEXT, en=en, zh=zh, group=group, choices=choices)


def _flag(key: str, en: str, zh: str, group: str) -> Field:
    return Field(key=key, kind=FLAG, en=en, zh=zh, group=group)


def _list(key: str, en: str, zh: str, group: str, choices: tuple[str, ...] = ()) -> Field:
    return Field(key=key, kind=LIST, en=en, zh=zh, group=group, choices=choices)


_ALL = (
    _text("kind", "Kind", "客户类型", "person", ("individual", "household", "campus", "enterprise")),
    _text("region", "Region", "地区", "person"),
    _text("language", "Language", "语言", "person"),
    _number("age", "Age", "年龄", "person", "years"),
    _number("tenure_days", "Customer for", "在网时长", "person", "days"),
    _flag("in_household", "Lives in a known household", "已知家庭成员", "person"),
    _list("products", "Products held", "持有产品", "product"),
    _list("families", "Product lines", "产品线", "product", ("mobile", "broadband", "tv", "content", "device")),
    _number("holdings", "Number of products", "产品数量", "product"),
    _text("plan", "Main plan", "主套餐", "product"),
    _number("plan_fee_fen", "Fee of the main plan", "主套餐月费", "product", "yuan", 100),
    _number("contract_days", "Contract ends in", "合约剩余", "product", "days"),
    _number("bill_fen", "Bill, mean of 3 months", "近三月平均账单", "usage", "yuan", 100),
    _number("bill_slope", "Bill, monthly change", "账单月变化率", "usage"),
    _number("data_gb", "Data, mean of 3 months", "近三月平均流量", "usage", "GB"),
    _number("voice_min", "Talk, mean of 3 months", "近三月平均通话", "usage", "min"),
    _number("messages", "Messages, mean of 3 months", "近三月平均短信", "usage"),
    _number("overage_months", "Months above the allowance, of 3", "近三月超套月数", "usage"),
    _number("contacts_30", "Contacts in 30 days", "近30天接触", "contact"),
    _number("contacts_90", "Contacts in 90 days", "近90天接触", "contact"),
    _number("calls_90", "Calls to us in 90 days", "近90天来电", "contact"),
    _number("complaints_365", "Complaints in a year", "近一年投诉", "contact"),
    _flag("open_complaint", "Has an open complaint", "有未结投诉", "contact"),
    _number("quiet_days", "Days since the last contact", "距上次接触", "contact", "days"),
    _text("channel", "Preferred channel", "偏好渠道", "contact", CHANNELS),
    _number("channel_share", "Share of the preferred channel", "偏好渠道占比", "contact", "%", .01),
    _number("r_days", "Days since the last purchase", "最近消费距今", "insight", "days"),
    _number("f_count", "Purchases in a year", "年消费次数", "insight"),
    _number("m_fen", "Spent in a year", "年消费金额", "insight", "yuan", 100),
    _text("rfm", "RFM class", "RFM 分类", "insight", RFM_CLASSES),
    _number("value_fen", "Expected margin of 24 months", "24 个月预期毛利", "insight", "yuan", 100),
    _number("value_decile", "Value decile (10 = most)", "价值十分位", "insight"),
    _text("value_tier", "Value tier", "价值等级", "insight", LEVELS),
    _text("level", "Membership level", "会员等级", "insight", LEVELS),
    _number("points", "Points to spend", "可用积分", "insight"),
    _number("downgrade_risk", "Chance to lose the level", "降级风险", "insight", "%", .01),
    _text("lifecycle", "Lifecycle", "生命周期", "insight", STAGES),
    _number("churn", "Churn risk in 90 days", "90 天流失风险", "insight", "%", .01),
    _text("motive", "Motive of purchases", "消费动机", "insight", MOTIVES),
    _list("scenarios", "Business scenarios", "业务场景", "insight",
          ("contract_ends", "overage", "roaming", "moving", "new_device", "campus", "arrears")),
    _list("tags", "Tags", "标签", "insight"),
    _number("circle", "Circle", "交往圈", "insight"),
    _text("circle_role", "Role in the circle", "圈内角色", "insight", CIRCLE_ROLES),
    _number("cluster", "Cluster", "聚类", "insight"),
    _flag("consent_voice", "Allows marketing calls", "同意电话营销", "consent"),
    _flag("consent_sms", "Allows marketing messages", "同意短信营销", "consent"),
    _flag("consent_wechat", "Allows marketing on WeChat", "同意微信营销", "consent"),
    _flag("refused_marketing", "Refused marketing", "拒绝营销", "consent"),
    _flag("do_not_call", "On the do-not-call list", "免打扰名单", "consent"),
    _flag("fraud_open", "Fraud under review", "欺诈核查中", "consent"),
    _flag("is_open", "Known and not restricted", "正常客户", "consent"),
)  # fmt: skip

FIELDS: dict[str, Field] = {field.key: field for field in _ALL}

# What a "count" condition may count: kinds of the timeline, money that moved (`code` is the business line), and contracts
# begun (`code` is the product): "has bought … in the last days".
MOVED = ("purchase", "top_up", "refund")
COUNTED = ("call", "path", "ticket", "order", "message", "offer", "complaint", "bill", "note", *MOVED, "contract")
# Facts that bind people together: a "related" condition asks about somebody else who has the same.
RELATED: dict[str, Field] = {
    "circle": FIELDS["circle"],
    "household": Field(key="household", kind=GROUP, en="Household", zh="家庭", group="person"),
    "campus": Field(key="campus", kind=GROUP, en="Campus", zh="校园", group="person"),
    "enterprise": Field(key="enterprise", kind=GROUP, en="Enterprise", zh="集团", group="person"),
}
# Every column of the facts that conditions read, by name or through a relation.
COLUMNS: dict[str, Field] = FIELDS | RELATED
