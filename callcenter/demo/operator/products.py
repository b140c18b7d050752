# ruff: noqa: E501  a catalogue reads best as rows
"""What Zhiyin Mobile sells: plans, packs, broadband, content, devices, services. Money in fen, data in KB, voice in seconds.

Fees, allowances and overage follow published plan sheets of 2017–2018 (facts); names are ours. Terms stand in the form
of docs/tariff-format.md.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from customers.insight import tags

GB = 1024 * 1024  # KB
ON_SALE_SINCE = date(2023, 1, 1)


@dataclass(frozen=True, kw_only=True)
class Product:
    """One row of the catalogue. `tags`, `suits` and `not_for` hold keys of `customers.insight.tags`."""

    code: str
    family: str  # mobile | broadband | tv | content | device | service
    kind: str  # plan | pack | content | device | bundle | service
    name_en: str
    name_zh: str
    fee_fen: int
    summary_en: str = ""
    summary_zh: str = ""
    tariff: dict[str, Any] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    suits: tuple[str, ...] = ()
    not_for: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()  # codes, of a bundle
    requires: tuple[str, ...] = ()  # codes, or a family and a kind: one of them
    excludes: tuple[str, ...] = ()
    margin_fen: int | None = None  # a month; None: nobody has entered it
    share: float = 0.0  # how common among plans, or how often held beside one

    @property
    def data_kb(self) -> int:
        """What can be used anywhere at any time; likewise `voice_s`."""
        return self._granted("data")

    @property
    def voice_s(self) -> int:
        return self._granted("voice")

    def _granted(self, service: str) -> int:
        buckets = self.tariff.get("buckets", ())
        return sum(one["amount"] for one in buckets if (one["service"], one["scope"]) == (service, "national"))


def tariff(*, fee_fen: int, data_gb: float, minutes: int, throttled: bool = False) -> dict[str, Any]:
    """A monthly tariff: 0.15 yuan a minute begun and 0.10 a message beyond it; data throttled or 5 yuan a GB begun."""
    buckets = [{"service": "data", "scope": "national", "amount": int(data_gb * GB), "order": 1}]
    if minutes:
        buckets.append({"service": "voice", "scope": "national", "amount": minutes * 60, "order": 1})
    overage: list[dict[str, Any]] = [
        {"service": "voice", "scope": "national", "block": 60, "price": {"num": 15}},
        {"service": "messages", "scope": "national", "block": 1, "price": {"num": 10}},
    ]
    if not throttled:
        overage.append({"service": "data", "scope": "national", "block": GB, "price": {"num": 500}})
    return {
        "fee": fee_fen,
        "proration": {"per": "DAY", "rounding": "half_up"},
        "buckets": buckets,
        "round": {"voice": {"per": "EVENT", "block": 60}},
        "overage": overage,
        "after_cap": "THROTTLE" if throttled else "CHARGE",
    }


def _plan(code: str, en: str, zh: str, yuan: int, data_gb: float, minutes: int, share: float, **more: Any) -> Product:
    throttled = more.pop("throttled", False)
    cap_en = "then slower until the month ends" if throttled else "then 5 yuan a GB"
    cap_zh = "超出后降速至月底" if throttled else "超出后5元/GB"
    return Product(
        code=code, family="mobile", kind="plan", name_en=en, name_zh=zh, fee_fen=yuan * 100, share=share,
        summary_en=f"{data_gb:g} GB and {minutes} minutes a month, {cap_en}.",
        summary_zh=f"每月{data_gb:g}GB流量、{minutes}分钟通话，{cap_zh}。",
        tariff=tariff(fee_fen=yuan * 100, data_gb=data_gb, minutes=minutes, throttled=throttled), **more,
    )  # fmt: skip


def _pack(
    code: str, en: str, zh: str, yuan: int, share: float, data_gb: float = 0, minutes: int = 0, **more: Any
) -> Product:
    scope = more.pop("scope", "national")
    buckets = [{"service": "data", "scope": scope, "amount": int(data_gb * GB), "order": 1}]
    if minutes:
        buckets = [{"service": "voice", "scope": scope, "amount": minutes * 60, "order": 1}]
    return Product(
        code=code, family="mobile", kind="pack", requires=("mobile:plan", "broadband:bundle"), name_en=en, name_zh=zh, fee_fen=yuan * 100, share=share,
        tariff={"fee": yuan * 100, "buckets": buckets}, **more,
    )  # fmt: skip


def _item(family: str, kind: str, code: str, en: str, zh: str, yuan: float, share: float, **more: Any) -> Product:
    return Product(
        code=code, family=family, kind=kind, name_en=en, name_zh=zh, fee_fen=round(yuan * 100), share=share,
        tariff={"fee": round(yuan * 100)}, **more,
    )  # fmt: skip


PLANS = (
    _plan("plan-8", "Keep-your-number 8", "保号8元套餐", 8, 0.2, 0, 0.06, suits=(tags.LIGHT_USER,)),
    _plan("plan-19", "Basic 19", "畅享19元套餐", 19, 1, 50, 0.08, suits=(tags.LIGHT_USER, tags.SENIOR, tags.PRICE_AWARE)),
    _plan("plan-29", "Student 29", "青春29元套餐", 29, 10, 100, 0.07, suits=(tags.STUDENT,), not_for=(tags.SENIOR,)),
    _plan("plan-39", "Talk more 39", "畅聊39元套餐", 39, 3, 300, 0.08, suits=(tags.SENIOR, tags.HEAVY_VOICE)),
    _plan("plan-59", "Easy 59", "畅享59元套餐", 59, 5, 200, 0.17, suits=(tags.PRICE_AWARE,)),
    _plan("plan-79", "Easy 79", "畅享79元套餐", 79, 8, 300, 0.15, suits=(tags.ROAMS_HOME,)),
    _plan("plan-99", "Unlimited 99", "不限量99元套餐", 99, 20, 500, 0.17, throttled=True, suits=(tags.HEAVY_DATA, tags.GAMER)),
    _plan("plan-129", "5G Free 129", "5G畅享129元套餐", 129, 30, 500, 0.10, throttled=True, suits=(tags.HEAVY_DATA, tags.FILM_FAN)),
    _plan("plan-169", "5G Free 169", "5G畅享169元套餐", 169, 40, 800, 0.06, throttled=True, suits=(tags.HEAVY_DATA, tags.BUSINESS)),
    _plan("plan-199", "5G Free 199", "5G畅享199元套餐", 199, 60, 1000, 0.04, throttled=True, suits=(tags.BUSINESS, tags.HEAVY_VOICE)),
    _plan("plan-299", "5G Premier 299", "5G尊享299元套餐", 299, 100, 2000, 0.02, throttled=True, suits=(tags.BUSINESS, tags.TRAVELLER)),
)  # fmt: skip

PACKS = (
    _pack("data-5", "5 GB data pack", "5GB流量包", 15, 0.08, data_gb=5, suits=(tags.HEAVY_DATA,), tags=("data",)),
    _pack("data-20", "20 GB data pack", "20GB流量包", 30, 0.05, data_gb=20, suits=(tags.HEAVY_DATA, tags.GAMER), tags=("data",)),
    _pack("data-night", "Night data 30 GB", "夜间30GB流量包", 10, 0.04, data_gb=30, scope="night", suits=(tags.NIGHT_USER,), tags=("data",)),
    _pack("data-video", "Video data 30 GB", "视频定向30GB包", 19, 0.04, data_gb=30, scope="video", suits=(tags.FILM_FAN,), tags=("data",)),
    _pack("voice-200", "200 minutes pack", "200分钟语音包", 20, 0.04, minutes=200, suits=(tags.HEAVY_VOICE, tags.SENIOR), tags=("voice",)),
    _pack("voice-abroad", "Calls abroad 60", "国际长途60分钟包", 36, 0.02, minutes=60, scope="abroad", suits=(tags.CALLS_ABROAD,), tags=("voice",)),
    _pack("roam-asia-7", "Asia roaming, 7 days", "亚洲漫游7天包", 98, 0.02, data_gb=5, scope="asia", suits=(tags.TRAVELLER,), tags=("roaming",)),
    _pack("roam-world-7", "World roaming, 7 days", "全球漫游7天包", 168, 0.01, data_gb=5, scope="world", suits=(tags.TRAVELLER, tags.BUSINESS), tags=("roaming",)),
)  # fmt: skip

HOME = (
    _item("broadband", "plan", "fibre-100", "Fibre 100", "百兆宽带", 30, 0.12, tags=("fibre",), suits=(tags.LIGHT_USER, tags.SENIOR)),
    _item("broadband", "plan", "fibre-300", "Fibre 300", "300兆宽带", 50, 0.12, tags=("fibre",), suits=(tags.FAMILY,)),
    _item("broadband", "plan", "fibre-1000", "Fibre 1000", "千兆宽带", 100, 0.05, tags=("fibre",), suits=(tags.GAMER, tags.HOME_WORKER, tags.FAMILY)),
    _item("broadband", "service", "wifi-rooms", "Wi-Fi in every room", "全屋Wi-Fi", 15, 0.04, tags=("wifi",), suits=(tags.FAMILY, tags.HOME_WORKER), requires=("broadband:plan", "broadband:bundle")),
    _item("tv", "plan", "tv-basic", "Television, basic", "互联网电视基础包", 15, 0.09, tags=("tv",), suits=(tags.FAMILY, tags.SENIOR)),
    _item("tv", "pack", "tv-sport", "Sport channels", "体育频道包", 20, 0.03, tags=("tv", "sport"), suits=(tags.SPORT_FAN,), not_for=(tags.MINOR,), requires=("tv:plan", "broadband:bundle")),
    _item("tv", "pack", "tv-children", "Children's channels", "少儿频道包", 10, 0.03, tags=("tv",), suits=(tags.FAMILY,), requires=("tv:plan", "broadband:bundle")),
    _item("broadband", "bundle", "home-169", "Home bundle 169", "融合169元套餐", 169, 0.05, tags=("bundle",), suits=(tags.FAMILY,),
          parts=("plan-129", "fibre-300", "tv-basic"), summary_en="5G plan, Fibre 300 and television in one bill.", summary_zh="5G套餐、300兆宽带与电视合一。"),
)  # fmt: skip


def _artist_tone(artist: str) -> Product:
    name_en, name_zh = tags.ARTISTS[artist]
    return _item(
        "content", "content", f"tone-{artist.replace('_', '-')}", f"Ring tones of {name_en}", f"{name_zh}彩铃", 6, 0.01,
        tags=("music", tags.music_fan(artist)), suits=(tags.music_fan(artist),),
    )  # fmt: skip


CONTENT = (
    *(_artist_tone(artist) for artist in tags.ARTISTS),
    _item("content", "content", "video-month", "Film and series", "视频会员", 25, 0.08, tags=("film",), suits=(tags.FILM_FAN,)),
    _item("content", "content", "reading-month", "Reading", "阅读会员", 12, 0.03, tags=("reading",), suits=(tags.READER,)),
    _item("content", "content", "games-month", "Cloud games", "云游戏会员", 30, 0.03, tags=("games",), suits=(tags.GAMER,), not_for=(tags.MINOR,)),
    _item("content", "content", "sport-month", "Sport live", "体育直播会员", 28, 0.02, tags=("sport",), suits=(tags.SPORT_FAN,)),
    _item("device", "device", "phone-5g", "5G telephone on instalments", "5G手机分期", 125, 0.05, tags=("device",), suits=(tags.EARLY_ADOPTER,), not_for=(tags.MINOR,)),
    _item("device", "device", "watch-child", "Children's watch", "儿童手表", 40, 0.02, tags=("device",), suits=(tags.FAMILY,)),
    _item("service", "service", "missed-calls", "Missed-call messages", "来电提醒", 3, 0.12, tags=("voice",)),
    _item("service", "service", "fraud-guard", "Nuisance-call guard", "骚扰电话拦截", 0, 0.15, suits=(tags.SENIOR,)),
    _item("service", "service", "family-share", "Family data sharing", "家庭流量共享", 10, 0.05, tags=("group",), suits=(tags.FAMILY,), requires=("mobile:plan", "broadband:bundle"), excludes=("plan-8",)),
    _item("service", "service", "thank-you-10", "Thank-you credit of 10 yuan a month", "老客户每月10元回馈", 0, 0.0, tags=("retention",),
          margin_fen=-1000, summary_en="Ten yuan off each bill for a year.", summary_zh="一年内每月账单减免10元。"),
    _item("service", "service", "cloud-drive", "Cloud drive 1 TB", "云盘1TB", 15, 0.03, suits=(tags.HOME_WORKER, tags.BUSINESS)),
)  # fmt: skip


def rivals(today: date) -> list[dict[str, Any]]:
    """What made-up rivals sell, as somebody read it some days ago; the last was read too long ago to be spoken of."""
    sheets = (
        ("North Mobile 北方移动", "north-49", "North 49", "北方49元套餐", tariff(fee_fen=4900, data_gb=6, minutes=150), 4),
        ("North Mobile 北方移动", "north-89", "North 89", "北方89元套餐", tariff(fee_fen=8900, data_gb=20, minutes=400), 4),
        ("River Telecom 江河通信", "river-19", "River 19", "江河19元套餐", tariff(fee_fen=1900, data_gb=2, minutes=30), 12),
        ("River Telecom 江河通信", "river-old", "River 69 (last spring)", "江河69元（春季）", tariff(fee_fen=6900, data_gb=9, minutes=300), 200),
    )  # fmt: skip
    return [
        {"operator": operator, "code": code, "name": {"en": en, "zh": zh}, "tariff": terms,
         "source": f"https://rival.example/{code}", "seen_on": (today - timedelta(days=ago)).isoformat()}
        for operator, code, en, zh, terms, ago in sheets
    ]  # fmt: skip


ALL: tuple[Product, ...] = (*PLANS, *PACKS, *HOME, *CONTENT)
BY_CODE = {product.code: product for product in ALL}
BESIDE_A_PLAN = tuple(product for product in ALL if product.kind != "plan" or product.family != "mobile")
