"""Tags the hand-made rules and the synthetic operator speak of: stable keys with a name in each language. Pure.

A tag of an interest carries its subject: `music_fan:<artist key>`, built by `music_fan()`; an offering names the same
key in its `tags` or `suits` and is thereby found for the fans of that artist.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class TagDefinition:
    """One tag as it is known to people. `layer`: document | behaviour | hobby | derived."""

    key: str
    name_en: str
    name_zh: str
    layer: str


HEAVY_DATA = "heavy_data"
LIGHT_USER = "light_user"
HEAVY_VOICE = "heavy_voice"
NIGHT_USER = "night_user"
TRAVELLER = "traveller"  # is often abroad
ROAMS_HOME = "roams_home"  # is often in another province
CALLS_ABROAD = "calls_abroad"
STUDENT = "student"
SENIOR = "senior"
FAMILY = "family"  # lives in a household of several
BUSINESS = "business"
MINOR = "minor"
HOME_WORKER = "home_worker"
GAMER = "gamer"
SPORT_FAN = "sport_fan"
FILM_FAN = "film_fan"
READER = "reader"
PRICE_AWARE = "price_aware"
EARLY_ADOPTER = "early_adopter"
LONG_STANDING = "long_standing"
NEW_CUSTOMER = "new_customer"
OFTEN_CALLS_US = "often_calls_us"
VULNERABLE = "vulnerable"  # someone to whom nothing is sold: noted by a person, with a reason

# Attributes of the person that may soften what we do and must never steer who answers.
PROTECTED = frozenset({SENIOR, MINOR, VULNERABLE})

LAYERS = ("document", "behaviour", "hobby", "derived")

# What no tag may speak of (PIPL 28, GDPR 9): parts of words, as names of new tags are looked through.
_UNWANTED = (
    "health", "illness", "disease", "pregnan", "disab", "religio", "church", "muslim", "christian", "buddhis", "politic",
    "party member", "ethnic", "racial", "sexual", "健康状况", "疾病", "患者", "怀孕", "残疾", "宗教", "信仰", "信徒", "教徒",
    "政治", "党员", "民族", "种族", "性取向",
)  # fmt: skip


def is_unwanted(name: str) -> bool:
    """Whether a tag of this name would speak of what no tag may."""
    return any(part in name.lower() for part in _UNWANTED)


_MUSIC_FAN = "music_fan"

# Invented artists: no real person stands in the synthetic operator's data.
ARTISTS: dict[str, tuple[str, str]] = {
    "lin_xia": ("Lin Xia", "林夏"),
    "north_river": ("North River", "北河乐队"),
    "su_ming": ("Su Ming", "苏明"),
    "paper_lanterns": ("The Paper Lanterns", "纸灯笼"),
    "mo_yu": ("Mo Yu", "莫屿"),
    "jasmine_tea": ("Jasmine Tea", "茉莉茶"),
}


def music_fan(artist: str) -> str:
    """The tag key of the fans of one artist: `music_fan:lin_xia`."""
    return f"{_MUSIC_FAN}:{artist}"


def is_music_fan(key: str) -> bool:
    return key.startswith(f"{_MUSIC_FAN}:")


def _tag(key: str, name_en: str, name_zh: str, layer: str) -> TagDefinition:
    return TagDefinition(key=key, name_en=name_en, name_zh=name_zh, layer=layer)


_FIXED = (
    _tag(HEAVY_DATA, "Uses much data", "流量大户", "behaviour"),
    _tag(LIGHT_USER, "Light user", "轻度用户", "behaviour"),
    _tag(HEAVY_VOICE, "Talks much", "通话大户", "behaviour"),
    _tag(NIGHT_USER, "Active at night", "夜间活跃", "behaviour"),
    _tag(TRAVELLER, "Often abroad", "常出境", "behaviour"),
    _tag(ROAMS_HOME, "Often in another province", "常跨省出行", "behaviour"),
    _tag(CALLS_ABROAD, "Calls abroad", "常打国际长途", "behaviour"),
    _tag(OFTEN_CALLS_US, "Often calls us", "常来电", "behaviour"),
    _tag(STUDENT, "Student", "学生", "document"),
    _tag(SENIOR, "Senior", "年长客户", "document"),
    _tag(MINOR, "Minor", "未成年人", "document"),
    _tag(BUSINESS, "Business", "商务客户", "document"),
    _tag(FAMILY, "Family", "家庭用户", "derived"),
    _tag(HOME_WORKER, "Works from home", "居家办公", "derived"),
    _tag(PRICE_AWARE, "Minds the price", "价格敏感", "derived"),
    _tag(EARLY_ADOPTER, "Early adopter", "尝鲜用户", "derived"),
    _tag(LONG_STANDING, "Long-standing customer", "老客户", "derived"),
    _tag(NEW_CUSTOMER, "New customer", "新客户", "derived"),
    _tag(VULNERABLE, "Needs care", "需特别关照", "derived"),
    _tag(GAMER, "Gamer", "游戏爱好者", "hobby"),
    _tag(SPORT_FAN, "Sport fan", "体育爱好者", "hobby"),
    _tag(FILM_FAN, "Film fan", "影视爱好者", "hobby"),
    _tag(READER, "Reader", "阅读爱好者", "hobby"),
)

_FANS = tuple(
    _tag(music_fan(key), f"Fan of {name_en}", f"{name_zh}歌迷", "hobby") for key, (name_en, name_zh) in ARTISTS.items()
)

DEFINITIONS: dict[str, TagDefinition] = {tag.key: tag for tag in (*_FIXED, *_FANS)}
# What a paper says of a person: an offering made for these is for these alone.
DOCUMENTED = frozenset(tag.key for tag in _FIXED if tag.layer == "document")
