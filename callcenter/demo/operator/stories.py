# ruff: noqa: E501  one story, one block
"""People with a story: the first customers of every market, so that a demonstration and a test always find them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from callcenter.demo.operator import products
from callcenter.demo.operator.history import Row, midday
from callcenter.demo.operator.people import Person, customer_id, make
from customers.insight import tags
from customers.timeline import kinds

COMPANIONS_FROM = 10_000_000  # companions' ids lie beyond everybody else's


@dataclass(frozen=True, kw_only=True)
class Story:
    """One person's facts, laid over a drawn one."""

    key: str
    name: str
    title: str
    number: str
    plan: str
    gb: float  # data a month
    minutes: int
    tags: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    language: str = "zh"
    kind: str = "individual"
    level: str = "standard"
    born: int | None = 1980
    years: float = 5.0  # a customer for
    consent: str = ""  # granted | refused | "" unknown
    do_not_call: bool = False
    term_days: int | None = None  # the contract ends in
    role: str = "user"  # on the number
    household: str = ""  # key of the household this person belongs to
    contacts: tuple[tuple[int, str, str, str, str, str], ...] = field(
        default=()
    )  # days ago, channel, kind, code, outcome, note


STORIES = (
    Story(
        key="mrs-chen", name="陈丽华", title="ms", number="+8619900000001", plan="plan-129", gb=22, minutes=320, level="gold",
        born=1971, years=9, consent="granted", beside=("fibre-300", "tv-basic"), tags=(tags.FILM_FAN, tags.FAMILY),
        contacts=(
            (3, "voice", kinds.CALL, "broadband_fault", "completed", "宽带晚间频繁掉线，已报修，师傅未按时上门。"),
            (3, "voice", kinds.COMPLAINT, "broadband_fault", kinds.OPEN, "要求两天内回复。"),
            (1, "voice", kinds.CALL, "broadband_fault", "completed", "客户催问投诉进度，情绪激动，请优先处理。"),
            (1, "wechat", kinds.MESSAGE, "broadband_fault", "", ""),
        ),
    ),
    Story(
        key="zhang-san", name="张三", title="mr", number="+8619900000002", plan="plan-59", gb=8.4, minutes=150, born=1993,
        consent="granted", tags=(tags.GAMER, tags.PRICE_AWARE),
        contacts=(
            (9, "sms", kinds.MESSAGE, "data_used_up", "", ""),
            (40, "voice", kinds.CALL, "bill_question", "completed", "询问流量超出费用。"),
            (4, "app", kinds.NOTE, "plans_viewed", "", ""),
        ),
    ),
    Story(
        key="li-mei", name="李梅", title="ms", number="+8619900000003", plan="plan-39", gb=1.2, minutes=260, born=1958, years=11,
        tags=(tags.SENIOR,), role="payer", consent="granted",
    ),
    Story(
        key="li-qiang", name="李强", title="mr", number="+8619900000003", plan="plan-29", gb=9, minutes=60, born=2005, years=2,
        tags=(tags.STUDENT, tags.GAMER),
    ),
    Story(
        key="zhao-jianguo", name="赵建国", title="mr", number="+8619900000004", plan="plan-79", gb=4, minutes=200, born=1965,
        consent="refused", do_not_call=True,
        contacts=((200, "voice", kinds.OFFER, "plan-129", "declined", "客户要求不再来电推销。"),),
    ),
    Story(
        key="wang-family", name="王家", title="", number="+862085550100", plan="home-169", gb=0, minutes=0, kind="household",
        born=None, years=6, beside=("fibre-300", "tv-basic"), role="holder",
    ),
    Story(
        key="wang-lei", name="王磊", title="mr", number="+8619900000005", plan="plan-99", gb=14, minutes=300, born=1979, years=6,
        consent="granted", household="wang-family", tags=(tags.FAMILY, tags.SPORT_FAN), beside=("family-share",),
    ),
    Story(
        key="wang-fang", name="刘芳", title="ms", number="+8619900000006", plan="plan-59", gb=4.1, minutes=180, born=1981, years=6,
        household="wang-family", tags=(tags.FAMILY, tags.READER),
    ),
    Story(
        key="wang-xiaoyu", name="王小雨", title="", number="+8619900000007", plan="plan-19", gb=0.6, minutes=30, born=2013, years=1,
        household="wang-family", tags=(tags.MINOR,), beside=("watch-child",),
    ),
    Story(
        key="john-smith", name="John Smith", title="mr", number="+8619900000008", plan="plan-169", gb=25, minutes=700,
        language="en", born=1984, years=3, level="silver", consent="granted", tags=(tags.TRAVELLER, tags.BUSINESS),
        contacts=(
            (20, "voice", kinds.CALL, "roaming", "completed", "Travels to Singapore every month, asked about roaming."),
            (12, "app", kinds.NOTE, "roaming_viewed", "", ""),
        ),
    ),
    Story(
        key="zhou-yulan", name="周玉兰", title="ms", number="+8619900000009", plan="plan-39", gb=0.4, minutes=420, born=1942, years=14,
        consent="granted", tags=(tags.SENIOR, tags.VULNERABLE, tags.HEAVY_VOICE),
        contacts=((15, "voice", kinds.CALL, "bill_question", "completed", "听力不好，请放慢语速。"),),
    ),
    Story(
        key="lin-xiaoyu", name="林晓雨", title="ms", number="+8619900000010", plan="plan-29", gb=8.8, minutes=70, born=2004, years=2,
        consent="granted", tags=(tags.STUDENT, tags.music_fan("lin_xia"), tags.NIGHT_USER),
    ),
    Story(
        key="sarah-johnson", name="Sarah Johnson", title="ms", number="+8619900000011", plan="plan-199", gb=31, minutes=400,
        language="en", born=1988, years=2, level="gold", consent="granted", term_days=20,
        contacts=((2, "web", kinds.NOTE, "number_transfer_viewed", "", ""),),
    ),
)  # fmt: skip


