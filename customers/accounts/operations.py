"""Writing accounts, subscriptions and who is what to them, one account at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from callcenter.foundation import audit
from callcenter.foundation.commands import command
from callcenter.foundation.errors import Invalid
from customers.accounts.models import Account, PartyRole, Subscription
from customers.identity.models import Customer
from customers.identity.normalise import normalise
from customers.imports.operations import check_source

LONGEST_NUMBER = 40
MOST_LINES = 200


@dataclass(frozen=True, kw_only=True)
class Used:
    """One subscription as it is told: its kind, its number in any spelling, and who uses it (None: not told)."""

    kind: str
    number: str
    user: UUID | None = None


@command
def tell(
    *, source: str, number: str, actor: str, now: datetime, holder: UUID | None = None, payer: UUID | None = None,
    lines: Sequence[Used] = (), since: date | None = None,
) -> Account:  # fmt: skip
    """Say who holds and who pays an account and who uses what on it; who did before stays with an end date.

    What is not told stays as it is; told again, nothing changes. Raises Invalid for a party that is none of ours, or merged.
    """
    check_source(source)
    if not number.strip() or len(number) > LONGEST_NUMBER or len(lines) > MOST_LINES:
        raise Invalid(
            _("An account has a number of at most %(longest)s signs and at most %(most)s subscriptions.")
            % {"longest": LONGEST_NUMBER, "most": MOST_LINES},
            field="/number",
        )
    _known({one for one in (holder, payer, *(line.user for line in lines)) if one})
    day = since or timezone.localdate(now)
    account, _made = Account.objects.select_for_update(no_key=True).get_or_create(
        source=source, number=number.strip(), defaults={"received_at": now}
    )
    for role, customer in (("holder", holder), ("payer", payer)):
        if customer:
            _is_now(customer, role, day, source, account=account)
    for line in lines:
        used = _subscription(line, account, day, source)
        if line.user:
            _is_now(line.user, "user", day, source, subscription=used)
    audit.write(
        actor=actor, action="account.told", subject=f"account:{account.pk}", data={"lines": len(lines)}, now=now
    )
    return account


def _known(parties: set[UUID]) -> None:
    open_ones = Customer.objects.filter(pk__in=parties).exclude(
        status__in=(Customer.Status.MERGED, Customer.Status.ERASED)
    )
    missing = parties - set(open_ones.values_list("pk", flat=True))
    if missing:
        raise Invalid(_("There is no open customer %(id)s.") % {"id": min(missing)}, field="/holder")


def _subscription(line: Used, account: Account, day: date, source: str) -> Subscription:
    if line.kind not in Subscription.Kind.values:
        raise Invalid(
            _("There is no subscription of the kind %(kind)s. Kinds are: %(kinds)s.")
            % {"kind": line.kind, "kinds": ", ".join(Subscription.Kind.values)},
            field="/subscriptions",
        )
    spelled = normalise(kind="phone" if line.kind in {"mobile", "landline"} else "broadband", value=line.number)
    if not spelled or len(spelled) > 60:
        raise Invalid(_("“%(number)s” is no number of a subscription.") % {"number": line.number[:40]},
                      field="/subscriptions")  # fmt: skip
    used, _made = Subscription.objects.select_for_update(no_key=True).get_or_create(
        kind=line.kind, number=spelled, until=None, defaults={"account": account, "since": day, "source": source}
    )
    if used.account_id != account.pk:
        used.account = account
        used.save(update_fields=["account"])
    return used


def _is_now(
    customer: UUID, role: str, day: date, source: str, account: Account | None = None,
    subscription: Subscription | None = None,
) -> None:  # fmt: skip
    held = PartyRole.objects.filter(role=role, account=account, subscription=subscription, until__isnull=True).first()
    if held is not None and held.customer_id == customer:
        return
    if held is not None:
        held.until = max(held.since, day)
        held.save(update_fields=["until"])
    PartyRole.objects.create(
        customer_id=customer, role=role, account=account, subscription=subscription, since=day, source=source
    )


def forget(*, customers: set[UUID]) -> dict[str, int]:
    """Take away what these customers are to accounts and subscriptions, and numbers that nobody else is anything to."""
    own = PartyRole.objects.filter(customer__in=customers)
    lines = set(own.filter(subscription__isnull=False).values_list("subscription", flat=True))
    accounts = set(own.filter(account__isnull=False).values_list("account", flat=True))
    accounts |= set(Subscription.objects.filter(pk__in=lines, account__isnull=False).values_list("account", flat=True))
    gone = {"customers_partyrole": own.delete()[0]}
    gone["customers_subscription"] = Subscription.objects.filter(pk__in=lines, parties__isnull=True).delete()[0]
    left = Account.objects.filter(pk__in=accounts, parties__isnull=True, subscriptions__isnull=True)
    gone["customers_account"] = left.delete()[0]
    return gone
