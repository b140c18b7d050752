"""Lists behind the figures: calls by result, queue and window; the same rows as a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from django.utils.timezone import get_default_timezone_name
from django.utils.translation import gettext as _

from callcenter.floor.board import COLUMNS, Board
from callcenter.floor.metrics import REGISTRY
from callcenter.floor.templatetags.floor import moment, words
from callcenter.floor.windows import Window, read_window
from callcenter.floor.words import word
from callcenter.foundation.ids import public
from routing import reporting
from routing.reporting import CallLine, CallPage, QueueDay

FILE_LIMIT = 10_000  # rows; more is a job, not a click


@dataclass(frozen=True, kw_only=True)
class CallList:
    """One page of calls, and what was asked."""

    result: str
    queue: str
    window: Window
    queues: tuple[QueueDay, ...]
    total: int | None  # calls in the whole list; None where it is not counted (waiting)
    lines: tuple[CallLine, ...]
    next_cursor: str


def list_of_calls(*, domain: str, asked: Mapping[str, str], now: datetime, zone: tzinfo) -> CallList:
    """Calls by `result`, `queue`, `from`, `to`, `window` and `cursor`. Raises Invalid for a list that does not exist."""
    window = read_window(asked, now=now, zone=zone)
    result, queue = asked.get("result", "entered"), asked.get("queue", "")
    queues = reporting.day(domain=domain, since=window.since, until=window.until)
    page = _page(domain, result, queue, window, asked.get("cursor", ""), 50)
    return CallList(
        result=result,
        queue=queue,
        window=window,
        queues=queues,
        total=_total(queues, result, queue),
        lines=page.lines,
        next_cursor=page.next_cursor,
    )


def calls_table(
    *, domain: str, asked: Mapping[str, str], now: datetime, zone: tzinfo
) -> tuple[list[str], list[list[object]]]:
    """The list as rows of a file, at most 10,000. Times in the site's zone, which the header names."""
    window = read_window(asked, now=now, zone=zone)
    result, queue = asked.get("result", "entered"), asked.get("queue", "")
    page = _page(domain, result, queue, window, asked.get("cursor", ""), FILE_LIMIT)
    zone_name = get_default_timezone_name()
    header = [
        _("Call"), _("Number"), _("Queue"), _("State"), f"{_('Entered the queue')} ({zone_name})",
        _("Wait in seconds"), _("Agent"), _("How it ended"),
    ]  # fmt: skip
    rows: list[list[object]] = [
        [
            public("c", line.id), line.number, words(line, "queue"), str(word("call", line.state)),
            moment(line.enqueued_at), line.wait_s, words(line, "agent"), str(word("end", line.end_reason)),
        ]
        for line in page.lines
    ]  # fmt: skip
    return header, rows


def queue_table(board: Board) -> tuple[list[str], list[list[object]]]:
    """The queue table of the live floor, with the same values and the codes of their formulas."""
    names = [f"{REGISTRY[code].name} ({REGISTRY[code].formula_code})" for code in COLUMNS]
    header = [_("Queue"), _("Target in seconds"), _("Free agents"), *names]
    rows: list[list[object]] = [
        [words(row.queue), row.queue.target_s, row.free, *(figure.value for figure in row.figures)]
        for row in board.queues
    ]
    return header, rows


def _page(domain: str, result: str, queue: str, window: Window, cursor: str, limit: int) -> CallPage:
    if result == "waiting":  # a matter of now, whenever they came; in the order of service
        lines = reporting.waiting(domain=domain, limit=limit)
        return CallPage(lines=tuple(line for line in lines if queue in {"", line.queue}), next_cursor="")
    return reporting.calls(
        domain=domain, since=window.since, until=window.until, result=result, queue=queue, cursor=cursor, limit=limit
    )


def _total(queues: tuple[QueueDay, ...], result: str, queue: str) -> int | None:
    sums = [one.sums for one in queues if queue in {"", one.queue}]
    if result == "judged":
        return sum(one.answered + one.abandoned_late for one in sums)
    if result == "late":
        return sum(one.answered - one.in_target + one.abandoned_late for one in sums)
    return None if result == "waiting" else sum(int(getattr(one, result)) for one in sums)
