"""The calls behind a number: fifty a page, no caller named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from urllib.parse import urlencode

import ivr.paths.queries
from callcenter.foundation.numbers import whole
from callcenter.ivr_pages.asking import Question, read_question
from ivr.paths.language import QuerySyntax
from ivr.paths.queries import CallPage

PAGE = 50


@dataclass(frozen=True, kw_only=True)
class CallsPage:
    question: Question
    found: CallPage
    number: int  # of the page, from 1
    pages: int

    def _at(self, number: int) -> str:
        return f"?{urlencode(self.question.address | {'page': str(number)})}"

    @property
    def older(self) -> str:
        return self._at(self.number + 1) if self.number < self.pages else ""

    @property
    def newer(self) -> str:
        return self._at(self.number - 1) if self.number > 1 else ""

    @property
    def back(self) -> str:
        return f"?{urlencode(self.question.address)}"


def calls_page(*, asked: Mapping[str, str], now: datetime, zone: tzinfo) -> CallsPage:
    """The question of the address and its calls, the newest first. A query that cannot be read finds none, and says why."""
    question = read_question(asked, now=now, zone=zone)
    number = max(1, min(whole(asked.get("page", "1"), most=999_999) or 1, 100_000))
    try:
        found = ivr.paths.queries.calls(asked=question.asked, limit=PAGE, offset=PAGE * (number - 1))
    except QuerySyntax as wrong:
        question, found = replace(question, wrong=wrong), CallPage(lines=(), total=0, labels={})
    return CallsPage(question=question, found=found, number=number, pages=max(1, -(-found.total // PAGE)))
