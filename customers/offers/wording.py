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
