"""May this product be proposed to this customer at all? One function a rule, one row a rule. Pure.

A rule answers True (passes) or False (fails). What is unknown fails: it is written so in the rule itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from customers.insight.tags import DOCUMENTED
from customers.offers import company
from customers.offers.facts import Product, Snapshot
from customers.offers.wording import Text


def on_sale(product: Product, snapshot: Snapshot) -> bool:
    return product.valid_from <= snapshot.today and (product.valid_to is None or snapshot.today < product.valid_to)


def not_held(product: Product, snapshot: Snapshot) -> bool:
    return product.code not in snapshot.held_codes


def made_for_them(product: Product, snapshot: Snapshot) -> bool:
    """What is made for holders of a paper alone (students, seniors) needs the paper: no such tag on record is no."""
    if not product.suits or not product.suits <= DOCUMENTED:
        return True
    return bool(product.suits & snapshot.tag_keys)


def not_against_them(product: Product, snapshot: Snapshot) -> bool:
    return product.not_for.isdisjoint(snapshot.tag_keys)


@dataclass(frozen=True, kw_only=True)
class Condition:
    key: str
    passes: Callable[[Product, Snapshot], bool]
    why_not: Text


# To add a condition: one function above, one row here.
CONDITIONS: tuple[Condition, ...] = (
    Condition(key="on_sale", passes=on_sale, why_not=Text(en="Not on sale today", zh="今天不在售")),
    Condition(key="not_held", passes=not_held, why_not=Text(en="The customer has it", zh="客户已拥有")),
    Condition(
        key="made_for_them",
        passes=made_for_them,
        why_not=Text(en="Made for a group the customer is not known to belong to", zh="面向特定人群，客户不在其中"),
    ),
    Condition(
        key="not_against_them",
        passes=not_against_them,
        why_not=Text(en="Not for customers like this one", zh="不适合此类客户"),
    ),
    Condition(
        key="needs_met",
        passes=company.needs_met,
        why_not=Text(en="Needs a product the customer does not have", zh="需先拥有另一产品，客户没有"),
    ),
    Condition(
        key="goes_with_held",
        passes=company.goes_with_held,
        why_not=Text(en="Does not go with something the customer has", zh="与客户已有产品不能同时使用"),
    ),
    Condition(
        key="strands_nothing",
        passes=company.strands_nothing,
        why_not=Text(en="Something the customer has would lose what it needs", zh="客户已有产品将失去所依附的产品"),
    ),
)


def first_failing(product: Product, snapshot: Snapshot) -> Condition | None:
    """The first condition that bars the product; None if it may be proposed."""
    for condition in CONDITIONS:  # no generator: hundreds of products are asked about in every call
        if not condition.passes(product, snapshot):
            return condition
    return None


def eligible(product: Product, snapshot: Snapshot) -> bool:
    return first_failing(product, snapshot) is None
