"""What a product needs beside it and what it does not go with, as the catalogue says. Pure.

A name is a product's code, or a family with a kind ("mobile:plan"). Excluding is said once and counts from both sides.
"""

from __future__ import annotations

from collections.abc import Iterable

from customers.offers.facts import Product, Snapshot


def names(product: Product) -> frozenset[str]:
    """All names a product answers to."""
    return frozenset({product.code, f"{product.family}:{product.kind}"})


def unfit(one: Product, other: Product) -> bool:
    """Whether these two may not be had together."""
    return bool(one.excludes & names(other) or other.excludes & names(one))


def coming(product: Product, snapshot: Snapshot) -> tuple[Product, ...]:
    """What a yes brings: the product, and the parts of a bundle."""
    parts = [one for one in snapshot.on_sale if one.code in product.parts] if product.parts else []
    return (product, *parts)


def staying(product: Product, snapshot: Snapshot) -> tuple[Product, ...]:
    """What is held beside it afterwards: a new plan takes the place of its family's old one."""
    arriving = coming(product, snapshot)
    replaced = {one.family for one in arriving if one.kind == "plan"}
    codes = {one.code for one in arriving}
    return tuple(
        held
        for held in snapshot.held_products
        if held.code not in codes and not (held.kind == "plan" and held.family in replaced)
    )


def needs_met(product: Product, snapshot: Snapshot) -> bool:
    """Each thing that comes finds one of what it needs."""
    if not product.requires and not product.parts:
        return True
    arriving = coming(product, snapshot)
    there = (*arriving, *staying(product, snapshot))
    return all(_met(one, there) for one in arriving)


def goes_with_held(product: Product, snapshot: Snapshot) -> bool:
    """Nothing that comes is excluded by what stays, or excludes it."""
    if not product.excludes and not product.parts and not snapshot.excludes:
        return True
    stays = staying(product, snapshot)
    return not any(unfit(new, old) for new in coming(product, snapshot) for old in stays)


def strands_nothing(product: Product, snapshot: Snapshot) -> bool:
    """What is held and had what it needs has it afterwards, too."""
    if product.kind != "plan" and not product.parts:
        return True  # it takes no other's place
    if not snapshot.needy:
        return True
    stays = staying(product, snapshot)
    after = (*coming(product, snapshot), *stays)
    return all(_met(one, after) for one in snapshot.needy if one in stays and _met(one, snapshot.held_products))


def builds_on(product: Product, snapshot: Snapshot) -> tuple[Product, ...]:
    """What the customer has of what it needs: told on the card."""
    return tuple(held for held in snapshot.held_products if product.requires & names(held))


def _met(product: Product, there: Iterable[Product]) -> bool:
    return not product.requires or any(product.requires & names(one) for one in there if one != product)