def person(*, seed: int, index: int, today: date) -> Person:
    """The `index`-th customer: a story for the first few, then drawn people."""
    drawn = make(seed=seed, index=index, today=today)
    if index >= len(STORIES):
        return drawn
    story = STORIES[index]
    return replace(
        drawn,
        kind=story.kind,
        name=story.name,
        title=story.title,
        language=story.language,
        region="Guangdong" if story.language == "en" else "广东",
        birth_year=story.born,
        level=story.level,
        value_tier=story.level,
        lifecycle="mature",
        since=today - timedelta(days=int(story.years * 365)),
        number=story.number,
        plan=products.BY_CODE[story.plan],
        beside=tuple(products.BY_CODE[code] for code in story.beside),
        data_kb=int(story.gb * products.GB),
        voice_s=story.minutes * 60,
        tags=story.tags,
        shares_number_with="",
        calls_per_year=1.0,
    )


def companion(of: Person, *, seed: int) -> Person | None:
    """Who else is reached by this person's number, if anybody: younger or older, on a small plan."""
    if not of.shares_number_with:
        return None
    return replace(
        of,
        id=customer_id(seed=seed, index=COMPANIONS_FROM + of.index),
        index=COMPANIONS_FROM + of.index,
        name=of.shares_number_with,
        shares_number_with="",
        plan=products.BY_CODE["plan-19"],
        beside=(),
        tags=(),
    )


def contacts(person: Person, now: datetime, agents: list[int]) -> Iterator[Row]:
    """What was written for this person, on top of what chance brought."""
    story = _story(person)
    for days, channel, kind, code, outcome, note in story.contacts if story else ():
        agent = agents[person.index % len(agents)] if agents and channel == "voice" else None
        data = {"product": code} if kind == kinds.OFFER else {}
        yield (person.id, now - timedelta(days=days, minutes=17), channel, kind, "in", code, outcome, agent, note, data)


def consents(person: Person, now: datetime) -> Iterator[Row]:
    story = _story(person)
    if story and story.consent:
        channel, proof = ("any", "spoken in a call") if story.consent == "refused" else ("voice", "app, terms 2024-03")
        yield (person.id, "marketing", channel, story.consent, proof, now - timedelta(days=100), None)


def do_not_call(person: Person, now: datetime) -> Iterator[Row]:
    """The written one, and one in a hundred and fifty besides."""
    story = _story(person)
    if story.do_not_call if story else person.rng("do_not_call").random() < 0.007:
        yield (person.id, person.number, "spoken in a call", now - timedelta(days=199))


def relations(*, seed: int) -> Iterator[tuple[UUID, UUID, str, date]]:
    """Members of the written household, and the mother who pays for her son."""
    ids = {story.key: customer_id(seed=seed, index=index) for index, story in enumerate(STORIES)}
    for story in STORIES:
        if story.household:
            role = "head" if story.key == "wang-lei" else "member"
            yield (ids[story.key], ids[story.household], role, date(2020, 11, 1))
    yield (ids["li-mei"], ids["li-qiang"], "payer", date(2024, 9, 1))


def term_end(person: Person, today: date) -> date | None:
    """When the plan's contract ends, where the story says so."""
    story = _story(person)
    return today + timedelta(days=story.term_days) if story and story.term_days else None


def role(person: Person) -> str:
    story = _story(person)
    return story.role if story else "user"


def is_story(person: Person) -> bool:
    return _story(person) is not None


def _story(person: Person) -> Story | None:
    return STORIES[person.index] if person.index < len(STORIES) else None


__all__ = [
    "STORIES",
    "companion",
    "consents",
    "contacts",
    "do_not_call",
    "is_story",
    "midday",
    "person",
    "relations",
    "role",
    "term_end",
]
