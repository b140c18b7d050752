"""What the address of a page asks: read once for the page, its lists and its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from urllib.parse import urlencode

from callcenter.floor.windows import Window, read_window
from callcenter.foundation.numbers import whole
from ivr.surveys.board import DIMENSIONS, RESULTS, Asked
from ivr.surveys.rules import Reached, Reason

DAYS = 28


@dataclass(frozen=True, kw_only=True)
class Question:
    window: Window
    asked: Asked
    result: str
    words: str  # looked for in comments
    page: int

    @property
    def address(self) -> dict[str, str]:
        """The parts of the address that say the same again, without list and page."""
        parts = {"reached": self.asked.reached.value, "reason": self.asked.reason} | {
            f"by_{name}": value for name, value in self.asked.narrow
        }
        return self.window.query | {name: text for name, text in parts.items() if text}

    def narrowed(self, **more: str) -> str:
        return urlencode(self.address | {name: text for name, text in more.items() if text})


def read_question(asked: Mapping[str, str], *, now: datetime, zone: tzinfo) -> Question:
    """`from`, `to`, `reached`, `by_agent`, `by_queue` …, `result`, `reason`, `q`, `page`. Four weeks by default."""
    days = {name: asked[name] for name in ("from", "to") if asked.get(name)}
    if "from" not in days:
        today = now.astimezone(zone).date()
        days |= {"from": (today - timedelta(days=DAYS - 1)).isoformat(), "to": days.get("to", today.isoformat())}
    window = read_window(days, now=now, zone=zone)
    reached = asked.get("reached", "")
    reason = asked.get("reason", "")
    page = asked.get("page", "1")
    return Question(
        window=window,
        asked=Asked(
            since=window.since,
            until=window.until,
            reached=Reached(reached) if reached in set(Reached) else Reached.AGENT,
            narrow=tuple((name, asked[f"by_{name}"][:64]) for name in DIMENSIONS if asked.get(f"by_{name}")),
            reason=reason if reason in set(Reason) else "",
        ),
        result=asked["result"] if asked.get("result") in RESULTS else "eligible",
        words=asked.get("q", "").replace("\x00", "").strip()[:120],
        page=whole(page, most=999_999) or 1,
    )
