"""What people watch and where they stay, for interests and places; and some whose papers look odd, for the review of fraud.

Rows for `bulk.copy`, drawn with each person's own dice.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.utils import timezone

from callcenter.demo.operator.history import IDENTIFIER, Row
from callcenter.demo.operator.people import Person
from customers.identity.sealed import stored
from customers.insight import tags

PAPER = (*IDENTIFIER, "sealed", "born")
ACTIVITY = ("customer_id", "day", "kind", "what", "part", "times")
FEWEST = 200  # in a smaller market nobody looks odd
MANY_NUMBERS, OTHER_BIRTH = 71, (83, 95, 107)
_LIKES = {tags.GAMER: "game", tags.FILM_FAN: "film", tags.SPORT_FAN: "sport", tags.READER: "book"}
_OTHERS = ("cooking", "travel_video", "short_video", "film", "game", "finance_news", "square_dance", "anime")
# Districts of the cities where many of our people live: home, work.
_DISTRICTS = {
    "广东": ("440106", "440103"), "上海": ("310115", "310101"), "北京": ("110105", "110108"), "江苏": ("320106", "320104"),
    "浙江": ("330106", "330105"), "四川": ("510104", "510107"), "湖北": ("420106", "420103"), "重庆": ("500103", "500106"),
}  # fmt: skip
_WATCHES = 0.4  # of people whose use is known
_ALLOWS_PLACES = 0.25


def activity(person: Person, now: datetime) -> Iterator[Row]:
    """Days of the last weeks: content of those whose use is known, stays of those who allow it."""
    rng, today = person.rng("habits"), timezone.localdate(now)
    if person.kind == "individual" and rng.random() < _WATCHES:
        liked = [code for tag, code in _LIKES.items() if tag in person.tags]
        liked += [tag.replace("music_fan:", "music:") for tag in person.tags if tags.is_music_fan(tag)]
        for code in {*liked, rng.choice(_OTHERS)}:
            for day in rng.sample(range(1, 60), rng.randrange(3, 9)):
                yield (person.id, today - timedelta(days=day), "content", code, "", rng.randrange(1, 5))
    if allows_places(person):
        home, work = _DISTRICTS[person.region]
        away = rng.random() < 0.15
        for day in range(1, 30):
            night = "310115" if away and day % 4 == 0 and home[:2] != "31" else home
            if rng.random() < 0.8:
                yield (person.id, today - timedelta(days=day), "stay", night, "night", 1)
            if (today - timedelta(days=day)).weekday() < 5 and rng.random() < 0.7:
                yield (person.id, today - timedelta(days=day), "stay", work, "work", 1)


def allows_places(person: Person) -> bool:
    """Whether the person agreed that stays are kept."""
    return person.region in _DISTRICTS and person.rng("places").random() < _ALLOWS_PLACES


def consents(person: Person, now: datetime) -> Iterator[Row]:
    if allows_places(person):
        yield (person.id, "places", "any", "granted", "app, terms 2026-01", now - timedelta(days=120), None)


def odd_papers(person: Person, now: datetime) -> Iterator[Row]:
    """One id document behind seven numbers, and some that tell another birth date."""
    since = now - timedelta(days=40)
    if person.index == MANY_NUMBERS:
        yield _held(person, "id_document", "440106198803070018", since)
        for number in range(6):
            yield _held(person, "phone", f"+86198{90_000_000 + number:08d}", since)
    if person.index in OTHER_BIRTH:
        yield _held(person, "id_document", f"440103{(person.birth_year or 1980) + 9}0512003X", since)


def _held(person: Person, kind: str, value: str, since: datetime) -> Row:
    kept = stored(kind, value)
    return (person.id, kind, "", kept.value, "holder", since, None, "crm", since, kept.sealed, kept.born)
