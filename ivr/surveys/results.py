"""What satisfaction tells others, and what it is told: frozen values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ivr.surveys.forms import Form
from ivr.surveys.rules import Reached


@dataclass(frozen=True, kw_only=True)
class EndedCall:
    """A call as it was, handed in by the hall: no report asks again."""

    call: UUID
    domain: str
    at: datetime  # its end; the moment of asking while the caller is still on the line
    reached: Reached
    is_over: bool
    customer_id: UUID | None = None
    has_number: bool = False
    agent: str = ""  # staff number of who talked last
    team: str = ""
    queue: str = ""
    ended_by: str = ""
    wait_s: float = 0.0
    talk_s: float = 0.0
    transfers: int = 0
    language: str = ""
    final: str = ""  # the disposition the agent wrote down


@dataclass(frozen=True, kw_only=True)
class AnswerIn:
    """One answer as it came. `said` is a number, a key, or words."""

    question: str
    said: int | str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class InvitationView:
    """What became of asking about one call."""

    id: UUID
    call: UUID
    domain: str
    at: datetime
    state: str  # not_invited | invited | started | complete
    reason: str  # ivr.surveys.rules.Reason
    detail: str
    channel: str
    form: Form | None
    expires_at: datetime | None
    language: str
    answers: dict[str, int | str]
