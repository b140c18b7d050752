"""What the address of a page asks: the window, the flow and the path query, read once for every page and file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from urllib.parse import urlencode

import ivr.flows.queries
from callcenter.floor.windows import Window, read_window
from callcenter.ivr_pages import segments
from callcenter.ivr_pages.segments import Chosen
from ivr.flows.queries import VersionView
from ivr.paths.language import MOST_CHARACTERS, QuerySyntax
from ivr.paths.queries import Asked

DAYS = 7
HOUR_S = 3600
FOLLOWED = {"24": 24 * HOUR_S, "168": 168 * HOUR_S}


@dataclass(frozen=True, kw_only=True)
class Question:
    """One page's question as the reader typed it, and as it is answered."""

    window: Window
    flows: tuple[VersionView, ...]
    flow: str
    typed: str  # the query as it stands in the field
    asked: Asked  # without the query where that cannot be read
    wrong: QuerySyntax | None = None
    segment: Chosen | None = None
    after: str = ""  # an instant inside the window before which no call counts

    @property
    def address(self) -> dict[str, str]:
        """The parts of the address that say the same again."""
        parts = {
            "flow": self.flow,
            "q": self.typed if self.wrong is None else "",
            "start": self.asked.start,
            "dir": "back" if self.asked.backwards else "",
            "segment": str(self.segment.id) if self.segment else "",
            "after": self.after,
            "judged": str(self.asked.followed_s // HOUR_S) if self.asked.followed_s else "",
        }
        return self.window.query | {name: text for name, text in parts.items() if text}

    def narrowed(self, query: str, judged: str = "") -> str:
        """The address of the same question, asked of fewer calls; `judged`: hours the caller must have been followed."""
        before = self.address.get("q", "")
        joined = f"({before}) and {query}" if before and query else query or before
        more = {"q": joined, "judged": judged}
        return urlencode(self.address | {name: text for name, text in more.items() if text})

    @property
    def pointer(self) -> str:
        """The query up to the character that cannot be read."""
        return self.typed[: self.wrong.place] if self.wrong else ""

    @property
    def pointed(self) -> str:
        return self.typed[self.wrong.place :] if self.wrong else ""


def read_question(asked: Mapping[str, str], *, now: datetime, zone: tzinfo) -> Question:
    """`from`, `to`, `flow`, `q`, `start`, `dir=back`. Seven days by default; an unknown flow means all of them."""
    days = {name: asked[name] for name in ("from", "to") if asked.get(name)}
    if not days:
        today = now.astimezone(zone).date()
        days = {"from": (today - timedelta(days=DAYS - 1)).isoformat(), "to": today.isoformat()}
    window = read_window(days, now=now, zone=zone)
    segment = segments.chosen(asked.get("segment", ""), now=now)
    after = _instant(asked.get("after", ""))
    flows = ivr.flows.queries.flows()
    flow = asked.get("flow", "") if asked.get("flow", "") in {one.flow for one in flows} else ""
    typed = asked.get("q", "").strip()[: MOST_CHARACTERS + 1]
    return Question(
        window=window,
        flows=flows,
        flow=flow,
        typed=typed,
        segment=segment,
        after=after.isoformat() if after else "",
        asked=Asked(
            since=max(window.since, after) if after else window.since,
            until=window.until,
            flow=flow,
            query=typed,
            start=asked.get("start", "")[:64],
            backwards=asked.get("dir") == "back",
            callers=segment.callers if segment else None,
            followed_s=FOLLOWED.get(asked.get("judged", ""), 0),
            as_of=now,
        ),
    )


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def quoted(node: str) -> str:
    """A node as the path query language names it."""
    return f'"{node}"'
