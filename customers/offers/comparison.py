"""A customer's present plan beside an offered one, for the agent's eyes: the engine's sheet and claim in plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from callcenter.foundation.errors import Conflict, NotFound
from customers.catalogue.claims import Refusal, SavingClaim, saving_claim
from customers.catalogue.comparison import BreakEven, Sheet, compare
from customers.catalogue.explanations import Amount, word
from customers.catalogue.fitting import Account
from customers.catalogue.rating import RatedBill, rate
from customers.catalogue.terms import Tariff
from customers.catalogue.usage import NotRatable
from customers.offers import advice, rivals, snapshots
from customers.results import CallContext, ComparedMonth, Comparison, Explained, RivalBill


class UnableToCompare(Conflict):
    """There is no sure bill to put beside the offer; the sentence says what is missing."""

    code = "not_comparable"


def comparison(*, context: CallContext, customer_id: UUID, offering_code: str, now: datetime) -> Comparison:
    """The sheet for one offered plan or pack. Raises NotFound for what this customer cannot have, UnableToCompare."""
    known = snapshots.read(context=context, customer_id=customer_id, now=now)
    option = next((one for one in advice.options_of(known.snapshot) if one.code == offering_code), None)
    if option is None:
        raise NotFound(_("This customer cannot have that plan now."))
    account = advice.account_of(known.snapshot, known.months)
    if account is None:
        raise UnableToCompare(_("Three full months on the present plan are needed to compare."))
    candidate = option.terms()
    try:
        claim = saving_claim(
            current=account.tariff, candidate=candidate, months=account.months, pool=known.pool,
            today=account.today, months_served=account.months_served,
        )  # fmt: skip
        sheet = compare(
            candidate, account.tariff, months=[month.usage for month in account.months], today=account.today,
            pool=known.pool,
        )  # fmt: skip
    except NotRatable as why:
        raise UnableToCompare(why.to(get_language() or "en")) from why
    return replace(
        _view(account, option.code, candidate, claim, sheet), rivals=_rivals(account, today=known.snapshot.today)
    )  # fmt: skip


def _rivals(account: Account, *, today: date) -> tuple[RivalBill, ...]:
    """Beside what the account would pay now for the same months."""
    usages = [month.usage for month in account.months]
    now = sum(rate(usage, account.tariff).total for usage in usages)
    return rivals.on_use(usages, now=now, today=today)


def _view(account: Account, code: str, candidate: Tariff, claim: SavingClaim, sheet: Sheet) -> Comparison:
    names = {account.tariff.code: account.tariff.names, candidate.code: candidate.names}
    suits = {candidate.code: "offered", account.tariff.code: "held"}
    return Comparison(
        offering_code=code,
        now_en=account.tariff.name("en"),
        now_zh=account.tariff.name("zh"),
        then_en=candidate.name("en"),
        then_zh=candidate.name("zh"),
        months=tuple(
            ComparedMonth(
                month=month.usage.month or "", now_fen=now.total, then_fen=then.total,
                now_lines=_lines(now), then_lines=_lines(then),
            )
            for month, now, then in zip(account.months, sheet.b.bills, sheet.a.bills, strict=True)
        ),
        promise_fen=claim.promise,
        refusals=tuple(_refusal(one) for one in claim.refusals),
        p_dearer=sheet.p_a_dearer,
        suits_better=suits.get(sheet.verdict, ""),
        break_even=tuple(_break_even(one, names[one.cheaper]) for one in sheet.break_even),
        penalty_fen=claim.beside.penalty,
        one_off_fen=claim.beside.one_off,
        contract_months=claim.beside.contract_months,
        throttled=bool(sheet.a.throttled_months),
    )  # fmt: skip


def _lines(bill: RatedBill) -> tuple[Explained, ...]:
    return tuple(Explained(en=line.because("en"), zh=line.because("zh"), fen=line.fen) for line in bill.lines)


def _refusal(one: Refusal) -> Explained:
    return Explained(en=one.sentence("en"), zh=one.sentence("zh"), fen=0)


def _break_even(point: BreakEven, names: Mapping[str, str]) -> Explained:
    """ "From 12 GB of data a month on, Plan 79 is the cheaper one"."""
    units = Amount(point.service, point.units)
    return Explained(
        en=f"{word(point.service, 'en')}: from {units.text('en')} a month on, {names['en']} is cheaper.",
        zh=f"{word(point.service, 'zh')}：每月{units.text('zh')}起，{names['zh']}更省。",
        fen=0,
    )
