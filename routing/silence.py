"""How long a written conversation may lie still, and whose turn it is. Pure.

Whoever wrote last has spoken: the other one's time runs. An agent's time runs from the first unanswered message on; the
customer's from the agent's latest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Speaker(StrEnum):
    CALLER = "caller"
    AGENT = "agent"


class OnSilence(StrEnum):
    """What becomes of a conversation whose turn nobody took."""

    QUEUE = "queue"  # back to its place, for another agent
    CLOSE = "close"


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Of a queue: seconds; 0 waits for ever."""

    agent_s: int = 0
    customer_s: int = 0


def runs_out(
    *, patience: Patience, spoke_by: Speaker, before_by: str, before: datetime | None, at: datetime
) -> datetime | None:
    """When the conversation is given up, after `spoke_by` wrote at `at`; None: never.

    `before_by` and `before` are what held until now: a caller who writes twice does not give the agent more time.
    """
    if spoke_by is Speaker.CALLER and before_by == Speaker.CALLER and before is not None:
        return before
    length = patience.agent_s if spoke_by is Speaker.CALLER else patience.customer_s
    return at + timedelta(seconds=length) if length else None
