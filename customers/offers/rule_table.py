"""The explanation table: every rule with its lane, its words and what it needs. Pure. To add a rule, add a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from customers.offers import rules
from customers.offers.facts import Snapshot
from customers.offers.wording import Text


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One row of the explanation table."""

    key: str
    # notice | service | keep_level | retain | rightsize | renew | upsell | win_back | cross_sell | content | ask_consent
    action: str
    lane: str  # notice | service | sales
    propose: Callable[[Snapshot], rules.Proposal | None]
    title: Text
    explains: Text  # when it speaks, for whoever asks
    selling: bool = False  # needs leave to sell, or to have been asked for
    intents: frozenset[str] = frozenset()  # reasons of a call this answers: then it comes first in its lane
    start: float | None = None  # propensity before answers are known, where it is not the action's
    months: int | None = None  # for which a yes brings its margin, where it is not a year


RULES: tuple[Rule, ...] = (
    Rule(
        key="open_complaint",
        action="notice",
        lane="notice",
        propose=rules.open_complaint,
        title=Text(en="Open complaint", zh="未结投诉"),
        explains=Text(en="A complaint is not settled.", zh="投诉尚未办结。"),
    ),
    Rule(
        key="open_ticket",
        action="service",
        lane="notice",
        propose=rules.open_ticket,
        title=Text(en="Open fault report", zh="未结工单"),
        explains=Text(en="A ticket is not settled.", zh="工单尚未办结。"),
    ),
    Rule(
        key="outage",
        action="notice",
        lane="notice",
        propose=rules.outage,
        title=Text(en="Outage", zh="故障"),
        explains=Text(en="The line is down where the customer lives.", zh="客户所在地线路故障。"),
    ),
    Rule(
        key="bereavement",
        action="notice",
        lane="notice",
        propose=rules.bereavement,
        title=Text(en="Bereavement", zh="丧事"),
        explains=Text(en="Somebody told us of a bereavement.", zh="得知客户家有丧事。"),
    ),
    Rule(
        key="arrears",
        action="notice",
        lane="notice",
        propose=rules.arrears,
        title=Text(en="Overdue bill", zh="欠费"),
        explains=Text(en="A bill is overdue.", zh="账单逾期未付。"),
    ),
    Rule(
        key="better_plan",
        action="rightsize",
        lane="service",
        propose=rules.better_plan,
        title=Text(en="Better for this use", zh="更适合的资费"),
        explains=Text(
            en="Each of the last three bills would have been lower, and next month very likely too.",
            zh="最近三个月账单每月都更低，下月也很可能更低。",
        ),
        selling=True,
        intents=frozenset({"change_plan", "leave", "cancel_service", "bill_question", "buy_data", "data_usage"}),
    ),
    Rule(
        key="smaller_plan",
        action="rightsize",
        lane="service",
        propose=rules.smaller_plan,
        title=Text(en="A smaller plan is enough", zh="更小的套餐已够用"),
        explains=Text(
            en="Use was at most half of the allowance in each of three full months and a cheaper plan has room.",
            zh="三个完整月用量均不超过套餐一半，且有更便宜的套餐够用。",
        ),
        selling=True,
        intents=frozenset({"change_plan", "leave", "cancel_service", "bill_question"}),
    ),
    Rule(
        key="contract_ends",
        action="renew",
        lane="service",
        propose=rules.contract_ends,
        title=Text(en="A contract ends soon", zh="合约即将到期"),
        explains=Text(en="A contract ends within 60 days.", zh="合约将在60天内到期。"),
    ),
    Rule(
        key="keep_level",
        action="keep_level",
        lane="service",
        propose=rules.keep_level,
        title=Text(en="The level may be lost", zh="等级可能下降"),
        explains=Text(
            en="The level is reviewed within 60 days and this pace does not keep it.",
            zh="60天内复核等级，按目前进度将降级。",
        ),
    ),
    Rule(
        key="keep_customer",
        start=rules.UPLIFT,
        action="retain",
        lane="service",
        propose=rules.keep_customer,
        title=Text(en="Keep this customer", zh="挽留客户"),
        explains=Text(
            en="About to leave, and what a gift changes is worth more than it costs.",
            zh="客户可能离开，且挽留收益大于成本。",
        ),
        selling=True,
        intents=frozenset({"leave", "cancel_service"}),
    ),
    Rule(
        key="ask_consent_voice",
        action="ask_consent",
        lane="service",
        propose=rules.ask_consent_voice,
        title=Text(en="Ask: may we call with offers?", zh="征询：可否来电告知优惠"),
        explains=Text(
            en="Nobody knows whether we may call with offers; asked once in 90 days at most.",
            zh="不知可否来电告知优惠；90天内最多征询一次。",
        ),
    ),
    Rule(
        key="ask_consent_sms",
        action="ask_consent",
        lane="service",
        propose=rules.ask_consent_sms,
        title=Text(en="Ask: may we send messages with offers?", zh="征询：可否发短信告知优惠"),
        explains=Text(
            en="Something waits that could be told by message, and nobody knows whether it may; once in 90 days at most.",
            zh="有优惠等待告知，不知可否发短信；90天内最多征询一次。",
        ),
    ),
    Rule(
        key="waiting_offer",
        start=0.3,  # the customer put it off, or a campaign chose them for it
        action="cross_sell",
        lane="sales",
        propose=rules.waiting_offer,
        title=Text(en="Kept for this customer", zh="为客户保留"),
        explains=Text(en="It was put off, or could not be told before.", zh="客户曾要求稍后，或此前不允许告知。"),
        selling=True,
    ),
    Rule(
        key="more_data",
        start=0.35,  # the need was there in three months of three
        action="cross_sell",
        lane="sales",
        propose=rules.more_data,
        title=Text(en="More data", zh="增加流量"),
        explains=Text(en="Data was over the allowance in three of three full months.", zh="三个完整月流量均超出。"),
        selling=True,
        intents=frozenset({"buy_data", "data_usage"}),
    ),
    Rule(
        key="more_minutes",
        start=0.35,
        action="cross_sell",
        lane="sales",
        propose=rules.more_minutes,
        title=Text(en="More minutes", zh="增加通话时长"),
        explains=Text(en="Calls were over the allowance in three of three full months.", zh="三个完整月通话均超出。"),
        selling=True,
    ),
    Rule(
        key="higher_plan",
        start=0.15,
        action="upsell",
        lane="sales",
        propose=rules.higher_plan,
        title=Text(en="A plan with more data", zh="更大流量的套餐"),
        explains=Text(
            en="Slowed down in three of three full months, and no pack holds what is used.",
            zh="三个完整月均被限速，且流量包不够用。",
        ),
        selling=True,
        intents=frozenset({"buy_data", "data_usage", "change_plan"}),
    ),
    Rule(
        key="come_back",
        start=0.12,
        action="win_back",
        lane="service",
        propose=rules.come_back,
        title=Text(en="Welcome back", zh="欢迎回来"),
        explains=Text(
            en="Was a customer, has had no plan for two months, and a plan suits the use of then.",
            zh="曾是客户，已两个月无套餐，且有套餐适合当时用量。",
        ),
        selling=True,
        intents=frozenset({"change_plan", "services"}),
    ),
    Rule(
        key="bundle",
        start=0.15,  # they have part of it already
        action="cross_sell",
        lane="sales",
        propose=rules.bundle,
        title=Text(en="All in one", zh="融合套餐"),
        explains=Text(
            en="Parts of a bundle are held, and the whole costs less than its parts.",
            zh="已有融合套餐的部分产品，整体更省。",
        ),
        selling=True,
        intents=frozenset({"broadband_new", "change_plan"}),
    ),
    Rule(
        key="share_at_home",
        start=0.08,
        action="cross_sell",
        lane="sales",
        propose=rules.share_at_home,
        title=Text(en="Shared at home", zh="家庭共享"),
        explains=Text(
            en="Others of the household are with us, and a gigabyte or more is left each month.",
            zh="家庭中有其他成员在网，且每月剩余流量不少于1GB。",
        ),
        selling=True,
        intents=frozenset({"data_usage", "change_plan"}),
    ),
    Rule(
        key="roaming",
        start=0.1,  # a journey nobody has announced
        months=4,  # journeys a year
        action="cross_sell",
        lane="sales",
        propose=rules.roaming,
        title=Text(en="For the next journey", zh="出境漫游"),
        explains=Text(en="The customer is often abroad.", zh="客户经常出境。"),
        selling=True,
        intents=frozenset({"roaming"}),
    ),
    Rule(
        key="broadband_at_home",
        start=0.06,
        action="cross_sell",
        lane="sales",
        propose=rules.broadband_at_home,
        title=Text(en="Broadband at home", zh="家庭宽带"),
        explains=Text(en="A household of several has no broadband from us.", zh="家庭客户尚未办理宽带。"),
        selling=True,
        intents=frozenset({"broadband_new"}),
    ),
    Rule(
        key="calls_abroad",
        action="cross_sell",
        lane="sales",
        propose=rules.calls_abroad,
        title=Text(en="Calls abroad", zh="国际长途"),
        explains=Text(en="The customer often calls abroad.", zh="客户常打国际长途。"),
        selling=True,
    ),
    Rule(
        key="content",
        action="content",
        lane="sales",
        propose=rules.content,
        title=Text(en="Something they like", zh="兴趣内容"),
        explains=Text(en="The product names an interest of the customer.", zh="产品与客户兴趣相符。"),
        selling=True,
    ),
    Rule(
        key="often_together",
        start=0.06,
        action="cross_sell",
        lane="sales",
        propose=rules.often_together,
        title=Text(en="Often taken together", zh="常一同办理"),
        explains=Text(
            en="Mined from what is held together, and better than popularity on later months.",
            zh="由共同持有挖掘得出，且在之后月份优于热门推荐。",
        ),
        selling=True,
    ),
    Rule(
        key="circle_idea",
        start=0.05,
        action="content",
        lane="sales",
        propose=rules.circle_idea,
        title=Text(en="Liked by people alike", zh="相近人群喜欢"),
        explains=Text(en="Common among those the customer is in touch with.", zh="客户交往圈中常见。"),
        selling=True,
    ),
)

BY_KEY: dict[str, Rule] = {rule.key: rule for rule in RULES}
