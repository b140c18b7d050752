"""What was offered in the last half year and what became of it: the past that results and models are drawn from.

Who is shown what follows the product's own groups and odds; who says yes follows the use of a person and the price.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp
from random import Random
from typing import Any
from uuid import UUID

from django.db import connection

from callcenter.demo.operator import products
from callcenter.demo.operator.history import Row
from callcenter.demo.operator.people import Person
from customers.insight import tags
from customers.offers.cells import Cell, cell_of, draw

ARBITRATION = (
    "call", "customer_id", "at", "intent", "cell", "led", "feasible", "odds", "marginal", "ranked", "dropped", "features",
    "spoke", "took_ms",
)  # fmt: skip
OFFER = (
    "call", "customer_id", "offering_id", "action", "lane", "rule", "rank", "state", "reason", "shown_at", "decided_at",
    "agent", "labelled_at",
)  # fmt: skip
MOST = 4_000  # people of whom a past is told
LEARNS_FROM = 3_000  # with fewer there is nothing to learn yet
JUST_SERVE = 320
INTENTS = ("", "bill_question", "data_usage", "services", "roaming")
CARDS = (
    ("content", "content", "reading-month"),
    ("content", "content", "video-month"),
    ("cross_sell", "broadband_at_home", "fibre-300"),
    ("cross_sell", "broadband_at_home", "fibre-100"),
    ("content", "content", "sport-month"),
)
DECLINED = ("too_expensive", "no_need", "thinks_about_it", "bad_moment")


@dataclass(frozen=True, kw_only=True)
class Told:
    """One decision and, where a card was shown and taken, what the customer holds since."""

    decision: Row
    offer: Row | None
    holding: Row | None


def past(
    person: Person, *, now: datetime, salt: str, offering_ids: dict[str, int], agents: list[int]
) -> Iterator[Told]:
    """One or two calls in which something could have been sold."""
    if person.index >= MOST or person.kind != "individual" or tags.MINOR in person.tags:
        return
    rng = person.rng("advice")
    held = {product.code for product in person.beside}
    for back in sorted((rng.uniform(8, 230) for _ in range(rng.choice((1, 1, 2)))), reverse=True):
        at = now - timedelta(days=back)
        cards = [one for one in rng.sample(CARDS, 3) if one[2] not in held]
        cards = list({one[1]: one for one in cards}.values())
        if cards and at.date() > person.since:
            told = _told(person, rng, at, now, cards, salt, offering_ids, agents)
            if told.holding is not None:
                held |= {one[2] for one in cards}
            yield told


def link() -> None:
    """Ties each card to its decision, by the call."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE customers_offer AS offer SET decision_id = decision.id FROM customers_arbitration AS decision "
            "WHERE decision.call = offer.call AND offer.decision_id IS NULL"
        )


def _told(
    person: Person, rng: Random, at: datetime, now: datetime, cards: list[tuple[str, str, str]], salt: str,
    offering_ids: dict[str, int], agents: list[int],
) -> Told:  # fmt: skip
    call = UUID(int=rng.getrandbits(128), version=4)
    features = _features(person, rng)
    worth = {one: rng.uniform(350, 900) * (1.6 if one[2].startswith("fibre") else 1) for one in cards}
    order = sorted(cards, key=lambda one: -worth[one])
    priorities = [*(worth[one] for one in order), float(JUST_SERVE)]
    cell = cell_of(salt=salt, party=str(person.id), day=at.date()) if salt else Cell.POLICY
    drawn = draw(cell=cell, priorities=priorities, just_serve=len(order), key=f"{call}|{person.id}")
    led = order[drawn.index] if drawn.index < len(order) else None
    facts = {one: _offered(one, person) for one in order}
    ranked = [
        {"rule": one[1], "code": one[2], "lane": "sales", "priority_fen": round(worth[one]), "x": facts[one]}
        for one in order
    ]
    decision: Row = (
        call, person.id, at, features["intent"], cell.value, led[1] if led else "just_serve",
        [*(one[1] for one in order), "just_serve"], list(drawn.odds), drawn.marginal, ranked, [], features, {}, 6.0,
    )  # fmt: skip
    if led is None:
        return Told(decision=decision, offer=None, holding=None)
    offer, kept = _answered(call, person, rng, at, now, led, features | facts[led], offering_ids, agents)
    holding = (person.id, offering_ids[led[2]], "active", at.date(), None, "billing") if kept else None
    return Told(decision=decision, offer=offer, holding=holding)


def _features(person: Person, rng: Random) -> dict[str, Any]:
    granted = max(1, person.plan.data_kb)
    return {
        "intent": rng.choice(INTENTS), "matters": 0, "interests": len(set(person.tags) - tags.PROTECTED),
        "household": float(tags.FAMILY in person.tags), "plan": person.plan.code, "promise_yuan": 0.0,
        "months_held": rng.randrange(1, 36), "plan_yuan": person.plan.fee_fen / 100,
        "bill_yuan": person.plan.fee_fen / 100 + rng.uniform(0, 20), "data_share": min(10.0, person.data_kb / granted),
    }  # fmt: skip


def _offered(card: tuple[str, str, str], person: Person) -> dict[str, Any]:
    product = products.BY_CODE[card[2]]
    return {"rule": card[1], "price_yuan": product.fee_fen / 100, "fit": len(set(product.suits) & set(person.tags))}


def _answered(
    call: UUID, person: Person, rng: Random, at: datetime, now: datetime, card: tuple[str, str, str], facts: dict[str, Any],
    offering_ids: dict[str, int], agents: list[int],
) -> tuple[Row, bool]:  # fmt: skip
    """Half of what is shown is offered; a yes is likelier where it fits, where data is much used, and where it is cheap."""
    chance = 1 / (
        1 + exp(-(-1.6 + 1.3 * facts["fit"] + 0.8 * min(2.0, facts["data_share"]) - facts["price_yuan"] / 40))
    )
    offered, yes, keeps = rng.random() < 0.6, rng.random() < chance, rng.random() < 0.85
    ripe = (now - at).days >= 44
    state, reason, decided, labelled = "shown", "", None, None
    if offered:
        decided = at + timedelta(minutes=4)
        state = ("kept" if keeps else "undone") if yes and ripe else "accepted" if yes else "declined"
        reason = rng.choice(DECLINED) if state == "declined" else ""
        labelled = at + timedelta(days=31 if state == "kept" else 15) if state in {"kept", "undone"} else None
    row = (
        call, person.id, offering_ids[card[2]], card[0], "sales", card[1], 1, state, reason, at, decided,
        rng.choice(agents) if agents else None, labelled,
    )  # fmt: skip
    return row, state == "kept" or (state == "accepted" and keeps)
