"""What the address of a page asks: the window, the flow and the path query, read once for every page and file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from urllib.parse import urlencode

import ivr.flows.queries
from callcenter.floor.windows import Window, read_window
from ivr.flows.queries import VersionView
from ivr.paths.language import MOST_CHARACTERS, QuerySyntax
from ivr.paths.queries import Asked


@dataclass(frozen=True, kw_only=True)
class Question:
    """One page's question as the reader typed it, and as it is answered."""

    window: Window
    flows: tuple[VersionView, ...]
    flow: str
    typed: str  # the query as it stands in the field
    asked: Asked  # without the query where that cannot be read
    wrong: QuerySyntax | None = None

    @property
    def address(self) -> dict[str, str]:
        """The parts of the address that say the same again."""
        parts = {
            "flow": self.flow,
            "q": self.typed if self.wrong is None else "",
            "start": self.asked.start,
            "dir": "back" if self.asked.backwards else "",
        }
        return self.window.query | {name: text for name, text in parts.items() if text}

    def narrowed(self, query: str) -> str:
        """The address of the same question, asked of fewer calls."""
        before = self.address.get("q", "")
        joined = f"({before}) and {query}" if before and query else query or before
        return urlencode(self.address | ({"q": joined} if joined else {}))

    @property
    def pointer(self) -> str:
        """The query up to the character that cannot be read."""
        return self.typed[: self.wrong.place] if self.wrong else ""

    @property
    def pointed(self) -> str:
        return self.typed[self.wrong.place :] if self.wrong else ""


def read_question(asked: Mapping[str, str], *, now: datetime, zone: tzinfo) -> Question:
    """`from`, `to`, `flow`, `q`, `start`, `dir=back`. An unknown flow means all of them."""
    window = read_window({name: asked[name] for name in ("from", "to") if name in asked}, now=now, zone=zone)
    flows = ivr.flows.queries.flows()
    flow = asked.get("flow", "") if asked.get("flow", "") in {one.flow for one in flows} else ""
    typed = asked.get("q", "").strip()[: MOST_CHARACTERS + 1]
    return Question(
        window=window,
        flows=flows,
        flow=flow,
        typed=typed,
        asked=Asked(
            since=window.since,
            until=window.until,
            flow=flow,
            query=typed,
            start=asked.get("start", "")[:64],
            backwards=asked.get("dir") == "back",
        ),
    )


def quoted(node: str) -> str:
    """A node as the path query language names it."""
    return f'"{node}"'
