"""Reading a customer's accounts and subscriptions: what they hold, pay and use, and who else does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from callcenter.foundation import masks
from customers.accounts.models import PartyRole

MOST = 50


@dataclass(frozen=True, kw_only=True)
class Party:
    """Who is what to an account or a subscription."""

    customer: UUID
    masked_name: str
    role: str
    since: date
    until: date | None


@dataclass(frozen=True, kw_only=True)
class Line:
    """One subscription with who uses it, the present one first."""

    kind: str
    masked_number: str
    users: tuple[Party, ...]


@dataclass(frozen=True, kw_only=True)
class AccountView:
    """One account with its parties, the present ones first, and its subscriptions; number "" for subscriptions on none."""

    source: str
    masked_number: str
    parties: tuple[Party, ...]
    lines: tuple[Line, ...]


def accounts_of(*, customer_id: UUID) -> list[AccountView]:
    """Every account the customer holds or pays, or on which they use something. Three statements at most."""
    own = PartyRole.objects.filter(customer=customer_id).select_related("account", "subscription__account")[:MOST]
    used = {row.subscription for row in own} - {None}
    accounts = {account for account in ({row.account for row in own} | {one.account for one in used if one}) if account}
    alone = {one.pk for one in used if one and one.account_id is None}
    keys = {one.pk for one in accounts}
    found = list(
        PartyRole.objects.filter(account__in=keys)
        .union(
            PartyRole.objects.filter(subscription__account__in=keys),
            PartyRole.objects.filter(subscription__in=alone),
        )
        .values_list("pk", flat=True)
    )
    rows = list(
        PartyRole.objects.filter(pk__in=found[: MOST * 4]).select_related("customer", "account", "subscription")
        .order_by("until", "-since", "pk")
    )  # fmt: skip
    rows.sort(key=lambda row: row.until is not None)
    told = [
        AccountView(
            source=one.source, masked_number=masks.other(one.number),
            parties=tuple(_party(row) for row in rows if row.account_id == one.pk),
            lines=_lines([row for row in rows if row.subscription and row.subscription.account_id == one.pk]),
        )
        for one in sorted(accounts, key=lambda one: one.pk)
    ]  # fmt: skip
    loose = _lines([row for row in rows if row.subscription and row.subscription.account_id is None])
    return [*told, AccountView(source="", masked_number="", parties=(), lines=loose)] if loose else told


def _lines(rows: list[PartyRole]) -> tuple[Line, ...]:
    held: dict[int, list[PartyRole]] = {}
    for row in rows:
        held.setdefault(row.subscription_id or 0, []).append(row)
    return tuple(
        Line(
            kind=first.subscription.kind, masked_number=_masked(first.subscription.kind, first.subscription.number),
            users=tuple(_party(row) for row in each),
        )
        for each in held.values() for first in each[:1] if first.subscription
    )  # fmt: skip


def _masked(kind: str, number: str) -> str:
    return masks.phone(number) if kind in {"mobile", "landline"} else masks.other(number)


def _party(row: PartyRole) -> Party:
    return Party(
        customer=row.customer_id, masked_name=masks.person(row.customer.name), role=row.role, since=row.since,
        until=row.until,
    )  # fmt: skip
