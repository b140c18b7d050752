"""An operator's real months from its files: calls, data sessions, messages, users and plans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import numpy as np

from benchmarks import given
from customers.catalogue.claims import saving_claim
from customers.catalogue.compiled import CompiledTariff, compile_tariff
from customers.catalogue.forward_test import Float, Transitions, by_service, mean_use
from customers.catalogue.plan_sheets import price_table
from customers.catalogue.rating import rate
from customers.catalogue.reading import TariffRefused
from customers.catalogue.reconciliation import BilledMonth, BillLine
from customers.catalogue.tariff import parse_tariff
from customers.catalogue.usage import RAW, SumKey, UsageMonth

VOICE, RAW_VOICE = SumKey("voice", "national", "event:60"), SumKey("voice", "national", RAW)
MESSAGES, DATA = SumKey("messages", "national", RAW), SumKey("data", "national", RAW)


@dataclass(frozen=True, kw_only=True)
class Subscriber:
    """One user with the full months of the log, oldest first, consecutive."""

    user: str
    plan: str
    months: tuple[UsageMonth, ...]


@dataclass(frozen=True, kw_only=True)
class Judged:
    """How claims fared in the month after them; shares."""

    users: int
    eligible: int  # customer-months with three full months before
    spoken: int
    dearer: float
    realised: float  # saved ÷ promised
    speaking: float


def judge(folder: Path, *, earlier_only: bool) -> Judged:
    """Makes every claim that could have been made, and looks at the month that followed. Raises given.Unusable.

    The pool is other users' transitions, with `earlier_only` those alone that had ended by then.
    """
    plans, subscribers = plans_of(folder), subscribers_of(folder)
    strange = sorted({one.plan for one in subscribers} - set(plans))
    if strange:
        raise given.Unusable(f"plans.csv knows no plan {', '.join(strange)}.")
    known = [_transition(subscriber, at) for subscriber in subscribers for at in range(3, len(subscriber.months))]
    outcomes: list[tuple[int, int]] = []
    for subscriber in subscribers:
        for at in range(3, len(subscriber.months)):
            next_month = _count(subscriber.months[at].month)
            pool = _pool(
                [t for t in known if t[0] != subscriber.user and (not earlier_only or t[1] < next_month)]
            )  # fmt: skip
            outcomes += _outcome(subscriber, at, plans, pool)
    promised = sum(promise for promise, _ in outcomes)
    return Judged(
        users=len(subscribers),
        eligible=len(known),
        spoken=len(outcomes),
        dearer=sum(saved < 0 for _, saved in outcomes) / max(1, len(outcomes)),
        realised=sum(saved for _, saved in outcomes) / max(1, promised),
        speaking=len(outcomes) / max(1, len(known)),
    )


Transition = tuple[str, int, Float, Float]


def _transition(subscriber: Subscriber, at: int) -> Transition:
    before, after = subscriber.months[at - 3 : at], subscriber.months[at : at + 1]
    return subscriber.user, _count(after[0].month), by_service(mean_use(before)), by_service(mean_use(after))


def _pool(known: list[Transition]) -> Transitions:
    none = np.zeros((0, 3))
    return Transitions(
        before=np.array([t[2] for t in known]) if known else none,
        after=np.array([t[3] for t in known]) if known else none,
    )


def _outcome(
    subscriber: Subscriber, at: int, plans: dict[str, CompiledTariff], pool: Transitions
) -> Iterator[tuple[int, int]]:
    """(promised, saved) of the best claim that may be made on the first day after the three months; fen."""
    current = plans[subscriber.plan]
    months = [_billed(usage, current) for usage in subscriber.months[at - 3 : at]]
    year, month = divmod(_count(subscriber.months[at].month), 12)
    made = [
        saving_claim(
            current=current, candidate=plan, months=months, pool=pool, today=date(year, month + 1, 1), months_served=at
        )
        for code, plan in sorted(plans.items())
        if code != subscriber.plan
    ]
    best = max(made, key=lambda claim: claim.promise, default=None)
    if best is not None and best.may_be_said:
        after = subscriber.months[at]
        yield best.promise, rate(after, current).total - rate(after, plans[best.candidate]).total


def _billed(usage: UsageMonth, plan: CompiledTariff) -> BilledMonth:
    """The log holds no bills: the operator's own rules stand for them, so this gate is always passed here."""
    lines = tuple(BillLine(kind=line.charge, fen=line.fen) for line in rate(usage, plan).lines if line.fen)
    return BilledMonth(usage=usage, lines=lines)


