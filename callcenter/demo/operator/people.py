"""Who the customers are: invented names, ages, habits. The same seed and index give the same person, whatever the count."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from uuid import UUID

from callcenter.demo.operator import products
from callcenter.demo.operator.products import Product
from customers.insight import tags

# Common surnames by rough frequency; given names are free combinations.
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"  # noqa: E501
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰文辉建国志红梅春燕海波鹏飞宇轩梓涵欣怡浩然子墨雨桐思远嘉宁佳琪晓东晨曦俊峰婷雪琳凯悦心怀安若溪星河乐天一诺可馨亦凡书瑶景行"  # noqa: E501
ENGLISH_FIRST = (
    "James", "Mary", "Robert", "Patricia", "John", "Jennifer", "Michael", "Linda", "David", "Elizabeth", "William",
    "Susan", "Thomas", "Jessica", "Daniel", "Sarah", "Mark", "Karen", "Paul", "Nancy", "Andrew", "Emma", "Peter",
    "Olivia", "George", "Grace", "Henry", "Chloe", "Samuel", "Ruth", "Oliver", "Amelia", "Aisha", "Ravi", "Priya",
)  # fmt: skip
ENGLISH_LAST = (
    "Smith", "Johnson", "Williams", "Brown", "Jones", "Miller", "Davis", "Wilson", "Anderson", "Taylor", "Moore",
    "Martin", "Thompson", "White", "Harris", "Clark", "Lewis", "Walker", "Hall", "Young", "King", "Wright", "Scott",
    "Green", "Baker", "Hill", "Campbell", "Mitchell", "Roberts", "Carter", "Murphy", "Patel", "Evans", "Hughes",
)  # fmt: skip
REGIONS = (
    ("广东", "Guangdong"), ("江苏", "Jiangsu"), ("山东", "Shandong"), ("浙江", "Zhejiang"), ("河南", "Henan"),
    ("四川", "Sichuan"), ("湖北", "Hubei"), ("湖南", "Hunan"), ("福建", "Fujian"), ("安徽", "Anhui"), ("上海", "Shanghai"),
    ("北京", "Beijing"), ("河北", "Hebei"), ("陕西", "Shaanxi"), ("江西", "Jiangxi"), ("重庆", "Chongqing"),
    ("辽宁", "Liaoning"), ("云南", "Yunnan"), ("广西", "Guangxi"), ("天津", "Tianjin"),
)  # fmt: skip
ENGLISH_SHARE = 0.08
FOREIGN_NUMBER_SHARE = 0.4  # of the English speakers among the first thousand: +44 7700 900… is Ofcom's, for fiction
ENTERPRISE_SHARE = 0.02
SHARED_NUMBER_SHARE = 0.01  # somebody else of the family is reached by the same number
EPOCH = datetime(2023, 1, 1, tzinfo=UTC)

LEVELS = (("diamond", 0.02), ("gold", 0.10), ("silver", 0.25), ("standard", 0.63))


@dataclass(frozen=True, kw_only=True)
class Person:
    """One customer before it becomes rows. Habits are monthly means: KB, seconds, messages."""

    index: int
    id: UUID
    kind: str
    name: str
    title: str
    language: str  # zh | en
    region: str
    birth_year: int | None
    level: str
    value_tier: str
    lifecycle: str
    since: date
    number: str  # E.164
    plan: Product
    beside: tuple[Product, ...]
    data_kb: int
    voice_s: int
    messages: int
    tags: tuple[str, ...]
    shares_number_with: str = ""  # the name of another person reached by the same number
    calls_per_year: float = 3.0

    def rng(self, purpose: str) -> Random:
        """This person's own dice, one for each purpose: a new purpose never changes what another one drew."""
        return Random(f"{self.id}:{purpose}")


def make(*, seed: int, index: int, today: date) -> Person:
    """The `index`-th customer of the market that `seed` names."""
    rng = Random(f"{seed}:{index}")
    enterprise = rng.random() < ENTERPRISE_SHARE
    language = "en" if rng.random() < ENGLISH_SHARE and not enterprise else "zh"
    region = rng.choice(REGIONS)
    birth_year = None if enterprise else today.year - min(88, max(14, int(rng.gauss(41, 16))))
    since = today - timedelta(days=int(rng.betavariate(1.2, 2.0) * 5400) + 5)
    plan = _plan(rng, today.year - (birth_year or 1980), enterprise)
    data_kb, voice_s, messages = _habits(rng, plan)
    level = _weighted(rng, LEVELS)
    return Person(
        index=index,
        id=customer_id(seed=seed, index=index),
        kind="enterprise" if enterprise else "individual",
        name=_company(rng, region[0]) if enterprise else _name(rng, language),
        title="" if enterprise else rng.choice(("mr", "ms", "ms", "mr", "")),
        language=language,
        region=region[0] if language == "zh" else region[1],
        birth_year=birth_year,
        level=level,
        value_tier=_tier(plan, level),
        lifecycle=_lifecycle(rng, since, today),
        since=since,
        number=_number(rng, seed, index, language),
        plan=plan,
        beside=tuple(product for product in products.BESIDE_A_PLAN if rng.random() < product.share),
        data_kb=data_kb,
        voice_s=voice_s,
        messages=messages,
        tags=_tags(rng, birth_year, since, plan, data_kb, voice_s, enterprise, today),
        shares_number_with=_name(rng, language) if rng.random() < SHARED_NUMBER_SHARE and not enterprise else "",
        calls_per_year=rng.gammavariate(1.2, 1.5),
    )


