"""Reads the Anonymous Bank log: every call of a real bank's call centre, any month of 1999. Pure.

The log is a research release of the Technion (see `tests/data/README.md`). It is real, so it is dirty: rows that cannot
be read are set aside with a reason, and rows that can be read but say something impossible carry the name of it in
`dirt`. Nothing is repaired silently.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

DAY_S = 86_400
HOURS_LONG_S = 7_200  # a service this long is a telephone left off the hook, not a talk

# The bank's own words for its types of call.
KINDS = {
    "PS": "regular activity",
    "PE": "regular activity in English",
    "IN": "internet support",
    "NE": "stock exchange",
    "NW": "potential customer",
    "TT": "left a message, called back",
}


class Outcome(StrEnum):
    AGENT = "AGENT"  # served
    HANG = "HANG"  # the caller hung up, in the menus or in the queue
    PHANTOM = "PHANTOM"  # the machine's own noise, no caller


@dataclass(frozen=True, kw_only=True)
class BankCall:
    """One row. Instants are seconds since midnight of `day` and may pass 86,400."""

    key: str  # line and call id: unique within a month
    row: int  # line number in the file, 2 = first call
    customer: str  # "" unknown: the log knows mostly those who queued
    priority: int  # 0 unidentified, 1 low, 2 high
    kind: str  # a key of KINDS, or whatever the log says
    day: date
    entry_s: int
    vru_s: int
    wait_s: int | None  # None: never queued; for a HANG this is the patience that ran out
    outcome: Outcome
    answer_s: int | None  # instant of service, None if never served
    talk_s: int | None  # None: not served, or served and not measured
    server: str  # "" unknown
    dirt: tuple[str, ...]  # names of what is impossible about this row
    logged_customer: str = ""  # as the log has it, rounded numbers too; "" for its 0

    @property
    def offered(self) -> bool:
        """Reached the queue or an agent: what a floor counts."""
        return self.outcome is not Outcome.PHANTOM and (self.wait_s is not None or self.served)

    @property
    def served(self) -> bool:
        return self.outcome is Outcome.AGENT

    @property
    def queue_s(self) -> int:
        """Instant at which the menus let go of the caller."""
        return self.entry_s + self.vru_s


@dataclass(frozen=True, kw_only=True)
class BrokenRow:
    row: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class BankLog:
    calls: tuple[BankCall, ...]  # in order of entry
    broken: tuple[BrokenRow, ...]

    def day(self, day: date) -> tuple[BankCall, ...]:
        return tuple(call for call in self.calls if call.day == day)


def read(path: Path) -> BankLog:
    """Every call of a month's file, packed with gzip or plain."""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as stream:
        return parse(stream.read().decode("latin-1").splitlines())


def parse(lines: Iterable[str]) -> BankLog:
    """As `read`, from lines; a header row is passed over."""
    calls: list[BankCall] = []
    broken: list[BrokenRow] = []
    for row, line in enumerate(lines, start=1):
        if line.startswith("vru") or not line.strip():
            continue
        try:
            calls.append(_call(row, line))
        except _Broken as why:
            broken.append(BrokenRow(row=row, reason=str(why)))
    calls.sort(key=lambda call: (call.day, call.entry_s, call.row))
    return BankLog(calls=tuple(calls), broken=tuple(broken))


def read_day(text: str) -> date:
    """`990103` → 3 January 1999. Raises ValueError with a sentence."""
    try:
        return datetime.strptime(text, "%y%m%d").date()  # noqa: DTZ007  a day has no zone
    except ValueError:
        raise ValueError(f"{text!r} is not a day of the log: write yymmdd, such as 990103.") from None


class _Broken(Exception):
    """The row cannot be read at all."""


def _call(row: int, line: str) -> BankCall:
    fields = [field.strip() for field in line.rstrip("\r\n").split("\t")]
    if len(fields) != 17:
        raise _Broken(f"{len(fields)} fields in place of 17")
    line_name, call_id, customer, priority, kind, day, *times, outcome, s_start, _, s_len, server = fields
    entry, vru_exit, _, q_start, _, q_len = times
    dirt: list[str] = []
    entry_s, vru_s = _menus(_instant(entry), _instant(vru_exit), dirt)
    wait_s = _whole(q_len) if q_start != "0:00:00" else None
    result = _outcome(outcome)
    answer_s, talk_s = _service(result, entry_s, _instant(s_start), _whole(s_len), dirt)
    name = _server(result, server, dirt)
    if kind not in KINDS:
        dirt.append("unknown_kind")
    return BankCall(
        key=f"{line_name}-{call_id}",
        row=row,
        customer=_customer(customer, dirt),
        priority=_whole(priority),
        kind=kind,
        day=_day(day),
        entry_s=entry_s,
        vru_s=vru_s,
        wait_s=wait_s,
        outcome=result,
        answer_s=answer_s,
        talk_s=talk_s,
        server=name,
        dirt=tuple(dirt),
        logged_customer="" if customer == "0" else customer,
    )


def _menus(entry: int, leave: int, dirt: list[str]) -> tuple[int, int]:
    """Instant of entry and seconds in the menus. Past midnight the clock starts again; a minute back is a broken clock."""
    if leave < entry - DAY_S // 2:
        leave += DAY_S
    if leave < entry:
        dirt.append("clock_ran_back")
        return leave, 0
    return entry, leave - entry


def _service(outcome: Outcome, entry: int, start: int, seconds: int, dirt: list[str]) -> tuple[int | None, int | None]:
    if outcome is not Outcome.AGENT:
        if outcome is Outcome.HANG and (start or seconds):
            dirt.append("hang_with_service")
        return None, None
    if not start and not seconds:
        dirt.append("service_not_measured")
        return None, None
    if start < entry - DAY_S // 2:
        start += DAY_S
    if seconds < 0:
        dirt.append("service_negative")
        return start, None
    if seconds >= HOURS_LONG_S:
        dirt.append("service_of_hours")
    return start, seconds


def _server(outcome: Outcome, name: str, dirt: list[str]) -> str:
    if name in {"NO_SERVER", ""}:
        if outcome is Outcome.AGENT:
            dirt.append("no_server")
        return ""
    return name


def _customer(text: str, dirt: list[str]) -> str:
    if text == "0":
        return ""
    if not text.isdigit():  # 6.02E+11: a spreadsheet rounded it, several people share what is left
        dirt.append("customer_rounded")
        return ""
    return text


def _outcome(text: str) -> Outcome:
    try:
        return Outcome(text)
    except ValueError:
        raise _Broken(f"outcome {text!r} is none of AGENT, HANG, PHANTOM") from None


def _day(text: str) -> date:
    try:
        return read_day(text)
    except ValueError as why:
        raise _Broken(str(why)) from None


_CLOCK = re.compile(r"(\d{1,2}):(\d\d):(\d\d)")


def _instant(text: str) -> int:
    """`7:41:16` → seconds since midnight."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise _Broken(f"{text!r} is no time of day")
    hours, minutes, seconds = map(int, match.groups())
    if hours > 23 or minutes > 59 or seconds > 59:
        raise _Broken(f"{text!r} is no time of day")
    return hours * 3600 + minutes * 60 + seconds


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise _Broken(f"{text!r} is no whole number") from None