def plans_of(folder: Path) -> dict[str, CompiledTariff]:
    try:
        return {plan["code"]: compile_tariff(parse_tariff(plan)) for plan in price_table(_rows(folder, "plans"))}
    except TariffRefused as why:
        raise given.Unusable(f"plans.csv: {why}") from why


def subscribers_of(folder: Path) -> list[Subscriber]:
    """Users with their full months: not that of joining or leaving, none after the log's last. Raises given.Unusable."""
    sums = _sums(folder)
    last = max(month for _, month in sums)
    found = []
    for row in _rows(folder, "users"):
        first, end = _month(row["reg_date"]) + 1, last
        if row["churn_date"]:
            end = _month(row["churn_date"]) - 1
        months = [
            UsageMonth(month=_text(month), sums=_exact(sums[row["user_id"], month])) for month in range(first, end + 1)
        ]
        found.append(Subscriber(user=row["user_id"], plan=row["tariff"], months=tuple(months)))
    return found


def _sums(folder: Path) -> dict[tuple[str, int], dict[SumKey, int]]:
    """Seconds (whole minutes for the calls rounded one by one), messages, hundredths of an MB."""
    sums: dict[tuple[str, int], dict[SumKey, int]] = defaultdict(lambda: defaultdict(int))
    for row in _rows(folder, "calls"):
        month = sums[row["user_id"], _month(row["call_date"])]
        seconds = -(-round(_number(row, "duration") * 100) * 60 // 100)
        month[RAW_VOICE] += seconds
        month[VOICE] += -(-seconds // 60) * 60
    for row in _rows(folder, "messages"):
        sums[row["user_id"], _month(row["message_date"])][MESSAGES] += 1
    for row in _rows(folder, "internet"):
        sums[row["user_id"], _month(row["session_date"])][DATA] += round(_number(row, "mb_used") * 100)
    return sums


def _number(row: dict[str, str], name: str) -> float:
    try:
        found = float(row[name])
    except ValueError:
        found = -1.0
    if not 0 <= found < 1e9:
        raise given.Unusable(f"{name} is {row[name]!r} for user {row.get('user_id')}: no use anybody can have.")
    return found


def _exact(sums: dict[SumKey, int]) -> dict[SumKey, int]:
    kb = -(-sums.get(DATA, 0) * 1024 // 100)
    return {key: sums.get(key, 0) for key in (RAW_VOICE, VOICE, MESSAGES)} | {DATA: kb}


_COLUMNS = {
    "calls": ("user_id", "call_date", "duration"), "messages": ("user_id", "message_date"),
    "internet": ("user_id", "session_date", "mb_used"), "users": ("user_id", "tariff", "reg_date", "churn_date"),
    "plans": ("plan_name", "usd_monthly_pay", "usd_per_gb", "usd_per_message", "usd_per_minute"),
}  # fmt: skip


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    """Raises given.Unusable."""
    packed = folder / f"{name}.csv.gz"
    return given.table(packed if packed.exists() else folder / f"{name}.csv", needs=_COLUMNS[name])


def _month(day: str) -> int:
    """Months since year 0, of "27/12/2018" or "2018-12-27"."""
    form = "%d/%m/%Y" if "/" in day else "%Y-%m-%d"
    try:
        found = datetime.strptime(day, form)  # noqa: DTZ007  a day of the log, in no zone
    except ValueError:
        raise given.Unusable(f"{day!r} is no day: write 27/12/2018 or 2018-12-27.") from None
    return found.year * 12 + found.month - 1


def _count(month: str | None) -> int:
    assert month is not None
    return int(month[:4]) * 12 + int(month[5:]) - 1


def _text(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02}"