def customer_id(*, seed: int, index: int) -> UUID:
    """A time-ordered UUID that depends on seed and index alone."""
    milliseconds = int(EPOCH.timestamp() * 1000) + index
    value = milliseconds << 80 | Random(f"id:{seed}:{index}").getrandbits(80)
    value = value & ~(0xF << 76) | 0x7 << 76
    return UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def _name(rng: Random, language: str) -> str:
    if language == "en":
        return f"{rng.choice(ENGLISH_FIRST)} {rng.choice(ENGLISH_LAST)}"
    surname = SURNAMES[min(len(SURNAMES) - 1, int(rng.expovariate(1 / 22)))]
    return surname + "".join(rng.choice(GIVEN) for _ in range(rng.choice((1, 2, 2, 2))))


def _company(rng: Random, region: str) -> str:
    trade = rng.choice(("贸易", "科技", "餐饮", "物流", "装饰", "电子", "咨询", "建材"))
    return f"{region}{rng.choice(GIVEN)}{rng.choice(GIVEN)}{trade}有限公司"


def _number(rng: Random, seed: int, index: int, language: str) -> str:
    if language == "en" and index < 1000 and rng.random() < FOREIGN_NUMBER_SHARE:
        return f"+447700900{index:03d}"
    # A walk over all tails with a stride that shares no factor with their number: no two indices meet.
    tail = (index * 7_368_787 + seed * 12_345_678 + 10_000_000) % 90_000_000 + 10_000_000
    return f"+86199{tail:08d}"


def _plan(rng: Random, age: int, enterprise: bool) -> Product:
    def likely(plan: Product) -> float:
        if enterprise:
            return plan.share if tags.BUSINESS in plan.suits else 0.002
        if tags.STUDENT in plan.suits:
            return plan.share * (5 if age < 24 else 0.1)
        if tags.SENIOR in plan.suits:
            return plan.share * (3 if age > 60 else 0.5)
        return plan.share

    return rng.choices(products.PLANS, [likely(plan) for plan in products.PLANS])[0]


def _habits(rng: Random, plan: Product) -> tuple[int, int, int]:
    """Use around the allowance: most stay under it, some pass it month after month."""
    data = (plan.data_kb or products.GB) * rng.lognormvariate(-0.5, 0.6)
    voice = max(600, plan.voice_s) * rng.lognormvariate(-0.7, 0.7)
    return int(data), int(voice), int(rng.expovariate(1 / 12))


def _tier(plan: Product, level: str) -> str:
    if level in {"diamond", "gold"}:
        return level
    return "silver" if plan.fee_fen >= 9_900 or level == "silver" else "standard"


def _lifecycle(rng: Random, since: date, today: date) -> str:
    if (today - since).days <= 90:
        return "new"
    return _weighted(
        rng, (("growing", 0.2), ("mature", 0.58), ("declining", 0.14), ("dormant", 0.06), ("won_back", 0.02))
    )


def _tags(
    rng: Random,
    birth_year: int | None,
    since: date,
    plan: Product,
    data_kb: int,
    voice_s: int,
    enterprise: bool,
    today: date,
) -> tuple[str, ...]:
    age = today.year - birth_year if birth_year else 0
    facts = {
        tags.HEAVY_DATA: data_kb > 15 * products.GB,
        tags.LIGHT_USER: data_kb < products.GB and voice_s < 3600,
        tags.HEAVY_VOICE: voice_s > 8 * 3600,
        tags.MINOR: bool(birth_year) and age < 18,
        tags.STUDENT: 18 <= age <= 23,
        tags.SENIOR: age >= 60,
        tags.BUSINESS: enterprise,
        tags.LONG_STANDING: (today - since).days > 3650,
        tags.NEW_CUSTOMER: (today - since).days <= 90,
        tags.PRICE_AWARE: plan.fee_fen <= 5_900 and rng.random() < 0.3,
    }  # fmt: skip
    chances = (
        (tags.NIGHT_USER, 0.06), (tags.TRAVELLER, 0.04), (tags.ROAMS_HOME, 0.08), (tags.CALLS_ABROAD, 0.03),
        (tags.FAMILY, 0.18), (tags.HOME_WORKER, 0.06), (tags.EARLY_ADOPTER, 0.05), (tags.GAMER, 0.10),
        (tags.SPORT_FAN, 0.09), (tags.FILM_FAN, 0.14), (tags.READER, 0.06), (tags.VULNERABLE, 0.004),
    )  # fmt: skip
    drawn = [key for key, chance in chances if rng.random() < chance and not enterprise]
    fans = [tags.music_fan(artist) for artist in tags.ARTISTS if rng.random() < 0.02 and not enterprise]
    return (*(key for key, holds in facts.items() if holds), *drawn, *fans)


def _weighted(rng: Random, choices: tuple[tuple[str, float], ...]) -> str:
    return rng.choices([key for key, _ in choices], [weight for _, weight in choices])[0]
