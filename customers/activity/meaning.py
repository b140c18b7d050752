"""What content and places say of a person, and the constants of judging it. Pure.

Interest: s = Σ use · 2^(−age / 30 d); kept where the share of s is 1.5 times everybody's, with at least five uses on three
days; the best five. Home: the district of most nights, on 8 of 30 at least; work: of most working hours, on 8 days.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from customers.insight import tags

HALF_LIFE_DAYS = 30
LEAST_LIFT = 1.5
LEAST_TIMES = 5
LEAST_DAYS = 3
BEST = 5
LOOKED_BACK_DAYS = 90
STAYS_DAYS = 30
LEAST_NIGHTS = 8
LEAST_WORK_DAYS = 8
LEAST_AWAY = 4  # nights of thirty in another province, or abroad
HOLDS_DAYS = 45  # a conclusion that is not drawn again runs out

# What no tag may ever be about: PIPL 28 and the operator's promise.
FORBIDDEN = frozenset({"health", "religion", "politics", "ethnicity", "union", "sexuality"})

# Content whose tag has a name of its own; any other code becomes the tag `likes:<code>`.
CONTENT = {
    "game": tags.GAMER, "film": tags.FILM_FAN, "sport": tags.SPORT_FAN, "book": tags.READER,
    **{f"music:{artist}": tags.music_fan(artist) for artist in tags.ARTISTS},
}  # fmt: skip
# Chinese names of contents that arise often; another code stands for itself.
LIKES = {
    "short_video": "短视频", "cooking": "美食", "finance_news": "财经资讯", "travel_video": "旅行视频", "square_dance": "广场舞",
    "anime": "动漫", "news": "新闻", "music": "音乐", "live": "直播", "shopping": "购物", "education": "教育", "car": "汽车",
    "parenting": "育儿", "beauty": "美妆", "pets": "宠物",
}  # fmt: skip
PROVINCES = {
    "11": "北京", "12": "天津", "13": "河北", "14": "山西", "15": "内蒙古", "21": "辽宁", "22": "吉林", "23": "黑龙江",
    "31": "上海", "32": "江苏", "33": "浙江", "34": "安徽", "35": "福建", "36": "江西", "37": "山东", "41": "河南",
    "42": "湖北", "43": "湖南", "44": "广东", "45": "广西", "46": "海南", "50": "重庆", "51": "四川", "52": "贵州",
    "53": "云南", "54": "西藏", "61": "陕西", "62": "甘肃", "63": "青海", "64": "宁夏", "65": "新疆", "71": "台湾",
    "81": "香港", "82": "澳门",
}  # fmt: skip


def tag_of(content: str) -> str:
    """The tag that liking this content gives."""
    return CONTENT.get(content, f"likes:{content}")


def is_forbidden(content: str) -> bool:
    """Whether a code speaks of what is nobody's business: it is not even stored."""
    return content.casefold().partition(":")[0] in FORBIDDEN


def names(key: str) -> tuple[str, str]:
    """English and Chinese name of a tag that arises by itself."""
    kind, _colon, code = key.partition(":")
    match kind:
        case "home":
            return f"Lives in {district(code)}", f"居住地：{district(code)}"
        case "work":
            return f"Works in {district(code)}", f"工作地：{district(code)}"
        case _likes:
            return f"Likes {code.replace('_', ' ')}", f"喜好：{LIKES.get(code, code)}"


def district(code: str) -> str:
    """A district by its code, with its province; the code itself where nobody knows it."""
    name = _districts().get(code)
    province = PROVINCES.get(code[:2], "")
    return f"{province}{name}" if name else code


@cache
def _districts() -> dict[str, str]:
    with Path(__file__).with_name("districts.csv").open(encoding="utf-8", newline="") as lines:
        return {row["code"]: row["name"] for row in csv.DictReader(lines)}
