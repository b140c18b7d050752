"""The engine at the service of the cards: the customer's account, what could be paid instead, and what was found. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache, partial

from customers.catalogue import fitting
from customers.catalogue.accounts import months_between
from customers.catalogue.fitting import Account, Fitting, Grant, Option, fit
from customers.catalogue.forward_test import Transitions
from customers.catalogue.rating import rate
from customers.catalogue.reading import TariffRefused
from customers.catalogue.reconciliation import BilledMonth
from customers.catalogue.tariffs import NATIONAL, Allowance, plan_tariff
from customers.catalogue.terms import Tariff
from customers.catalogue.usage import NotRatable
from customers.offers.eligibility import eligible
from customers.offers.facts import FULL_MONTHS, RETENTION, Comeback, Product, Snapshot, months_before

COOL_OFF = 2  # closed months after the last use before anybody is asked to come back


def account_of(snapshot: Snapshot, months: Sequence[BilledMonth]) -> Account | None:
    """What is billed to the customer on today's plan and packs; None where it cannot be said with certainty.

    `months` oldest first. The last three must have closed just now, wholly under today's products.
    """
    held = snapshot.mobile_plan()
    if held is None or not held.product.terms or not _whole(snapshot, months):
        return None
    tariff = _tariff(held.product, snapshot.mobile_packs())
    if tariff is None:
        return None
    served = months_between(held.since, snapshot.today)
    billed = tuple(_as_billed(month, (held.product, *snapshot.mobile_packs())) for month in months[-FULL_MONTHS:])
    return Account(tariff=tariff, months=billed, months_served=served, today=snapshot.today)


def _as_billed(month: BilledMonth, products: tuple[Product, ...]) -> BilledMonth:
    """With the terms of then, where one of the products has changed its own since."""
    first = date.fromisoformat(f"{month.usage.month}-01")
    plan, *packs = (product.sheet_in(first) for product in products)
    if all(sheet.text == product.terms for sheet, product in zip((plan, *packs), products, strict=True)):
        return month
    try:
        return replace(month, terms=plan_tariff(plan, packs))
    except TariffRefused:
        return month  # terms of then that cannot be read explain no bill: nothing is promised on it


def options_of(snapshot: Snapshot) -> tuple[Option, ...]:
    """What the customer may have instead: other mobile plans with the same packs, and today's plan with one more pack."""
    held = snapshot.mobile_plan()
    if held is None:
        return ()
    options = _options(held.product, snapshot.mobile_packs(), snapshot.on_sale)
    barred = _barred(snapshot)
    return tuple(option for option in options if option.code not in barred)


def ready(products: tuple[Product, ...]) -> None:
    """Compiles a shelf for the holders of each of its mobile plans: without packs, as most are."""
    for plan in products:
        if (plan.family, plan.kind) == ("mobile", "plan") and plan.terms:
            fitting.ready(_options(plan, (), products))


def advise(snapshot: Snapshot, *, months: Sequence[BilledMonth], pool: Transitions) -> Fitting | None:
    """What the engine finds for this customer; None where it cannot look: no sure account, or usage it cannot rate."""
    account, held = account_of(snapshot, months), snapshot.mobile_plan()
    if account is None or held is None:
        return None
    try:
        options = _options(held.product, snapshot.mobile_packs(), snapshot.on_sale)
        return fit(account, options, pool=pool, barred=_barred(snapshot))
    except (NotRatable, TariffRefused):
        return None


def comeback(snapshot: Snapshot, *, months: Sequence[BilledMonth]) -> Comeback | None:
    """The plan that would have cost a former customer least; None while they have one, sooner than two closed months
    after their last use (they are left in peace), or where no plan rates it. `months` oldest first."""
    last = [month for month in months if month.usage.full][-FULL_MONTHS:]
    if any(held.product.family == "mobile" and held.product.kind in {"plan", "bundle"} for held in snapshot.held):
        return None
    if not last or (last[-1].usage.month or "9") >= f"{months_before(snapshot.today, COOL_OFF)[-1]:%Y-%m}":
        return None
    costs = []
    for plan in snapshot.on_sale:
        if (plan.family, plan.kind) != ("mobile", "plan") or not eligible(plan, snapshot):
            continue
        tariff = _tariff(plan, ())
        try:
            if tariff is not None:
                costs.append((sum(rate(month.usage, tariff).total for month in last), plan.code))
        except NotRatable:
            continue
    if not costs:
        return None
    total, code = min(costs)
    return Comeback(
        code=code,
        mean_fen=round(total / len(last)),
        until=date.fromisoformat(f"{last[-1].usage.month}-01"),
        months=len(last),
    )


def _barred(snapshot: Snapshot) -> frozenset[str]:
    return frozenset(one.code for one in snapshot.on_sale if not eligible(one, snapshot))


@lru_cache(maxsize=512)
def _options(plan: Product, packs: tuple[Product, ...], products: tuple[Product, ...]) -> tuple[Option, ...]:
    """Everything on the shelf for holders of one plan and its packs. Kept: many customers hold the same."""
    return tuple(_made(plan, packs, products))


def _made(plan: Product, packs: Sequence[Product], products: Iterable[Product]) -> Iterable[Option]:
    for product in products:
        if product.family != "mobile" or not product.terms or RETENTION in product.tags:
            continue  # a gift to stay is no way to pay less
        if product.kind == "plan":
            option = _option(product.code, product, packs)
        elif product.kind == "pack":
            option = _option(product.code, plan, (*packs, product))
        else:
            continue
        if option is not None:
            yield option


def _option(code: str, plan: Product, packs: Sequence[Product]) -> Option | None:
    base = _tariff(plan, ())
    if base is None:
        return None
    granted, fen = _beside(tuple(packs))
    return Option(code=code, base=base, terms=partial(_terms, plan, packs), granted=granted, packs_fen=fen)


@lru_cache(maxsize=4_096)
def _beside(packs: tuple[Product, ...]) -> tuple[Grant, int]:
    """What packs grant together, and their fees in fen."""
    granted = sum((pack.allowance for pack in packs), Allowance())
    units = (("voice", granted.voice_s), ("messages", granted.messages), ("data", granted.data_kb))
    given = tuple(((service, NATIONAL), amount) for service, amount in units if amount)
    return given, sum(pack.fee_fen for pack in packs)


def _terms(plan: Product, packs: Sequence[Product]) -> Tariff:
    return plan_tariff(plan.sheet, tuple(pack.sheet for pack in packs))


def _tariff(plan: Product, packs: Sequence[Product]) -> Tariff | None:
    """A product whose terms are broken leaves the comparison; the others stay."""
    try:
        return _terms(plan, packs)
    except TariffRefused:
        return None


def _whole(snapshot: Snapshot, months: Sequence[BilledMonth]) -> bool:
    wanted = [f"{month:%Y-%m}" for month in reversed(months_before(snapshot.today, FULL_MONTHS))]
    since = max(held.since for held in snapshot.held if held.product.family == "mobile")
    named = [month.usage.month for month in months[-FULL_MONTHS:]]
    return named == wanted and since <= months_before(snapshot.today, FULL_MONTHS)[-1]
