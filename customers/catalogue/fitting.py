"""Which plan would suit this customer's own use best, by the engine: rate all, then promise only what survives. Pure.

Options are other plans, or the present one with a pack beside it. The cheap look rates every option on the last three
months in one block; the claim's rules, with the forward test, run for the few that were cheaper in all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from operator import lt

import numpy as np

from customers.catalogue.bulk import NOT_RATABLE
from customers.catalogue.claims import MONTHS, Present, SavingClaim, saving_claim
from customers.catalogue.compiled import CompiledTariff, compile_tariff
from customers.catalogue.forward_test import Transitions
from customers.catalogue.rack import Rack, rack_of
from customers.catalogue.rating import compiled
from customers.catalogue.reconciliation import BilledMonth, Reconciliation
from customers.catalogue.terms import Tariff
from customers.catalogue.usage import SumKey, UsageBlock

Grant = tuple[tuple[tuple[str, str], int], ...]  # ((service, scope), base units) of the packs beside a plan
TRIED = 2  # claims worked out for one customer: the cheapest options first


@dataclass(frozen=True, kw_only=True, eq=False)
class Option:
    """Something the customer could pay instead. `code` is the product to take.

    For the first look it is `base` on what use the packs beside it leave over, and the packs' fee: the same fen as the
    joined terms, for a pack is drawn on after the plan. Only who looks cheaper is joined (`terms`) and judged.
    """

    code: str
    base: Tariff
    terms: Callable[[], Tariff]
    granted: Grant = ()  # national units of the packs beside it
    packs_fen: int = 0

    @classmethod
    def of(cls, code: str, tariff: Tariff) -> Option:
        """A plan with nothing beside it."""
        return cls(code=code, base=tariff, terms=lambda: tariff)


@dataclass(frozen=True, kw_only=True)
class Account:
    """What a customer pays for and paid. `months` are closed, oldest first; None of them for a new customer."""

    tariff: Tariff
    months: tuple[BilledMonth, ...]
    months_served: int
    today: date


@dataclass(frozen=True, kw_only=True)
class Fitting:
    """What the engine found. `claims` hold the options that were cheaper in each month, the largest promise first."""

    reconciliation: Reconciliation
    totals: dict[str, tuple[int, ...]]  # fen of the last months by option's code, where it could be rated
    claims: tuple[tuple[str, SavingClaim], ...] = ()

    @property
    def best(self) -> tuple[str, SavingClaim] | None:
        """The product with the largest promise that may be spoken; None if nothing may be promised."""
        return next(((code, claim) for code, claim in self.claims if claim.may_be_said), None)

    def dearer(self, code: str) -> bool | None:
        """Whether these months would have cost more in sum with it; None if it cannot be rated."""
        then = self.totals.get(code)
        return None if then is None else sum(then) > sum(self.totals[""])


def fit(
    account: Account,
    options: Sequence[Option],
    *,
    pool: Transitions,
    flagged: Container[str] = (),
    barred: Container[str] = (),
) -> Fitting | None:
    """Rates `options` on the account's last three months; None without three full ones that the present plan rates.

    `barred` names options this customer cannot have: a shelf that many customers share need not be sorted for each.
    """
    months = account.months[-MONTHS:]
    if len(months) < MONTHS or not all(month.usage.full for month in months):
        return None
    now = compiled(account.tariff)
    paid = rack_of([now]).totals(_use(months, ()))[:, 0]
    if (paid == NOT_RATABLE).any():
        return None
    totals = {"": tuple(int(fen) for fen in paid), **_look(months, tuple(options), barred)}
    present = Present(plan=now, months=tuple(months), pool=pool, today=account.today)
    result = present.reconciled
    claims: list[tuple[str, SavingClaim]] = []
    if result.passed:
        for option in _cheaper(options, totals)[:TRIED]:
            claim = saving_claim(
                current=now, candidate=option.terms(), months=months, pool=pool, today=account.today,
                months_served=account.months_served, flagged=flagged, present=present,
            )  # fmt: skip
            claims.append((option.code, claim))
    claims.sort(key=lambda one: -one[1].promise)
    return Fitting(reconciliation=result, totals=totals, claims=tuple(claims))


def _cheaper(options: Sequence[Option], totals: dict[str, tuple[int, ...]]) -> list[Option]:
    """Those below the present bill in each month, the cheapest first."""
    now = totals[""]
    found = [option for option in options if option.code in totals and all(map(lt, totals[option.code], now))]
    return sorted(found, key=lambda option: (sum(totals[option.code]), option.code))


def _look(
    months: Sequence[BilledMonth], options: tuple[Option, ...], barred: Container[str]
) -> dict[str, tuple[int, ...]]:
    """Bills of the last months by option, where they can be rated; options beside the same packs in one go."""
    found: dict[str, tuple[int, ...]] = {}
    for granted, several, rack in _racks(options):
        bills = rack.totals(_use(months, granted))
        rated = (bills != NOT_RATABLE).all(axis=0).tolist()
        whole = (bills + np.array([option.packs_fen for option in several], np.int64)).T.tolist()
        for option, may, own in zip(several, rated, whole, strict=True):
            if may and option.code not in barred:
                found[option.code] = tuple(own)
    return found


def ready(options: Sequence[Option]) -> None:
    """Compiles what these options cost ahead of the first customer who asks."""
    _racks(tuple(options))


@lru_cache(maxsize=512)
def _racks(options: tuple[Option, ...]) -> tuple[tuple[Grant, tuple[Option, ...], Rack], ...]:
    """Options beside the same packs together. Kept: a shelf serves every customer of one plan."""
    together: dict[Grant, list[Option]] = {}
    for option in options:
        together.setdefault(option.granted, []).append(option)
    return tuple(
        (granted, tuple(several), _rack(tuple(compile_tariff(option.base) for option in several)))
        for granted, several in together.items()
    )


@lru_cache(maxsize=512)
def _rack(plans: tuple[CompiledTariff, ...]) -> Rack:
    """The same plans whatever packs stand beside them: only what the packs leave over differs."""
    return rack_of(plans)


def _use(months: Sequence[BilledMonth], granted: Grant) -> UsageBlock:
    """What the packs leave over; the months stand as rows of one block."""
    less = dict(granted)
    keys: dict[SumKey, None] = dict.fromkeys(key for month in months for key in month.usage.sums)
    return UsageBlock(
        sums={
            key: np.array(
                [max(0, month.usage.sums.get(key, 0) - less.get((key.service, key.scope), 0)) for month in months],
                np.int64,
            )
            for key in keys
        }
    )
