"""People who stand twice in our books: pairs that wait for a person, merges that stand, two who are kept apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import log2
from uuid import UUID

from callcenter.demo.operator.people import customer_id
from customers import models as tables
from customers.identity import merging
from customers.identity.ledger import LINKING
from customers.identity.linking.model import COMPARISONS, PRIOR, VERSION

FROM = 30_000_000  # ids of second entries lie beyond everybody else's
FEWEST = 200  # in a smaller market nobody stands twice
FIRST = 20  # of the people in order: those before have a story
_BITS = {(each.field, level.name): level.bits for each in COMPARISONS for level in each.levels}
_SHOP_KNOWS = "data-5"


@dataclass(frozen=True, kw_only=True)
class Double:
    """How the second entry reads, what speaks for and against one person, and what became of the pair."""

    name: str  # "{surname}先生", "{name}", or another
    slip: bool  # in the number; else it is the same
    found: tuple[tuple[str, str], ...]  # field, agreement
    why: str  # it waits; "" where it was decided
    by: str = ""  # linking, or a person of ours
    reason: str = ""


DOUBLES = (
    Double(name="{surname}先生", slip=False, found=(("phone", "same"), ("name", "surname_and_title")), why="one_per_source"),
    Double(name="{name}", slip=False, found=(("phone", "same"), ("name", "same")), why="worst_pair"),
    Double(name="{surname}女士", slip=True, found=(("phone", "one_slip"), ("name", "surname_and_title")), why="one_per_source"),
    Double(name="{name}", slip=True, found=(("name", "same"), ("phone", "one_slip")), why="", by=LINKING),
    Double(name="{surname}先生", slip=True, found=(("phone", "one_slip"), ("name", "surname_and_title")), why="", by="ada",
           reason="回拨核实：门店录错一位号码，是同一人。"),
    Double(name="{surname}小妹", slip=False, found=(("phone", "same"), ("name", "differs")), why="", by="ada",
           reason="姐妹共用一个号码，不是同一人。"),
)  # fmt: skip


def write(*, now: datetime, seed: int, actors: Mapping[str, str], offering_ids: Mapping[str, int]) -> None:
    """Second entries out of the shop's books, proposed or decided as above."""
    people = tables.Customer.objects.filter(kind="individual", language="zh", identifiers__kind="phone").order_by("id")
    if people.count() < FEWEST:
        return
    for turn, (double, first) in enumerate(zip(DOUBLES, people[FIRST : FIRST + len(DOUBLES)], strict=True)):
        at = now - timedelta(days=turn + 1)
        again = _again(double, first, customer_id(seed=seed, index=FROM + turn), now, offering_ids[_SHOP_KNOWS])
        evidence = [{"field": field, "agreement": how, "bits": _BITS[field, how]} for field, how in double.found]
        bits = sum(_BITS[found] for found in double.found) + log2(PRIOR)
        actor = actors.get(double.by, double.by)
        if double.why:
            a, b = sorted((first.pk, again.pk))
            tables.Proposal.objects.create(
                a_id=a, b_id=b, bits=bits, evidence=evidence, why=double.why, model=VERSION, at=at
            )
        elif ("name", "differs") in double.found:
            merging.declare_not_same(one=first.pk, other=again.pk, actor=actor, reason=double.reason, now=at)
        else:
            reason = double.reason or f"{bits:.1f} bits, {VERSION}"
            merging.merge(one=first.pk, other=again.pk, actor=actor, reason=reason, now=at, evidence=evidence)


def _again(double: Double, first: tables.Customer, key: UUID, now: datetime, offering: int) -> tables.Customer:
    number = first.identifiers.filter(kind="phone").order_by("id").values_list("value", flat=True)[0]
    if double.slip:
        number = number[:-1] + str((int(number[-1]) + 3) % 10)
    seen = now - timedelta(days=25)
    again = tables.Customer.objects.create(
        id=key, kind=first.kind, status="active", name=double.name.format(surname=first.name[0], name=first.name),
        region=first.region, created_at=seen, since=seen.date(), source="shop", observed_at=seen,
    )  # fmt: skip
    tables.Identifier.objects.create(customer=again, kind="phone", value=number, source="shop", last_seen_at=seen)
    tables.Holding.objects.create(
        customer=again, offering_id=offering, status="active", since=seen.date(), source="shop"
    )
    return again
