# ruff: noqa: E501  both languages of a line stand side by side
"""What agents may say: one script a reason of calling, in both languages, line by line with its stage. Data, not code."""

from __future__ import annotations

from dataclasses import dataclass

ENGLISH, CHINESE = "en", "zh-hans"
AUTHOR, APPROVER = "user:mei", "user:ada"  # nobody publishes their own words

# stage, must be said, English, Chinese
Line = tuple[str, bool, str, str]

_GREET: Line = (
    "greet",
    True,
    "Zhiyin Mobile, my name is {agent}. How can I help?",
    "您好，知音移动，我是{agent}，请问有什么可以帮您？",
)
_VERIFY: Line = ("verify", True, "May I confirm the name on the account, please?", "请问机主姓名是？我先为您核实一下。")
_CLOSE: Line = ("close", False, "Is there anything else I can do for you?", "请问还有其他可以帮您的吗？")
_THANKS: Line = ("close", True, "Thank you for calling. Goodbye.", "感谢您的来电，再见。")


_PRICE = (
    ("too_dear", "That is too dear", "Let us put it beside your last bills, then you decide.",
     "太贵了", "我们和您最近的账单对比一下，您再决定。"),
    ("think", "I want to think about it", "Of course. I keep it for you; ask us any time.",
     "我再考虑一下", "当然可以，我为您保留，随时来问。"),
    ("rival", "Another operator is cheaper", "May I see their plan? If it is better for you I will say so.",
     "别家更便宜", "方便说说是哪个套餐吗？如果确实更适合您，我会如实告诉您。"),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ScriptPlan:
    key: str
    intent: str  # a reason of the menus; "" with an offering
    cue_en: str  # one line for those who know
    cue_zh: str
    middle: tuple[Line, ...]
    offering: str = ""
    moment: str = ""
    when: tuple[tuple[str, str], ...] = ()  # English text of a line → the condition under which it is said
    objections: tuple[tuple[str, str, str, str, str], ...] = ()  # kind, says and answer in English, in Chinese

    def objections_in(self, language: str) -> list[dict[str, object]]:
        """What customers object, with the approved answer, in one language."""
        zh = language == CHINESE
        return [
            {"kind": kind, "says": says_zh if zh else says, "answers": [answer_zh if zh else answer]}
            for kind, says, answer, says_zh, answer_zh in self.objections
        ]

    def lines(self, language: str) -> list[dict[str, object]]:
        """The wording in one language, as the catalogue keeps it."""
        text = 3 if language == CHINESE else 2
        whole = (_GREET, _VERIFY, *self.middle, _CLOSE, _THANKS)
        conditions = dict(self.when)
        lines: list[dict[str, object]] = [
            {"stage": line[0], "text": line[text], "mandatory": line[1], "when": conditions.get(line[2], "")}
            for line in whole
        ]
        return lines


SCRIPTS = (
    ScriptPlan(
        key="general", intent="", cue_en="Ask, listen, say it back.", cue_zh="先问，再听，再复述。",
        middle=(
            ("ask", True, "What is it about, {customer_title}?", "{customer_title}，请问您想咨询什么？"),
            ("explain", False, "Let me look at it with you.", "我来为您查看一下。"),
        ),
    ),
    ScriptPlan(
        key="general-no-sale", intent="", moment="no_sale", cue_en="Serve. Sell nothing.", cue_zh="只服务，不营销。",
        middle=(
            ("ask", True, "What is it about, {customer_title}?", "{customer_title}，请问您想咨询什么？"),
            ("no_sale", False, "If you ever want advice on plans, just ask: any time.", "以后如需了解套餐，随时来问。"),
        ),
    ),
    ScriptPlan(
        key="bill-question", intent="bill_question", cue_en="Open the bill, find the line, explain before you offer.",
        cue_zh="先看账单，找到那一项，先解释再推荐。",
        middle=(
            ("ask", False, "Which item on the bill surprised you?", "请问账单上哪一项您不太清楚？"),
            ("explain", True, "I have the bill in front of me. Let us go through it line by line.", "我已打开您的账单，我们一项一项看。"),
            ("offer", False, "A plan that fits your use may cost you less. Shall I compare?", "按您的用量可能有更划算的套餐，我为您比较一下好吗？"),
        ),
    ),
    ScriptPlan(
        key="data-usage", intent="data_usage", cue_en="Name what is left and when it starts anew.", cue_zh="说明剩余流量和更新时间。",
        middle=(("explain", True, "Here is what you have used this month and what is left.", "这是您本月已用和剩余的流量。"),),
    ),
    ScriptPlan(
        key="change-plan", intent="change_plan", cue_en="Ask for use first, then two choices, no more.", cue_zh="先问使用习惯，最多给两个选择。",
        middle=(
            ("ask", True, "What matters most to you: data, minutes or the price?", "您更看重流量、通话，还是价格？"),
            ("explain", False, "These two plans suit what you use.", "根据您的用量，这两个套餐比较合适。"),
            ("comply", True, "The change takes effect on the first of next month; your present contract terms stay as agreed.",
             "变更次月一日生效，原有合约条款按约定执行。"),
        ),
    ),
    ScriptPlan(
        key="leave", intent="leave", cue_en="Understand before you keep. Never argue.", cue_zh="先理解，再挽留，不争辩。",
        middle=(
            ("ask", True, "I am sorry to hear that. What made you think of leaving?", "很遗憾听到您这样想，方便说说是什么原因吗？"),
            ("explain", False, "Let me see what we can put right today.", "我看看今天能为您解决什么。"),
            ("comply", True, "You are free to leave; moving your number is your right, and I can start it now.",
             "携号转网是您的权利，如果您决定了，我现在就可以为您办理。"),
        ),
    ),
    ScriptPlan(
        key="broadband-fault", intent="broadband_fault", cue_en="Line test first; promise a time only from the calendar.",
        cue_zh="先做线路检测；上门时间以系统排期为准。",
        middle=(
            ("ask", True, "Are the lights on the modem on, and is one of them red?", "请问光猫的灯亮吗？有没有红灯？"),
            ("explain", False, "I am testing the line now; it takes half a minute.", "我正在检测线路，请稍等。"),
            ("explain", False, "A technician will come at the time we agree on.", "维修师傅会按约定时间上门。"),
        ),
    ),
    ScriptPlan(
        key="complaint", intent="complaint", cue_en="Listen, repeat, record, say when we answer. Offer nothing.",
        cue_zh="倾听、复述、登记、告知答复时间。不做推荐。",
        middle=(
            ("ask", True, "Please tell me what happened; I am taking it down.", "请您说说情况，我为您详细记录。"),
            ("explain", True, "I understand: let me repeat it, so that nothing is missing.", "我理解，我复述一遍，确保没有遗漏。"),
            ("comply", True, "You will have our answer within two working days.", "我们会在两个工作日内答复您。"),
        ),
    ),
    ScriptPlan(
        key="roaming", intent="roaming", cue_en="Country, dates, then the pack.", cue_zh="先问国家和日期，再推荐漫游包。",
        middle=(
            ("ask", True, "Where are you going, and for how long?", "请问您去哪里，去多久？"),
            ("offer", False, "There is a roaming pack for that journey.", "有适合这段行程的漫游包。"),
        ),
    ),
    ScriptPlan(
        key="cancel-service", intent="cancel_service", cue_en="Cancel at once, confirm by message.", cue_zh="立即退订，短信确认。",
        middle=(("explain", True, "It is cancelled now; a message confirms it.", "已为您退订，稍后会有短信确认。"),),
    ),
    ScriptPlan(
        key="offer-plan-129", intent="", offering="plan-129", cue_en="Only to those who use much data.", cue_zh="只推荐给流量大户。",
        objections=_PRICE,
        when=(("Leaving your present contract costs {{ penalty|money }}.", "penalty"),),
        middle=(("offer", False, "With this plan your data would have lasted in each of the last months.", "用这个套餐，前几个月的流量都够用。"),
            ("disclose", True, "The fee is {{ fee|money }} a month.", "月费为{{ fee|money }}。"),
            ("disclose", True, "Leaving your present contract costs {{ penalty|money }}.", "提前结束现有合约须付{{ penalty|money }}。"),
            ("read_back", True, "So you change to {offer}; is that right?", "您确认办理{offer}，对吗？"),
        ),
    ),
    ScriptPlan(
        key="offer-data-20", intent="", offering="data-20", cue_en="For this month only.", cue_zh="只解决本月不足。",
        middle=(("offer", False, "A pack carries you to the end of the month.", "加一个流量包就能用到月底。"),),
    ),
)  # fmt: skip
