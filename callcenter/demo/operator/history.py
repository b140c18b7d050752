"""What a customer has behind them: identifiers, holdings, six months of use, contacts of two years, consents, tags.

Each function turns one person into rows for `bulk.copy`, in the order of the columns named above it. Everything lies
before `now`, so that the present belongs to live traffic.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from random import Random
from typing import Any

from django.utils import timezone

from callcenter.demo.operator import products
from callcenter.demo.operator.people import Person
from customers.insight import tags
from customers.timeline import kinds

Row = tuple[Any, ...]

MONTHS = 6
CORRECTED_SHARE = 0.01  # of bills that hold a correction by hand: no saving is promised on those
_BILLED_AS = {"device": "device_instalment", "content": "third_party_content"}
TIMELINE_DAYS = 730

CUSTOMER = (
    "id", "kind", "status", "name", "title", "language", "region", "birth_year", "level", "value_tier", "lifecycle",
    "since", "created_at", "source", "observed_at",
)  # fmt: skip
IDENTIFIER = ("customer_id", "kind", "scope", "value", "role", "verified_at", "last_seen_at", "source", "valid_from")
HOLDING = ("customer_id", "offering_id", "status", "since", "term_end", "source")
USAGE = ("customer_id", "month", "voice_s", "data_kb", "messages", "bill_fen", "full", "sums", "lines")
INTERACTION = ("customer_id", "at", "channel", "kind", "direction", "code", "outcome", "agent", "note", "data")
CONSENT = ("customer_id", "purpose", "channel", "state", "proof", "at", "until")
DO_NOT_CALL = ("customer_id", "number", "source", "at")
TAGGED = ("customer_id", "tag_id", "origin", "evidence", "at", "expires_at")

# What people contact an operator about, by channel: (kind, code, weight). Codes are those of menus and wrap-up.
CALL_CODES = (
    ("bill_question", 24), ("data_usage", 16), ("change_plan", 13), ("top_up", 10), ("broadband_fault", 9),
    ("cancel_service", 8), ("roaming", 5), ("broadband_new", 4), ("leave", 3), ("points", 4), ("complaint", 4),
)  # fmt: skip
OTHER_CONTACTS = (
    ("app", kinds.ORDER, "data-5", 14), ("app", kinds.NOTE, "bill_viewed", 26), ("sms", kinds.MESSAGE, "data_80_percent", 16),
    ("sms", kinds.BILL, "bill_ready", 20), ("wechat", kinds.MESSAGE, "balance", 10), ("web", kinds.NOTE, "plans_viewed", 8),
    ("shop", kinds.ORDER, "sim_replaced", 2), ("voice", kinds.OFFER, "plan-129", 4),
)  # fmt: skip


def midday(day: date) -> datetime:
    return datetime.combine(day, time(4, 0), tzinfo=UTC)  # noon at the operator's seat


def customer(person: Person, now: datetime) -> Row:
    return (
        person.id, person.kind, "active", person.name, person.title, person.language, person.region, person.birth_year,
        person.level, person.value_tier, person.lifecycle, person.since, midday(person.since), "crm",
        now - timedelta(days=person.rng("observed").randrange(400)),
    )  # fmt: skip


def identifiers(person: Person, now: datetime) -> Iterator[Row]:
    rng = person.rng("identifiers")
    since = midday(person.since)
    seen = now - timedelta(days=rng.randrange(1, 200))
    digits = f"{rng.getrandbits(40):012d}"
    yield (person.id, "phone", "", person.number, "user", since, seen, "crm", since)
    yield (person.id, "member", "", f"M{digits[:10]}", "holder", since, None, "crm", since)
    if rng.random() < 0.45:
        yield (
            person.id,
            "wechat",
            "zhiyin-official",
            f"o{rng.getrandbits(120):024x}",
            "user",
            None,
            seen,
            "wechat",
            since,
        )
    if rng.random() < 0.25 or person.language == "en":
        yield (person.id, "email", "", f"customer{person.index}@example.com", "user", None, seen, "web", since)
    if rng.random() < 0.08:
        yield (person.id, "landline", "", f"+86208{digits[:7]}", "payer", None, None, "crm", since)


def holdings(person: Person, now: datetime, offering_ids: dict[str, int]) -> Iterator[Row]:
    rng = person.rng("holdings")
    today = timezone.localdate(now)
    for product in (person.plan, *person.beside):
        since = max(person.since, today - timedelta(days=rng.randrange(20, 900)))
        term = (
            since + timedelta(days=730) if product.kind in {"plan", "bundle", "device"} and rng.random() < 0.5 else None
        )
        yield (
            person.id,
            offering_ids[product.code],
            "active",
            since,
            term if term and term > today else None,
            "billing",
        )
    if rng.random() < 0.3 and (today - person.since).days > 900:
        former = rng.choice(products.PLANS)
        yield (person.id, offering_ids[former.code], "ended", person.since, None, "billing")


def usage(person: Person, now: datetime) -> Iterator[Row]:
    """Closed months, newest first, each with what the bill said line by line. The month of joining is not full."""
    rng = person.rng("usage")
    for month in months_before(timezone.localdate(now), MONTHS):
        if month < person.since.replace(day=1):
            return
        data = int(person.data_kb * rng.lognormvariate(0, 0.15))
        voice = int(person.voice_s * rng.lognormvariate(0, 0.2))
        messages = int(person.messages * rng.uniform(0.5, 1.5))
        begun = begun_minutes(voice)
        lines = bill_lines(person, data_kb=data, minutes=begun, messages=messages)
        if rng.random() < CORRECTED_SHARE:
            lines.append({"kind": "correction", "fen": -500, "text": "goodwill"})
        sums = [{"service": "voice", "scope": "national", "rounding": "event:60", "units": begun * 60}]
        total = sum(line["fen"] for line in lines)
        yield (person.id, month, voice, data, messages, total, month >= person.since, sums, lines)


def begun_minutes(voice_s: int) -> int:
    """Calls last 90 s on average and each is rounded up to a minute: half a minute more a call."""
    return ceil(voice_s / 60) + voice_s // 180


def bill_lines(person: Person, *, data_kb: int, minutes: int, messages: int) -> list[dict[str, Any]]:
    """The bill as this operator's billing made it: worked out apart from the rating engine, which must find the same."""
    packs = [one for one in person.beside if (one.family, one.kind) == ("mobile", "pack")]
    granted_kb = person.plan.data_kb + sum(pack.data_kb for pack in packs)
    granted_s = person.plan.voice_s + sum(pack.voice_s for pack in packs)
    over = {"data": data_kb - granted_kb, "voice": minutes * 60 - granted_s, "messages": messages}
    lines = [{"kind": "fee", "fen": product.fee_fen, "text": product.code} for product in (person.plan, *packs)]
    for price in person.plan.tariff.get("overage", ()):
        fen = price["price"]["num"] * ceil(max(0, over[price["service"]]) / price["block"])
        if fen:
            lines.append({"kind": price["service"], "fen": fen, "text": ""})
    lines += [
        {"kind": _BILLED_AS.get(product.family, "other_product"), "fen": product.fee_fen, "text": product.code}
        for product in person.beside
        if product not in packs and product.fee_fen
    ]
    return lines


