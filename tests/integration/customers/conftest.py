"""The people of these stories and the shelves of the shop."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from callcenter.foundation.ids import uuid7
from customers.catalogue.queries import forget_pool
from customers.identity.sealed import stored
from customers.models import (
    Consent,
    Customer,
    Holding,
    Identifier,
    Interaction,
    Offering,
    Tag,
    TagAssignment,
    UsageMonth,
)
from customers.offers import experience
from customers.results import CallContext

NOW = datetime(2026, 11, 22, 2, tzinfo=UTC)
GB = 1024 * 1024


def ago(**span: float) -> datetime:
    return NOW - timedelta(**span)


@dataclass(frozen=True, kw_only=True)
class People:
    """What the tests do to people, in few words."""

    def customer(self, name: str, *numbers: str, **fields: Any) -> Customer:
        customer = Customer.objects.create(name=name, **({"created_at": ago(days=900), "birth_year": 1980} | fields))
        for number in numbers:
            self.reached_by(customer, number)
        return customer

    def reached_by(self, customer: Customer, value: str, **fields: Any) -> Identifier:
        kept = stored(fields.get("kind", "phone"), value)
        told = {"kind": "phone", "sealed": kept.sealed, "born": kept.born} | fields
        return Identifier.objects.create(customer=customer, value=kept.value, **told)

    def consents(self, customer: Customer, **fields: Any) -> None:
        given = {"purpose": "marketing", "channel": "voice", "state": "granted", "at": ago(days=100)}
        Consent.objects.create(customer=customer, **(given | fields))

    def tag(self, customer: Customer, key: str, **fields: Any) -> None:
        tag, _created = Tag.objects.get_or_create(key=key, defaults={"name_en": key, "name_zh": key, "layer": "hobby"})
        TagAssignment.objects.create(customer=customer, tag=tag, **({"origin": "rule", "at": ago(days=3)} | fields))

    def told(self, customer: Customer, at: datetime, kind: str = "call", **fields: Any) -> Interaction:
        return Interaction.objects.create(customer=customer, at=at, kind=kind, **({"channel": "voice"} | fields))

    def holds(self, customer: Customer, offering: Offering, **fields: Any) -> None:
        Holding.objects.create(customer=customer, offering=offering, **({"since": date(2024, 3, 1)} | fields))

    def used(self, customer: Customer, month: date, gb: float, minutes: int) -> None:
        UsageMonth.objects.create(customer=customer, month=month, data_kb=int(gb * GB), voice_s=minutes * 60)

    def billed(self, customer: Customer, month: date, gb: float, minutes: int, lines: dict[str, int]) -> None:
        """A month with its bill; calls last whole minutes."""
        UsageMonth.objects.create(
            customer=customer, month=month, data_kb=int(gb * GB), voice_s=minutes * 60, bill_fen=sum(lines.values()),
            sums=[{"service": "voice", "scope": "national", "rounding": "event:60", "units": minutes * 60}],
            lines=[{"kind": kind, "fen": fen} for kind, fen in lines.items()],
        )  # fmt: skip


@pytest.fixture(autouse=True)
def _fresh_pool() -> Iterator[None]:
    """What promises are tried on, and what answers taught, is kept in the process: no test hands it to the next."""
    for forget in (forget_pool, experience.forget):
        forget()
    yield
    for forget in (forget_pool, experience.forget):
        forget()


@pytest.fixture
def people() -> People:
    return People()


@pytest.fixture
def mrs_chen(people: People) -> Customer:
    """Mrs Chen, known for years, consents to marketing on the telephone."""
    customer = people.customer("陈美", title="ms", language="zh", region="广州", value_tier="gold")
    people.reached_by(customer, "+8613800138000", verified_at=ago(days=700), last_seen_at=ago(days=9))
    people.consents(customer)
    return customer


@pytest.fixture
def zhang_san(people: People) -> Customer:
    return people.customer("张三", "+8613900139000", title="mr", language="zh")


def offering(
    code: str, family: str, kind: str, yuan: int, *, gb: float = 0, minutes: int = 0, **fields: Any
) -> Offering:
    buckets = [{"service": "data", "amount": int(gb * GB)}] if gb else []
    if minutes:
        buckets.append({"service": "voice", "amount": minutes * 60})
    prices = (("voice", 60, 15), ("messages", 1, 10), ("data", GB, 500))
    tariff: dict[str, Any] = {"fee": yuan * 100, "buckets": buckets}
    if kind == "plan":
        tariff["round"] = {"voice": {"per": "EVENT", "block": 60}}
        tariff["overage"] = [{"service": s, "block": block, "price": {"num": fen}} for s, block, fen in prices]
    given = {"name_en": code, "name_zh": f"{code}套餐", "valid_from": date(2023, 1, 1), "tariff": tariff}
    return Offering.objects.create(code=code, family=family, kind=kind, fee_fen=yuan * 100, **(given | fields))


@pytest.fixture
def shelves(db: None) -> dict[str, Offering]:
    goods = [
        offering("plan-19", "mobile", "plan", 19, gb=1, minutes=50),
        offering("plan-99", "mobile", "plan", 99, gb=20, minutes=500),
        offering("data-5", "mobile", "pack", 15, gb=5),
        offering("fibre-300", "broadband", "plan", 50),
        offering("reading", "content", "content", 12, suits=["reader"]),
        offering("old-plan", "mobile", "plan", 1, gb=90, minutes=9000, valid_to=date(2024, 1, 1)),
    ]
    return {one.code: one for one in goods}


def call_of(customer: Customer | None, **fields: Any) -> CallContext:
    given: dict[str, Any] = {
        "call_id": uuid7(),
        "customer_id": customer.pk if customer else None,
        "intent": "",
        "language": "en",
        "queue": "mobile",
        "agent_name": "Lin",
        "agent_id": 7,
    }
    return CallContext(**(given | fields))


def some_call() -> UUID:
    return uuid7()
