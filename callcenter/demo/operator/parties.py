"""Who pays for whom, what families share, what a source promises: accounts, a few households to find, owners of sources."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from callcenter.demo.operator.stories import STORIES
from customers import models as tables

ACCOUNTS = 60  # people with an account; every ninth account pays for two
FAMILIES = 8  # that share a broadband access and wait to be found

FIRM, CREDIT_CODE = 4, "91440101MA9XT3JR0K"  # people who order in the name of one company


def write(*, now: datetime) -> None:
    """Accounts of the first people, families among the next, and what is expected of the two sources."""
    told = len(STORIES)
    people = list(
        tables.Customer.objects.filter(kind="individual", status="active").order_by("id")[told : told + 2 * ACCOUNTS]
    )
    day = timezone.localdate(now) - timedelta(days=400)
    numbers = dict(tables.Identifier.objects.filter(customer__in=people, kind="phone").values_list("customer", "value"))
    billed = [one for one in people[:ACCOUNTS] if one.pk in numbers]
    for n, payer in enumerate(billed):
        account = tables.Account.objects.create(source="billing", number=f"A{10_000 + n}", received_at=now)
        lines = [payer, billed[n - 1]] if n % 9 == 2 else [payer] if n % 3 == 0 else []
        parts: list[dict[str, Any]] = [
            {"role": role, "customer": payer, "account": account} for role in ("holder", "payer")
        ]
        for user in lines:
            line, _made = tables.Subscription.objects.get_or_create(
                kind="mobile", number=numbers[user.pk], until=None, defaults={"account": account, "source": "billing"}
            )
            parts.append({"role": "user", "customer": user, "subscription": line})
        tables.PartyRole.objects.bulk_create(
            [tables.PartyRole(since=day, source="billing", **part) for part in parts], ignore_conflicts=True
        )
    for n, family in zip(range(FAMILIES), _threes(people[ACCOUNTS:]), strict=False):
        tables.Identifier.objects.bulk_create(
            tables.Identifier(customer=one, kind="broadband", value=f"GZ{700 + n}", source="billing") for one in family
        )
    tables.Source.objects.bulk_create(
        [
            tables.Source(code="crm", owner="Ada", promised_days=180, cadence_days=1, trust=0.8),
            tables.Source(code="shop", owner="Wei", promised_days=365, cadence_days=30, trust=0.4),
        ]
    )
    firm = people[-FIRM:] if len(people) > ACCOUNTS + FIRM else []
    tables.Identifier.objects.bulk_create(
        tables.Identifier(customer=one, kind="credit_code", value=CREDIT_CODE, role="contact", source="billing")
        for one in firm
    )


def _threes(people: list[tables.Customer]) -> list[list[tables.Customer]]:
    return [people[start : start + 3] for start in range(0, len(people), 3)]
