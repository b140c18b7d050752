"""The eight ways to cut a market, ready-made: each a family of conditions in the one grammar. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from customers.segments.fields import LEVELS, MOTIVES, RFM_CLASSES

Tree = dict[str, Any]


def is_(field: str, op: str, value: Any) -> Tree:
    return {"field": field, "op": op, "value": value}


@dataclass(frozen=True, kw_only=True)
class Cut:
    """One segment of a way: a stable key (a word of the pages, or a text of its own) and its condition."""

    key: str
    en: str
    zh: str
    tree: Tree


@dataclass(frozen=True, kw_only=True)
class Way:
    """One of the eight."""

    key: str
    en: str
    zh: str
    cuts: tuple[Cut, ...]


_LEVEL_ZH = {"diamond": "钻石", "gold": "金", "silver": "银", "standard": "普通"}
_RFM_WORDS = {
    "champion": ("Valued", "重要价值"), "developing": ("Valued, to develop", "重要发展"),
    "keep": ("Valued, to keep", "重要保持"), "win_back": ("Valued, to win back", "重要挽留"),
    "regular": ("Regular", "一般价值"), "fresh": ("To develop", "一般发展"), "fading": ("Fading", "一般保持"),
    "low": ("Seldom and little", "一般挽留"),
}  # fmt: skip
_MOTIVE_WORDS = {
    "price": ("Price", "价格"), "novelty": ("Novelty", "尝新"), "comparison": ("Comparison", "比较"),
    "gift": ("Gifts", "送礼"), "mixed": ("Mixed", "混合"),
}  # fmt: skip
_SCENARIO_WORDS = {
    "contract_ends": ("Contract ends within 60 days", "合约60天内到期"), "overage": ("Above the allowance", "连续超套"),
    "roaming": ("Roaming", "漫游"), "moving": ("Moving", "搬迁"), "new_device": ("New device", "新终端"),
    "campus": ("Campus season", "校园季"), "arrears": ("Arrears", "欠费"),
}  # fmt: skip
_CHANNEL_WORDS = {
    "voice": ("Telephone", "电话"), "app": ("App", "应用"), "wechat": ("WeChat", "微信"), "sms": ("Text message", "短信"),
    "web": ("Web", "网站"), "shop": ("Shop", "营业厅"),
}  # fmt: skip


def _cut(key: str, words: tuple[str, str], tree: Tree) -> Cut:
    return Cut(key=key, en=words[0], zh=words[1], tree=tree)


EIGHT: tuple[Way, ...] = (
    Way(key="value", en="By value", zh="价值", cuts=tuple(
        _cut(tier, (tier.capitalize(), _LEVEL_ZH[tier]), is_("value_tier", "=", tier)) for tier in LEVELS
    ) + (_cut("hidden", ("High value, low level", "高价值低等级"),
              {"all": [is_("value_decile", ">=", 9), is_("level", "in", ["silver", "standard"])]}),)),
    Way(key="rfm", en="By RFM", zh="RFM", cuts=tuple(
        _cut(one, _RFM_WORDS[one], is_("rfm", "=", one)) for one in RFM_CLASSES
    )),
    Way(key="motive", en="By motive", zh="消费动机", cuts=tuple(
        _cut(one, _MOTIVE_WORDS[one], is_("motive", "=", one)) for one in MOTIVES
    )),
    Way(key="scenario", en="By situation", zh="业务场景", cuts=tuple(
        _cut(one, words, is_("scenarios", "has", one)) for one, words in _SCENARIO_WORDS.items()
    )),
    Way(key="tag", en="By tag", zh="标签", cuts=(
        _cut("travellers", ("Travel much", "常出行"), is_("tags", "has_any", ["traveller", "roams_home", "calls_abroad"])),
        _cut("screen", ("Games and films", "游戏影视"), is_("tags", "has_any", ["gamer", "film_fan"])),
        _cut("thrifty", ("Mind the price", "价格敏感"), is_("tags", "has", "price_aware")),
        _cut("heavy", ("Use much data", "流量大户"), is_("tags", "has", "heavy_data")),
    )),
    Way(key="dynamic", en="By score", zh="动态算法", cuts=(
        _cut("leaving", ("Likely to leave and worth keeping", "高流失高价值"),
             {"all": [is_("churn", ">=", 0.15), is_("value_decile", ">=", 7)]}),
        _cut("slipping", ("Likely to lose the level", "可能降级"), is_("downgrade_risk", ">=", 0.5)),
        _cut("falling", ("In decline", "衰退"), is_("lifecycle", "=", "declining")),
        _cut("back", ("Won back", "回流"), is_("lifecycle", "=", "won_back")),
    )),
    Way(key="product", en="By product and use", zh="产品-用户", cuts=(
        _cut("no_fibre", ("Mobile without broadband", "移动无宽带"),
             {"all": [is_("families", "has", "mobile"), {"not": is_("families", "has", "broadband")}]}),
        _cut("tight", ("Use more than the plan fits", "用量超套"), is_("overage_months", ">=", 2)),
        _cut("roomy", ("Dear plan, little use", "高套餐低用量"),
             {"all": [is_("plan_fee_fen", ">=", 12_900), is_("data_gb", "<", 5)]}),
        _cut("content", ("Content buyers", "内容用户"), is_("families", "has", "content")),
        _cut("likes_without", ("Like films or games, hold no content", "喜好影视游戏而无内容产品"),
             {"all": [is_("tags", "has_any", ["film_fan", "gamer"]), {"not": is_("families", "has", "content")}]}),
    )),
    Way(key="channel", en="By channel", zh="渠道", cuts=tuple(
        _cut(one, words, {"all": [is_("channel", "=", one), is_("channel_share", ">=", 0.5)]})
        for one, words in _CHANNEL_WORDS.items()
    )),
)  # fmt: skip


def find(key: str) -> Cut | None:
    """A ready-made cut by `way.cut`."""
    way, _dot, cut = key.partition(".")
    return next((one for each in EIGHT if each.key == way for one in each.cuts if one.key == cut), None)