def months_before(today: date, count: int) -> Iterator[date]:
    """First days of the last closed months, newest first."""
    first = today.replace(day=1)
    for _ in range(count):
        first = (first - timedelta(days=1)).replace(day=1)
        yield first


def contacts(person: Person, now: datetime, agents: list[int]) -> Iterator[Row]:
    """About ten contacts in two years, more for those who call often; calls leave a path and an agent behind."""
    rng = person.rng("contacts")
    horizon = min(TIMELINE_DAYS, (timezone.localdate(now) - person.since).days)
    if horizon < 1:
        return
    for at in _instants(rng, now, horizon, person.calls_per_year):
        yield from _call(person, rng, at, agents)
    for at in _instants(rng, now, horizon, 2.0):
        channel, kind, code = _weighted_contact(rng)
        yield (person.id, at, channel, kind, "out" if channel == "sms" else "in", code, "", None, "", {})


def _instants(rng: Random, now: datetime, horizon: int, per_year: float) -> Iterator[datetime]:
    expected = per_year * horizon / 365
    count = int(expected) + (rng.random() < expected % 1)
    for _ in range(count):
        day = (now - timedelta(days=1 + rng.random() * horizon)).replace(minute=0, second=0, microsecond=0)
        yield day.replace(hour=rng.choice((0, 1, 2, 3, 6, 7, 8, 9, 10, 12))) + timedelta(seconds=rng.randrange(3600))


def _call(person: Person, rng: Random, at: datetime, agents: list[int]) -> Iterator[Row]:
    code = rng.choices([code for code, _ in CALL_CODES], [weight for _, weight in CALL_CODES])[0]
    yield (person.id, at, "ivr", kinds.PATH, "in", code, "agent", None, "", {"seconds": rng.randrange(8, 90)})
    talk = int(rng.lognormvariate(4.75, 0.9))
    agent = rng.choice(agents) if agents else None
    at += timedelta(seconds=rng.randrange(10, 120))
    yield (person.id, at, "voice", kinds.CALL, "in", code, "completed", agent, "", {"talk_s": talk})
    if code == "complaint":
        yield (person.id, at, "voice", kinds.COMPLAINT, "in", "service", "solved", agent, "", {})


def _weighted_contact(rng: Random) -> tuple[str, str, str]:
    channel, kind, code, _ = rng.choices(OTHER_CONTACTS, [weight for *_, weight in OTHER_CONTACTS])[0]
    return channel, kind, code


def consents(person: Person, now: datetime) -> Iterator[Row]:
    """Half allow marketing by voice, an eighth refuse it, of the rest nobody knows: which means no."""
    rng = person.rng("consents")
    if tags.MINOR in person.tags:
        return
    draw, at = rng.random(), now - timedelta(days=rng.randrange(10, 700))
    if draw < 0.5:
        yield (person.id, "marketing", "voice", "granted", "app, terms 2024-03", at, now + timedelta(days=365))
    elif draw < 0.62:
        yield (person.id, "marketing", "any", "refused", "spoken in a call", at, None)
    if rng.random() < 0.4:
        yield (person.id, "profiling", "any", "granted", "app, terms 2024-03", at, None)


def tagged(person: Person, now: datetime, tag_ids: dict[str, int]) -> Iterator[Row]:
    for key in person.tags:
        months = "mean of six months" if key in {tags.HEAVY_DATA, tags.HEAVY_VOICE, tags.LIGHT_USER} else ""
        yield (person.id, tag_ids[key], "rule", months, now - timedelta(days=3), None)
