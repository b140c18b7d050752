"""Numbers and reasons in words, in both languages, from data alone. Pure.

A figure is rounded so that the sentence stays true: what was used at most is rounded up, what is granted is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

KB_PER_GB = 1024 * 1024
SECONDS_PER_MINUTE = 60


@dataclass(frozen=True, kw_only=True)
class Text:
    """One sentence in the two languages of the screens."""

    en: str
    zh: str

    def to(self, language: str) -> str:
        """In the language of a BCP 47 tag; English for all that is not Chinese."""
        return self.zh if language.lower().startswith("zh") else self.en


def yuan(fen: int) -> str:
    """3050 → `30.50`: integer arithmetic, never a float."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def gigabytes(kb: int) -> str:
    """What a plan grants: 4.5 GB → `4.5`, 0.2 GB → `0.2` (to two places, without trailing noughts)."""
    return f"{(Decimal(kb) / KB_PER_GB).quantize(Decimal('0.01')).normalize():f}"


def gigabytes_at_most(kb: int) -> str:
    """What was used: rounded up to a tenth, so that "at most" stays true."""
    tenths = -(-kb * 10 // KB_PER_GB)
    return f"{tenths // 10}.{tenths % 10}"


def minutes(seconds: int) -> str:
    return str(seconds // SECONDS_PER_MINUTE)


def minutes_at_most(seconds: int) -> str:
    return str(-(-seconds // SECONDS_PER_MINUTE))


# What bars selling, by the rule's code.
WARNINGS: dict[str, Text] = {
    "unknown_caller": Text(
        en="We do not know who is calling: do not sell.", zh="尚未确认来电人身份：不得营销。"
    ),
    "restricted": Text(
        en="The customer restricted the use of their data: serve, do not sell.",
        zh="客户已限制个人信息处理：只提供服务，不得营销。",
    ),
    "no_marketing": Text(en="The customer refused marketing.", zh="客户拒绝营销。"),
    "no_profiling": Text(
        en="The customer refused personal recommendations.", zh="客户拒绝个性化推荐。"
    ),
    "do_not_call": Text(
        en="Do not contact: this person or number asked not to be sold to.", zh="免打扰：该客户或号码要求不再营销。"
    ),
    "unknown_consent": Text(
        en="No consent to marketing on record. Silence is not consent.", zh="没有营销授权记录；未表态不等于同意。"
    ),
    "open_complaint": Text(
        en="An open complaint: help first, sell nothing.", zh="有未结投诉：先处理问题，不得营销。"
    ),
    "minor": Text(en="Perhaps under 18: do not sell.", zh="可能未满18岁：不得营销。"),
    "vulnerable": Text(en="A customer who needs care: do not sell.", zh="需特别关照的客户：不得营销。"),
    "repeat_contact": Text(
        en="At least the fourth contact in seven days: solve the cause, sell nothing.",
        zh="七天内至少第四次联系：先解决根源，不得营销。",
    ),
    "pitch_cap": Text(
        en="Something was offered in two calls of the last seven days already.", zh="最近七天已有两次通话做过推荐。"
    ),
    "cooling_off": Text(
        en="Offers were refused lately: leave the customer in peace.", zh="近期多次拒绝推荐：冷静期内不再营销。"
    ),
    "unknown_store": Text(
        en="Consents or contacts cannot be read just now: do not contact.", zh="暂时无法读取授权或接触记录：不得接触。"
    ),
    "complaint_lately": Text(
        en="A complaint was settled lately: leave some time.", zh="投诉刚办结：过一段时间再联系。"
    ),
    "outage": Text(en="An outage at the customer's place: help first.", zh="客户所在地有故障：先解决问题。"),
    "bereavement": Text(en="A bereavement: do not sell.", zh="客户家有丧事：不得营销。"),
    "fraud": Text(en="A fraud case is open: do not sell.", zh="存在欺诈案件：不得营销。"),
    "arrears": Text(en="A bill is overdue: do not sell.", zh="客户欠费：不得营销。"),
    "voice_per_day": Text(en="Called today already.", zh="今天已外呼过。"),
    "voice_30d": Text(en="Called twice in thirty days already.", zh="30天内已外呼两次。"),
    "sms_7d": Text(en="A message was sent in the last seven days.", zh="最近七天已发过短信。"),
    "sms_30d": Text(en="Three messages in thirty days already.", zh="30天内已发三条短信。"),
    "all_channels_7d": Text(en="Three contacts in seven days on all channels.", zh="七天内各渠道已接触三次。"),
    "household_7d": Text(en="The household was contacted four times in seven days.", zh="七天内该家庭已被接触四次。"),
    "action_30d": Text(en="The same was offered in the last thirty days.", zh="30天内已推荐过同一项。"),
    "group_30d": Text(en="Two of this kind were offered in thirty days.", zh="30天内同类已推荐两次。"),
    "conflict": Text(en="Something that does not go with it was offered lately.", zh="近期推荐过与之冲突的内容。"),
    "unfit": Text(
        en="The product does not go with what the customer has, or needs what they do not have.",
        zh="该产品与客户已有产品冲突，或缺少所依附的产品。",
    ),
    "unknown_region": Text(
        en="Nobody knows where the number is, so nobody knows what time it is there.", zh="号码归属地未知，无法判断当地时间。"
    ),
    "unknown_day": Text(
        en="The calendar of holidays does not reach that day: bring it up to date.", zh="节假日日历未覆盖该日期，请更新日历。"
    ),
    "quiet_hours": Text(en="Outside the hours in which we may contact.", zh="不在允许接触的时段。"),
    "not_worth_it": Text(en="No channel would be worth the contact.", zh="任何渠道的接触都不划算。"),
    "list_too_old": Text(en="The list is too old: draw it up anew.", zh="名单已过期，请重新生成。"),
}  # fmt: skip

# Why an offer was declined: what the agent may choose from.
DECLINES: dict[str, Text] = {
    "too_expensive": Text(en="Too expensive", zh="价格太高"),
    "no_need": Text(en="No need", zh="不需要"),
    "has_already": Text(en="Has it already", zh="已经拥有"),
    "thinks_about_it": Text(en="Wants to think", zh="再考虑考虑"),
    "bad_moment": Text(en="Not the moment", zh="时机不合适"),
    "do_not_contact": Text(en="Wants no offers", zh="不希望再被推荐"),
}

# The places of a script, the kinds of what customers object, and what became of a line that had to be said.
STAGES: dict[str, Text] = {
    "greet": Text(en="Greet", zh="问候"),
    "verify": Text(en="Verify", zh="核实"),
    "ask": Text(en="Ask", zh="询问"),
    "explain": Text(en="Explain", zh="解释"),
    "offer": Text(en="Offer", zh="推荐"),
    "disclose": Text(en="Disclose", zh="告知"),
    "read_back": Text(en="Read back", zh="复述确认"),
    "close": Text(en="Close", zh="结束"),
    "no_sale": Text(en="Close without a sale", zh="不营销的结束语"),
    "comply": Text(en="Must be said", zh="合规必说"),
}
OBJECTIONS: dict[str, Text] = {
    "too_dear": Text(en="Too dear", zh="太贵"),
    "contract": Text(en="Bound by a contract", zh="合约限制"),
    "rival": Text(en="Another operator is cheaper", zh="别家更便宜"),
    "think": Text(en="Wants to think", zh="再考虑"),
    "no_need": Text(en="No need", zh="不需要"),
    "refused_before": Text(en="Refused before", zh="以前拒绝过"),
    "mistrust": Text(en="Does not trust it", zh="不信任"),
    "family": Text(en="Must ask the family", zh="要与家人商量"),
}
UNSAID: dict[str, Text] = {
    "heard_before": Text(en="Has heard it lately", zh="近期已听过"),
    "declined": Text(en="Does not want to hear it", zh="客户不愿听"),
    "cut_off": Text(en="The call was cut off", zh="通话中断"),
    "not_fitting": Text(en="Does not fit this call", zh="不适用于本次通话"),
}
MOMENTS: dict[str, Text] = {
    "": Text(en="Any moment", zh="任何时候"),
    "open": Text(en="When selling is allowed", zh="可营销时"),
    "no_sale": Text(en="When selling is not allowed", zh="不可营销时"),
}

# Reasons of a call that scripts and rules answer.
INTENTS: dict[str, Text] = {
    "bill_question": Text(en="Question about a bill", zh="账单疑问"),
    "data_usage": Text(en="Data usage", zh="流量使用"),
    "buy_data": Text(en="Buying data", zh="购买流量"),
    "change_plan": Text(en="Change of plan", zh="变更套餐"),
    "roaming": Text(en="Roaming", zh="漫游"),
    "services": Text(en="Services", zh="业务办理"),
    "broadband_new": Text(en="New broadband", zh="新装宽带"),
    "broadband_fault": Text(en="Broadband fault", zh="宽带故障"),
    "broadband_speed": Text(en="Broadband speed", zh="宽带网速"),
    "cancel_service": Text(en="Cancelling a service", zh="取消业务"),
    "complaint": Text(en="Complaint", zh="投诉"),
    "leave": Text(en="Leaving", zh="离网"),
}
